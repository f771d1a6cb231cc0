"""Rules over sets: constant queries, the fast answer equals the explained one, and an algebra."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from licensing.panels import blocked_count, licence_rows
from licensing.rules import GateInputs, customer_standing, deployment_standing, judge, reasons_of
from licensing.rules.gate import is_open
from licensing.rules.inputs import relevant
from partners.models import Customer, Partner
from programs import document as documents
from programs.rules import AGREEMENT, Certificate, Facts, MetricValue, Period, Person
from tenants import scope
from tests.licensing import world as w

DOCUMENT = documents.load(w.PROGRAM)


def queries(call: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call()
    return len(captured)


def test_a_kept_decision_has_no_numbers_of_another_company() -> None:
    """By its number anybody reads on the public page whose certificate it is."""
    held = (Certificate("endpoint", dt.date(2026, 1, 1), number="C-1"),)
    people = (Person("a", "Ana", held), Person("b", "Bo", held, member="2"))
    kept = relevant(Facts("1", people), None).people
    assert [(p.name, p.certificates[0].number) for p in kept] == [("", "C-1"), ("", "")]


@pytest.mark.django_db
def test_standing_takes_as_many_queries_for_two_partners_as_for_twenty() -> None:
    vendor = w.new_vendor()
    counts = []
    for _round in range(2):
        for _ in range(2 if not counts else 18):
            partner = w.new_partner(vendor)
            w.certify(partner, "endpoint")
            w.ask(w.new_customer(partner), seats=5)
        with scope.entered_vendor(vendor.pk):
            partners = list(Partner.objects.all())

            def ask(listed: list[Partner] = partners) -> None:
                found = deployment_standing(listed, "edr", ["clinical"], on=w.TODAY)
                assert [len(s.reasons) for s in found.values()] == [2] * len(listed)

            def show(listed: list[Partner] = partners) -> None:
                assert len(licence_rows(listed, w.TODAY)) == len(listed)

            def count(listed: list[Partner] = partners) -> None:
                assert blocked_count([p.pk for p in listed], w.TODAY) == 0

            ask()
            counts.append((queries(ask), queries(show), queries(count)))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_standing_takes_as_many_queries_for_two_customers_as_for_twenty() -> None:
    partner = w.new_partner(w.new_vendor())
    w.certify(partner, "endpoint")
    counts, customers = [], []
    for more in (2, 18):
        customers += [w.new_customer(partner) for _ in range(more)]
        for customer in customers[-more:]:
            w.ask(customer, seats=5)
        with scope.entered_vendor(partner.vendor_id):

            def ask(listed: tuple[Customer, ...] = tuple(customers)) -> None:
                found = customer_standing(partner, listed, "edr", on=w.TODAY)
                assert all(standing.open for standing in found.values())

            ask()
            counts.append(queries(ask))
    assert counts[0] == counts[1]


TRACKS = ("endpoint", "sec", "hipaa", "pci")
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2028, 1, 1))


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    since = draw(DAYS)
    until = draw(st.none() | st.dates(since, dt.date(2028, 6, 1)))
    return Certificate(draw(st.sampled_from(TRACKS)), since, until)


@st.composite
def inputs(draw: st.DrawFn) -> GateInputs:
    people = tuple(
        Person(f"p{n}", certificates=tuple(draw(st.lists(certificates(), max_size=3))))
        for n in range(draw(st.integers(1, 3)))
    )
    whose = {"baa_customer": draw(st.sampled_from(["c1", "c2"]))}
    signed = {
        code: (Period(dt.date(2026, 1, 1), customer=whose.get(code)),)
        for code in draw(st.sets(st.sampled_from([AGREEMENT, "baa_vendor", "baa_customer"])))
    }
    seats = draw(st.none() | st.integers(0, 400))
    return GateInputs(
        on=draw(DAYS),
        product=draw(st.sampled_from([*DOCUMENT.products, "gone"])),
        asked=tuple(draw(st.sets(st.sampled_from(["general", "clinical", "cardholder"])))),
        facts=Facts(
            people=people,
            agreements=signed,
            metrics={"seats": MetricValue(draw(st.none() | st.integers(0, 400).map(Decimal)))},
        ),
        status=draw(st.sampled_from(["active", "active", "suspended"])),
        customer=draw(st.sampled_from([None, "c1"])),
        vertical=draw(st.sampled_from(["", "healthcare"])),
        recorded=tuple(draw(st.sets(st.sampled_from(["clinical", "cardholder", "odd"])))),
        deployed=draw(st.dictionaries(st.sampled_from(["edr", "mdr"]), st.integers(1, 300))),
        seats=seats,
    )


@settings(max_examples=200, deadline=None)
@given(inputs(), certificates(), st.integers(0, 2))
def test_another_certificate_never_closes_the_gate(held, extra, whose) -> None:
    people = list(held.facts.people)
    place = whose % len(people)
    people[place] = replace(people[place], certificates=(*people[place].certificates, extra))
    richer = replace(held, facts=replace(held.facts, people=tuple(people)))
    assert judge(DOCUMENT, richer).open >= judge(DOCUMENT, held).open


@settings(max_examples=200, deadline=None)
@given(inputs())
def test_the_fast_answer_the_explained_one_and_the_replayed_one_agree(held) -> None:
    verdict = judge(DOCUMENT, held)
    assert is_open(DOCUMENT, held) == verdict.open
    assert judge(DOCUMENT, held.canonical()).to_dict() == judge(DOCUMENT, held).to_dict()
    assert verdict.from_dict(verdict.to_dict()) == verdict
    assert held.canonical().digest() == held.digest()
    assert bool(reasons_of(verdict, {})) != verdict.open


@settings(max_examples=200, deadline=None)
@given(inputs(), st.sets(st.sampled_from(["general", "clinical", "cardholder"])))
def test_naming_another_class_never_opens_the_gate(held, more) -> None:
    stricter = replace(held, asked=(*held.asked, *more))
    if held.product != "ward":  # only offered where the class is named
        assert judge(DOCUMENT, stricter).open <= judge(DOCUMENT, held).open


@settings(max_examples=200, deadline=None)
@given(inputs())
def test_the_gate_is_closed_on_the_day_it_says(held) -> None:
    verdict = judge(DOCUMENT, held)
    day = verdict.opens_until
    if day is not None:
        assert not judge(DOCUMENT, replace(held, on=day)).open
        assert judge(DOCUMENT, replace(held, on=day - dt.timedelta(days=1))).open
