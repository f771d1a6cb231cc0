"""Customers that change their MSP: nobody is cut off, and neither partner learns of the other."""

from __future__ import annotations

import datetime as dt

import pytest

from licensing import actions
from licensing.models import Authorization, CustomerMove, Deployment, Reservation
from licensing.replay import replay
from licensing.rules.moving import taken_over
from partners.models import Customer
from tenants import scope
from tenants.models import Event
from tenants.writing import Refused
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
WHY = "Letter of the customer"


@pytest.fixture
def vendor():
    return w.new_vendor()


@pytest.fixture
def former(vendor):
    partner = w.new_partner(vendor)
    w.certify(partner, "endpoint")
    return partner


@pytest.fixture
def after(vendor):
    return w.new_partner(vendor)


def move(customer, to, on=w.TODAY, at=w.NOON, **more):
    with scope.entered_vendor(customer.vendor_id):
        return actions.schedule_move(customer, to_partner=to, on=on, reason=WHY, at=at, **more)


def settle(vendor, at) -> int:
    with scope.entered_vendor(vendor.pk):
        return actions.settle_moves(at=at)


def seats_of(customer) -> dict[str, int]:
    with scope.entered_vendor(customer.vendor_id):
        rows = Deployment.objects.filter(customer=customer).select_related("product")
        return {row.product.code: row.seats for row in rows}


def refusal(*args, **more) -> str:
    with pytest.raises(Refused) as refused:
        move(*args, **more)
    return refused.value.code


def test_what_runs_goes_along_to_a_partner_whose_gate_is_closed(former, after) -> None:
    customer = w.new_customer(former, environments=["cardholder"], vertical="retail")
    w.certify(former, "pci")
    w.ask(customer, seats=40)
    moved = move(customer, after)
    assert (moved.state, moved.resulting.partner_id) == ("done", after.pk)
    assert (seats_of(customer), seats_of(moved.resulting)) == ({"edr": 0}, {"edr": 40})
    assert w.reread(customer).until == w.TODAY
    new = w.reread(moved.resulting)
    new.partner = after
    assert (new.environments, new.vertical) == (["cardholder"], "retail")
    assert w.ask(new, seats=41).word == "deny"
    assert w.ask(new, seats=39).word == "allow"


def test_both_sides_are_decisions_that_replay(former, after) -> None:
    customer = w.new_customer(former)
    w.ask(customer, seats=40)
    moved = move(customer, after)
    with scope.entered_vendor(former.vendor_id):
        rows = list(Authorization.objects.order_by("pk"))
        assert [(row.verb, row.seats_before, row.seats) for row in rows] == [
            ("deploy", 0, 40),
            ("shrink", 40, 0),
            ("transfer", 0, 40),
        ]
        assert rows[2].customer_id == moved.resulting_id
        assert rows[2].result["through"] == "transfer"
        assert all(replay(row).same and replay(row).intact for row in rows)


def test_a_class_that_runs_without_being_recorded_is_not_lost(former, after) -> None:
    customer = w.new_customer(former)
    w.certify(former, "pci")
    w.ask(customer, environment="cardholder", seats=5)
    assert "cardholder" in w.reread(move(customer, after).resulting).environments


def test_into_a_customer_that_the_next_partner_has_seats_add_up(former, after) -> None:
    w.certify(after, "endpoint")
    customer, there = w.new_customer(former), w.new_customer(after)
    w.ask(customer, seats=40)
    w.ask(there, seats=2)
    moved = move(customer, after, into=there)
    assert moved.resulting_id == there.pk
    assert seats_of(there) == {"edr": 42}


def test_the_former_partner_keeps_what_is_its_own(former, after) -> None:
    customer = w.new_customer(former, external_id="C-1", private_name="Real", name="Alias 7")
    assert refusal(customer, after) == "name_needed"
    new = w.reread(move(customer, after, name="Harbour Clinic").resulting)
    assert (new.name, new.private_name, new.external_id) == ("Harbour Clinic", "", "")


def test_neither_partner_reads_the_others_name(former, after) -> None:
    customer = w.new_customer(former)
    w.ask(customer, seats=4)
    move(customer, after)
    for own, other in ((former, after), (after, former)):
        with w.member(own):
            assert not CustomerMove.objects.exists()
            told = " ".join(str(event.data) for event in Event.objects.all())
            assert other.ref not in told and other.name not in told
            assert Event.objects.filter(kind="customer_move.done").count() == 0


def test_what_is_reserved_is_given_back(former, after) -> None:
    customer = w.new_customer(former)
    with w.member(former):
        actions.authorize(customer, "edr", "general", 9, at=w.NOON, two_step=True)
    move(customer, after)
    with scope.entered_vendor(former.vendor_id):
        assert [row.state for row in Reservation.objects.all()] == ["cancelled"]


def test_a_day_to_come_waits_and_late_beat_catches_up_once(vendor, former, after) -> None:
    customer = w.new_customer(former)
    w.ask(customer, seats=3)
    planned = move(customer, after, on=w.TODAY + 2 * DAY)
    assert (planned.state, settle(vendor, w.NOON + DAY)) == ("scheduled", 0)
    assert (settle(vendor, w.NOON + 4 * DAY), settle(vendor, w.NOON + 4 * DAY)) == (1, 0)
    with scope.entered_vendor(vendor.pk):
        done = CustomerMove.objects.select_related("resulting").get(pk=planned.pk)
    assert (done.state, seats_of(done.resulting)) == ("done", {"edr": 3})
    assert w.reread(customer).until == w.TODAY + 4 * DAY


def test_a_move_that_became_impossible_is_cancelled_and_says_why(vendor, former, after) -> None:
    customer = w.new_customer(former)
    w.ask(customer, seats=3)
    planned = move(customer, after, on=w.TODAY + DAY)
    with make.prepared(vendor):
        type(after).objects.filter(pk=after.pk).update(status="exited")
    assert settle(vendor, w.NOON + DAY) == 1
    held = w.reread(planned)
    assert (held.state, held.note) == ("cancelled", f"{after.name} is not active in the program.")
    assert seats_of(customer) == {"edr": 3}


def test_a_cancelled_move_moves_nothing(vendor, former, after) -> None:
    planned = move(w.new_customer(former), after, on=w.TODAY + DAY)
    with scope.entered_vendor(vendor.pk):
        actions.cancel_move(planned, reason="The customer stays", at=w.NOON)
        with pytest.raises(Refused) as refused:
            actions.cancel_move(planned, reason="Again", at=w.NOON)
    assert refused.value.code == "already_settled"
    assert settle(vendor, w.NOON + 2 * DAY) == 0


def test_what_cannot_move_is_refused_and_nothing_happens(vendor, former, after) -> None:
    customer = w.new_customer(former)
    assert refusal(customer, after, on=w.TODAY - DAY) == "day_past"
    assert refusal(customer, former) == "same_partner"
    assert refusal(customer, after, into=w.new_customer(former)) == "not_its_customer"
    assert refusal(customer, w.new_partner(vendor, status="exited")) == "partner_exited"
    assert refusal(customer, w.new_partner(vendor, status="suspended")) == "partner_suspended"
    assert refusal(w.new_customer(former, until=w.TODAY), after) == "customer_ended"
    move(customer, after, on=w.TODAY + DAY)
    assert refusal(customer, after, on=w.TODAY + DAY) == "move_scheduled"
    with scope.entered_vendor(vendor.pk):
        assert Customer.objects.filter(partner=after).count() == 0


def test_the_outlook_says_where_the_next_gate_is_closed(former, after) -> None:
    customer = w.new_customer(former)
    w.ask(customer, seats=40)
    with scope.entered_vendor(former.vendor_id):
        (found,) = taken_over(customer, after, w.TODAY)
        assert (found.title, found.seats, found.open) == ("Endpoint Detection", 40, False)
        w.certify(after, "endpoint")
        assert taken_over(customer, after, w.TODAY)[0].open
