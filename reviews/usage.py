"""What is kept under the program's codes, for who plans to take one out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db.models import Count, Q

from reviews.models import Grant


def grants_in_use(on: dt.date) -> Mapping[str, int]:
    """Per benefit the partners that hold it on the day or later."""
    rows = Grant.objects.filter(Q(until__isnull=True) | Q(until__gt=on)).order_by()
    return dict(rows.values_list("benefit").annotate(n=Count("pk")))
