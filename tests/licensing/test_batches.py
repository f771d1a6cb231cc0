"""A set of requests is decided as if each had been asked alone, in a constant number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licensing.actions import Ask, Decision, authorize_all
from licensing.models import Authorization, Deployment
from tenants import scope
from tenants.models import Event
from tenants.writing import Refused
from tests.licensing import world as w

ASKS = [
    (0, "edr", 100),
    (0, "mdr", 50),
    (1, "edr", 150),
    (2, "edr", 10),
    (1, "edr", 90),
    (2, "edr", 10),
    (0, "edr", 0),
    (0, "edr", 5),
]


def world() -> tuple[Any, list[Any]]:
    partner = w.new_partner(w.new_vendor())
    for track in ("endpoint", "sec", "sec"):
        w.certify(partner, track)
    return partner, [w.new_customer(partner) for _ in range(3)]


def asked(customers: list[Any]) -> list[Ask]:
    return [Ask(customers[place], code, "general", seats) for place, code, seats in ASKS]


def outcome(decision: Decision) -> tuple[Any, ...]:
    kept = decision.authorization
    assert kept is not None
    return (decision.word, w.codes(decision), kept.verb, kept.seats_before, kept.seats)


def left(partner: Any) -> list[tuple[Any, ...]]:
    with scope.entered_vendor(partner.vendor_id):
        rows = Deployment.objects.order_by("customer_id", "product__code")
        return [
            (row.customer_id, row.product.code, row.seats, row.authorization.seats)
            for row in rows.select_related("product", "authorization")
        ]


@pytest.mark.django_db
def test_a_set_is_decided_as_one_by_one() -> None:
    alone, alone_customers = world()
    together, customers = world()
    singly = []
    for place, code, seats in ASKS:
        singly.append(w.ask(alone_customers[place], code, seats=seats))
    with w.member(together):
        decisions = authorize_all(asked(customers), at=w.NOON)
    assert [outcome(d) for d in decisions] == [outcome(d) for d in singly]
    assert [row[1:] for row in left(together)] == [row[1:] for row in left(alone)]


@pytest.mark.django_db
def test_each_decision_of_a_set_is_kept_with_its_event() -> None:
    partner, customers = world()
    with w.member(partner):
        authorize_all(asked(customers), at=w.NOON)
    with scope.entered_vendor(partner.vendor_id):
        assert Authorization.objects.count() == len(ASKS)
        assert Event.objects.filter(kind__startswith="authorization.").count() == len(ASKS)


@pytest.mark.django_db
def test_one_request_that_makes_no_sense_leaves_the_whole_set_undecided() -> None:
    partner, customers = world()
    asks = [*asked(customers), Ask(customers[0], "nope", "general", 1)]
    with w.member(partner), pytest.raises(Refused):
        authorize_all(asks, at=w.NOON)
    with scope.entered_vendor(partner.vendor_id):
        assert Authorization.objects.count() == Deployment.objects.count() == 0


def test_a_set_of_twenty_takes_as_many_queries_as_one_of_two(committed_db) -> None:
    counts = []
    for number in (2, 20):
        partner, _ = world()
        customers = [w.new_customer(partner) for _ in range(number)]
        w.ask(customers[0], seats=1)  # makes the vendor's key
        asks = [Ask(customer, "edr", "general", 5) for customer in customers]
        with w.member(partner), CaptureQueriesContext(connection) as captured:
            authorize_all(asks, at=w.NOON)
        counts.append(len(captured))
    assert counts[0] == counts[1]
