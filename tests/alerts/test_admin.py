from __future__ import annotations

import pytest
from django.test import Client

from alerts.actions import queue_message
from alerts.models import Delivery, Sweep
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Membership
from tests import factories as make
from tests.api import api_of
from tests.certifications.world import noon

pytestmark = pytest.mark.django_db
AT = noon("2026-11-23")


@pytest.fixture
def admin(client: Client) -> Membership:
    held = make.MembershipFactory(role=Role.CHANNEL_ADMIN)
    make.sign_in(client, held)
    return held


def queued(membership: Membership, **values: object) -> Delivery:
    with scope.entered_vendor(membership.vendor_id):
        secret = {"url": "/secret-link/", "title": "Secret words"}
        queue_message("alerts/note", "ana@example.com", secret, at=AT)
        with make.prepared(membership.vendor):
            Delivery.objects.update(**{"state": "pending", **values})
        return Delivery.objects.get()


def test_the_outbox_shows_state_and_error_but_no_words(admin: Membership, client: Client) -> None:
    held = queued(admin, state="failed", attempts=10, error="mailbox unknown")
    page = client.get(f"/admin/alerts/delivery/{held.ref}/change/").content.decode()
    assert (page.count("mailbox unknown") >= 1, page.count("ecret")) == (True, 0)


def test_a_message_given_up_is_tried_again_by_a_button(admin: Membership, client: Client) -> None:
    held = queued(admin, state="failed", attempts=10)
    assert client.post(f"/admin/alerts/delivery/{held.ref}/do/retry/").status_code == 302
    with scope.entered_vendor(admin.vendor_id):
        held.refresh_from_db()
    assert (held.state, held.attempts) == ("pending", 0)


@pytest.mark.parametrize("page", ["delivery/", "alert/", "delivery/sweeps/"])
def test_every_page_opens(admin: Membership, client: Client, page: str) -> None:
    Sweep.objects.create(name="certificate alerts", last_at=AT)
    assert client.get(f"/admin/alerts/{page}").status_code == 200


def test_alerts_are_listed_in_the_api() -> None:
    from tests.alerts.test_notifications import notify

    reader = make.MembershipFactory(role=Role.PARTNER_ADMIN)
    alert = notify(reader).alert
    api = api_of(reader.vendor, "alerts.read")
    [row] = api.get("/alerts?kind=certificate_expiry").json()["data"]
    assert (row["id"], row["window"], row["due_on"]) == (alert.ref, 30, "2026-12-11")
    assert row["person"]["name"] == "Priya Nair"
