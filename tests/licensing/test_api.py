"""What a provisioning system sees: allow or deny, and never another partner's customer."""

from __future__ import annotations

import pytest

from licensing.models import Authorization, Deployment
from tenants import keys, scope
from tenants.models import Event
from tests.api import Api, api_of
from tests.licensing import world as w

pytestmark = pytest.mark.django_db
ASK, READ = "authorizations.request", "authorizations.read"


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor())


@pytest.fixture
def customer(partner):
    return w.new_customer(partner)


@pytest.fixture
def api(partner) -> Api:
    return api_of(partner.vendor, ASK, READ, "standing.read", partner=partner)


def body(customer, **values):
    return {"customer": customer.ref, "product": "edr", "seats": 10, **values}


def test_a_denial_is_an_answer_with_every_reason(api, customer) -> None:
    answer = api.post("/authorizations", body(customer))
    assert answer.status_code == 201
    found = answer.json()
    assert (found["decision"], found["verb"], found["dry_run"]) == ("deny", "deploy", False)
    assert [b["code"] for b in found["blockers"]] == ["people_missing"]
    assert found["blockers"][0]["need"] == "1 person with Endpoint Deployment"
    assert found["still_works"] == ""


def test_from_deny_to_allow_with_a_receipt_that_verifies(api, partner, customer) -> None:
    today = w.NOON.date()
    assert api.post("/authorizations", body(customer)).json()["decision"] == "deny"
    w.certify(partner, "endpoint", until=today.replace(year=2099))
    found = api.post("/authorizations", body(customer)).json()
    assert found["decision"] == "allow"
    payload = keys.verify(found["receipt"], keys.jwks(partner.vendor_id), typ="receipt+jwt")
    assert (payload["id"], payload["decision"], payload["seats"]) == (found["id"], "allow", 10)
    with scope.entered_vendor(partner.vendor_id):
        assert Deployment.objects.get().seats == 10


def test_the_decision_stands_where_location_says(api, customer) -> None:
    answer = api.post("/authorizations", body(customer))
    kept = api.get(answer["Location"].removeprefix("/api/v1")).json()
    assert kept["id"] == answer.json()["id"]
    assert kept["receipt"] == answer.json()["receipt"]
    assert [b["code"] for b in kept["blockers"]] == ["people_missing"]
    assert [row["id"] for row in api.get("/authorizations").json()["data"]] == [kept["id"]]


def test_a_dry_run_says_so_and_leaves_nothing(api, partner, customer) -> None:
    w.certify(partner, "endpoint", until=w.LATER.replace(year=2099))
    answer = api.post("/authorizations", body(customer, dry_run=True))
    found = answer.json()
    assert (answer.status_code, found["decision"], found["dry_run"]) == (200, "allow", True)
    assert (found["id"], found["receipt"]) == (None, None)
    with scope.entered_vendor(partner.vendor_id):
        assert Authorization.objects.count() == Deployment.objects.count() == 0
        assert not Event.objects.filter(kind__startswith="authorization.").exists()


def test_the_same_key_asks_once(api, customer) -> None:
    first = api.post("/authorizations", body(customer), Idempotency_Key="k1")
    again = api.post("/authorizations", body(customer), Idempotency_Key="k1")
    assert again.json() == first.json()
    with scope.entered_vendor(customer.vendor_id):
        assert Authorization.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"seats": -1}, "/seats", "min_value"),
        ({"seats": 1_000_001}, "/seats", "max_value"),
        ({"seats": "10"}, "/seats", "invalid_type"),
        ({"seats": 0}, "/seats", "invalid_seats"),
        ({"product": "nope"}, "/product", "unknown_product"),
        ({"environment": "nope"}, "/environment", "unknown_environment"),
        ({"force": True}, "/force", "unknown_field"),
    ],
)
def test_a_question_that_makes_no_sense_names_its_field(
    api, customer, wrong, pointer, code
) -> None:
    answer = api.post("/authorizations", body(customer, **wrong))
    assert answer.status_code == 400
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    with scope.entered_vendor(customer.vendor_id):
        assert Authorization.objects.count() == 0


def test_customers_of_others_are_not_found(api, partner) -> None:
    sibling = w.new_customer(w.new_partner(partner.vendor))
    stranger = w.new_customer(w.new_partner(w.new_vendor()))
    for other in (sibling, stranger):
        answer = api.post("/authorizations", body(other))
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "does_not_exist"


def test_decisions_of_others_are_not_found(api, partner) -> None:
    sibling = w.new_customer(w.new_partner(partner.vendor))
    stranger = w.new_customer(w.new_partner(w.new_vendor()))
    for other in (sibling, stranger):
        kept = w.ask(other).authorization
        assert api.get(f"/authorizations/{kept.ref}").status_code == 404
    assert api.get("/authorizations").json()["data"] == []
    assert api.get("/deployments").json()["data"] == []


def test_asking_needs_the_capability(partner, customer) -> None:
    api = api_of(partner.vendor, READ, partner=partner)
    assert api.post("/authorizations", body(customer)).status_code == 403


def test_deployments_are_listed(api, partner, customer) -> None:
    w.certify(partner, "endpoint")
    kept = w.ask(customer, seats=7).authorization
    (row,) = api.get("/deployments").json()["data"]
    assert (row["product"], row["seats"], row["authorization"]) == ("edr", 7, kept.ref)
    assert row["customer"] == {"id": customer.ref, "name": customer.name}


def test_products_say_what_is_open_and_why_not(api, partner) -> None:
    w.certify(partner, "endpoint", until=w.LATER.replace(year=2099))
    data = {row["code"]: row for row in api.get("/products").json()["data"]}
    assert {code: row["open"] for code, row in data.items()} == {
        "edr": True,
        "mdr": False,
        "soc": False,
        "probe": False,
        "ward": False,
    }
    clinical = data["edr"]["environments"][1]
    assert clinical["environment"] == "clinical"
    assert [b["code"] for b in clinical["blockers"]] == ["people_missing", "addendum_missing"]


def test_a_vendor_wide_client_names_the_partner(partner) -> None:
    api = api_of(partner.vendor, "standing.read")
    assert api.get("/products").status_code == 400
    assert api.get(f"/products?partner={w.reread(partner).ref}").status_code == 200
    stranger = w.reread(w.new_partner(w.new_vendor()))
    assert api.get(f"/products?partner={stranger.ref}").status_code == 400
