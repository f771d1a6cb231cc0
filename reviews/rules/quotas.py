"""In which period a use counts. Pure; days are the vendor's."""

from __future__ import annotations

import datetime as dt

FOR_GOOD = dt.date(1970, 1, 1)
"""The period of a quantity that is not by time (own-use seats): one for ever."""
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
UNCOUNTED = frozenset({"order", "customer", "term"})
"""Limits on each order, customer or term: nothing adds up over time."""


def period_of(per: str, on: dt.date) -> dt.date:
    """The first day of the calendar period that ``on`` lies in."""
    months = _MONTHS.get(per)
    if months is None:
        return FOR_GOOD
    return dt.date(on.year, (on.month - 1) // months * months + 1, 1)
