"""What happened at a company: the lines of its account, and of those that were merged into it.

The vendor's people read all of it; a partner that is protected there what it was granted and did
since, and what the vendor's own sales did, never another partner's.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from deals.models import Account, AccountTouch, Registration
from deals.rules.conflicts import running
from tenants import scope

OF_VENDOR = ("direct_deal.opened", "direct_deal.touched", "direct_deal.won", "direct_deal.lost")
"""What of the vendor's own acts a protected partner reads; the rest is how the account is kept."""

OF_HOLDER = (
    "registration.approved", "registration.extended", "registration.won", "registration.lost",
    "registration.taken_over", "customer.linked",
)  # fmt: skip
"""What of its own it reads. What comes before an approval is written only where the company is
known already: whether the line is there would tell that somebody else had named it before."""


def touches_of(account: Account) -> QuerySet[AccountTouch]:
    """The ledger, the newest line first. Lines stay with the account at which they were written."""
    merged: Any = Account.objects.filter(merged_into=account).values("pk")
    own = Q(account=account) | Q(account__in=merged)
    rows: QuerySet[AccountTouch] = AccountTouch.objects.filter(own)
    return rows.select_related("partner", "person")


def ledger_for(row: Registration, on: dt.date) -> list[AccountTouch] | None:
    """What the registration's partner may read: ``None`` unless it is protected there today."""
    if not running(on).filter(registration=row).exists():
        return None
    with scope.widen("account ledger"):
        account = Account.objects.get(pk=row.account_id)
        mine = Q(partner_id=row.partner_id, kind__in=OF_HOLDER)
        mine |= Q(partner__isnull=True, kind__in=OF_VENDOR)
        return list(touches_of(account).filter(mine))
