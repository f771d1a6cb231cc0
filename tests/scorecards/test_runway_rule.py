"""The runway on facts in memory: days, causes, exams, leavers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from programs.document import load
from programs.rules import Case, Certificate, Facts, Held, MetricValue, Period, Person, requirement
from scorecards.rules.runway import (
    Asset,
    Loss,
    Runway,
    assets_of,
    by_month,
    facts_without,
    leavers,
    runway_of,
)
from scorecards.rules.signals import RunningGroup
from tests.programs.rule_world import DOCUMENT as ALGEBRA
from tests.programs.test_rules_properties import FACTS, TREES

ON, UNTIL = date(2026, 11, 23), date(2027, 11, 23)
LONG_AGO = date(2024, 1, 1)
DOCUMENT = load("""
program: small
title: Small
currency: EUR
environments: [general, clinical]
metrics: {seats: {unit: seats}}
tracks:
  deploy: {title: Deploy, months: 24}
  clinic: {title: Clinic, months: 24, anchor: course_release, versions: [
    {code: "1", released: 2025-06-01}, {code: "2", released: 2027-01-10, kind: delta, of: "1"}]}
products:
  shield:
    title: Shield
    counts_as: seat
    gates:
      general: {people: {track: deploy, at_least: 2}}
      clinical: {people: {track: clinic, at_least: 1}}
lapse:
  departure: {block_new_after: 45}
types:
  msp:
    title: MSP
    tiers:
      base: {title: Base}
      gold: {title: Gold, entry: {people: {track: deploy, at_least: 3}},
             retain: {people: {track: deploy, at_least: 1}}}
""")


def holder(key: str, until: date | None, track: str = "deploy", **more: Any) -> Person:
    version = "1" if track == "clinic" else None
    return Person(key, key.title(), (Certificate(track, LONG_AGO, until, version),), **more)


def facts_with(*people: Person, **more: Any) -> Facts:
    return Facts("p", people, agreements={"agreement": (Period(LONG_AGO),)}, **more)


GROUPS = [RunningGroup("shield", ("general",), 80), RunningGroup("shield", ("clinical",), 20)]


def look(facts: Facts, groups: Any = GROUPS[:1], **more: Any) -> Runway:
    assets = assets_of(DOCUMENT, facts, ON, groups)
    return runway_of(DOCUMENT, facts, assets, ON, UNTIL, **more)


def only(found: Runway) -> Loss:
    (loss,) = found.losses
    return loss


def test_the_day_and_the_one_person_it_hangs_on() -> None:
    facts = facts_with(holder("ana", date(2027, 3, 1)), holder("ben", None))
    loss = only(look(facts))
    assert (loss.on, loss.days, loss.hangs_on) == (date(2027, 3, 1), 98, "ana")
    assert [(one.cause, one.key, one.what) for one in loss.because] == [("expiry", "ana", "deploy")]


def test_a_person_too_many_may_lapse() -> None:
    facts = facts_with(
        holder("ana", date(2027, 3, 1)), holder("ben", None), holder("cy", date(2027, 5, 1))
    )
    assert only(look(facts)).on == date(2027, 5, 1)


def test_two_who_end_on_one_day_are_both_named() -> None:
    facts = facts_with(holder("ana", date(2027, 3, 1)), holder("ben", date(2027, 3, 1)))
    loss = only(look(facts))
    assert (loss.people, loss.hangs_on) == (("ana", "ben"), None)


def test_the_exam_that_prevents_it_is_taken_on_the_eve() -> None:
    facts = facts_with(holder("ana", date(2027, 3, 1)), holder("ben", None))
    found = only(look(facts)).exams
    assert found is not None
    assert [(one.person, one.track, one.kind) for one in found.exams] == [
        ("ana", "deploy", "renewal")
    ]


def test_a_delta_out_by_the_eve_prevents_it() -> None:
    facts = facts_with(
        holder("ana", date(2027, 3, 1), "clinic"), holder("b", None), holder("c", None)
    )
    loss = only(look(facts, GROUPS[1:]))
    assert loss.asset.environments == ("clinical",)
    assert loss.exams is not None
    assert [(one.person, one.version, one.kind) for one in loss.exams.exams] == [
        ("ana", "2", "delta")
    ]


def test_a_colleague_without_certificate_replaces_a_leaver() -> None:
    facts = facts_with(holder("ana", None), holder("ben", None))
    found = only(look(facts, without=["ana"], colleagues=(Person("di", "Di"),))).exams
    assert found is not None
    assert [(one.person, one.kind, one.new_person) for one in found.exams] == [
        ("di", "first", False)
    ]


def test_a_leaver_takes_along_at_once_what_hangs_on_them() -> None:
    facts = facts_with(holder("ana", None), holder("ben", None))
    assert look(facts).losses == ()
    loss = only(look(facts, without=["ana"]))
    assert (loss.on, loss.hangs_on) == (ON, "ana")
    assert [one.cause for one in loss.because] == ["departure"]
    assert loss.stops_on == ON + timedelta(days=45)


def test_without_grace_it_stops_on_the_day() -> None:
    facts = facts_with(holder("ana", date(2027, 3, 1)), holder("ben", None))
    assert only(look(facts)).stops_on == date(2027, 3, 1)


def test_what_is_closed_today_cannot_be_lost() -> None:
    found = look(facts_with(holder("ana", date(2027, 3, 1))))
    assert (found.losses, [one.code for one in found.closed]) == ((), ["shield"])


def test_the_gates_of_a_suspended_partner_are_closed() -> None:
    facts = facts_with(holder("ana", date(2027, 3, 1)), holder("ben", None))
    found = look(facts, status="suspended")
    assert (found.losses, len(found.closed)) == ((), 1)


def test_what_nobody_knows_is_shown_and_is_no_loss() -> None:
    tree = requirement({"metric": {"code": "seats", "at_least": 3}}, DOCUMENT)
    asset = Asset("gate", "shield", tree)
    facts = facts_with(metrics={"seats": MetricValue(None)})
    found = runway_of(DOCUMENT, facts, [asset], ON, UNTIL)
    assert (found.losses, found.unknown, found.closed) == ((), ((asset, ON),), ())


def test_a_level_is_kept_by_either_set() -> None:
    held = {"msp": (Held("gold", LONG_AGO),)}
    people = [holder("ana", date(2027, 2, 1)), holder("ben", date(2027, 6, 1)), holder("cy", None)]
    assert look(facts_with(*people, held=held), ()).losses == ()
    loss = only(look(facts_with(*people[:2], held=held), ()))
    assert (loss.asset.kind, loss.asset.level, loss.on) == ("level", "gold", date(2027, 6, 1))
    assert loss.stops_on is None


def test_beyond_the_horizon_nothing_is_told() -> None:
    facts = facts_with(holder("ana", UNTIL), holder("ben", None))
    assert (look(facts).losses, look(facts).kept) == ((), 1)


def test_a_colleague_of_the_family_does_not_leave_with_a_namesake() -> None:
    own, other = holder("ana", None), holder("ana", None, member="7")
    found = facts_without(facts_with(own, other), ["ana"], ON)
    assert [person.until for person in found.people] == [ON, None]


def test_who_alone_keeps_something_comes_with_most_seats_first() -> None:
    facts = facts_with(
        holder("ana", None), holder("ben", None), holder("cy", None, "clinic"), holder("di", None)
    )
    assets = assets_of(DOCUMENT, facts, ON, GROUPS)
    found = leavers(facts, assets, ON)
    assert {key: [one.environments for one in gone] for key, gone in found.items()} == {
        "cy": [("clinical",)]
    }


def test_every_month_is_there() -> None:
    facts = facts_with(holder("ana", date(2027, 3, 1)), holder("ben", None))
    months = by_month(look(facts).losses, ON, UNTIL)
    assert [month for month, losses in months.items() if losses] == [date(2027, 3, 1)]
    assert (len(months), min(months), max(months)) == (
        13, date(2026, 11, 1), date(2027, 11, 1),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(TREES, FACTS, st.dates(date(2026, 1, 1), date(2027, 6, 1)), st.sampled_from(["", "a"]))
def test_the_day_is_the_first_of_all_days_on_which_it_fails(
    tree: Any, facts: Facts, on: date, leaver: str
) -> None:
    until = on + timedelta(days=400)
    gone = [leaver] if leaver else []
    found = runway_of(ALGEBRA, facts, [Asset("level", "x", tree)], on, until, without=gone)
    after = facts_without(facts, gone, on)
    truths = (
        (day, tree.holds(Case(after, day, today=on)))
        for day in (on + timedelta(days=n) for n in range(400))
    )
    stood = tree.holds(Case(facts, on)) is True
    first = next((day for day, truth in truths if truth is False), None)
    assert found.first_day == (first if stood else None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-30, 400), min_size=2, max_size=6), st.integers(1, 4))
def test_the_fewest_exams_are_as_many_as_people_miss_on_the_day(ends: list[int], need: int) -> None:
    people = [holder(f"p{n}", ON + timedelta(days=end)) for n, end in enumerate(ends)]
    tree = requirement({"people": {"track": "deploy", "at_least": need}}, DOCUMENT)
    found = runway_of(
        DOCUMENT, facts_with(*people), [Asset("level", "x", tree)], ON, ON + timedelta(days=500)
    )
    for loss in found.losses:
        left = sum(ON + timedelta(days=end) > loss.on for end in ends)
        assert loss.exams is not None and loss.exams.exact
        assert len(loss.exams.exams) == need - left
    assert bool(found.losses) == (sum(end > 0 for end in ends) >= need)
