"""On which days a review clock is due, and on which days its requirements may be met. Pure.

All days are the vendor's. A month-day that a year does not have is that month's last day, so that
29 February is reviewed on the 28th of an ordinary year.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator

from programs.document.types import Review, Window
from programs.rules import add_months

_EVERY_MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6}
ONE_DAY = dt.timedelta(days=1)


def due_days(
    review: Review, joined_on: dt.date, since: dt.date, until: dt.date
) -> tuple[dt.date, ...]:
    """The due days in ``[since, until)`` for a partner that joined on ``joined_on``.

    ``monthly``, ``quarterly`` and ``half_yearly`` are due on the first day of the period,
    ``anniversary`` on that of ``joined_on``, a window on the day after its last one.
    """
    return tuple(day for day in _days(review, joined_on, since, until) if since <= day < until)


def next_due(review: Review, joined_on: dt.date, on: dt.date) -> dt.date:
    """The first due day after ``on``."""
    start = on + ONE_DAY
    return due_days(review, joined_on, start, add_months(start, 25))[0]


def is_continuous(review: Review) -> bool:
    """Whether every day is a review."""
    return review.clock == "continuous"


def window_before(review: Review, due_on: dt.date) -> tuple[dt.date, ...]:
    """For a window, the days on which its requirements may have been met, the latest first; for
    any other clock the due day alone."""
    if not isinstance(review.clock, Window):
        return (due_on,)
    last = due_on - ONE_DAY
    first = _day_in(last.year, review.clock.from_)
    if first > last:
        first = _day_in(last.year - 1, review.clock.from_)
    return tuple(last - n * ONE_DAY for n in range((last - first).days + 1))


def _days(review: Review, joined_on: dt.date, since: dt.date, until: dt.date) -> Iterator[dt.date]:
    clock = review.clock
    years = range(since.year - 1, until.year + 1)
    if isinstance(clock, Window):
        yield from (_day_in(year, clock.until) + ONE_DAY for year in years)
    elif clock == "continuous":
        yield from (since + n * ONE_DAY for n in range((until - since).days))
    elif clock == "anniversary":
        past = (year - joined_on.year for year in years)
        yield from (add_months(joined_on, 12 * n) for n in past if n > 0)
    elif clock == "yearly":
        yield from (_day_in(year, review.day or "01-01") for year in years)
    else:
        step = _EVERY_MONTHS[clock]
        yield from (dt.date(year, month, 1) for year in years for month in range(1, 13, step))


def _day_in(year: int, month_day: str) -> dt.date:
    month, day = map(int, month_day.split("-"))
    return dt.date(year, month, min(day, monthrange(year, month)[1]))
