"""Facts, expiry, gates and levels."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.document import ProgramError, stored
from programs.document.reading import read_yaml
from programs.rules import (
    Facts,
    Held,
    MetricValue,
    Period,
    certificate_expiry,
    evaluate_level,
    evaluate_program,
    facts_from,
    gate_tree,
    must_classify,
)
from programs.rules.periods import add_months
from tests.programs.rule_world import DOCUMENT, ON, certified, team

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


def test_whoever_meets_entry_meets_retain_in_old_documents_too() -> None:
    odd = stored(
        read_yaml("""
program: odd
title: Odd
currency: EUR
metrics: {seats: {}}
types: {msp: {tiers: {core: {
  entry: {metric: {code: seats, at_least: 10}}, retain: {metric: {code: seats, at_least: 20}}}}}}
""").value
    )
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
