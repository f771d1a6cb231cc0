"""How many hours of an engineer are left in which week; pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

WEEK = dt.timedelta(days=7)
WORKING_WEEK = 5
"""Days by which an engineer's hours of a week are shared out."""
MOST_A_DAY = 10
"""Hours that one booking asks of a day, at most."""


def monday(day: dt.date) -> dt.date:
    """The Monday of the day's week."""
    return day - dt.timedelta(days=day.weekday())


def weeks_of(since: dt.date, until: dt.date) -> Iterator[dt.date]:
    """The Mondays of the weeks that the days touch, both included."""
    week = monday(since)
    while week <= until:
        yield week
        week += WEEK


@dataclass(frozen=True)
class Week:
    """One week of an engineer: ``capacity`` hours in all, of them ``away`` and ``booked``."""

    on: dt.date
    capacity: int
    away: int = 0
    booked: int = 0

    @property
    def left(self) -> int:
        """Hours that can still be booked."""
        return max(0, self.capacity - self.away - self.booked)

    @property
    def last(self) -> dt.date:
        """The week's Sunday."""
        return self.on + dt.timedelta(days=6)


def away_days(spans: Iterable[tuple[dt.date, dt.date]]) -> set[dt.date]:
    """Every day of these spans, both ends included."""
    return {
        since + dt.timedelta(days=n)
        for since, until in spans
        for n in range((until - since).days + 1)
    }


def week_of(
    on: dt.date, capacity: int, away: Collection[dt.date], booked: Iterable[Mapping[str, int]]
) -> Week:
    """The week that begins on the Monday ``on``, of days ``away`` and of bookings' ``weeks``.

    A weekday away takes its share of the capacity, in full hours.
    """
    days = sum(on + dt.timedelta(days=n) in away for n in range(WORKING_WEEK))
    gone = -(-capacity * days // WORKING_WEEK)
    return Week(on, capacity, gone, sum(one.get(on.isoformat(), 0) for one in booked))


def spread(hours: int, days: Sequence[dt.date]) -> dict[str, int]:
    """``hours`` shared out over the days as evenly as full hours allow, by week; weeks without any
    are left out."""
    found: Counter[str] = Counter()
    for n, day in enumerate(days):
        share = hours * (n + 1) // len(days) - hours * n // len(days)
        if share:
            found[monday(day).isoformat()] += share
    return dict(found)
