"""No seat after a committed revocation, whatever happens at once: real commits, real threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from licensing.actions import authorize
from licensing.models import Authorization, Deployment
from partners.models import Partner
from programs.locks import lock_partners
from tenants import scope
from tenants.capabilities import Role
from tenants.writing import acting, record_event
from tests import factories as make
from tests.licensing import world as w


@pytest.fixture
def world(committed_db) -> Iterator[Any]:
    vendor = w.new_vendor()
    partner = w.new_partner(vendor)
    held = w.certify(partner, "endpoint")
    yield vendor, partner, held
    connections.close_all()


def together(*work: Callable[[], Any]) -> list[Any]:
    """Run all at once, each on a connection of its own; errors are raised here."""
    gate, results = threading.Barrier(len(work)), [None] * len(work)
    errors: list[BaseException] = []

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            gate.wait()
            results[place] = call()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def grant(vendor, customer, seats: int = 10) -> str:
    with scope.entered_vendor(vendor.pk):
        return authorize(customer, "edr", "general", seats, at=w.NOON).word


def revoke(held, partner) -> None:
    with scope.entered_vendor(partner.vendor_id), acting():
        lock_partners([partner.pk])
        held.revoked_on, held.revoked_reason = w.TODAY, "wrong person"
        held.save()
        record_event("certificate.revoked", held, partner_id=partner.pk)


def suspend(partner) -> None:
    with scope.entered_vendor(partner.vendor_id), acting():
        lock_partners([partner.pk])
        Partner.objects.filter(pk=partner.pk).update(status="suspended")
        record_event("partner.suspended", partner)


def test_no_seat_is_granted_after_a_committed_revocation(world) -> None:
    vendor, partner, held = world
    customers = [w.new_customer(partner) for _ in range(8)]
    done = threading.Event()
    after: list[str] = []

    def take_away() -> None:
        revoke(held, partner)
        done.set()

    def deploy(customer) -> Callable[[], str]:
        def run() -> str:
            late = done.is_set()
            word = grant(vendor, customer)
            if late:
                after.append(word)
            return word

        return run

    words = together(take_away, *[deploy(customer) for customer in customers])[1:]
    after += [grant(vendor, w.new_customer(partner)) for _ in range(3)]
    assert set(after) == {"deny"}
    with scope.entered_vendor(vendor.pk):
        assert Deployment.objects.count() == words.count("allow")
        assert Authorization.objects.count() == len(words) + 3


@pytest.mark.parametrize("take_away", ["revocation", "suspension"])
def test_a_grant_that_waits_for_a_revocation_is_denied(world, take_away) -> None:
    vendor, partner, held = world
    customer = w.new_customer(partner)
    locked, answer = threading.Event(), []

    def slow_revocation() -> None:
        with scope.entered_vendor(vendor.pk), acting():
            lock_partners([partner.pk])
            locked.set()
            waiting.wait(5)
            if take_away == "revocation":
                revoke(held, partner)
            else:
                suspend(partner)

    waiting = threading.Event()

    def deploy() -> None:
        locked.wait(5)
        # The grant blocks on the partner's lock; only then may the revocation go on.
        threading.Timer(0.3, waiting.set).start()
        answer.append(grant(vendor, customer))

    together(slow_revocation, deploy)
    assert answer == ["deny"]
    with scope.entered_vendor(vendor.pk):
        assert Deployment.objects.count() == 0


def test_two_grows_at_once_on_one_customer_make_one_deployment(world) -> None:
    vendor, partner, _held = world
    customer = w.new_customer(partner)
    words = together(*[lambda n=n: grant(vendor, customer, n) for n in (10, 20, 30, 40)])
    assert words == ["allow"] * 4
    with scope.entered_vendor(vendor.pk):
        (row,) = Deployment.objects.all()
        decided = list(Authorization.objects.order_by("pk"))
        assert row.seats == decided[-1].seats
        # Each decision saw what the one before had left.
        assert [d.seats_before for d in decided] == [0, *[d.seats for d in decided[:-1]]]


def test_growth_at_once_never_passes_the_tighter_gate_unseen(world) -> None:
    vendor, partner, _held = world
    customers = [w.new_customer(partner) for _ in range(5)]
    words = together(*[lambda c=c: grant(vendor, c, 100) for c in customers])
    # Above 250 managed seats two people are needed: two customers fit, whoever came first.
    assert sorted(words) == ["allow", "allow", "deny", "deny", "deny"]
    with scope.entered_vendor(vendor.pk):
        assert sum(row.seats for row in Deployment.objects.all()) == 200


def test_publishing_a_stricter_program_is_not_outrun(world) -> None:
    vendor, partner, _held = world
    stricter = w.PROGRAM.replace(
        "people: {track: endpoint, at_least: 1}", "people: {track: endpoint, at_least: 2}"
    )
    published = threading.Event()
    late: list[str] = []

    def publish() -> None:
        w.publish(vendor, stricter, w.TODAY)
        published.set()

    def deploy(customer) -> Callable[[], None]:
        def run() -> None:
            after = published.is_set()
            word = grant(vendor, customer, 5)
            if after:
                late.append(word)

        return run

    together(publish, *[deploy(w.new_customer(partner)) for _ in range(6)])
    late.append(grant(vendor, w.new_customer(partner), 5))
    assert set(late) == {"deny"}


def test_two_vendors_do_not_wait_for_each_other(world) -> None:
    vendor, partner, _held = world
    other = w.new_vendor()
    neighbour = w.new_partner(other)
    w.certify(neighbour, "endpoint")
    customer = w.new_customer(neighbour)
    with scope.entered_vendor(vendor.pk), acting():
        lock_partners([partner.pk])
        (word,) = together(lambda: grant(other, customer))
        record_event("partner.changed", partner)
    assert word == "allow"


def test_a_grant_on_a_relatives_certificate_waits_for_its_revocation(committed_db) -> None:
    """A gate that counts the family rests on the parent's people: their lock is taken as well."""
    own = "- people: {track: endpoint, at_least: 1}"
    vendor = w.new_vendor(program=w.PROGRAM.replace(own, own.replace("1}", "1, org: family}")))
    parent, child = w.new_partner(vendor), w.new_partner(vendor)
    with make.prepared(vendor):
        Partner.objects.filter(pk=child.pk).update(parent=parent)
    held = w.certify(parent, "endpoint")
    locked, waiting, answer = threading.Event(), threading.Event(), []
    partner_only = scope.Scope(vendor.pk, frozenset({child.pk}), role=Role.PARTNER_ADMIN)

    def slow_revocation() -> None:
        with scope.entered_vendor(vendor.pk), acting():
            lock_partners([parent.pk])
            locked.set()
            waiting.wait(5)
            revoke(held, parent)

    def deploy() -> None:
        locked.wait(5)
        threading.Timer(0.3, waiting.set).start()
        with scope.enter(partner_only):
            answer.append(authorize(customer, "edr", "general", 10, at=w.NOON).word)

    customer = w.new_customer(child)
    with scope.enter(partner_only):
        assert authorize(customer, "edr", "general", 10, at=w.NOON, dry_run=True).word == "allow"
    together(slow_revocation, deploy)
    assert answer == ["deny"]
    connections.close_all()
