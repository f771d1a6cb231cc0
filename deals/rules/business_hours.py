"""When so many business hours are over; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from functools import cache
from zoneinfo import ZoneInfo

import holidays as calendars

from programs.document.deals import WEEKDAYS

_ONE_DAY = dt.timedelta(days=1)


def due_at(
    at: dt.datetime,
    hours: int,
    *,
    opens: str,
    closes: str,
    weekdays: Collection[str],
    holidays: str | None,
    zone: ZoneInfo,
) -> dt.datetime:
    """The instant (UTC) at which ``hours`` business hours have passed since the instant ``at``.

    ``opens``, ``closes`` (``09:00``), ``weekdays`` (``mon``) and ``holidays`` (a country, None:
    none) are the program's ``deals.hours``, in the vendor's ``zone``. Counted is time that really
    passes, so that a night with a changed clock is as long as it is. ValueError where no such hour
    ever comes.
    """
    if opens >= closes or not set(weekdays) & set(WEEKDAYS):
        raise ValueError("there are no business hours")
    left = dt.timedelta(hours=hours)
    now = at.astimezone(dt.UTC)
    working = {WEEKDAYS.index(day) for day in WEEKDAYS if day in weekdays}
    for day in _days_from(now.astimezone(zone).date()):
        if day.weekday() not in working or _is_holiday(holidays, day):
            continue
        begin = max(now, _instant(day, opens, zone))
        open_for = _instant(day, closes, zone) - begin
        if open_for >= left and open_for >= dt.timedelta():
            return begin + left
        left -= max(open_for, dt.timedelta())
    raise ValueError("there are no business hours")


def _days_from(day: dt.date) -> Iterator[dt.date]:
    """The day and all that follow until the calendar ends."""
    while day < dt.date.max:
        yield day
        day += _ONE_DAY


def _instant(day: dt.date, time: str, zone: ZoneInfo) -> dt.datetime:
    """The instant of a time of the day; 24:00 is the midnight after it."""
    hour, minute = map(int, time.split(":"))
    if hour == 24:
        day, hour = day + _ONE_DAY, 0
    return dt.datetime.combine(day, dt.time(hour, minute), zone).astimezone(dt.UTC)


def working_days(
    since: dt.date, until: dt.date, *, weekdays: Collection[str], holidays: str | None
) -> list[dt.date]:
    """The working days from ``since`` until ``until``, both included."""
    span = (since + n * _ONE_DAY for n in range((until - since).days + 1))
    return [
        day for day in span
        if WEEKDAYS[day.weekday()] in weekdays and not _is_holiday(holidays, day)
    ]  # fmt: skip


def _is_holiday(country: str | None, day: dt.date) -> bool:
    return country is not None and day in _holidays(country, day.year)


@cache
def _holidays(country: str, year: int) -> frozenset[dt.date]:
    """The public holidays of a country in a year; none where the calendars do not know it."""
    if country not in calendars.list_supported_countries(include_aliases=False):
        return frozenset()
    return frozenset(calendars.country_holidays(country, years=year))
