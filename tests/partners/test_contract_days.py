"""The days of a service contract: pure rules, held to their promises for any terms."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.rules.contracts import decision_date, next_decision, term_end
from programs.rules.periods import add_months


@dataclass(frozen=True)
class Terms:
    ends_on: dt.date | None
    months: int | None = None
    notice_days: int = 0
    auto_renews: bool = False


DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31))
FIXED = st.builds(Terms, ends_on=DAYS, notice_days=st.integers(0, 730))
RENEWING = st.builds(
    Terms,
    ends_on=DAYS,
    months=st.integers(1, 60),
    notice_days=st.integers(0, 400),
    auto_renews=st.just(True),
)
END = dt.date(2026, 12, 31)


@pytest.mark.parametrize(
    ("terms", "decided"),
    [
        (Terms(END, 12, 90, True), dt.date(2026, 10, 2)),
        (Terms(END, 12, 0, True), END),
        (Terms(END, 12, 90, False), END),
        (Terms(END, None, 0, False), END),
    ],
)
def test_the_decision_is_the_notice_day_only_where_it_renews_by_itself(
    terms: Terms, decided: dt.date
) -> None:
    assert next_decision(terms, dt.date(2024, 1, 1), dt.date(2026, 1, 1)) == decided


def test_an_evergreen_contract_has_a_checkpoint_each_year() -> None:
    since = dt.date(2024, 2, 29)
    days = [dt.date(2024, 3, 1), dt.date(2025, 2, 28), dt.date(2025, 3, 1)]
    assert [next_decision(Terms(None), since, day) for day in days] == [
        dt.date(2025, 2, 28),
        dt.date(2025, 2, 28),
        dt.date(2026, 2, 28),
    ]


def test_a_month_end_stays_one_over_terms() -> None:
    terms = Terms(dt.date(2026, 1, 31), 1, 0, True)
    assert [term_end(terms, dt.date(2026, n, 15)) for n in (2, 3, 4)] == [
        dt.date(2026, 2, 28),
        dt.date(2026, 3, 31),
        dt.date(2026, 4, 30),
    ]


@given(RENEWING, DAYS)
def test_the_running_term_is_the_first_whole_step_that_ends_after_the_day(
    terms: Terms, on: dt.date
) -> None:
    end = terms.ends_on
    assert end is not None and terms.months is not None
    steps = 0
    while add_months(end, steps * terms.months) <= on:
        steps += 1
    assert term_end(terms, on) == add_months(end, steps * terms.months)


@given(st.one_of(FIXED, RENEWING), DAYS)
def test_the_next_decision_is_never_past_and_belongs_to_a_term(terms: Terms, on: dt.date) -> None:
    found = next_decision(terms, dt.date(2020, 1, 1), on)
    if not terms.auto_renews:
        assert found == (terms.ends_on if terms.ends_on and terms.ends_on >= on else None)
        return
    assert found is not None and found >= on
    end = found + dt.timedelta(days=terms.notice_days)
    assert term_end(terms, end - dt.timedelta(days=1)) == end
    assert decision_date(terms, end) == found


@given(RENEWING, DAYS, DAYS)
def test_a_later_day_never_has_an_earlier_decision(terms: Terms, a: dt.date, b: dt.date) -> None:
    first, last = sorted((a, b))
    start = dt.date(2020, 1, 1)
    one, other = next_decision(terms, start, first), next_decision(terms, start, last)
    assert one is not None and other is not None and one <= other
