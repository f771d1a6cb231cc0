"""Lapses, exceptions and two steps as a provisioning system sees them."""

from __future__ import annotations

import datetime as dt

import pytest

from tenants import keys
from tests import factories as make
from tests.api import Api, api_of
from tests.licensing import world as w
from tests.licensing.test_exceptions import PROGRAM as WITH_GLASS
from tests.licensing.test_lapse import LAPSE
from web import clock

pytestmark = pytest.mark.django_db
ASK, READ = "authorizations.request", "authorizations.read"


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor(program=WITH_GLASS + LAPSE))


@pytest.fixture
def customer(partner):
    return w.new_customer(partner)


@pytest.fixture
def api(partner) -> Api:
    return api_of(partner.vendor, ASK, READ, "glass.break", "standing.read", partner=partner)


def body(customer, **values):
    return {"customer": customer.ref, "product": "edr", "seats": 10, **values}


def certified(partner, **values) -> None:
    w.certify(partner, "endpoint", until=w.LATER.replace(year=2099), **values)


def test_the_answer_says_where_a_lapse_stands_and_what_to_do_when_unreachable(
    api, partner, customer
) -> None:
    today = clock.now().date()
    held = w.certify(partner, "endpoint", until=w.LATER.replace(year=2099))
    with make.prepared(partner.vendor):
        held.person.employments.update(until=today - dt.timedelta(days=1))
    found = api.post("/authorizations", body(customer)).json()
    assert (found["decision"], found["through"]) == ("allow", "grace")
    assert found["standing"]["stage"] == "grace"
    assert found["standing"]["cause"] == "departure"
    assert found["standing"]["words"].startswith("In grace until ")
    assert "because Ana Ruiz left" in found["standing"]["words"]
    assert found["on_unreachable"] == "use_cache"
    assert keys.verify(found["receipt"], keys.jwks(partner.vendor_id))["through"] == "grace"
    (edr,) = [row for row in api.get("/products").json()["data"] if row["code"] == "edr"]
    assert edr["environments"][0]["standing"]["stage"] == "grace"


def test_replacing_needs_no_quantity_and_changing_it_makes_no_sense(api, partner, customer) -> None:
    certified(partner)
    api.post("/authorizations", body(customer))
    asked = {"customer": customer.ref, "product": "edr", "replaces": True}
    found = api.post("/authorizations", asked).json()
    assert (found["decision"], found["verb"], found["seats"]) == ("allow", "replace", 10)
    wrong = api.post("/authorizations", {**asked, "seats": 11})
    assert wrong.json()["errors"][0]["code"] == "invalid_seats"
    missing = api.post("/authorizations", {"customer": customer.ref, "product": "edr"})
    assert missing.json()["errors"][0]["pointer"] == "/seats"


def test_reserve_and_confirm(api, partner, customer) -> None:
    certified(partner)
    found = api.post("/authorizations", body(customer, two_step=True)).json()
    reserved = found["reservation"]
    assert reserved["state"] == "reserved"
    (row,) = api.get("/deployments").json()["data"]
    assert (row["seats"], row["reserved"]) == (0, 10)
    again = api.post("/authorizations", body(customer, seats=20))
    assert (again.status_code, again.json()["code"]) == (409, "reservation_open")
    done = api.post(f"/reservations/{reserved['id']}/confirm", {})
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    late = api.post(f"/reservations/{reserved['id']}/cancel", {})
    assert (late.status_code, late.json()["code"]) == (409, "already_settled")


def test_reservations_of_others_are_not_found(api, partner) -> None:
    sibling = w.new_partner(partner.vendor)
    certified(sibling)
    theirs = api_of(partner.vendor, ASK, READ, partner=sibling)
    made = theirs.post("/authorizations", body(w.new_customer(sibling), two_step=True)).json()
    ref = made["reservation"]["id"]
    assert api.get(f"/reservations/{ref}").status_code == 404
    assert api.post(f"/reservations/{ref}/confirm", {}).status_code == 404


def test_glass_is_broken_by_the_api(api, partner, customer) -> None:
    asked = {"kind": "break_glass", "product": "edr", "reason": "ransomware"}
    made = api.post("/overrides", asked)
    assert (made.status_code, made.json()["state"], made.json()["max_seats"]) == (
        201, "approved", 50,
    )  # fmt: skip
    found = api.post("/authorizations", body(customer)).json()
    assert (found["through"], found["exceptions"]) == ("break_glass", [made.json()["id"]])
    ended = api.post(f"/overrides/{made.json()['id']}/end", {})
    assert ended.json()["state"] == "ended"
    assert api.post("/authorizations", body(w.new_customer(partner))).json()["decision"] == "deny"


def test_a_partner_does_not_ask_for_overrides_nor_a_client_approve_one(api, partner) -> None:
    asked = {"kind": "override", "product": "edr", "reason": "x", "days": 3}
    assert api.post("/overrides", asked).status_code == 403
    staff = api_of(partner.vendor, READ, "overrides.request", "overrides.approve")
    refused = staff.post("/overrides", {**asked, "partner": partner.ref})
    assert (refused.status_code, refused.json()["code"]) == (409, "person_needed")


def test_an_override_says_how_many_days_and_broken_glass_does_not(api) -> None:
    glass = {"kind": "break_glass", "product": "edr", "reason": "x", "days": 3}
    assert api.post("/overrides", glass).json()["errors"][0]["pointer"] == "/days"


def test_a_system_asks_to_take_a_class_away_and_people_decide(partner) -> None:
    customer = w.new_customer(partner, environments=["cardholder", "clinical"])
    own = api_of(partner.vendor, "customers.read", "customers.write", partner=partner)
    asked = {"customer": customer.ref, "environments": ["clinical"], "evidence": "audit of May"}
    made = own.post("/class-changes", asked)
    assert (made.status_code, made.json()["state"]) == (201, "requested")
    assert made.json()["before"] == ["cardholder", "clinical"]
    again = own.post("/class-changes", asked)
    assert (again.status_code, again.json()["code"]) == (409, "request_open")
    assert own.get(f"/customers/{customer.ref}").json()["environments"] == [
        "cardholder", "clinical",
    ]  # fmt: skip
    (row,) = own.get("/class-changes?state=requested").json()["data"]
    assert row == made.json()
    sibling = api_of(partner.vendor, "customers.read", partner=w.new_partner(partner.vendor))
    assert sibling.get("/class-changes").json()["data"] == []


def test_a_lowering_that_lowers_nothing_is_refused(partner) -> None:
    customer = w.new_customer(partner, environments=["clinical"])
    own = api_of(partner.vendor, "customers.read", "customers.write", partner=partner)
    asked = {"customer": customer.ref, "environments": ["clinical"], "evidence": "audit"}
    refused = own.post("/class-changes", asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_lower")
