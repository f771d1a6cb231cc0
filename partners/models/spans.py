"""Rows that hold over ``[since, until)``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import F, Q

from tenants.rows import ScopedManager, ScopedQuerySet


class SpanQuerySet(ScopedQuerySet):
    """Rows that hold over ``[since, until)``."""

    def current(self, on: dt.date) -> SpanQuerySet:
        """Those that hold on the day ``on`` (vendor's zone)."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), since__lte=on)

    def standing(self) -> SpanQuerySet:
        """Those with a day in their span: a row that was withdrawn has none left."""
        return self.exclude(until=F("since"))


SpanManager = ScopedManager.from_queryset(SpanQuerySet)


def span(name: str) -> Any:
    """``until`` is empty or not before ``since``."""
    return models.CheckConstraint(
        condition=Q(until__isnull=True) | Q(until__gte=F("since")), name=name
    )
