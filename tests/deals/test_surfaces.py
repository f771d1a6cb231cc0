"""Renewals on pages and in the API: who reads what, the plan and the outcome, constant queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.models import RestrictedRead
from tenants import scope
from tests import factories as make
from tests.api import api_of
from tests.deals.test_outcomes import DAY, renewal_of, share, world
from tests.partners.conftest import NOW, TODAY
from web.api import rates

__all__ = ["world"]


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    rates.forget()
    with time_machine.travel(NOW, tick=False):
        yield


def page(who: Any, name: str, *args: str, **data: str) -> Any:
    client = make.sign_in(Client(), who)
    address = reverse(f"deals:{name}", args=args)
    return client.post(address, data) if data else client.get(address)


@pytest.mark.parametrize("name", ["renewals", "board"])
def test_lists_show_what_the_reader_may_read(world: SimpleNamespace, name: str) -> None:
    shown = {
        who: "Cedar Clinic" in page(getattr(world, who), name).content.decode()
        for who in ("owner", "reader", "cam", "admin", "stranger")
    }
    assert shown == {"owner": True, "reader": True, "cam": True, "admin": False, "stranger": False}


def test_the_account_managers_reading_is_recorded(world: SimpleNamespace) -> None:
    page(world.owner, "renewals")
    page(world.cam, "renewals")
    with scope.entered_vendor(world.vendor.pk):
        assert RestrictedRead.objects.values_list("person", "customer").get() == (
            world.cam.person.pk, world.customer.pk,
        )  # fmt: skip


def test_whom_to_call_first_is_recorded_beside_another_page_of_the_list(
    world: SimpleNamespace,
) -> None:
    client = make.sign_in(Client(), world.cam)
    shown = client.get(reverse("deals:renewals"), {"q": "Nobody"}).content.decode()
    with scope.entered_vendor(world.vendor.pk):
        assert ("Cedar Clinic" in shown, RestrictedRead.objects.count()) == (True, 1)


def test_what_is_not_shared_is_nowhere(world: SimpleNamespace) -> None:
    share(world, "partner")
    answers = [page(world.cam, "renewals"), page(world.cam, "board")]
    told = ["Cedar Clinic" in one.content.decode() for one in answers]
    missing = page(world.cam, "renewal", world.renewal.ref)
    assert (told, missing.status_code) == ([False, False], 404)


def test_the_page_plans_and_settles(world: SimpleNamespace) -> None:
    ref = world.renewal.ref
    page(world.reader, "plan", ref, stage="proposed", next_step="Send offer")
    assert "Send offer" in page(world.owner, "renewal", ref).content.decode()
    said = page(world.owner, "settle", ref, outcome="lost")
    assert (said.status_code, "Say why it was lost." in said.content.decode()) == (422, True)
    page(world.owner, "settle", ref, outcome="lost", reason="insourced")
    shown = page(world.owner, "renewal", ref).content.decode()
    assert ("Does it itself now" in shown, "Correct the outcome" in shown) == (True, False)


def test_the_vendors_side_reads_the_plan_and_changes_nothing(world: SimpleNamespace) -> None:
    shown = page(world.cam, "renewal", world.renewal.ref)
    assert (shown.status_code, "Record outcome" in shown.content.decode()) == (200, False)
    assert page(world.cam, "plan", world.renewal.ref).status_code == 403


@pytest.mark.parametrize("name", ["renewals", "board"])
@pytest.mark.parametrize("who", ["owner", "cam"])
def test_a_list_of_twenty_costs_what_a_list_of_two_costs(
    world: SimpleNamespace, name: str, who: str
) -> None:
    client = make.sign_in(Client(), getattr(world, who))
    asked = []
    for count in (1, 18):
        for _row in range(count):
            world.customer = make.CustomerFactory(partner=world.partner)
            renewal_of(world, TODAY + 20 * DAY)
        client.get(reverse(f"deals:{name}"))
        with CaptureQueriesContext(connection) as found:
            client.get(reverse(f"deals:{name}"))
        asked.append(len(found))
    assert asked[0] == asked[1]


def test_the_partners_client_reads_plans_and_settles(world: SimpleNamespace) -> None:
    api = api_of(world.vendor, "renewals.read", "renewals.write", partner=world.partner)
    (row,) = api.get("/renewals?state=window").json()["data"]
    assert (row["customer"]["name"], row["decision_on"], row["outcome"]) == (
        "Cedar Clinic", (TODAY + dt.timedelta(days=30)).isoformat(), "",
    )  # fmt: skip
    planned = api.post(f"/renewals/{row['id']}/plan", {"at_risk": True, "next_step_on": None})
    settled = api.post(f"/renewals/{row['id']}/settle", {"outcome": "same"})
    again = api.post(f"/renewals/{row['id']}/settle", {"outcome": "same"})
    assert (planned.json()["at_risk"], settled.json()["outcome"], again.status_code) == (
        True, "same", 409,
    )  # fmt: skip


def test_the_vendors_client_finds_none(world: SimpleNamespace) -> None:
    api = api_of(world.vendor, "renewals.read")
    assert api.get("/renewals").json()["data"] == []
    assert api.get(f"/renewals/{world.renewal.ref}").status_code == 404
