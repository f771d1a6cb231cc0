"""Two people of a partner at once: real commits, real threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from partners import actions
from partners.models import RestrictedRead, ServiceContract
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event
from tenants.writing import Refused
from tests import factories as make
from tests.partners.conftest import NOW, TODAY

TRIES = 5


@pytest.fixture
def customer(committed_db: str) -> Iterator[Any]:
    yield make.CustomerFactory()
    connections.close_all()


def together(*work: Callable[[], str]) -> list[str]:
    gate, results = threading.Barrier(len(work)), [""] * len(work)

    def run(place: int, call: Callable[[], str]) -> None:
        try:
            gate.wait()
            results[place] = call()
        except Refused as refused:
            results[place] = refused.code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def in_vendor(customer: Any, verb: Callable[[], Any]) -> Callable[[], str]:
    def call() -> str:
        with scope.entered_vendor(customer.vendor_id):
            verb()
        return "done"

    return call


@pytest.mark.slow
def test_of_two_contracts_for_one_service_one_is_refused(customer: Any) -> None:
    for _ in range(TRIES):

        def record() -> None:
            actions.record_contract(customer, scopes=["cloud"], since=TODAY, at=NOW)

        found = together(in_vendor(customer, record), in_vendor(customer, record))
        assert found == ["done", "overlapping"]
        with scope.entered_vendor(customer.vendor_id), make.prepared(customer.vendor):
            ServiceContract.objects.update(until=TODAY, ended=True)


@pytest.mark.slow
def test_a_customer_that_ends_meanwhile_gets_no_contract(customer: Any) -> None:
    found = together(
        in_vendor(customer, lambda: actions.end_customer(customer, on=TODAY)),
        in_vendor(
            customer,
            lambda: actions.record_contract(customer, scopes=["cloud"], since=TODAY, at=NOW),
        ),
    )
    with scope.entered_vendor(customer.vendor_id):
        assert (found, ServiceContract.objects.count()) in (
            (["customer_ended", "done"], 0),
            (["done", "done"], 1),
        )


@pytest.mark.slow
@pytest.mark.no_action_audit  # an insert given up for another's counts as a row written and deleted
def test_two_readings_at_once_are_one_event(customer: Any) -> None:
    reader = make.MembershipFactory(vendor=customer.vendor, role=Role.CAM)

    def read() -> str:
        with scope.enter(make.scope_of(reader)):
            actions.note_reads({customer.pk: {"end"}}, on=TODAY)
        return "done"

    assert together(read, read) == ["done", "done"]
    with scope.entered_vendor(customer.vendor_id):
        assert RestrictedRead.objects.count() == 1
        assert Event.objects.filter(kind="restricted.read").count() == 1
