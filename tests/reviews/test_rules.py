"""The laws of deciding, of clocks and of stacking, over whatever comes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs import document as documents
from programs.document.types import Review
from programs.effects.levels import Held, rungs_of, stands
from programs.effects.trees import Answers
from programs.rules import Case, Certificate, Facts, MetricValue, Person, add_months
from reviews.rules import (
    Given,
    Standing,
    axis_rules,
    decide,
    due_days,
    explained,
    falls_of,
    next_due,
    stacked,
    window_before,
)
from reviews.rules.quotas import FOR_GOOD, period_of
from tests.reviews import world

ON = dt.date(2026, 4, 1)
DOCUMENT = documents.load(world.PROGRAM)
RULES = axis_rules(DOCUMENT, "msp", "tier")
LADDER = ["registered", "silver", "gold", "circle"]
ONE_PERSON = """
program: people
title: People
currency: EUR
tracks: {deploy: {months: 24}}
types:
  msp:
    review: {clock: quarterly}
    tiers: {base: {}, top: {entry: {people: {track: deploy, at_least: 1}}}}
"""
days = st.dates(dt.date(2015, 1, 1), dt.date(2035, 12, 31))
revenues = st.one_of(st.none(), st.integers(0, 400))
maybe_days = st.one_of(st.none(), st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)))
CLOCKS: list[dict[str, Any]] = [
    {"clock": "continuous"},
    {"clock": "monthly"},
    {"clock": "quarterly"},
    {"clock": "half_yearly"},
    {"clock": "yearly", "day": "02-29"},
    {"clock": "anniversary"},
    {"clock": {"from": "11-15", "until": "01-31"}},
]


def case(revenue: int | None, on: dt.date = ON) -> Case:
    metrics = {} if revenue is None else {"revenue": MetricValue(Decimal(revenue), "test", on)}
    return Case(Facts(partner="1", metrics=metrics), on)


def outcome(revenue: int | None, held: str | None, **standing: Any) -> Any:
    known = Standing(held=(held,) if held else (), **standing)
    (found,) = decide(RULES, case(revenue), known)
    return found


standings = st.fixed_dictionaries(
    {
        "cures": st.one_of(st.just({}), maybe_days.map(lambda d: {"gold": d} if d else {})),
        "exceptions": st.one_of(st.just({}), maybe_days.map(lambda d: {"gold": d} if d else {})),
        "locked_until": maybe_days,
        "before": st.sets(st.sampled_from(LADDER)).map(frozenset),
    }
)


@given(st.sampled_from([None, *LADDER[1:3]]), standings)
def test_unknown_moves_nobody(held: str | None, standing: dict[str, Any]) -> None:
    assert outcome(None, held, **standing).to in (held, "registered")


@given(st.integers(0, 400), st.sampled_from(LADDER[:3]), standings)
def test_nobody_rises_while_locked_out_nor_into_what_is_by_invitation(
    revenue: int, held: str, standing: dict[str, Any]
) -> None:
    found = outcome(revenue, held, **standing)
    locked = standing["locked_until"]
    rises = found.kind == "promote"
    assert not (rises and locked is not None and locked > ON)
    assert found.to != "circle"


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from(LADDER[:3]))
def test_more_is_never_worse(less: int, more: int, held: str) -> None:
    less, more = sorted((less, more))
    ranks = [RULES.rank(outcome(value, held).to) for value in (less, more)]
    assert ranks == sorted(ranks)


@given(st.integers(0, 400), st.sampled_from(LADDER[:3]), standings)
def test_a_fall_comes_only_after_a_cure_that_is_over(
    revenue: int, held: str, standing: dict[str, Any]
) -> None:
    found = outcome(revenue, held, **standing)
    if found.kind == "demote":
        assert standing["cures"][held] <= ON
        assert revenue < 150
        assert not standing["exceptions"].get(held, ON) > ON


@given(st.integers(0, 400), st.sampled_from(LADDER[:3]))
def test_what_was_decided_is_decided_again_once_it_is_applied(revenue: int, held: str) -> None:
    first = outcome(revenue, held)
    second = outcome(revenue, first.to)
    assert second.kind not in ("promote", "demote")


@given(st.integers(0, 400), st.sampled_from(LADDER[:3]), standings)
def test_between_reviews_levels_rise_or_what_is_over_is_judged(
    revenue: int, held: str, standing: dict[str, Any]
) -> None:
    known = Standing(held=(held,), **standing)
    for found in decide(RULES, case(revenue), known, review=False):
        ends = [standing["cures"].get(held), standing["exceptions"].get(held)]
        over = any(end is not None and end <= ON for end in ends)
        assert found.kind == "promote" or found.cured or over


def test_a_fall_lands_on_what_is_met_and_a_gift_only_where_it_was_held() -> None:
    over = {"cures": {"gold": ON}}
    assert outcome(120, "gold", **over).to == "silver"
    assert outcome(20, "gold", **over).to == "registered"
    gift = {"cures": {"gold": ON}, "before": frozenset({"silver"})}
    assert outcome(20, "gold", **gift).to == "registered"


def test_a_level_lost_by_falling_is_closed_for_its_lock_out() -> None:
    text = world.PROGRAM.replace("title: Gold", "title: Gold\n        lockout_months: 6")
    rules = axis_rules(documents.load(text), "msp", "tier")
    for months, expected in ((5, "keep"), (6, "promote")):
        lost = {"gold": add_months(ON, -months)}
        (found,) = decide(rules, case(300), Standing(held=("silver",), lost=lost))
        assert found.kind == expected


def test_a_warning_names_the_first_day_on_which_the_level_is_missed() -> None:
    rules = axis_rules(documents.load(ONE_PERSON), "msp", "tier")
    ends = dt.date(2026, 5, 17)
    person = Person("p", certificates=(Certificate("deploy", dt.date(2024, 5, 17), ends),))
    facts = Case(Facts("1", people=(person,)), ON)
    standing = Standing(held=("top",))
    (found,) = decide(rules, facts, standing, horizon=dt.date(2026, 6, 30))
    assert (found.kind, found.to, found.until) == ("warn", "top", ends)
    assert explained(rules, facts, found).gap[0].missing
    (kept,) = decide(rules, facts, standing, horizon=dt.date(2026, 5, 16))
    assert kept.kind == "keep"
    again = Certificate("deploy", dt.date(2026, 6, 1), dt.date(2028, 6, 1))
    two = Case(Facts("1", people=(person, Person("q", certificates=(again,)))), ON)
    (gap,) = decide(rules, two, standing, horizon=dt.date(2026, 6, 30))
    assert (gap.kind, gap.until) == ("warn", ends)  # met again by the horizon, not in between


@given(st.lists(st.tuples(st.integers(-9, 100), st.integers(1, 60)), max_size=5))
def test_a_warning_is_of_the_first_day_that_fails(spans: list[tuple[int, int]]) -> None:
    rules = axis_rules(documents.load(ONE_PERSON), "msp", "tier")
    certificates = tuple(
        Certificate("deploy", ON + dt.timedelta(start), ON + dt.timedelta(start + length))
        for start, length in spans
    )
    facts, horizon = Facts("1", people=(Person("p", certificates=certificates),)), 90
    entry = rules.levels["top"].entry_tree
    ahead = (ON + dt.timedelta(n) for n in range(horizon + 1))
    missed = next((day for day in ahead if not entry.holds(Case(facts, day))), None)
    (found,) = decide(
        rules, Case(facts, ON), Standing(held=("top",)), horizon=ON + dt.timedelta(horizon)
    )
    if missed != ON:
        assert (found.kind, found.until) == ("warn" if missed else "keep", missed)


def test_no_warning_tells_of_a_change_before_it_is_announced() -> None:
    text = ONE_PERSON.replace(
        "entry: {people: {track: deploy, at_least: 1}}",
        "entry: {phased: {announced: 2026-04-20, enforced: 2026-06-01,"
        " asks: {people: {track: deploy, at_least: 1}}}}",
    )
    rules, horizon = axis_rules(documents.load(text), "msp", "tier"), dt.date(2026, 6, 30)
    for on, kind in ((ON, "keep"), (dt.date(2026, 4, 20), "warn")):
        (found,) = decide(rules, Case(Facts("1"), on), Standing(held=("top",)), horizon=horizon)
        assert found.kind == kind


def test_down_on_request_only_warns() -> None:
    text = world.PROGRAM.replace("up: any_time", "up: any_time, down: request")
    rules = axis_rules(documents.load(text), "msp", "tier")
    (found,) = decide(rules, case(10), Standing(held=("gold",)))
    assert (found.kind, found.to, found.until) == ("warn", "gold", None)


def test_a_fall_is_told_from_a_rise_by_what_follows() -> None:
    first, second, third = (dt.date(2026, month, 1) for month in (1, 2, 3))
    spans = [("silver", first, second), ("gold", second, third), ("registered", third, None)]
    assert falls_of(RULES, spans) == {"gold": third}


@pytest.mark.parametrize("given_clock", CLOCKS, ids=lambda clock: str(clock["clock"]))
@settings(max_examples=60)
@given(joined=days, since=days, length=st.integers(0, 900), cut=st.integers(0, 900))
def test_due_days_are_ordered_within_their_span_and_do_not_depend_on_where_it_is_cut(
    given_clock: dict[str, Any], joined: dt.date, since: dt.date, length: int, cut: int
) -> None:
    review = Review.model_validate(given_clock)
    until = since + dt.timedelta(days=length)
    middle = since + dt.timedelta(days=min(cut, length))
    found = due_days(review, joined, since, until)
    assert list(found) == sorted(set(found))
    assert all(since <= day < until for day in found)
    assert (
        due_days(review, joined, since, middle) + due_days(review, joined, middle, until) == found
    )


@pytest.mark.parametrize("given_clock", CLOCKS, ids=lambda clock: str(clock["clock"]))
@settings(max_examples=40)
@given(joined=days, on=days)
def test_the_next_due_day_lies_ahead_with_none_between(
    given_clock: dict[str, Any], joined: dt.date, on: dt.date
) -> None:
    review = Review.model_validate(given_clock)
    later = next_due(review, joined, max(on, joined))
    after = max(on, joined) + dt.timedelta(days=1)
    assert due_days(review, joined, after, later + dt.timedelta(days=1)) == (later,)


def test_clocks_by_the_calendar() -> None:
    year = dt.date(2026, 1, 1), dt.date(2027, 1, 1)

    def found(joined: str = "2024-02-29", **clock: Any) -> list[str]:
        review = Review.model_validate(clock)
        days = due_days(review, dt.date.fromisoformat(joined), *year)
        return [day.strftime("%m-%d") for day in days]

    assert found(clock="quarterly") == ["01-01", "04-01", "07-01", "10-01"]
    assert found(clock="half_yearly") == ["01-01", "07-01"]
    assert found(clock="yearly", day="03-31") == ["03-31"]
    assert found(clock="anniversary") == ["02-28"]
    assert found(joined="2026-03-01", clock="anniversary") == []
    assert found(clock={"from": "02-01", "until": "03-31"}) == ["04-01"]


def test_a_window_over_new_year_has_all_its_days() -> None:
    review = Review.model_validate({"clock": {"from": "12-30", "until": "01-02"}})
    found = window_before(review, dt.date(2026, 1, 3))
    assert [day.isoformat() for day in found] == [
        "2026-01-02", "2026-01-01", "2025-12-31", "2025-12-30",
    ]  # fmt: skip


def gives(benefit: str, value: Any, rank: int = 1, level: str = "x") -> Given:
    return Given(benefit, "msp", "tier", level, rank, value)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_benefits_stack_by_their_rule_and_never_above_their_cap(values: list[int]) -> None:
    given_ = [gives("own_use", value, level=str(n)) for n, value in enumerate(values)]
    given_ += [gives("discount", value, level=str(n)) for n, value in enumerate(values)]
    best, added = stacked(DOCUMENT, given_)
    assert (best.benefit, best.value) == ("discount", max(values))
    assert (added.benefit, added.value) == ("own_use", min(sum(values), 60))


def test_an_exclusive_benefit_stands_alone_in_its_kind() -> None:
    text = world.PROGRAM.replace(
        "types:",
        "  feed_a: {kind: feed, stacking: exclusive}\n"
        "  feed_b: {kind: feed, stacking: exclusive}\ntypes:",
        1,
    ).replace("discount: 5", "discount: 5, feed_a: true, feed_b: true")
    document = documents.load(text)
    found = stacked(document, [gives("feed_a", True, rank=1), gives("feed_b", True, rank=2)])
    assert [one.benefit for one in found] == ["feed_b"]


def test_a_use_counts_in_its_calendar_period() -> None:
    on = dt.date(2026, 8, 31)
    found = {per: period_of(per, on) for per in ("month", "quarter", "half_year", "year", "")}
    assert found == {
        "month": dt.date(2026, 8, 1),
        "quarter": dt.date(2026, 7, 1),
        "half_year": dt.date(2026, 7, 1),
        "year": dt.date(2026, 1, 1),
        "": FOR_GOOD,
    }


SPANS = st.lists(
    st.tuples(st.sampled_from(["registered", "silver", "gold"]), st.integers(1, 9)), max_size=3
)


@settings(deadline=None)
@given(SPANS, st.sampled_from([None, 20, 60, 120, 300]), st.sampled_from([None, 3, 12]))
def test_a_plan_stands_a_partner_where_a_review_would(
    spells: list[tuple[str, int]], revenue: int | None, months: int | None
) -> None:
    """Levels one after the other, the last one still held: by a plan that changes nothing else."""
    text = world.PROGRAM.replace(", cure: {months: 3}", "")
    if months:
        text = text.replace("title: Gold", f"title: Gold\n        lockout_months: {months}")
    document = documents.load(text)
    rules = axis_rules(document, "msp", "tier")
    until, spans = None, []
    for code, length in reversed(spells):
        since = add_months(until or ON, -length)
        spans.insert(0, (code, since, until))
        until = since
    held = tuple(code for code, _since, end in spans if end is None)
    lost = falls_of(rules, spans)
    standing = Standing(held=held, before=frozenset(one[0] for one in spans), lost=lost)
    (said,) = decide(rules, case(revenue), standing)
    rungs = list(reversed(rungs_of(document, "msp", "tier").values()))
    trees = {id(tree): tree for rung in rungs for tree in rung.trees}
    stood = stands(
        rungs, Answers(case(revenue), trees), Held(frozenset(held), spans=tuple(spans)), True, ON
    )
    assert stood == [code for code in [said.to] if code]
