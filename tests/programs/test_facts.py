"""Facts as text: what decisions stored before the newer kinds existed keeps its text and digest."""

from datetime import date
from decimal import Decimal

from programs.rules import (
    Certificate,
    Facts,
    Held,
    Member,
    MetricValue,
    Period,
    Person,
    Record,
    facts_from,
)

DAY = date(2026, 1, 1)
STORED = (
    '{"agreements":{"agreement":[{"customer":null,"from":"2026-01-01","until":null}]},'
    '"attestations":{},'
    '"held":{"msp":[{"from":"2026-01-01","tier":"gold","until":null}]},'
    '"metrics":{"seats":{"as_of":"2026-01-01","source":"s","value":"25.0000"}},'
    '"partner":"7",'
    '"people":[{"certificates":[{"from":"2026-01-01","number":"C-1","track":"deploy",'
    '"until":null,"version":null}],"from":null,"key":"ana","name":"","until":null}]}'
)
DIGEST = "0e89e084"


def old_facts() -> Facts:
    return Facts(
        "7",
        (Person("ana", "", (Certificate("deploy", DAY, number="C-1"),)),),
        {"seats": MetricValue(Decimal("25.0000"), "s", DAY)},
        agreements={"agreement": (Period(DAY),)},
        held={"msp": (Held("gold", DAY),)},
    )


def test_facts_of_old_decisions_keep_their_text_and_digest() -> None:
    facts = old_facts()
    assert facts.canonical_json() == STORED
    assert facts.digest() == facts_from(facts.to_dict()).digest()
    assert facts.digest().startswith(DIGEST)


def test_new_kinds_survive_json() -> None:
    facts = Facts(
        "7",
        (Person("ana", roles=("lead",), member="9"),),
        {"spend": MetricValue(Decimal(5), currency="USD")},
        held={"msp": (Held("gold", DAY, axis="badge", member="9"),)},
        records={"opportunity": (Record(DAY, Decimal("1.5"), DAY, "EUR", {"a": "b"}, "s", "9"),)},
        agreed={"target": Decimal("100.5")},
        country="DE",
        since=DAY,
        family=(Member("7", "DE", "self"), Member("9")),
    )
    assert facts_from(facts.to_dict()) == facts


def test_known_to_have_no_records_is_not_the_same_as_unknown() -> None:
    none, unknown = Facts(records={"opportunity": ()}), Facts()
    assert none.digest() != unknown.digest()
    assert facts_from(none.to_dict()) == none


def test_value_zero_of_a_record_is_kept() -> None:
    facts = Facts(records={"opportunity": (Record(DAY, Decimal(0)),)})
    assert facts_from(facts.to_dict()) == facts
