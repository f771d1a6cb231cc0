"""What machines are told of gates: once per change, whatever caused it, however late the sweep."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certifications.actions import revoke_certificate
from certifications.models import Certificate
from licensing.actions import authorize, tell_standing
from partners.actions import end_customer
from partners.models import Partner
from tenants import scope
from tenants.models import Event
from tests import factories as make
from tests.licensing.world import NOON, PROGRAM, TODAY, certify, new_customer, new_partner, publish

pytestmark = pytest.mark.django_db

LAPSE = """
lapse:
  expiry: {block_new_after: 14, block_growth_after: 60, suspend_after: 90}
  revocation: {block_new_after: 0}
"""


def running(vendor: Any = None) -> Any:
    """A customer at whose site 40 seats run, by one certificate until 3 March 2027."""
    if vendor is None:
        vendor = make.VendorFactory(time_zone="Europe/Berlin")
        make.HostFactory(vendor=vendor)
        publish(vendor, PROGRAM + LAPSE, dt.date(2026, 1, 1))
    partner = new_partner(vendor)
    certify(partner, "endpoint")
    customer = new_customer(partner)
    with make.prepared(vendor):
        assert authorize(customer, "edr", "general", 40, at=NOON).allowed
    return customer


def tell(customer: Any, on: dt.date = TODAY) -> int:
    with scope.entered_vendor(customer.vendor_id):
        return tell_standing(on=on, at=NOON)


def told(customer: Any) -> list[tuple[str, Any]]:
    with scope.entered_vendor(customer.vendor_id):
        kinds = ("standing.changed", "authorization.revoked", "authorization.restored")
        rows = Event.objects.filter(kind__in=kinds).order_by("pk")
        return [(row.kind, row.data.get("stage") or row.data.get("reason")) for row in rows]


def test_while_nothing_changes_nothing_is_told() -> None:
    customer = running()
    assert ([tell(customer), tell(customer)], told(customer)) == ([0, 0], [])


def test_each_stage_is_told_once() -> None:
    customer = running()
    for days in (0, 1, 14, 15, 60, 61):
        tell(customer, dt.date(2027, 3, 3) + dt.timedelta(days=days))
    assert told(customer) == [
        ("standing.changed", "grace"),
        ("standing.changed", "block_new"),
        ("standing.changed", "block_growth"),
    ]


def test_after_a_downtime_where_it_stands_is_told_once() -> None:
    customer = running()
    day = dt.date(2027, 3, 3) + dt.timedelta(days=62)
    assert [tell(customer, day), tell(customer, day + dt.timedelta(days=1))] == [1, 0]
    assert told(customer) == [("standing.changed", "block_growth")]


def test_suspension_by_lapse_revokes_the_authorisation() -> None:
    customer = running()
    tell(customer, dt.date(2027, 3, 3) + dt.timedelta(days=90))
    assert told(customer) == [
        ("standing.changed", "suspend"),
        ("authorization.revoked", "lapse_suspended"),
    ]


def test_a_standing_says_what_why_and_what_comes_next() -> None:
    customer = running()
    tell(customer, dt.date(2027, 3, 4))
    with scope.entered_vendor(customer.vendor_id):
        data = Event.objects.get(kind="standing.changed").data
    assert data == {
        "product": "edr",
        "was": "open",
        "stage": "grace",
        "cause": "expiry",
        "since": "2027-03-03",
        "next_stage": "block_new",
        "next_on": "2027-03-17",
    }


def test_a_revoked_certificate_is_told_at_once_and_its_repair_too() -> None:
    customer = running()
    with make.prepared(customer.vendor):
        revoke_certificate(Certificate.objects.get(), reason="Fraud", at=NOON)
    tell(customer)
    certify(customer.partner, "endpoint", name="Bo Berg")
    tell(customer)
    assert told(customer) == [("standing.changed", "block_new"), ("standing.changed", "open")]


def test_a_suspended_partner_loses_its_authorisations_and_gets_them_back() -> None:
    customer = running()
    for status in ("suspended", "active"):
        with make.prepared(customer.vendor):
            Partner.objects.filter(pk=customer.partner_id).update(status=status)
        tell(customer)
    assert told(customer) == [
        ("standing.changed", "closed"),
        ("authorization.revoked", "partner_suspended"),
        ("standing.changed", "open"),
        ("authorization.restored", None),
    ]


def test_a_customer_that_ended_ends_its_authorisation() -> None:
    customer = running()
    with make.prepared(customer.vendor):
        end_customer(customer, on=TODAY + dt.timedelta(days=1))
    assert tell(customer) == 0
    assert tell(customer, TODAY + dt.timedelta(days=1)) == 1
    with scope.entered_vendor(customer.vendor_id):
        event = Event.objects.get(kind="authorization.revoked")
    assert (event.subject_kind, event.data["reason"]) == ("authorization", "customer_ended")
    assert event.data["customer"] == customer.ref


def test_the_number_of_queries_does_not_depend_on_how_many_partners() -> None:
    customer = running()
    day = dt.date(2027, 3, 10)

    def queries() -> int:
        with scope.entered_vendor(customer.vendor_id), CaptureQueriesContext(connection) as seen:
            tell_standing(on=day, at=NOON)
        return len(seen)

    running(customer.vendor)
    few = queries()
    for _ in range(8):
        running(customer.vendor)
    assert queries() == few


def test_another_vendors_standing_is_its_own() -> None:
    customer, other = running(), running()
    tell(customer, dt.date(2027, 3, 4))
    assert (len(told(customer)), told(other)) == (1, [])
