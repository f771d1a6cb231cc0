"""What holds for every requirement tree, partner and day."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from programs.rules import (
    Certificate,
    Facts,
    MetricValue,
    Node,
    Period,
    Person,
    Requirement,
    evaluate_level,
    explain,
    gate_tree,
    holds,
    level_met,
)
from tests.programs.rule_world import DOCUMENT, tree

# Properties

DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))
TRACKS = st.sampled_from(["deploy", "manage", "respond", "hipaa", "seller"])


@st.composite
def periods(draw: st.DrawFn, customers: Any = st.none()) -> Period:
    start = draw(DAYS)
    until = draw(st.none() | st.integers(1, 900).map(lambda n: start + timedelta(days=n)))
    return Period(start, until, draw(customers))


CERTIFICATES = st.builds(
    lambda track, period: Certificate(track, period.from_, period.until), TRACKS, periods()
)
PEOPLE = st.builds(
    lambda key, held, left, roles: Person(key, key, tuple(held), None, left, tuple(roles)),
    st.sampled_from("abcdef"),
    st.lists(CERTIFICATES, max_size=4),
    st.none() | DAYS,
    st.lists(st.sampled_from(["engineer", "sales"]), max_size=2, unique=True),
)
VALUES = st.builds(
    MetricValue,
    st.none() | st.integers(0, 5).map(Decimal),
    st.just("s"),
    st.none() | DAYS,
)
FACTS = st.builds(
    lambda people, metrics, plans, reviews, baas: Facts(
        "p", tuple(people), metrics, {"plan": plans, "review": reviews}, {"baa_customer": baas}
    ),
    st.lists(PEOPLE, max_size=6, unique_by=lambda person: person.key),
    st.dictionaries(st.sampled_from(["seats", "csat"]), VALUES),
    st.lists(periods(), max_size=2).map(tuple),
    st.lists(periods(), max_size=2).map(tuple),
    st.lists(periods(st.sampled_from(["c1", "c2"])), max_size=2).map(tuple),
)
NEEDS = st.integers(1, 3) | st.just("not_stated")
SELECTIONS = st.builds(
    lambda key_values, n: {**key_values, "at_least": n},
    st.sampled_from([
        {"track": "deploy"}, {"track": ["manage", "respond"]}, {"kind": "technical"},
        {"level": "professional"}, {"scope": "endpoint", "function": ["deploy", "manage"]},
        {"role": "engineer"}, {"role": ["engineer", "sales"], "track": "deploy"},
        {"all_of": [{"track": "deploy"}, {"level": "professional"}]},
        {"role": "sales", "all_of": [{"track": "deploy"}]},
        {"kind": "technical", "all_of": [{"track": "manage"}, {"track": "respond"}]},
    ]),
    NEEDS,
)  # fmt: skip
PEOPLE_LEAVES = st.builds(
    lambda outer, inner: {"people": {**outer, "of_them": inner}},
    SELECTIONS,
    st.lists(SELECTIONS, max_size=2),
)
MONOTONE_LEAVES = PEOPLE_LEAVES | st.sampled_from([
    {"metric": {"code": "seats", "at_least": 3}}, {"metric": {"code": "csat", "at_most": 2}},
    {"metric": {"code": "seats", "at_least": "not_stated"}}, {"attestation": "plan"},
    {"attestation": "review"}, {"agreement": "in_force"}, {"addendum": "baa_customer"},
])  # fmt: skip


def _groups(children: Any) -> Any:
    lists = st.lists(children, min_size=1, max_size=4)
    return (
        st.builds(lambda inside: {"all": inside}, lists)
        | st.builds(lambda inside: {"any": inside}, lists)
        | lists.flatmap(
            lambda inside: st.integers(1, len(inside)).map(
                lambda n: {"at_least": {"n": n, "of": inside}}
            )
        )
    )


TREES = st.recursive(MONOTONE_LEAVES, _groups, max_leaves=8).map(tree)
CUSTOMERS = st.sampled_from([None, "c1"])


@settings(max_examples=60, deadline=None)
@given(TREES, FACTS, DAYS, CUSTOMERS)
def test_holds_equals_explain(
    need: Requirement, facts: Facts, on: date, customer: str | None
) -> None:
    node = explain(need, facts, on, customer=customer)
    assert node.truth is holds(need, facts, on, customer=customer)


@settings(max_examples=60, deadline=None)
@given(TREES, FACTS, DAYS)
def test_explanation_survives_json(need: Requirement, facts: Facts, on: date) -> None:
    node = explain(need, facts, on)
    assert Node.from_dict(json.loads(json.dumps(node.to_dict()))) == node


@settings(max_examples=60, deadline=None)
@given(TREES, FACTS, DAYS)
def test_explanation_says_what_is_missing_or_unknown(
    need: Requirement, facts: Facts, on: date
) -> None:
    node = explain(need, facts, on)
    assert bool(node.missing) == (node.outcome == "fail")
    assert bool(node.unknown) == (node.outcome == "unknown")
    assert bool(node.open_leaves()) == (node.outcome != "pass")


@settings(max_examples=60, deadline=None)
@given(TREES, FACTS, DAYS)
def test_passes_until_the_day_named(need: Requirement, facts: Facts, on: date) -> None:
    """Nothing ends earlier than announced."""
    node = explain(need, facts, on)
    if node.outcome == "pass":
        last = node.until or date(2040, 1, 1)
        ends = [c.until for p in facts.people for c in p.certificates] + [
            p.until for p in facts.people
        ]
        days = {on, last} | {d for d in ends if d} | {on + timedelta(days=n) for n in (1, 30, 400)}
        assert all(holds(need, facts, day) for day in days if on <= day < last)


@settings(max_examples=60, deadline=None)
@given(PEOPLE_LEAVES.map(tree), FACTS, DAYS)
def test_people_stop_on_exactly_the_day_named(need: Requirement, facts: Facts, on: date) -> None:
    node = explain(need, facts, on)
    if node.outcome == "pass" and node.until:
        assert holds(need, facts, node.until) is not True


@settings(max_examples=60, deadline=None)
@given(TREES, FACTS, PEOPLE, DAYS)
def test_another_person_never_makes_it_worse(
    need: Requirement, facts: Facts, person: Person, on: date
) -> None:
    more = replace(facts, people=(*facts.people, replace(person, key="new")))
    order = {False: 0, None: 1, True: 2}
    assert order[holds(need, more, on)] >= order[holds(need, facts, on)]


@settings(max_examples=60, deadline=None)
@given(TREES, FACTS, CERTIFICATES, DAYS)
def test_another_certificate_never_makes_it_worse(
    need: Requirement, facts: Facts, certificate: Certificate, on: date
) -> None:
    people = tuple(replace(p, certificates=(*p.certificates, certificate)) for p in facts.people)
    order = {False: 0, None: 1, True: 2}
    assert order[holds(need, replace(facts, people=people), on)] >= order[holds(need, facts, on)]


@settings(max_examples=60, deadline=None)
@given(TREES, FACTS, DAYS, st.integers(0, 5), st.integers(0, 5))
def test_unknown_never_decides(
    need: Requirement, facts: Facts, on: date, seats: int, csat: int
) -> None:
    """What passes or fails without the metrics does so whatever they turn out to be."""
    blind = holds(need, replace(facts, metrics={}), on)
    values = {"seats": MetricValue(Decimal(seats)), "csat": MetricValue(Decimal(csat), "s", on)}
    if blind is not None:
        assert holds(need, replace(facts, metrics=values), on) is blind


@settings(max_examples=60, deadline=None)
@given(FACTS, DAYS)
def test_unknown_never_promotes(facts: Facts, on: date) -> None:
    blind = replace(facts, metrics={})
    assert level_met(DOCUMENT, "msp", blind, on) == "registered"
    result = evaluate_level(DOCUMENT, "msp", facts, on)
    assert result.met == level_met(DOCUMENT, "msp", facts, on)
    assert result.met is not None
    assert result.tier(result.met).entry.outcome == "pass"


@settings(max_examples=60, deadline=None)
@given(FACTS, DAYS, st.lists(st.sampled_from(["clinical", "cardholder", "ot"]), unique=True))
def test_more_classes_never_open_a_gate(facts: Facts, on: date, classes: list[str]) -> None:
    general = gate_tree(DOCUMENT, "edr", [])
    stricter = gate_tree(DOCUMENT, "edr", classes)
    assert general is not None
    assert stricter is not None
    if holds(stricter, facts, on, customer="c1"):
        assert holds(general, facts, on, customer="c1") is True
