"""Moves and merges against deployments and each other at once: real commits, real threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from licensing import actions
from licensing.models import CustomerMove, Deployment
from partners.models import Customer
from tenants import scope
from tenants.writing import Refused
from tests.licensing import world as w
from tests.licensing.test_races import grant, together


@pytest.fixture
def world(committed_db: Any) -> Iterator[Any]:
    vendor = w.new_vendor()
    former, after = w.new_partner(vendor), w.new_partner(vendor)
    for partner in (former, after):
        w.certify(partner, "endpoint")
    yield vendor, former, after
    connections.close_all()


def said(work: Callable[[], Any]) -> str:
    """``done``, or why not."""
    try:
        work()
    except Refused as refused:
        return refused.code
    return "done"


def move(vendor: Any, customer: Any, to: Any) -> str:
    with scope.entered_vendor(vendor.pk):
        return said(
            lambda: actions.schedule_move(
                customer, to_partner=to, on=w.TODAY, reason="Letter", at=w.NOON
            )
        )


def ask(vendor: Any, customer: Any, seats: int) -> str:
    words: list[str] = []
    refusal = said(lambda: words.append(grant(vendor, customer, seats)))
    return words[0] if words else refusal


def seats_by_customer(vendor: Any) -> dict[int, int]:
    with scope.entered_vendor(vendor.pk):
        return dict(Deployment.objects.values_list("customer_id", "seats"))


@pytest.mark.parametrize("round_", range(4))
def test_seats_asked_for_during_a_move_go_along_or_are_refused(world: Any, round_: int) -> None:
    vendor, former, after = world
    customer = w.new_customer(former)
    grant(vendor, customer, 10)
    answers = together(
        lambda: ask(vendor, customer, 12),
        lambda: move(vendor, customer, after),
        lambda: ask(vendor, customer, 14),
    )
    assert answers[1] == "done"
    with scope.entered_vendor(vendor.pk):
        resulting = CustomerMove.objects.get().resulting_id
        (decided,) = Deployment.objects.filter(customer_id=resulting)
    held = seats_by_customer(vendor)
    assert held[customer.pk] == 0
    assert decided.seats in {10, 12, 14}
    assert ask(vendor, customer, 5) != "allow"
    assert sum(seats_by_customer(vendor).values()) == decided.seats


def test_a_customer_moves_once_of_two_moves_at_once(world: Any) -> None:
    vendor, former, after = world
    third = w.new_partner(vendor)
    customer = w.new_customer(former)
    grant(vendor, customer, 10)
    answers = together(lambda: move(vendor, customer, after), lambda: move(vendor, customer, third))
    assert sorted(answers) == ["customer_ended", "done"]
    assert sum(seats_by_customer(vendor).values()) == 10


def test_a_merge_and_a_move_at_once_lose_and_double_no_seat(world: Any) -> None:
    vendor, former, after = world
    kept, double = w.new_customer(former), w.new_customer(former)
    grant(vendor, kept, 10)
    grant(vendor, double, 7)

    def merge() -> str:
        with scope.entered_vendor(vendor.pk):
            return said(lambda: actions.merge_customers(kept, duplicate=double, at=w.NOON))

    def partners() -> str:
        with scope.entered_vendor(vendor.pk):
            planned = actions.plan_merge(former, kept=after, reason="Bought", at=w.NOON)
            return said(lambda: actions.merge_partners(planned, at=w.NOON))

    answers = together(merge, partners, lambda: move(vendor, double, after))
    assert "done" in answers
    assert sum(seats_by_customer(vendor).values()) == 17
    with scope.entered_vendor(vendor.pk):
        ended = Customer.objects.filter(until=w.TODAY).values_list("pk", flat=True)
        assert not any(seats_by_customer(vendor)[pk] for pk in ended)
