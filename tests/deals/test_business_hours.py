"""Business hours: answers are owed in the vendor's working time, also when clocks change."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deals.rules.business_hours import due_at
from programs.document import BusinessHours
from programs.document.deals import WEEKDAYS

BERLIN = ZoneInfo("Europe/Berlin")


def due(at: str, hours: int, zone: ZoneInfo = BERLIN, **said: Any) -> str:
    """Local times in and out, by the hours of a program that says ``said``."""
    values = BusinessHours(**said).model_dump()
    found = due_at(dt.datetime.fromisoformat(at).replace(tzinfo=zone), hours, **values, zone=zone)
    assert found.tzinfo is dt.UTC
    return found.astimezone(zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("at", "hours", "until"),
    [
        ("2026-11-23T10:00", 2, "2026-11-23 12:00"),  # a Monday
        ("2026-11-23T10:00", 16, "2026-11-25 10:00"),
        ("2026-11-23T09:00", 8, "2026-11-23 17:00"),
        ("2026-11-23T06:00", 1, "2026-11-23 10:00"),
        ("2026-11-23T17:00", 1, "2026-11-24 10:00"),
        ("2026-11-27T16:30", 1, "2026-11-30 09:30"),  # over a weekend
        ("2026-11-28T12:00", 8, "2026-11-30 17:00"),
    ],
)
def test_only_working_hours_count(at: str, hours: int, until: str) -> None:
    assert due(at, hours) == until


def test_public_holidays_are_no_working_days() -> None:
    christmas = ("2026-12-24T16:00", 2)
    assert due(*christmas, holidays="DE") == "2026-12-28 10:00"
    assert due(*christmas) == "2026-12-25 10:00"
    # The second holiday of Christmas is none in Portugal; in 2028 it is a Tuesday.
    assert due("2028-12-22T16:00", 9, holidays="DE") == "2028-12-27 17:00"
    assert due("2028-12-22T16:00", 9, holidays="PT") == "2028-12-26 17:00"


def test_the_next_years_holidays_count_as_well() -> None:
    assert due("2026-12-31T16:00", 2, holidays="DE") == "2027-01-04 10:00"


def test_a_day_may_last_until_midnight_and_be_any_of_the_week() -> None:
    always = {"opens": "00:00", "closes": "24:00", "weekdays": WEEKDAYS}
    assert due("2026-11-28T23:00", 2, **always) == "2026-11-29 01:00"


def test_a_night_with_a_changed_clock_is_as_long_as_it_is() -> None:
    night = {"opens": "00:00", "closes": "08:00", "weekdays": ("sun",)}
    assert due("2026-03-29T00:00", 6, **night) == "2026-03-29 07:00"  # 02:00 to 03:00 is missing
    assert due("2026-10-25T00:00", 6, **night) == "2026-10-25 05:00"  # 02:00 to 03:00 comes twice
    assert due("2026-03-29T00:00", 8, **night) == "2026-04-05 01:00"


def test_hours_that_a_change_of_clocks_swallows() -> None:
    """Wholly inside the hour that is missing they come an hour later by the clock; half inside,
    nothing of them is left."""
    whole = {"opens": "02:10", "closes": "02:50", "weekdays": ("sun",)}
    assert due("2026-03-28T00:00", 1, **whole) == "2026-04-05 02:30"
    half = {"opens": "02:30", "closes": "03:10", "weekdays": ("sun",)}
    assert due("2026-03-28T00:00", 1, **half) == "2026-04-12 02:50"


@pytest.mark.parametrize("hours", [{"opens": "17:00", "closes": "09:00"}, {"weekdays": ()}])
def test_hours_that_never_come_are_an_error(hours: dict[str, Any]) -> None:
    said = {**BusinessHours().model_dump(), **hours}
    with pytest.raises(ValueError, match="no business hours"):
        due_at(dt.datetime(2026, 11, 23, tzinfo=dt.UTC), 1, **said, zone=BERLIN)


ZONES = st.sampled_from([
    ZoneInfo(name) for name in (
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
        "America/Sao_Paulo", "Pacific/Apia", "UTC",
    )
])  # fmt: skip
INSTANTS = st.datetimes(
    dt.datetime(2009, 1, 1), dt.datetime(2039, 1, 1), timezones=st.just(dt.UTC)
)  # fmt: skip
TIMES = st.integers(0, 24 * 4).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")


@st.composite
def said_hours(draw: st.DrawFn) -> dict[str, Any]:
    opens, closes = sorted(draw(st.lists(TIMES, min_size=2, max_size=2, unique=True)))
    return {
        "opens": opens,
        "closes": closes,
        "weekdays": tuple(draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1))),
        "holidays": draw(st.sampled_from([None, "DE", "US"])),
    }


@settings(max_examples=60)
@given(INSTANTS, INSTANTS, st.integers(1, 60), st.integers(0, 20), said_hours(), ZONES)
def test_later_and_more_is_never_sooner(
    one: dt.datetime,
    other: dt.datetime,
    hours: int,
    more: int,
    said: dict[str, Any],
    zone: ZoneInfo,
) -> None:
    first, last = sorted((one, other))
    due_first = due_at(first, hours, **said, zone=zone)
    assert due_first <= due_at(last, hours, **said, zone=zone)
    assert due_first <= due_at(first, hours + more, **said, zone=zone)
    assert due_first >= first + dt.timedelta(hours=hours)


@settings(max_examples=60)
@given(INSTANTS, st.integers(1, 30), st.integers(1, 30), said_hours(), ZONES)
def test_hours_add_up(
    at: dt.datetime, some: int, more: int, said: dict[str, Any], zone: ZoneInfo
) -> None:
    between = due_at(at, some, **said, zone=zone)
    together = due_at(at, some + more, **said, zone=zone)
    assert due_at(between, more, **said, zone=zone) == together


@settings(max_examples=60)
@given(INSTANTS, st.integers(1, 60), said_hours(), ZONES)
def test_it_is_due_within_working_hours(
    at: dt.datetime, hours: int, said: dict[str, Any], zone: ZoneInfo
) -> None:
    """The minute before belongs to a working day, between its hours."""
    due = due_at(at, hours, **said, zone=zone)
    before = (due - dt.timedelta(microseconds=1)).astimezone(zone)
    assert WEEKDAYS[before.weekday()] in said["weekdays"]
    if before.utcoffset() == (before - dt.timedelta(hours=26)).utcoffset():  # no changed clock
        assert said["opens"] <= before.strftime("%H:%M") < said["closes"]
