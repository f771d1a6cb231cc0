"""Figures, records and attestations over the API."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from partners.models import Attestation, Fact, Record
from tenants import scope
from tests import factories as make
from tests.api import Api, new_client, token_of
from tests.partners.conftest import NOW

STAFF = ("facts.read", "facts.write", "attestations.write", "attestations.decide", "imports.run")


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def api(world: SimpleNamespace) -> Api:
    return Api(token_of(new_client(world.vendor, *STAFF, name="all")))


@pytest.fixture
def own(world: SimpleNamespace) -> Api:
    """The client of one partner."""
    rights = ("facts.read", "attestations.submit")
    return Api(token_of(new_client(world.vendor, *rights, partner=world.partner, name="own")))


def body(path: str, partner: str) -> dict[str, Any]:
    return {
        "/facts": {
            "partner": partner,
            "metric": "seats",
            "period": "2026-02-01",
            "value": "5",
            "source": "s",
        },
        "/records": {
            "partner": partner,
            "kind": "deals",
            "on": "2026-02-01",
            "value": "5.5",
            "currency": "EUR",
            "tags": {"status": "won"},
            "external_id": "D-1",
            "source": "CRM",
        },
        "/attestations": {
            "partner": partner,
            "code": "business_plan",
            "evidence": "Plan",
            "attested_by": "Ada",
            "since": "2026-02-01",
        },
    }[path]


MODELS = {"/facts": Fact, "/records": Record, "/attestations": Attestation}
each_path = pytest.mark.parametrize("path", MODELS)


def count(world: SimpleNamespace, path: str) -> int:
    with scope.entered_vendor(world.vendor.pk):
        return int(MODELS[path].objects.count())


@each_path
def test_a_fact_is_posted_and_listed(world: SimpleNamespace, api: Api, path: str) -> None:
    made = api.post(path, body(path, world.partner.ref))
    assert (made.status_code, made.json()["partner"]["id"]) == (201, world.partner.ref)
    listed = api.get(f"{path}?partner={world.partner.ref}").json()["data"]
    assert [row["id"] for row in listed] == [made.json()["id"]]
    assert api.get(f"{path}?partner={world.other.ref}").json()["data"] == []


@pytest.mark.parametrize("path", ["/facts", "/records"])
def test_the_same_fact_twice_is_one(world: SimpleNamespace, api: Api, path: str) -> None:
    first = api.post(path, body(path, world.partner.ref))
    again = api.post(path, body(path, world.partner.ref))
    assert (again.json()["id"], count(world, path)) == (first.json()["id"], 1)


@each_path
def test_a_foreign_partner_is_no_partner(world: SimpleNamespace, api: Api, path: str) -> None:
    foreign = make.PartnerFactory()
    answer = api.post(path, body(path, foreign.ref))
    assert (answer.status_code, count(world, path)) == (400, 0)


@pytest.mark.parametrize(
    ("path", "change", "status"),
    [
        ("/facts", {"period": "2026-03-02"}, 409),
        ("/facts", {"unit": "EUR"}, 409),
        ("/facts", {"metric": "luck"}, 409),
        ("/facts", {"value": "five"}, 400),
        ("/facts", {"value": 5}, 400),
        ("/records", {"on": "2026-03-02"}, 409),
        ("/records", {"currency": "E1"}, 409),
        ("/records", {"kind": "Big Deals"}, 400),
        ("/records", {"tags": {"status": 1}}, 400),
        ("/records", {"tags": {"Big Tag": "x"}}, 400),
        ("/attestations", {"code": "luck"}, 409),
        ("/attestations", {"link": "javascript:alert(1)"}, 409),
        ("/attestations", {"until": "2026-01-01"}, 409),
    ],
)
def test_a_fact_that_does_not_fit_is_refused(
    world: SimpleNamespace, api: Api, path: str, change: dict[str, Any], status: int
) -> None:
    answer = api.post(path, body(path, world.partner.ref) | change)
    assert (answer.status_code, count(world, path)) == (status, 0)


def test_an_external_id_is_one_attestations(world: SimpleNamespace, api: Api) -> None:
    given = body("/attestations", world.partner.ref) | {"external_id": "P-1"}
    assert api.post("/attestations", given).status_code == 201
    answer = api.post("/attestations", given)
    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_taken")
    assert count(world, "/attestations") == 1


def test_a_figure_is_withdrawn(world: SimpleNamespace, api: Api) -> None:
    made = api.post("/facts", body("/facts", world.partner.ref)).json()
    assert api.post(f"/facts/{made['id']}/withdraw", {}).status_code == 400
    answer = api.post(f"/facts/{made['id']}/withdraw", {"reason": "Of another month"}).json()
    assert answer["superseded_by"] == made["id"]
    assert api.get("/facts?current=true").json()["data"] == []
    again = api.post(f"/facts/{made['id']}/withdraw", {"reason": "Once more"})
    assert (again.status_code, again.json()["code"]) == (409, "already_superseded")


def test_a_record_is_withdrawn(world: SimpleNamespace, api: Api) -> None:
    made = api.post("/records", body("/records", world.partner.ref)).json()
    answer = api.post(f"/records/{made['id']}/withdraw", {"reason": "Twice"}).json()
    assert answer["superseded_by"] == made["id"]
    assert api.get("/records?current=true").json()["data"] == []


def test_a_partner_submits_and_the_vendor_decides(
    world: SimpleNamespace, api: Api, own: Api
) -> None:
    given = body("/attestations", world.partner.ref)
    made = own.post("/attestations/submit", given)
    assert (made.status_code, made.json()["state"]) == (201, "pending")
    path = f"/attestations/{made.json()['id']}"
    assert own.post(f"{path}/accept", {}).status_code == 403
    assert api.post(f"{path}/refuse", {}).status_code == 400
    assert api.post(f"{path}/accept", {}).json()["state"] == "accepted"
    again = api.post(f"{path}/refuse", {"reason": "No"})
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")


def test_a_partner_submits_for_itself_only(world: SimpleNamespace, own: Api) -> None:
    answer = own.post("/attestations/submit", body("/attestations", world.other.ref))
    assert (answer.status_code, count(world, "/attestations")) == (400, 0)


@each_path
def test_a_partner_records_no_facts_about_itself(
    world: SimpleNamespace, own: Api, path: str
) -> None:
    answer = own.post(path, body(path, world.partner.ref))
    assert (answer.status_code, count(world, path)) == (403, 0)


@pytest.mark.parametrize("path", ["/facts", "/records", "/attestations", "/agreements"])
def test_a_partners_client_never_writes_what_the_vendor_vouches_for(
    world: SimpleNamespace, path: str
) -> None:
    """Not even where somebody granted it: it would open its own gate."""
    rights = ("facts.write", "attestations.write", "agreements.write")
    own = Api(token_of(new_client(world.vendor, *rights, partner=world.partner)))
    answer = own.post(path, {"partner": world.partner.ref})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
