"""Co-sell on screen and in the API: each side's pages, and what neither reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from deals import actions
from deals.models import CoSellRequest
from tenants import scope
from tests import factories as make
from tests.api import api_of
from tests.deals.conftest import DAY, NOW, TODAY, acting, approved
from tests.deals.test_co_sell import MONDAY, asked
from tests.deals.test_registration_pages import page, sign_in
from web import clock

TYPED = {"kind": "co_sell", "why": "complex", "message": "Two sites.", "needed_on": "2026-03-20"}


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def world(deals: SimpleNamespace) -> SimpleNamespace:
    deals.customer = make.CustomerFactory(partner=deals.partner, name="Cedar Clinic")
    return deals


def test_a_partner_asks_from_a_registration_and_reads_its_page(world: SimpleNamespace) -> None:
    registration: Any = approved(world, world.owner)
    client = sign_in(world.owner)
    where = f"/co-sell/ask/?registration={registration.ref}"
    assert where in page(client, f"/registrations/{registration.ref}/")
    form = page(client, where)
    assert "Not open" in form and "No level held gives" in form and "Deploy" in form
    refused = client.post(where, {**TYPED, "advanced": "on"})
    assert refused.status_code == 422 and "Advanced co-sell is not open" in refused.content.decode()
    answer = client.post(where, TYPED)
    assert answer.status_code == 302
    shown = page(client, answer["Location"])
    assert "Two sites." in shown and "Book an engineer" not in shown
    assert "Cedar Clinic Ltd" in page(client, "/co-sell/")


def test_the_vendor_answers_plans_books_and_finishes(world: SimpleNamespace) -> None:
    row: Any = asked(world, world.owner, world.customer)
    cam, where = sign_in(world.cam), f"/co-sell/{row.ref}/"
    with acting(world.cam):
        engineer = actions.add_engineer(
            person=world.admin.person, hours_week=20, skills=["endpoint"], at=NOW, on=TODAY
        )
    assert cam.post(f"{where}accept/", {"remark": "Gladly."}).status_code == 302
    booking = {"engineer": engineer.ref, "since": MONDAY, "until": MONDAY + 4 * DAY, "hours": 21}
    refused = cam.post(f"{where}book/", booking)
    assert refused.status_code == 422 and "20 of 20 hours left" in refused.content.decode()
    assert cam.post(f"{where}book/", {**booking, "hours": 12}).status_code == 302
    plan = {"plan": "A lab first.", "starts_on": MONDAY, "ends_on": MONDAY + 9 * DAY}
    assert cam.post(f"{where}plan/", plan).status_code == 302
    assert cam.post(f"{where}start/").status_code == 302
    weeks = page(cam, "/co-sell/engineers/")
    assert "12 booked" in weeks and "Cedar Clinic" in weeks
    mine = page(sign_in(world.owner), where)
    assert str(engineer.person) in mine and "12 h" in mine and "A lab first." in mine
    assert cam.post(f"{where}finish/", {"outcome": "reached"}).status_code == 302
    with scope.entered_vendor(world.vendor.pk):
        assert CoSellRequest.objects.get().state == "done"


def test_who_may_not_read_or_answer_does_not(world: SimpleNamespace) -> None:
    row: Any = asked(world, world.owner, world.customer)
    where = f"/co-sell/{row.ref}/"
    page(sign_in(world.stranger), where, 404)
    for verb in ("accept", "book", "finish"):
        page(sign_in(world.owner), f"{where}{verb}/", 403)
    page(sign_in(world.owner), "/co-sell/engineers/", 403)
    page(sign_in(world.stranger), f"/co-sell/ask/?customer={world.customer.ref}", 404)


def test_a_declined_one_says_what_is_missing(world: SimpleNamespace) -> None:
    row: Any = asked(world, world.owner, world.customer)
    with acting(world.cam):
        actions.decline_co_sell(row, reason="not_certified", at=NOW)
    shown = page(sign_in(world.owner), f"/co-sell/{row.ref}/")
    assert "It needs a certificate that you do not hold" in shown
    assert "2 people with Deploy" in shown


def test_engineers_are_added_in_the_admin(world: SimpleNamespace) -> None:
    client = sign_in(world.admin)
    where = "/admin/deals/engineer/"
    typed = {"person": world.cam.person_id, "hours_week": 24, "skills": ["endpoint"]}
    rows = {
        f"{name}-{one}_FORMS": 0 for name in ("away", "bookings") for one in ("TOTAL", "INITIAL")
    }
    added = client.post(f"{where}add/", {**typed, **rows})
    assert added.status_code == 302, added.context["errors"]
    shown = page(client, where)
    assert str(world.cam.person) in shown and "24" in shown


def test_the_api_asks_answers_books_and_lists(world: SimpleNamespace) -> None:
    own = api_of(world.vendor, "cosell.read", "cosell.ask", partner=world.partner)
    values = {**TYPED, "partner": world.partner.ref, "customer": world.customer.ref}
    made = own.post("/co-sell-requests", values).json()
    assert made["state"] == "asked" and made["customer"]["name"] == "Cedar Clinic"
    closed = own.post("/co-sell-requests", {**values, "kind": "co_delivery", "advanced": True})
    assert closed.status_code == 409 and "advanced_closed" in closed.content.decode()
    path = f"/co-sell-requests/{made['id']}"
    assert own.post(f"{path}/accept", {}).status_code == 403
    ours = api_of(world.vendor, "cosell.read", "cosell.manage")
    assert ours.post(f"{path}/accept", {}).json()["state"] == "accepted"
    assert ours.post(f"{path}/accept", {}).status_code == 409
    with acting(world.cam):
        engineer = actions.add_engineer(person=world.admin.person, hours_week=20, at=NOW, on=TODAY)
    wanted = {"engineer": engineer.ref, "since": "2026-03-02", "until": "2026-03-06"}
    assert ours.post(f"{path}/book", {**wanted, "hours": 20}).status_code == 200
    full = ours.post(f"{path}/book", {**wanted, "hours": 1})
    assert full.status_code == 409 and "0 of 20 hours left" in full.content.decode()
    other = api_of(world.vendor, "cosell.read", partner=world.other)
    assert own.get("/co-sell-requests").json()["data"][0]["id"] == made["id"]
    assert other.get("/co-sell-requests").json()["data"] == []


def test_a_customers_page_tells_of_deals_there_and_asks_in_one_click(
    world: SimpleNamespace,
) -> None:
    where = f"/customers/{world.customer.ref}/"
    assert f"{where}deals/" in page(sign_in(world.owner), where)
    piece = page(sign_in(world.owner), f"{where}deals/")
    assert f"/co-sell/ask/?customer={world.customer.ref}" in piece and "Nothing is" in piece
    asked(world, world.owner, world.customer)
    row = approved(world, world.owner, customer=world.customer)
    piece = page(sign_in(world.owner), f"{where}deals/")
    assert "Co-sell" in piece and f"/registrations/{row.ref}/" in piece
    assert "protected until 29 Jun 2026" in piece
    page(sign_in(world.stranger), f"{where}deals/", 404)
