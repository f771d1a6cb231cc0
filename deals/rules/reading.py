"""Who may read what: the partner's people all of their own. Of renewals, of the vendor's people
whoever looks after the partner, where it shares when its contracts end; of registrations what was
submitted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from deals.models import Registration, Renewal
from partners.rules.sharing import readable, reads_everything

FIELD = "end"


def renewals_read_by(on: dt.date) -> QuerySet[Any]:
    """The renewals whose planning has begun, or that are settled, as far as the reader may read
    them on the vendor's day ``on``."""
    begun = Q(planning_on__lte=on) | ~Q(outcome="")
    rows = Renewal.objects.filter(begun).select_related(
        "partner", "contract__customer__account_manager", "contract__terms"
    )
    return readable(rows, FIELD, on, customer="contract__customer_id")


def registrations_read_by() -> QuerySet[Any]:
    """The registrations that the reader may read. A draft is the partner's alone, a discarded one
    as well: the vendor's people never read what was not submitted."""
    return submitted_only(Registration.objects.all())


def submitted_only(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Of registrations those that ``registrations_read_by`` gives."""
    return rows if reads_everything() else rows.filter(submitted_at__isnull=False)
