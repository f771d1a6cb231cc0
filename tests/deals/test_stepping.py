"""Finding what is due costs the same for any number of registrations that are in step."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deals import actions, stepping
from deals.models import AccountCustomer, Protection, Registration
from licensing.actions import merge_customers
from tenants import scope
from tests import factories as make
from tests.deals.conftest import DAY, NOW, TODAY, acting, approved, running


def protected(world: SimpleNamespace, n: int) -> Any:
    """A customer that was won for three years, where seats run."""
    row = approved(world, world.owner, name=f"Firm {n}", domains=[f"firm{n}.example"])
    customer = make.CustomerFactory(partner=world.partner, name=f"Firm {n}")
    end = dt.date(2029, 3, 1)
    contract = make.ServiceContractFactory(
        partner=world.partner, customer=customer, since=TODAY, until=end, terms__ends_on=end
    )
    with acting(world.owner):
        actions.win_registration(row, contract=contract, at=NOW, on=TODAY)
    running(world, customer, 5)
    return row


def asked(world: SimpleNamespace, on: dt.date) -> int:
    """How many statements a sweep takes that finds nothing to do."""
    with scope.entered_vendor(world.vendor.pk), CaptureQueriesContext(connection) as found:
        assert actions.settle_registrations(on=on, at=NOW + (on - TODAY)) == 0
    return len(found)


def test_what_is_in_step_is_not_asked_one_by_one(deals: SimpleNamespace) -> None:
    protected(deals, 0)
    with scope.entered_vendor(deals.vendor.pk):
        assert actions.settle_registrations(on=TODAY, at=NOW) == 1
    one = asked(deals, TODAY + DAY)
    rows = [protected(deals, n) for n in range(1, 7)]
    with scope.entered_vendor(deals.vendor.pk):
        assert stepping.due(TODAY + DAY) == [row.pk for row in rows]
        assert actions.settle_registrations(on=TODAY + DAY, at=NOW + DAY) == 6
        assert Protection.objects.filter(phase="protected").count() == 7
    assert asked(deals, TODAY + 2 * DAY) == one


@pytest.mark.parametrize("status", ["active", "suspended"])
def test_a_partner_that_is_suspended_keeps_what_runs(deals: SimpleNamespace, status: str) -> None:
    approved(deals, deals.owner)
    with make.prepared(deals.vendor):
        type(deals.partner).objects.filter(pk=deals.partner.pk).update(status=status)
    with scope.entered_vendor(deals.vendor.pk):
        assert stepping.due(TODAY + DAY) == []


def test_a_merged_customer_takes_its_protection_along(deals: SimpleNamespace) -> None:
    row = protected(deals, 0)
    with scope.entered_vendor(deals.vendor.pk):
        actions.settle_registrations(on=TODAY, at=NOW)
        row = Registration.objects.select_related("customer").get(pk=row.pk)
    kept = make.CustomerFactory(partner=deals.partner, name="Firm nought")
    with acting(deals.owner):
        merge_customers(kept, duplicate=row.customer, at=NOW)
    with scope.entered_vendor(deals.vendor.pk):
        for days in (1, 62):
            actions.settle_registrations(on=TODAY + days * DAY, at=NOW + days * DAY)
        row = Registration.objects.get(pk=row.pk)
        held = Protection.objects.get(registration=row)
        assert (row.customer_id, held.ended, held.zero_since) == (kept.pk, "", None)
        linked = AccountCustomer.objects.filter(customer=kept)
        assert [link.account_id for link in linked] == [row.account_id]
