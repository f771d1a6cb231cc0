"""Hours of an engineer by week: pure."""

from __future__ import annotations

import datetime as dt

from deals.rules.capacity import away_days, spread, week_of, weeks_of

MONDAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)


def test_a_span_touches_the_weeks_of_both_its_ends() -> None:
    assert list(weeks_of(MONDAY + 4 * DAY, MONDAY + 7 * DAY)) == [MONDAY, MONDAY + 7 * DAY]


def test_hours_are_shared_out_over_the_days_and_none_is_lost() -> None:
    days = [MONDAY + 4 * DAY, MONDAY + 7 * DAY, MONDAY + 8 * DAY]
    assert spread(10, days) == {"2026-03-02": 3, "2026-03-09": 7}
    assert spread(1, days) == {"2026-03-09": 1}


def test_a_weekday_away_takes_its_share_in_full_hours() -> None:
    away = away_days([(MONDAY + 3 * DAY, MONDAY + 6 * DAY)])  # Thursday to Sunday
    week = week_of(MONDAY, 24, away, [{"2026-03-02": 8}, {"2026-03-09": 5}])
    assert (week.away, week.booked, week.left) == (10, 8, 6)


def test_what_is_over_is_not_less_than_nothing() -> None:
    assert week_of(MONDAY, 8, set(), [{"2026-03-02": 9}]).left == 0
