"""Requirement trees: three-valued outcomes and what they explain."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from programs.document import ProgramError
from programs.rules import (
    Certificate,
    Facts,
    MetricValue,
    Period,
    Person,
)
from tests.programs.rule_world import ON, answer, certified, team, tree

# People


def test_people_counts_distinct_persons() -> None:
    twice = Person("ana", "Ana", certified("ana", "deploy").certificates * 2)
    node = answer({"people": {"track": "deploy", "at_least": 2}}, team(twice))
    assert (node.outcome, node.have, node.need) == ("fail", 1, 2)
    assert node.missing == "1 more person with Deploy"


def test_people_names_the_certificate_that_lasts_longest() -> None:
    held = (
        Certificate("deploy", date(2025, 1, 1), date(2027, 1, 1), number="C-1"),
        Certificate("deploy", date(2026, 1, 1), date(2028, 1, 1), number="C-2"),
    )
    node = answer({"people": {"track": "deploy", "at_least": 1}}, team(Person("ana", "Ana", held)))
    assert [(row.key, row.number, row.until) for row in node.counted] == [
        ("ana", "C-2", date(2028, 1, 1))
    ]


@pytest.mark.parametrize(
    ("on", "outcome"),
    [
        (date(2025, 5, 31), "fail"),
        (date(2025, 6, 1), "pass"),
        (date(2027, 5, 31), "pass"),
        (date(2027, 6, 1), "fail"),
    ],
)
def test_certificate_counts_from_its_first_day_until_before_its_last(
    on: date, outcome: str
) -> None:
    facts = team(certified("ana", "deploy"))
    assert answer({"people": {"track": "deploy", "at_least": 1}}, facts, on).outcome == outcome


def test_lapsed_certificate_is_named() -> None:
    facts = team(certified("ana", "deploy", until=date(2026, 11, 23)))
    node = answer({"people": {"track": "deploy", "at_least": 1}}, facts)
    assert [(row.key, row.until) for row in node.lapsed] == [("ana", date(2026, 11, 23))]


def test_person_who_left_counts_no_more() -> None:
    facts = team(replace(certified("ana", "deploy"), until=ON))
    one = {"people": {"track": "deploy", "at_least": 1}}
    assert answer(one, facts, ON - timedelta(days=1)).until == ON
    assert answer(one, facts).outcome == "fail"


def test_people_until_is_the_day_the_count_drops() -> None:
    facts = team(
        certified("ana", "deploy", until=date(2026, 12, 11)),
        certified("bo", "deploy", until=date(2027, 1, 20)),
        certified("cy", "deploy", until=None),
    )
    ends = {
        n: answer({"people": {"track": "deploy", "at_least": n}}, facts).until for n in (1, 2, 3)
    }
    assert ends == {1: None, 2: date(2027, 1, 20), 3: date(2026, 12, 11)}


def test_renewed_certificate_moves_until() -> None:
    held = (
        Certificate("deploy", date(2025, 1, 1), date(2027, 1, 1)),
        Certificate("deploy", date(2027, 1, 1), date(2029, 1, 1)),
    )
    node = answer({"people": {"track": "deploy", "at_least": 1}}, team(Person("ana", "", held)))
    assert node.until == date(2029, 1, 1)


@pytest.mark.parametrize(
    ("selection", "tracks"),
    [
        ({"function": "deploy"}, ("deploy",)),
        ({"level": "professional"}, ("manage", "respond")),
        ({"level": ["associate", "professional"]}, ("deploy", "manage", "respond")),
        ({"scope": "endpoint", "level": "professional"}, ("manage",)),
        ({"kind": ["sales", "compliance"]}, ("hipaa", "seller")),
    ],
)
def test_people_selects_tracks(selection: dict[str, Any], tracks: tuple[str, ...]) -> None:
    node = answer({"people": {**selection, "at_least": 1}}, team())
    assert node.subject == tracks


def test_subset_minimum_counts_among_the_same_people() -> None:
    need = {"people": {"kind": "technical", "at_least": 2, "of_them": [
        {"track": "manage", "at_least": 1}, {"track": "respond", "at_least": 1}]}}  # fmt: skip
    both = team(certified("ana", "manage", "respond"), certified("bo", "deploy"))
    assert answer(need, both).outcome == "pass"
    without = team(certified("ana", "manage"), certified("bo", "deploy"), certified("cy", "hipaa"))
    node = answer(need, without)
    assert (node.outcome, node.have) == ("fail", 2)
    assert node.missing == "1 more person with Respond"
    assert [leaf.missing for leaf in node.open_leaves()] == ["1 more person with Respond"]


def test_subset_does_not_count_people_outside_the_selection() -> None:
    need = {"people": {"track": "deploy", "at_least": 1, "of_them": [
        {"track": "hipaa", "at_least": 1}]}}  # fmt: skip
    assert answer(need, team(certified("a", "deploy"), certified("b", "hipaa"))).outcome == "fail"


def test_subset_ends_when_either_certificate_ends() -> None:
    ana = Person("ana", "", (
        Certificate("deploy", date(2025, 1, 1), date(2028, 1, 1)),
        Certificate("hipaa", date(2026, 1, 1), date(2027, 1, 1)),
    ))  # fmt: skip
    need = {"people": {"track": "deploy", "at_least": 1, "of_them": [
        {"track": "hipaa", "at_least": 1}]}}  # fmt: skip
    assert answer(need, team(ana)).until == date(2027, 1, 1)


def test_number_of_people_not_stated_is_unknown() -> None:
    node = answer({"people": {"track": "deploy", "at_least": "not_stated"}}, team())
    assert (node.outcome, node.unknown) == (
        "unknown",
        ("the published program does not state this value",),
    )


# Metrics, attestations, agreements


@pytest.mark.parametrize(("seats", "outcome"), [(24, "fail"), (25, "pass"), (26, "pass")])
def test_metric_bound_is_inclusive(seats: int, outcome: str) -> None:
    node = answer({"metric": {"code": "seats", "at_least": 25}}, team(seats=seats))
    assert (node.outcome, node.need, node.have) == (outcome, 25, seats)


def test_metric_says_how_much_is_missing() -> None:
    node = answer({"metric": {"code": "seats", "at_least": 2500}}, team(seats=1200))
    assert node.missing == "Managed seats: 1,300 more (1,200 now)"


@pytest.mark.parametrize("seats", [None, MetricValue(None)])
def test_metric_without_a_value_is_unknown_because_of_its_source(seats: MetricValue | None) -> None:
    facts = Facts(metrics={"seats": seats} if seats else {})
    node = answer({"metric": {"code": "seats", "at_most": 25}}, facts)
    assert (node.outcome, node.unknown) == (
        "unknown",
        ("Managed seats: no value from statements",),
    )


@pytest.mark.parametrize(
    ("on", "outcome"), [(date(2027, 1, 30), "pass"), (date(2027, 1, 31), "unknown")]
)
def test_metric_goes_stale(on: date, outcome: str) -> None:
    facts = Facts(metrics={"csat": MetricValue(Decimal("91.5"), "survey", date(2026, 7, 31))})
    node = answer({"metric": {"code": "csat", "at_least": 80}}, facts, on)
    assert (node.outcome, node.until) == (outcome, date(2027, 1, 31) if outcome == "pass" else None)


@pytest.mark.parametrize(
    ("on", "outcome"), [(date(2025, 2, 27), "pass"), (date(2025, 2, 28), "fail")]
)
def test_attestation_is_valid_for_its_months(on: date, outcome: str) -> None:
    facts = Facts(attestations={"plan": (Period(date(2024, 2, 29)),)})
    assert answer({"attestation": "plan"}, facts, on).outcome == outcome


def test_attestation_names_the_day_it_ended() -> None:
    facts = Facts(attestations={"plan": (Period(date(2024, 2, 29)),)})
    node = answer({"attestation": "plan"}, facts)
    assert node.missing == "Business plan is not attested (ended 2025-02-28)"


def test_attestation_without_months_lasts() -> None:
    facts = Facts(attestations={"signed": (Period(date(2020, 1, 1)),)})
    assert (answer({"attestation": "signed"}, facts).outcome) == "pass"


@pytest.mark.parametrize(
    ("until", "outcome"), [(None, "unknown"), (date(2027, 1, 1), "pass"), (ON, "fail")]
)
def test_attestation_whose_validity_is_not_stated(until: date | None, outcome: str) -> None:
    facts = Facts(attestations={"review": (Period(date(2026, 1, 1), until),)})
    assert answer({"attestation": "review"}, facts).outcome == outcome


def test_agreement_ends() -> None:
    facts = Facts(agreements={"agreement": (Period(date(2025, 1, 1), date(2026, 12, 1)),)})
    assert answer({"agreement": "in_force"}, facts).until == date(2026, 12, 1)
    assert answer({"agreement": "in_force"}, facts, date(2026, 12, 1)).outcome == "fail"


@pytest.mark.parametrize(
    ("customer", "outcome"), [("c1", "pass"), ("c2", "fail"), (None, "unknown")]
)
def test_customer_addendum_is_of_that_customer(customer: str | None, outcome: str) -> None:
    facts = Facts(agreements={"baa_customer": (Period(date(2025, 1, 1), None, "c1"),)})
    assert answer({"addendum": "baa_customer"}, facts, customer=customer).outcome == outcome


# Groups: PASS, FAIL and UNKNOWN leaves

PASS = {"metric": {"code": "seats", "at_least": 1}}
FAIL = {"metric": {"code": "seats", "at_least": 100}}
UNKNOWN = {"metric": {"code": "csat", "at_least": 1}}
TEN_SEATS = team(seats=10)


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({"all": []}, "pass"),
        ({"all": [PASS, PASS]}, "pass"),
        ({"all": [PASS, UNKNOWN]}, "unknown"),
        ({"all": [FAIL, UNKNOWN]}, "fail"),
        ({"any": [FAIL, FAIL]}, "fail"),
        ({"any": [FAIL, UNKNOWN]}, "unknown"),
        ({"any": [PASS, UNKNOWN]}, "pass"),
        ({"at_least": {"n": 2, "of": [PASS, PASS, UNKNOWN]}}, "pass"),
        ({"at_least": {"n": 2, "of": [PASS, UNKNOWN, FAIL]}}, "unknown"),
        ({"at_least": {"n": 2, "of": [UNKNOWN, FAIL, FAIL]}}, "fail"),
        ({"all": [{"any": [UNKNOWN, PASS]}, {"all": [PASS]}]}, "pass"),
    ],
)
def test_group_is_kleene(values: Any, outcome: str) -> None:
    assert answer(values, TEN_SEATS).outcome == outcome


def test_group_until_is_the_day_too_few_pass() -> None:
    facts = team(
        certified("a", "deploy", until=date(2027, 1, 1)),
        certified("b", "manage", until=date(2027, 2, 1)),
        certified("c", "respond", until=date(2027, 3, 1)),
    )
    leaves = [{"people": {"track": t, "at_least": 1}} for t in ("deploy", "manage", "respond")]
    ends = [answer(values, facts).until for values in (
        {"all": leaves}, {"at_least": {"n": 2, "of": leaves}}, {"any": leaves})]  # fmt: skip
    assert ends == [date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)]


def test_group_title_and_id_replace_its_words() -> None:
    node = answer({"all": [PASS], "id": "size", "title": "Big enough"}, TEN_SEATS)
    assert (node.id, node.words) == ("size", "Big enough")


def test_tree_refers_to_nothing_unknown() -> None:
    with pytest.raises(ProgramError) as caught:
        tree({"all": [{"people": {"track": "nobody", "at_least": 1}}]})
    assert (caught.value.code, caught.value.path) == ("unknown_track", "all[0].people.track")
