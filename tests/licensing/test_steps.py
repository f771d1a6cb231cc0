"""Two-step use: reserve, confirm, cancel, lapse."""

from __future__ import annotations

import datetime as dt

import pytest

from licensing import actions
from licensing.models import Deployment, Reservation
from tenants import scope
from tenants.models import Event
from tenants.writing import Refused
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def partner():
    partner = w.new_partner(w.new_vendor())
    w.certify(partner, "endpoint")
    return partner


@pytest.fixture
def customer(partner):
    return w.new_customer(partner)


def reserve(customer, seats=40, at=w.NOON):
    with w.member(customer.partner):
        return actions.authorize(customer, "edr", "general", seats, at=at, two_step=True)


def settle(verb, held, at=w.NOON):
    with scope.entered_vendor(held.vendor_id):
        partner = held.partner
    with w.member(partner):
        return verb(held, at=at)


def runs(customer) -> tuple[int, int]:
    with scope.entered_vendor(customer.vendor_id):
        row = Deployment.objects.filter(customer=customer).first()
        return (row.seats, row.reserved) if row else (0, 0)


def test_reserved_seats_run_when_confirmed(customer) -> None:
    decision = reserve(customer)
    assert (decision.word, runs(customer)) == ("allow", (0, 40))
    settle(actions.confirm, decision.reservation, w.NOON + HOUR)
    assert runs(customer) == (40, 0)


def test_a_cancelled_reservation_gives_its_seats_back(customer) -> None:
    w.ask(customer, seats=10)
    held = reserve(customer).reservation
    assert runs(customer) == (10, 30)
    settle(actions.cancel, held)
    assert runs(customer) == (10, 0)
    with pytest.raises(Refused) as refused:
        settle(actions.confirm, held)
    assert refused.value.code == "already_settled"


def test_a_denial_reserves_nothing(partner) -> None:
    other = w.new_partner(partner.vendor)
    decision = reserve(w.new_customer(other))
    assert (decision.word, decision.reservation) == ("deny", None)


def test_what_nobody_confirms_lapses_and_a_late_confirmation_is_refused(customer) -> None:
    held = reserve(customer).reservation
    late = held.expires_at
    assert late == w.NOON + 24 * HOUR
    with pytest.raises(Refused) as refused:
        settle(actions.confirm, held, late)
    assert refused.value.code == "reservation_lapsed"
    assert "24 Nov 2026, 13:00 CET. Ask the gate again" in refused.value.detail
    with scope.entered_vendor(customer.vendor_id):
        assert actions.lapse_reservations(at=late - HOUR) == 0
        assert actions.lapse_reservations(at=late) == 1
        assert actions.lapse_reservations(at=late) == 0
        assert Event.objects.filter(kind="reservation.lapsed").count() == 1
    assert runs(customer) == (0, 0)
    with pytest.raises(Refused) as refused:
        settle(actions.confirm, held, late)
    assert refused.value.code == "reservation_lapsed"


def test_reserved_seats_count_for_tighter_gates(partner, customer) -> None:
    reserve(customer, 200)
    assert "people_missing" in w.codes(w.ask(w.new_customer(partner), seats=51))
    assert w.ask(w.new_customer(partner), seats=50).word == "allow"


def test_a_second_growth_waits_for_the_first_reservation(customer) -> None:
    reserve(customer)
    with pytest.raises(Refused) as refused:
        w.ask(customer, seats=50)
    assert refused.value.code == "reservation_open"


def test_shrinking_takes_the_reservation_back(customer) -> None:
    w.ask(customer, seats=20)
    held = reserve(customer, 40).reservation
    w.ask(customer, seats=10)
    assert runs(customer) == (10, 0)
    with scope.entered_vendor(customer.vendor_id):
        assert Reservation.objects.get(pk=held.pk).state == "cancelled"


def test_nothing_begins_to_run_after_the_gate_has_closed(partner, customer) -> None:
    held = reserve(customer).reservation
    with make.prepared(partner.vendor):
        type(partner).objects.filter(pk=partner.pk).update(status="suspended")
    with pytest.raises(Refused) as refused:
        settle(actions.confirm, held, w.NOON + HOUR)
    assert refused.value.code == "gate_closed"
    assert [reason.code for reason in refused.value.reasons] == ["partner_suspended"]
    assert runs(customer) == (0, 40)


def test_a_reserved_product_is_not_yet_one_to_build_on(partner, customer) -> None:
    for name in ("Ben", "Cem"):
        w.certify(partner, "sec", name=name)
    held = reserve(customer).reservation
    assert w.codes(w.ask(customer, "mdr")) == ["requires_product"]
    settle(actions.confirm, held)
    assert w.ask(customer, "mdr").word == "allow"
