"""What happened at a company: the lines of its account, and of those that were merged into it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from deals.models import Account, AccountTouch


def touches_of(account: Account) -> QuerySet[AccountTouch]:
    """The ledger, the newest line first. Lines stay with the account at which they were written."""
    merged: Any = Account.objects.filter(merged_into=account).values("pk")
    own = Q(account=account) | Q(account__in=merged)
    rows: QuerySet[AccountTouch] = AccountTouch.objects.filter(own)
    return rows.select_related("partner", "person")
