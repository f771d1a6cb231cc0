"""Somebody of the vendor looks through a partner's eyes: read-only, recorded, for half an hour."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from partners.models import Customer, PartnerView, PortfolioEntry
from tenants import scope
from tenants.models import Event
from tenants.writing import ViewOnly, acting
from tests import factories as make
from tests.partners.conftest import NOW, TODAY
from tests.partners.test_contract_surfaces import CANARIES, agreed, looked_after
from web.context import page_title

__all__ = ["agreed"]  # the fixture
pytestmark = pytest.mark.django_db


@pytest.fixture
def viewed(agreed: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """The account manager looks through the partner's eyes."""
    with time_machine.travel(NOW, tick=False) as clock:
        looked_after(agreed)
        agreed.clock, agreed.client = clock, make.sign_in(Client(), agreed.cam)
        agreed.begun = start(agreed, agreed.client)
        yield agreed


def start(world: SimpleNamespace, client: Client) -> Any:
    return client.post(reverse("partners:view_start", args=[world.partner.ref]))


def events(world: SimpleNamespace, kind: str) -> list[Any]:
    """As the partner's own admin reads them."""
    with scope.enter(make.scope_of(world.owner)):
        return list(Event.objects.filter(kind=kind).order_by("id"))


def test_the_manager_sees_the_partners_home_with_a_banner(viewed: SimpleNamespace) -> None:
    assert (viewed.begun.status_code, viewed.begun["Location"]) == (302, "/")
    page = viewed.client.get("/").content.decode()
    assert ("as Alder IT sees it" in page, "Portfolio" in page) == (True, False)


def test_start_pages_and_end_are_the_partners_events(viewed: SimpleNamespace) -> None:
    for address in ("/", "/customers/?q=oak", "/security/"):
        assert viewed.client.get(address).status_code == 200
    ended = viewed.client.post("/viewing/end/")
    assert ended["Location"] == reverse("scorecards:partner", args=[viewed.partner.ref])
    assert [e.data["path"] for e in events(viewed, "view.page")] == ["/", "/customers/"]
    counts = [len(events(viewed, kind)) for kind in ("view.started", "view.ended")]
    actors = {e.actor["person"] for e in events(viewed, "view.page")}
    assert (counts, actors) == ([1, 1], {viewed.cam.person.ref})
    assert viewed.client.get("/portfolio/").status_code == 200


def test_a_viewed_page_is_named_as_in_the_side_bar() -> None:
    titles = [page_title(path) for path in ("/", "/customers/cus_1/", "/nowhere/")]
    assert titles == ["Home", "Customers", "/nowhere/"]


@pytest.mark.parametrize(
    "address",
    ["partners:customer_change", "partners:customer_end", "partners:contract_add"],
)
def test_no_form_is_shown_or_taken(viewed: SimpleNamespace, address: str) -> None:
    path = reverse(address, args=[viewed.customer.ref])
    taken = viewed.client.post(path, {"name": "Ours", "on": "2026-03-01"})
    asked = viewed.client.post(path, {"name": "Ours"}, headers={"HX-Request": "true"})
    assert [viewed.client.get(path).status_code, taken.status_code, asked.status_code] == [403] * 3
    with scope.entered_vendor(viewed.vendor.pk):
        assert Customer.objects.get().name == "Oak"


def test_the_administration_is_closed_meanwhile(viewed: SimpleNamespace) -> None:
    with make.prepared(viewed.vendor):
        viewed.cam.role = "channel_admin"
        viewed.cam.save()
    assert viewed.client.get("/admin/partners/partner/").status_code in (302, 403)


def test_a_session_opens_nothing_in_the_api(viewed: SimpleNamespace) -> None:
    body = {"partner": viewed.partner.ref, "name": "New"}
    answer = viewed.client.post("/api/v1/customers", body, content_type="application/json")
    assert answer.status_code == 401


def test_no_action_writes_through_the_partners_eyes(viewed: SimpleNamespace) -> None:
    own = make.scope_of(viewed.cam)
    eyes = dataclasses.replace(make.scope_of(viewed.owner), viewer=own)
    with scope.enter(eyes), pytest.raises(ViewOnly):
        acting().__enter__()


def test_what_is_shared_with_nobody_stays_hidden(viewed: SimpleNamespace) -> None:
    addresses = [
        "/",
        "/customers/",
        reverse("partners:customer", args=[viewed.customer.ref]),
        reverse("partners:customer_contracts", args=[viewed.customer.ref]),
        "/contracts/",
        reverse("partners:contract", args=[viewed.contract.ref]),
        "/take-out/",
    ]
    answers = [viewed.client.get(address) for address in addresses]
    assert [one.status_code for one in answers] == [200] * 6 + [403]
    bodies = [one.content.decode().replace(",", "") for one in answers]
    secret = [one for one in CANARIES if one not in SHARED]
    assert [canary for canary in secret for body in bodies if canary in body] == []
    assert "Not shared by the partner" in bodies[4]


SHARED = ("6 May 2031", "77.125")
"""The end and the promise: shared with the account manager unless the partner says otherwise."""


def test_what_is_read_of_contracts_is_recorded_as_ever(viewed: SimpleNamespace) -> None:
    viewed.client.get("/contracts/")
    (read,) = events(viewed, "restricted.read")
    assert (read.data["fields"], read.actor["person"]) == (
        ["end", "promise", "services"],
        viewed.cam.person.ref,
    )


def test_it_ends_after_half_an_hour(viewed: SimpleNamespace) -> None:
    viewed.clock.shift(dt.timedelta(minutes=29))
    assert "Read only" in viewed.client.get("/").content.decode()
    viewed.clock.shift(dt.timedelta(minutes=2))
    assert viewed.client.get("/")["Location"] == "/portfolio/"
    with scope.entered_vendor(viewed.vendor.pk):
        assert PartnerView.objects.get().ended_at == NOW + dt.timedelta(minutes=30)


def test_it_ends_when_the_partner_changes_hands(viewed: SimpleNamespace) -> None:
    with make.prepared(viewed.vendor):
        PortfolioEntry.objects.update(until=TODAY)
    assert viewed.client.get("/")["Location"] == "/portfolio/"
    assert len(events(viewed, "view.ended")) == 1


@time_machine.travel(NOW, tick=False)
def test_only_partners_of_the_own_portfolio_are_viewed(world: SimpleNamespace) -> None:
    answers = [start(world, make.sign_in(Client(), who)) for who in (world.cam, world.owner)]
    assert [one.status_code for one in answers] == [422, 403]
    with scope.entered_vendor(world.vendor.pk):
        assert list(PartnerView.objects.all()) == []


def test_the_partner_reads_who_looked_and_when(viewed: SimpleNamespace) -> None:
    viewed.client.get("/")
    partner = make.sign_in(Client(), viewed.owner)
    assert "/viewing/" in partner.get("/security/").content.decode()
    page = partner.get("/viewing/").content.decode()
    assert (viewed.cam.person.name in page, "1 page" in page) == (True, True)


def test_a_long_list_of_contracts_goes_over_pages(agreed: SimpleNamespace) -> None:
    looked_after(agreed)
    for number in range(51):
        row = make.CustomerFactory(partner=agreed.partner, name=f"Ash {number:02}")
        make.ServiceContractFactory(partner=agreed.partner, customer=row)
    with time_machine.travel(NOW, tick=False):
        client = make.sign_in(Client(), agreed.cam)
        address = reverse("partners:contracts_of", args=[agreed.partner.ref])
        pages = [client.get(f"{address}?page={n}").content.decode() for n in (1, 2)]
    assert [("Ash 00" in page, "Oak" in page) for page in pages] == [(True, False), (False, True)]


def test_settings_of_ones_own_are_not_the_partners_pages(viewed: SimpleNamespace) -> None:
    assert viewed.client.get("/notifications/settings/").status_code == 403
