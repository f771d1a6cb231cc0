"""Applications in the API: the vendor's own site submits, its systems read and decide."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from partners.actions import fields, save_draft
from partners.actions.vetting import define_check
from partners.models import Partner
from tenants import scope
from tenants.messages import register_sender
from tests import factories as make
from tests.api import Api, new_client, token_of
from tests.partners.conftest import NOW, build_world

BODY = {
    "partner_type": "msp",
    "company": "Cedar IT",
    "country": "de",
    "contact_name": "Cid",
    "contact_email": "cid@cedar.example",
}
ALL = ("applications.read", "applications.submit", "applications.decide")


@pytest.fixture(autouse=True)
def outbox() -> Iterator[list[Any]]:
    sent: list[Any] = []
    replaced = register_sender(lambda *given, **more: sent.append(given[:2]))
    with time_machine.travel(NOW, tick=True):
        yield sent
    register_sender(replaced)


def api(world: SimpleNamespace, *scopes: str, partner: Any = None) -> Api:
    return Api(token_of(new_client(world.vendor, *(scopes or ALL), partner=partner)))


def test_the_vendors_site_submits_and_its_crm_decides(
    world: SimpleNamespace, outbox: list[Any]
) -> None:
    vendors = api(world)
    made = vendors.post("/applications", BODY)
    assert (made.status_code, made.json()["state"]) == (201, "submitted")
    again = vendors.post("/applications", BODY | {"company": "Cedar"})
    assert again.json()["id"] == made.json()["id"]
    path = f"/applications/{made.json()['id']}"
    asked = vendors.post(f"{path}/ask", {"question": "How many people?"})
    assert asked.json()["state"] == "asked"
    with scope.enter(make.scope_of(world.admin)):
        define_check(title="Register of companies", mandatory=True)
    blocked = vendors.post(f"{path}/approve", {})
    assert (blocked.status_code, blocked.json()["code"]) == (409, "checks_open")
    refused = vendors.post(f"{path}/refuse", {"reason": "Too small"})
    assert (refused.json()["state"], refused.json()["reason"]) == ("refused", "Too small")
    assert vendors.post(f"{path}/approve", {}).json()["code"] == "already_decided"
    assert [one[0] for one in outbox] == ["application_asked", "application_refused"]


def test_who_is_approved_is_a_partner(world: SimpleNamespace) -> None:
    vendors = api(world, *ALL, "invitations.send")
    made = vendors.post("/applications", BODY).json()
    found = vendors.post(f"/applications/{made['id']}/approve", {"external_id": "C-1"}).json()
    assert found["resulting_partner"]["name"] == "Cedar IT"
    with scope.entered_vendor(world.vendor.pk):
        assert Partner.objects.get(external_id="C-1").name == "Cedar IT"


def test_a_list_goes_by_state_and_fields_and_has_no_drafts(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.admin)):
        fields.define_field(subject="application", code="seats", label="Seats", kind="integer")
    vendors = api(world)
    for number in range(2):
        more = {"contact_email": f"c{number}@cedar.example", "custom": {"seats": number}}
        vendors.post("/applications", BODY | more)
    own = {"partner_type": world.types["msp"], "company": "Elm", "contact_email": "e@elm.example"}
    with scope.widen("application", vendor_id=world.vendor.pk):
        save_draft(**own, custom={"seats": 2}, at=NOW)

    def found(query: str) -> list[int]:
        return [one["custom"]["seats"] for one in vendors.get(query).json()["data"]]

    assert sorted(found("/applications?state=submitted")) == [0, 1]
    assert found("/applications?custom.seats=1&partner_type=msp") == [1]
    page = vendors.get("/applications?limit=1&sort=submitted_at").json()
    assert [one["custom"]["seats"] for one in page["data"]] == [0]
    assert page["next_cursor"]


@pytest.mark.parametrize(
    ("more", "status", "pointer"),
    [
        ({"partner_type": "nobody"}, 400, "/partner_type"),
        ({"contact_email": "no"}, 400, "/contact_email"),
        ({"custom": {"papers": {"file": "fil_1", "name": "x"}}}, 409, "custom.papers"),
        ({"custom": {}}, 409, "custom.seats"),
    ],
)
def test_what_does_not_fit_is_named(
    world: SimpleNamespace, more: dict[str, Any], status: int, pointer: str
) -> None:
    """A file is attached on the page, never named: it could be anybody's."""
    with scope.enter(make.scope_of(world.admin)):
        own = {"subject": "application", "label": "X"}
        fields.define_field(code="papers", kind="document", **own)
        fields.define_field(code="seats", kind="integer", required=True, **own)
    answer = api(world).post("/applications", BODY | {"custom": {"seats": 1}} | more)
    found = answer.json()
    assert answer.status_code == status
    assert pointer in {one["pointer"] for one in found.get("errors") or found["blockers"]}


def test_only_the_vendors_clients_with_the_scope_see_them(world: SimpleNamespace) -> None:
    made = api(world).post("/applications", BODY).json()
    path = f"/applications/{made['id']}"
    assert api(world, "applications.submit").get(path).status_code == 403
    assert api(world, "applications.read").post("/applications", BODY).status_code == 403
    assert api(world, "applications.read").post(f"{path}/approve", {}).status_code == 403
    assert api(world, "partners.read", partner=world.partner).get(path).status_code in (403, 404)
    other = build_world()
    assert api(other).get(path).status_code == 404
    assert api(other).get("/applications").json()["data"] == []
