"""Requirement trees: three-valued outcomes, explanations, expiry, gates, levels."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.document import ProgramError, load
from programs.rules import (
    Certificate,
    Facts,
    Held,
    MetricValue,
    Node,
    Period,
    Person,
    Requirement,
    certificate_expiry,
    evaluate_level,
    evaluate_program,
    explain,
    facts_from,
    gate_tree,
    holds,
    level_met,
    must_classify,
    requirement,
)
from programs.rules.periods import add_months

DOCUMENT = load("""
program: rules
title: Rules
currency: EUR
environments: [general, clinical, cardholder, ot]
regulated_verticals: {healthcare: clinical}
metrics:
  seats: {title: Managed seats, unit: seats, source: statements}
  csat: {title: Satisfaction, unit: "%", source: survey, fresh_months: 6}
attestations:
  plan: {title: Business plan, months: 12}
  signed: {title: Signed letter}
  review: {title: Review, months: not_stated}
addenda:
  baa_vendor: {title: BAA with the vendor}
  baa_customer: {title: BAA with the customer, with: customer}
tracks:
  deploy: {title: Deploy, function: deploy, level: associate, scope: endpoint, months: 24}
  manage: {title: Manage, function: manage, level: professional, scope: endpoint, months: 24}
  respond: {title: Respond, function: respond, level: professional, scope: security, months: 24}
  hipaa: {title: HIPAA, kind: compliance, months: 12}
  seller: {title: Sell, kind: sales, function: sell}
  old: {title: Old, months: not_stated}
  firewall:
    months: 24
    anchor: course_release
    versions:
      - {code: "18.0", released: 2020-02-11}
      - {code: "18.5", kind: delta, of: "18.0", released: 2021-04-21}
products:
  edr:
    gates:
      general: {people: {track: deploy, at_least: 1}}
      clinical: {add: {people: {track: hipaa, at_least: 2}}, addenda: [baa_vendor, baa_customer]}
      cardholder: {add: {people: {track: manage, at_least: 1}}, addenda: baa_vendor}
  sense:
    gates:
      ot: {people: {track: respond, at_least: 1}}
types:
  msp:
    tiers:
      registered: {}
      core:
        entry:
          all:
            - metric: {code: seats, at_least: 25}
            - people: {track: deploy, at_least: 2}
        retain: {people: {track: deploy, at_least: 1}}
      premier: {entry: {metric: {code: seats, at_least: 250}}}
""")
ON = date(2026, 11, 23)


def tree(values: Any) -> Requirement:
    return requirement(values, DOCUMENT)


def certified(key: str, *tracks: str, until: date | None = date(2027, 6, 1)) -> Person:
    held = (
        Certificate(track, date(2025, 6, 1), until, number=f"{key}-{track}") for track in tracks
    )
    return Person(key, key.title(), tuple(held))


def team(*people: Person, **metrics: int) -> Facts:
    values = {code: MetricValue(Decimal(value), "statements") for code, value in metrics.items()}
    return Facts("p1", people, values)


def answer(values: Any, facts: Facts, on: date = ON, customer: str | None = None) -> Node:
    """The explanation, after checking that the fast answer is the same."""
    node = explain(tree(values), facts, on, customer=customer)
    assert holds(tree(values), facts, on, customer=customer) is node.truth
    return node


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


# Facts


def test_facts_survive_json() -> None:
    facts = Facts(
        "p1",
        (certified("ana", "deploy"),),
        {"seats": MetricValue(Decimal("12.50"), "statements", ON)},
        {"plan": (Period(ON),)},
        {"baa_customer": (Period(ON, None, "c1"),)},
        {"msp": (Held("core", ON),)},
    )
    again = facts_from(json.loads(facts.canonical_json()))
    assert (again, again.digest()) == (facts, facts.digest())


def test_facts_digest_ignores_the_order_of_collection() -> None:
    ana, bo = certified("ana", "deploy", "hipaa"), certified("bo", "deploy")
    turned = replace(ana, certificates=ana.certificates[::-1])
    assert team(bo, turned).digest() == team(ana, bo).digest()


def test_facts_refuse_unknown_keys_with_their_path() -> None:
    with pytest.raises(ProgramError) as caught:
        facts_from({"people": [{"key": "ana", "certs": []}]})
    assert (caught.value.code, caught.value.path) == ("facts", "people.0.certs")


# Expiry


@pytest.mark.parametrize(
    ("track", "version", "passed", "expires"),
    [
        ("firewall", "18.0", date(2020, 2, 11), date(2022, 2, 11)),
        ("firewall", "18.0", date(2020, 11, 3), date(2022, 2, 11)),
        ("firewall", "18.5", date(2021, 7, 2), date(2023, 4, 21)),
        ("deploy", None, date(2024, 2, 29), date(2026, 2, 28)),
        ("hipaa", None, date(2024, 2, 29), date(2025, 2, 28)),
        ("seller", None, date(2024, 2, 29), None),
    ],
)
def test_certificate_expires(
    track: str, version: str | None, passed: date, expires: date | None
) -> None:
    assert certificate_expiry(DOCUMENT, track, version, passed) == expires


@pytest.mark.parametrize(
    ("track", "version", "passed", "code"),
    [
        ("firewall", "18.0", date(2020, 2, 10), "passed_before_release"),
        ("firewall", "18.0", date(2022, 2, 11), "already_expired"),
        ("firewall", "19.0", date(2022, 2, 11), "unknown_version"),
        ("firewall", None, date(2022, 2, 11), "version_needed"),
        ("old", None, date(2022, 2, 11), "validity_not_stated"),
        ("none", None, date(2022, 2, 11), "unknown_track"),
    ],
)
def test_result_is_refused(track: str, version: str | None, passed: date, code: str) -> None:
    with pytest.raises(ProgramError) as caught:
        certificate_expiry(DOCUMENT, track, version, passed)
    assert caught.value.code == code


def test_refused_result_names_days_and_remedy() -> None:
    with pytest.raises(ProgramError) as caught:
        certificate_expiry(DOCUMENT, "firewall", "18.0", date(2022, 3, 1))
    assert str(caught.value) == (
        "tracks.firewall: a certificate of version 18.0, passed on 2022-03-01, would have ended on "
        "2022-02-11. The newest version is 18.5, released on 2021-04-21"
    )


def test_result_whose_certificate_ended_by_today_is_refused() -> None:
    passed = date(2020, 11, 3)
    assert certificate_expiry(DOCUMENT, "firewall", "18.0", passed, on=date(2022, 2, 10))
    with pytest.raises(ProgramError) as caught:
        certificate_expiry(DOCUMENT, "firewall", "18.0", passed, on=date(2022, 2, 11))
    assert caught.value.code == "already_expired"


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 600))
def test_months_keep_the_day_or_clamp_to_the_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


# Gates


def gate_words(product: str, *environments: str, with_customer: bool = True) -> list[str]:
    gate = gate_tree(DOCUMENT, product, environments, with_customer=with_customer)
    assert gate is not None
    return [leaf.words() for part in gate.all for leaf in part.all]  # type: ignore[attr-defined]


def test_gate_is_the_union_of_all_classes() -> None:
    assert gate_words("edr", "clinical", "cardholder", "ot") == [
        "1 person with Deploy",
        "2 people with HIPAA",
        "BAA with the vendor",
        "BAA with the customer",
        "1 person with Manage",
    ]


def test_gate_without_customers_leaves_their_addenda_out() -> None:
    assert gate_words("edr", "clinical", with_customer=False) == [
        "1 person with Deploy",
        "2 people with HIPAA",
        "BAA with the vendor",
    ]


def test_gate_of_a_class_without_own_gate_is_the_general_one() -> None:
    assert gate_words("edr", "ot") == gate_words("edr")


def test_product_without_general_gate_is_offered_only_in_its_classes() -> None:
    assert gate_tree(DOCUMENT, "sense", ["general"]) is None
    assert gate_words("sense", "general", "ot") == ["1 person with Respond"]


@pytest.mark.parametrize(("product", "environment"), [("xdr", "general"), ("edr", "moon")])
def test_gate_of_something_unknown_is_refused(product: str, environment: str) -> None:
    with pytest.raises(ProgramError):
        gate_tree(DOCUMENT, product, [environment])


def test_unclassified_customer_of_a_regulated_vertical_must_be_classified() -> None:
    assert must_classify(DOCUMENT, "healthcare", []) == "clinical"
    assert must_classify(DOCUMENT, "healthcare", ["general"]) is None
    assert must_classify(DOCUMENT, "retail", []) is None
    assert must_classify(DOCUMENT, None, []) is None


# Levels


def test_level_is_the_highest_tier_met() -> None:
    result = evaluate_level(DOCUMENT, "msp", team(seats=300), ON)
    assert [(tier.tier, tier.entry.outcome) for tier in result.tiers] == [
        ("registered", "pass"),
        ("core", "fail"),
        ("premier", "pass"),
    ]
    assert (result.met, result.next) == ("premier", None)


def test_level_held_is_kept_by_its_retain_set() -> None:
    facts = replace(team(certified("a", "deploy")), held={"msp": (Held("core", date(2025, 1, 1)),)})
    result = evaluate_level(DOCUMENT, "msp", facts, ON)
    assert (result.met, result.held, result.kept, result.next) == (
        "registered", "core", "pass", "premier",
    )  # fmt: skip


def test_unknown_metric_neither_promotes_nor_demotes() -> None:
    people = team(certified("a", "deploy"), certified("b", "deploy"))
    result = evaluate_level(DOCUMENT, "msp", people, ON)
    assert (result.tier("core").entry.outcome, result.met) == ("unknown", "registered")


def test_whoever_meets_entry_meets_retain() -> None:
    odd = load("""
program: odd
title: Odd
currency: EUR
metrics: {seats: {}}
types: {msp: {tiers: {core: {
  entry: {metric: {code: seats, at_least: 10}}, retain: {metric: {code: seats, at_least: 20}}}}}}
""")
    tier = evaluate_level(odd, "msp", team(seats=15), ON).tier("core")
    assert (tier.entry.outcome, tier.retain.outcome, tier.retained) == ("pass", "fail", "pass")


def test_program_evaluates_to_json() -> None:
    result = evaluate_program(DOCUMENT, team(certified("a", "deploy"), seats=30), ON)
    assert json.loads(json.dumps(result)) == result
    outcomes = {
        product: {name: node["outcome"] for name, node in gates.items()}
        for product, gates in result["products"].items()
    }
    assert outcomes == {
        "edr": {"general": "pass", "clinical": "fail", "cardholder": "fail", "ot": "pass"},
        "sense": {"ot": "fail"},
    }


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
    lambda key, held, left: Person(key, key, tuple(held), None, left),
    st.sampled_from("abcdef"),
    st.lists(CERTIFICATES, max_size=4),
    st.none() | DAYS,
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
