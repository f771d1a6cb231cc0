"""Which renewals somebody may read: the partner's people all of their own, of the vendor's people
whoever looks after the partner, where it shares when its contracts end."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from deals.models import Renewal
from partners.rules.sharing import readable

FIELD = "end"


def renewals_read_by(on: dt.date) -> QuerySet[Any]:
    """The renewals whose planning has begun, or that are settled, as far as the reader may read
    them on the vendor's day ``on``."""
    begun = Q(planning_on__lte=on) | ~Q(outcome="")
    rows = Renewal.objects.filter(begun).select_related(
        "partner", "contract__customer__account_manager", "contract__terms"
    )
    return readable(rows, FIELD, on, customer="contract__customer_id")
