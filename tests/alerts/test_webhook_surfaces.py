"""Webhooks on their admin pages and in the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from alerts.actions import send_test
from alerts.models import WebhookEndpoint, WebhookMessage
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event
from tests import factories as make
from tests.alerts.webhook_world import AT, new_vendor, webhook
from tests.api import api_of

pytestmark = pytest.mark.django_db
ASKED = {"url": "https://hook.example.com/", "events": ["standing.changed"]}
LIST = "/admin/alerts/webhookendpoint/"


@pytest.fixture
def admin(client: Client) -> Any:
    held = make.MembershipFactory(role=Role.CHANNEL_ADMIN)
    make.sign_in(client, held)
    return held


def only(vendor: Any) -> WebhookEndpoint:
    with scope.entered_vendor(vendor.pk):
        return WebhookEndpoint.objects.get()


def test_the_admin_page_adds_one_and_shows_its_secret_once(admin: Any, client: Client) -> None:
    page = client.post(f"{LIST}add/", {**ASKED, "description": "Provisioning"})
    [secret] = re.findall(r"whsec_[\w+/=]+", page.content.decode())
    held = only(admin.vendor)
    again = client.get(f"{LIST}{held.ref}/change/").content.decode()
    assert (page.status_code, held.events, secret in again) == (200, ["standing.changed"], False)


def test_a_private_address_is_refused_at_its_field(admin: Any, client: Client) -> None:
    page = client.post(f"{LIST}add/", {**ASKED, "url": "https://10.0.0.1/"})
    assert "address of a private network" in page.content.decode()
    with scope.entered_vendor(admin.vendor_id):
        assert not WebhookEndpoint.objects.exists()


def test_another_secret_is_shown_once(admin: Any, client: Client) -> None:
    held = webhook(admin.vendor, ASKED["url"])
    page = client.post(f"{LIST}{held.ref}/do/rotate/").content.decode()
    assert (len(re.findall(r"whsec_[\w+/=]+", page)), "former secret signs" in page) == (1, True)


@pytest.mark.parametrize(("button", "kind"), [("test", "tested"), ("off", "switched_off")])
def test_buttons_do_what_they_say(admin: Any, client: Client, button: str, kind: str) -> None:
    held = webhook(admin.vendor, ASKED["url"])
    assert client.post(f"{LIST}{held.ref}/do/{button}/").status_code == 302
    with scope.entered_vendor(admin.vendor_id):
        assert Event.objects.filter(kind=f"webhook.{kind}").count() == 1


def test_removing_leads_back_to_the_list(admin: Any, client: Client) -> None:
    held = webhook(admin.vendor, ASKED["url"])
    assert client.post(f"{LIST}{held.ref}/do/remove/").headers["Location"] == LIST
    assert client.get(LIST).status_code == 200


def test_the_delivery_log_shows_answers_and_sends_again(admin: Any, client: Client) -> None:
    held = webhook(admin.vendor, ASKED["url"])
    with make.prepared(admin.vendor):
        message = send_test(held, at=AT)
        line = {"at": AT.isoformat(), "code": 503, "seconds": 0.4, "answer": "busy", "error": ""}
        WebhookMessage.objects.filter(pk=message.pk).update(state="failed", code=503, log=[line])
        message.refresh_from_db()
    address = f"/admin/alerts/webhookmessage/{message.ref}/"
    page = client.get(f"{address}change/").content.decode()
    assert ("busy" in page, "webhook.tested" in page) == (True, True)
    assert client.get("/admin/alerts/webhookmessage/").status_code == 200
    assert client.post(f"{address}do/resend/").status_code == 302
    with scope.entered_vendor(admin.vendor_id):
        assert WebhookMessage.objects.get().state == "pending"


def test_the_api_makes_changes_tests_and_removes_one() -> None:
    vendor = new_vendor()
    api = api_of(vendor, "webhooks.write")
    made = api.post("/webhooks", ASKED)
    address = f"/webhooks/{made.json()['id']}"
    shown = api.get(address)
    assert (made.status_code, made.json()["secret"][:6]) == (201, "whsec_")
    assert (shown.json()["events"], "secret" in shown.json()) == (["standing.changed"], False)
    off = api.patch(address, {"enabled": False, "description": "P"}, If_Match=shown["ETag"])
    assert (off.json()["enabled"], off.json()["description"]) == (False, "P")
    refused = api.post(f"{address}/test", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "switched_off")
    on = api.patch(address, {"enabled": True}, If_Match=off["ETag"])
    assert api.post(f"{address}/test", {}).status_code == 202
    [message] = api.get("/webhook-messages?type=webhook.tested").json()["data"]
    assert (message["state"], message["webhook"]) == ("pending", made.json()["id"])
    assert api.post(f"{address}/rotate", {}).json()["secret"] != made.json()["secret"]
    assert on.status_code == 200
    tag = api.get(address)["ETag"]
    assert api.delete(address, If_Match=tag).status_code == 204
    assert api.get(address).status_code == 404


def test_a_repeated_request_answers_without_the_secret() -> None:
    api = api_of(new_vendor(), "webhooks.write")
    first, again = (api.post("/webhooks", ASKED, Idempotency_Key="k1") for _ in range(2))
    assert first.json()["secret"] != ""
    assert again.json() == {"id": first.json()["id"], "secret": ""}


@pytest.mark.parametrize(
    "body", [{}, {**ASKED, "events": []}, {**ASKED, "more": 1}, {**ASKED, "url": 5}]
)
def test_a_wrong_body_is_refused(body: dict[str, Any]) -> None:
    assert api_of(new_vendor(), "webhooks.write").post("/webhooks", body).status_code == 400


def test_a_partners_own_client_has_no_webhooks() -> None:
    partner = make.PartnerFactory(vendor=new_vendor())
    api = api_of(partner.vendor, "webhooks.write", partner=partner)
    assert api.get("/webhooks").status_code == 403
