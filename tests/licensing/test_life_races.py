"""Lapses, exceptions, steps and classes against deployments at once: real commits, real threads."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from licensing import actions
from licensing.models import Deployment, Override, Reservation
from partners.actions import change_customer, end_employment
from partners.models import Employment
from programs.models import Product
from tenants import scope
from tenants.capabilities import Role
from tenants.writing import Refused
from tests import factories as make
from tests.licensing import world as w
from tests.licensing.test_exceptions import PROGRAM as WITH_GLASS
from tests.licensing.test_races import grant, revoke, together

AT_ONCE = 50
MANY = 8
"""Connections at once: as many as the pool of a small server."""


@pytest.fixture
def world(committed_db) -> Iterator:
    vendor = w.new_vendor(program=WITH_GLASS)
    partner = w.new_partner(vendor)
    yield vendor, partner, w.certify(partner, "endpoint")
    connections.close_all()


def fifty(vendor, customers, done: threading.Event) -> list[Callable[[], list[str]]]:
    """Deployments of all customers from several connections; of each those asked after ``done``."""
    late: list[str] = []

    def work(mine) -> Callable[[], list[str]]:
        def run() -> list[str]:
            for customer in mine:
                after = done.is_set()
                word = grant(vendor, customer, 2)
                if after:
                    late.append(word)
            return late

        return run

    return [work(customers[start::MANY]) for start in range(MANY)]


def leaves(held, partner) -> None:
    with scope.entered_vendor(partner.vendor_id):
        row = Employment.objects.get(person=held.person, partner=partner)
        end_employment(row, on=w.TODAY)


def stricter(vendor) -> None:
    text = WITH_GLASS.replace("track: endpoint, at_least: 1}", "track: endpoint, at_least: 9}")
    w.publish(vendor, text, w.TODAY)


@pytest.mark.parametrize("what", ["departure", "revocation", "publication"])
def test_no_seat_after_what_closes_the_gate_is_committed(world, what) -> None:
    vendor, partner, held = world
    customers = [w.new_customer(partner) for _ in range(AT_ONCE)]
    done = threading.Event()
    closing = {
        "departure": lambda: leaves(held, partner),
        "revocation": lambda: revoke(held, partner),
        "publication": lambda: stricter(vendor),
    }[what]

    def close() -> None:
        closing()
        done.set()

    late = together(close, *fifty(vendor, customers, done))[1]
    late.append(grant(vendor, w.new_customer(partner)))
    assert set(late) == {"deny"}


def test_no_seat_after_a_class_is_committed(world) -> None:
    """Classified while fifty deploy: whoever asks afterwards is held to the class."""
    vendor, partner, _held = world
    customers = [w.new_customer(partner) for _ in range(AT_ONCE)]
    classified: set[int] = set()
    wrong: list[int] = []

    def classify() -> None:
        with scope.entered_vendor(vendor.pk):
            for customer in reversed(customers):
                change_customer(customer, on=w.TODAY, environments=["general", "cardholder"])
                classified.add(customer.pk)

    def deploy(mine) -> Callable[[], None]:
        def run() -> None:
            for customer in mine:
                after = customer.pk in classified
                if grant(vendor, customer, 2) == "allow" and after:
                    wrong.append(customer.pk)

        return run

    together(classify, *[deploy(customers[start::MANY]) for start in range(MANY)])
    assert wrong == []


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_expiry_at_midnight_where_the_vendor_is_holds_for_fifty_at_once(committed_db, zone) -> None:
    vendor = w.new_vendor(time_zone=zone)
    partner = w.new_partner(vendor)
    w.certify(partner, "endpoint", until=w.LATER)
    midnight = dt.datetime.combine(w.LATER, dt.time(), ZoneInfo(zone))
    customers = [w.new_customer(partner) for _ in range(AT_ONCE)]

    def ask(mine) -> Callable[[], list[tuple[bool, str]]]:
        def run() -> list[tuple[bool, str]]:
            found = []
            for place, customer in enumerate(mine):
                at = midnight + dt.timedelta(seconds=1 if place % 2 else -1)
                with scope.entered_vendor(vendor.pk):
                    word = actions.authorize(customer, "edr", "general", 2, at=at).word
                found.append((at >= midnight, word))
            return found

        return run

    found = together(*[ask(customers[start::MANY]) for start in range(MANY)])
    assert {pair for part in found for pair in part} == {(True, "deny"), (False, "allow")}
    connections.close_all()


def break_glass(partner, word: list[str]) -> None:
    person = make.PersonFactory(vendor=partner.vendor)
    with make.enter_as(person, Role.PARTNER_MEMBER, partner):
        try:
            product = Product.objects.get(code=word[0])
            actions.break_glass(partner, product=product, reason="fire", at=w.NOON)
            word.append("broken")
        except Refused as refused:
            word.append(refused.code)


def test_glass_is_never_broken_more_often_than_the_quarter_allows(world) -> None:
    _vendor, partner, _held = world
    words = [[code] for code in ("edr", "mdr", "soc", "probe", "ward")]
    together(*[lambda word=word: break_glass(partner, word) for word in words])
    assert sorted(word[1] for word in words) == [
        "break_glass_used_up", "break_glass_used_up", "break_glass_used_up", "broken", "broken",
    ]  # fmt: skip


def test_broken_glass_never_admits_more_seats_than_it_has(world) -> None:
    vendor, partner, held = world
    revoke(held, partner)
    break_glass(partner, ["edr"])
    customers = [w.new_customer(partner) for _ in range(10)]
    words = together(*[lambda c=c: grant(vendor, c, 20) for c in customers])
    assert words.count("allow") == 2  # of fifty seats
    with scope.entered_vendor(vendor.pk):
        assert Override.objects.get().seats_used == 40
        assert sum(row.seats for row in Deployment.objects.all()) == 40


def test_two_approvals_at_once_put_an_override_in_force_once(world) -> None:
    vendor, partner, _held = world
    with make.enter_as(make.PersonFactory(vendor=vendor), Role.CAM):
        product = Product.objects.get(code="edr")
        row = actions.request_override(partner, product=product, reason="x", days=3, at=w.NOON)
    people = [make.PersonFactory(vendor=vendor) for _ in range(4)]

    def approve(person) -> str:
        with make.enter_as(person, Role.CHANNEL_ADMIN):
            try:
                return actions.approve_override(row, at=w.NOON).state
            except Refused as refused:
                return refused.code

    words = together(*[lambda p=p: approve(p) for p in people])
    assert sorted(words) == ["approved", "wrong_state", "wrong_state", "wrong_state"]


def reserved(vendor, customer) -> Reservation:
    with scope.entered_vendor(vendor.pk):
        decided = actions.authorize(customer, "edr", "general", 10, at=w.NOON, two_step=True)
        assert decided.reservation is not None
        return decided.reservation


def test_a_reservation_is_settled_once_whoever_comes_first(world) -> None:
    vendor, partner, _held = world
    customer = w.new_customer(partner)
    held = reserved(vendor, customer)

    def settle(verb, at) -> str:
        with scope.entered_vendor(vendor.pk):
            try:
                return verb(held, at=at).state
            except Refused as refused:
                return refused.code

    words = together(
        lambda: settle(actions.confirm, w.NOON),
        lambda: settle(actions.cancel, w.NOON),
        lambda: settle(actions.confirm, w.NOON),
    )
    assert sorted(words).count("already_settled") == 2
    with scope.entered_vendor(vendor.pk):
        row, kept = Deployment.objects.get(customer=customer), Reservation.objects.get()
        assert (row.seats, row.reserved) == ((10, 0) if kept.state == "confirmed" else (0, 0))


def test_a_confirmation_races_its_lapse_and_loses_after_the_hour(world) -> None:
    vendor, partner, _held = world
    held = reserved(vendor, w.new_customer(partner))
    late = held.expires_at

    def confirm() -> str:
        with scope.entered_vendor(vendor.pk):
            try:
                return actions.confirm(held, at=late).state
            except Refused as refused:
                return refused.code

    def sweep() -> int:
        with scope.entered_vendor(vendor.pk):
            return actions.lapse_reservations(at=late)

    word, _swept = together(confirm, sweep)
    sweep()
    assert word == "reservation_lapsed"
    with scope.entered_vendor(vendor.pk):
        assert Reservation.objects.get().state == "lapsed"
        assert Deployment.objects.get().reserved == 0


def test_a_confirmation_that_waits_for_a_revocation_is_refused(world) -> None:
    vendor, partner, held = world
    waiting = reserved(vendor, w.new_customer(partner))
    revoke(held, partner)
    with scope.entered_vendor(vendor.pk), pytest.raises(Refused) as refused:
        actions.confirm(waiting, at=w.NOON)
    assert refused.value.code == "gate_closed"


def test_a_certificate_stays_with_the_person_who_moves_to_another_partner(world) -> None:
    """Certificates belong to people: whoever changes the employer takes the gate along, and at no
    instant do both partners deploy on the one certificate."""
    vendor, partner, held = world
    other = w.new_partner(vendor)
    mine, theirs = w.new_customer(partner), w.new_customer(other)
    assert [grant(vendor, mine), grant(vendor, theirs)] == ["allow", "deny"]
    leaves(held, partner)
    make.EmploymentFactory(partner=other, person=held.person, since=w.TODAY)
    assert [grant(vendor, w.new_customer(partner)), grant(vendor, theirs)] == ["deny", "allow"]
