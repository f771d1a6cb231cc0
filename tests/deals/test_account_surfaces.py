"""Companies in the vendor's admin and in the API: who reads them, and what is done there."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client

from deals import actions
from deals.models import Account
from tenants import scope
from tests import factories as make
from tests.api import api_of
from tests.partners.conftest import NOW, TODAY, build_world
from web.api import rates


@pytest.fixture
def world(db: None) -> Iterator[SimpleNamespace]:
    rates.forget()
    found = build_world()
    with time_machine.travel(NOW, tick=False):
        with scope.enter(make.scope_of(found.admin)):
            found.cedar = actions.record_account(
                name="Cedar Clinic", domains=["münch.example"], external_id="c-1", at=NOW
            )
            found.maple = actions.record_account(name="Maple", domains=["maple.example"], at=NOW)
            actions.record_direct_deal(
                found.cedar, external_id="o1", title="Endpoint deal", opened_on=TODAY, at=NOW
            )
        yield found


def admin(world: SimpleNamespace, path: str = "", **data: str) -> Any:
    client = make.sign_in(Client(), world.admin)
    address = f"/admin/deals/account/{path}"
    return client.post(address, data, follow=True) if data else client.get(address)


def test_the_page_of_an_account_tells_what_is_known(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.admin)):
        actions.record_account(name="Cedar Clinics", parent=world.cedar, at=NOW)
    said = admin(world, f"{world.cedar.ref}/change/").content.decode()
    for words in (
        "münch.example",
        "Endpoint deal",
        "The vendor’s own sales opened a deal",
        "Cedar Clinics",
        "The names agree by",
    ):
        assert words in said


def test_a_company_is_recorded_by_hand(world: SimpleNamespace) -> None:
    said = admin(
        world, "add/", name="Oak", country="DE", domains="oak.example; jo@mail.oak.co.uk",
        numbers="HRB 1", aliases="Oak Tree\nEiche", parent="maple.example",
    ).content.decode()  # fmt: skip
    with scope.entered_vendor(world.vendor.pk):
        oak = Account.objects.get(name="Oak")
        held = sorted(oak.keys.values_list("value", flat=True))
    assert (held, oak.aliases) == (["DEHRB1", "oak.co.uk", "oak.example"], ["Oak Tree", "Eiche"])
    assert (oak.parent_id, "Saved: " in said) == (world.maple.pk, True)


def test_a_refusal_stands_at_its_field(world: SimpleNamespace) -> None:
    said = admin(world, "add/", name="Oak", domains="maple.example").content.decode()
    assert "The domain maple.example belongs to the account Maple." in said


def test_accounts_are_merged_placed_and_freed_of_a_key(world: SimpleNamespace) -> None:
    maple, cedar = world.maple, world.cedar
    admin(world, f"{maple.ref}/do/place/", parent="c-1")
    admin(world, f"{maple.ref}/do/keys/", domains="ahorn.example")
    with scope.entered_vendor(world.vendor.pk):
        maple.refresh_from_db()
        key = maple.keys.get(value="maple.example")
    assert maple.parent_id == cedar.pk
    admin(world, f"{maple.ref}/do/drop/", key=str(key.pk))
    admin(world, f"{maple.ref}/do/merge/", kept=cedar.ref, reason="One company")
    with scope.entered_vendor(world.vendor.pk):
        held = sorted(cedar.keys.values_list("value", flat=True))
    assert held == ["ahorn.example", "xn--mnch-0ra.example"]
    said = admin(world, f"{maple.ref}/change/").content.decode()
    assert "Merge into another account" not in said and "Cedar Clinic" in said


def test_an_unknown_account_is_said_at_the_field(world: SimpleNamespace) -> None:
    answer = admin(world, f"{world.maple.ref}/do/merge/", kept="none.example", reason="x")
    assert answer.status_code == 422
    assert "No account has the domain, external id or id" in answer.content.decode()


def test_the_list_costs_the_same_for_any_number(
    world: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    client = make.sign_in(Client(), world.admin)
    client.get("/admin/deals/account/")
    for n in range(6):
        make.AccountFactory(vendor=world.vendor, name=f"Company {n}", parent=world.cedar)
    with django_assert_max_num_queries(16):
        assert b"Company 5" in client.get("/admin/deals/account/").content


def test_clients_of_the_vendor_record_find_and_merge(world: SimpleNamespace) -> None:
    api = api_of(world.vendor, "accounts.read", "accounts.write")
    body = {"name": "Oak", "domains": ["www.oak.example"], "external_id": "o-1"}
    made = api.post("/accounts", body).json()
    again = api.post("/accounts", {**body, "country": "DE"}).json()
    assert (again["id"], again["country"], again["domains"]) == (made["id"], "DE", ["oak.example"])
    found = api.get("/accounts?domain=jo@oak.example").json()["data"]
    assert [row["id"] for row in found] == [made["id"]]
    taken = api.post("/accounts", {"name": "X", "domains": ["maple.example"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "key_taken")
    merge = {"gone": made["id"], "kept": world.maple.ref, "reason": "One company"}
    assert api.post("/accounts/merge", merge).json()["kept"] == world.maple.ref
    assert api.get(f"/accounts/{made['id']}").json()["merged_into"] == world.maple.ref


def test_a_partners_client_reads_no_accounts(world: SimpleNamespace) -> None:
    api = api_of(world.vendor, "accounts.read", "accounts.write", partner=world.partner)
    answers = [api.get("/accounts"), api.post("/accounts", {"name": "Oak"})]
    assert [answer.status_code for answer in answers] == [403, 403]
