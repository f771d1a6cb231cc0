"""A gate that asks for a named operator."""

from __future__ import annotations

import pytest

from licensing.actions import authorize
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db

PROGRAM = w.PROGRAM.replace(
    "      cardholder: {people: {track: pci, at_least: 1}}\n",
    "      cardholder: {add: {people: {track: pci, at_least: 1}}, operator: [pci]}\n",
)


@pytest.fixture
def partner():
    partner = w.new_partner(w.new_vendor(program=PROGRAM))
    w.certify(partner, "endpoint", name="Ben Okafor")
    return partner


def ask(customer, operator=None, seats=10):
    with w.member(customer.partner):
        return authorize(customer, "edr", "cardholder", seats, at=w.NOON, operator=operator)


def test_the_named_operator_must_be_certified_and_employed(partner) -> None:
    customer = w.new_customer(partner)
    held = w.certify(partner, "pci")
    assert w.codes(ask(customer)) == ["operator_missing"]
    with w.member(partner):
        ben = partner.employments.exclude(person=held.person).get().person
    denied = ask(customer, ben)
    assert w.codes(denied) == ["operator_missing"]
    assert denied.reasons[0].detail == (
        "Ben Okafor cannot be the operator today: not employed, or not certified."
    )
    assert ask(customer, held.person).word == "allow"


def test_an_operator_who_left_is_none(partner) -> None:
    held, stays = w.certify(partner, "pci"), w.certify(partner, "pci", name="Cem")
    with make.prepared(partner.vendor):
        held.person.employments.update(until=w.TODAY)
    customer = w.new_customer(partner)
    assert w.codes(ask(customer, held.person)) == ["operator_missing"]
    assert ask(customer, stays.person).word == "allow"


def test_the_decision_keeps_the_operator_by_key_and_the_receipt_names_nobody(partner) -> None:
    held = w.certify(partner, "pci")
    kept = ask(w.new_customer(partner), held.person).authorization
    assert kept.inputs["operator"] == held.person.ref
    assert held.person.ref not in kept.receipt


def test_fewer_seats_and_other_classes_need_no_operator(partner) -> None:
    held = w.certify(partner, "pci")
    customer = w.new_customer(partner)
    ask(customer, held.person)
    assert ask(customer, seats=5).word == "allow"
    assert w.ask(w.new_customer(partner)).word == "allow"
