from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.actions import mark_all_read, mark_read
from alerts.models import Alert, Notification, Sweep
from certifications.sweeping import KIND
from partners.models import Partner
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Membership
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def admin() -> Membership:
    return make.MembershipFactory(role=Role.PARTNER_ADMIN)


def notify(reader: Membership, name: str = "Priya Nair", **more: object) -> Notification:
    """A certificate of ``name`` ends in 18 days, and the reader was told."""
    with make.prepared(reader.vendor):
        partner = (
            Partner.objects.get(pk=reader.partner_id)
            if reader.partner_id
            else make.PartnerFactory(vendor=reader.vendor)
        )
        person = make.PersonFactory(vendor=reader.vendor, name=name)
        make.EmploymentFactory(partner=partner, person=person)
        values = {"due_on": dt.date(2026, 12, 11), "window": 30, "raised_at": NOW, **more}
        alert = Alert.objects.create(
            kind=KIND,
            subject_kind="certificate",
            subject_id=uuid.uuid4(),
            partner=partner,
            person=person,
            data={"number": "7K3M-9QXW-2P4T", "track_name": "Endpoint"},
            **values,
        )
        return Notification.objects.create(alert=alert, partner=partner, person=reader.person)


def titles(client: Client, part: str) -> list[str]:
    return [line.title for line in client.get("/notifications/").context[part]]


def test_a_notification_says_what_ends_and_leads_there(admin: Membership, client: Client) -> None:
    held = notify(admin)
    make.sign_in(client, admin)
    [line] = client.get("/notifications/").context["unread"]
    assert line.title == "Priya Nair: “Endpoint” expires in 18 days"
    assert line.url == f"/certificates/crt_{held.alert.subject_id.hex}/"
    assert (line.tone, line.icon) == ("bad", "certificate")


def test_unread_ones_come_first(admin: Membership, client: Client) -> None:
    notify(admin, "Ana")
    with scope.enter(make.scope_of(admin)):
        mark_all_read(at=NOW)
    notify(admin, "Bo")
    make.sign_in(client, admin)
    assert [t.split(":")[0] for t in titles(client, "unread")] == ["Bo"]
    assert [t.split(":")[0] for t in titles(client, "read")] == ["Ana"]


def test_what_a_more_urgent_alert_replaced_is_left_out(admin: Membership, client: Client) -> None:
    notify(admin, superseded=True)
    make.sign_in(client, admin)
    page = client.get("/notifications/")
    assert (page.context["unread"], page.context["unread_count"]) == ([], 0)


def test_the_bell_counts_the_readers_own(admin: Membership, client: Client) -> None:
    notify(admin)
    notify(admin, "Bo")
    colleague = make.MembershipFactory(
        role=Role.PARTNER_MEMBER, vendor=admin.vendor, partner_id=admin.partner_id
    )
    notify(colleague, "Cy")
    make.sign_in(client, admin)
    assert client.get("/notifications/").context["unread_count"] == 2


def test_the_page_costs_the_same_queries_for_2_and_for_20(
    admin: Membership, client: Client
) -> None:
    make.sign_in(client, admin)
    counts = []
    for size in (2, 18):
        for _ in range(size):
            notify(admin)
        client.get("/notifications/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/notifications/")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_opening_one_marks_it_read_and_leads_to_it(admin: Membership, client: Client) -> None:
    held = notify(admin)
    make.sign_in(client, admin)
    response = client.post(f"/notifications/{held.ref}/read/", {"open": "1"})
    assert response["Location"] == f"/certificates/crt_{held.alert.subject_id.hex}/"
    assert titles(client, "unread") == []


def test_marking_one_leaves_the_others(admin: Membership, client: Client) -> None:
    held = notify(admin)
    notify(admin, "Bo")
    make.sign_in(client, admin)
    assert client.post(f"/notifications/{held.ref}/read/")["Location"] == "/notifications/"
    assert [t.split(":")[0] for t in titles(client, "unread")] == ["Bo"]


def test_marking_all_marks_ones_own_only(admin: Membership, client: Client) -> None:
    notify(admin)
    colleague = make.MembershipFactory(
        role=Role.PARTNER_MEMBER, vendor=admin.vendor, partner_id=admin.partner_id
    )
    notify(colleague, "Cy")
    make.sign_in(client, admin)
    client.post("/notifications/read/")
    with scope.entered_vendor(admin.vendor_id):
        unread = Notification.objects.filter(read_at__isnull=True)
        assert list(unread.values_list("person_id", flat=True)) == [colleague.person_id]


def test_a_colleagues_notification_cannot_be_marked(admin: Membership, client: Client) -> None:
    colleague = make.MembershipFactory(
        role=Role.PARTNER_MEMBER, vendor=admin.vendor, partner_id=admin.partner_id
    )
    held = notify(colleague)
    make.sign_in(client, admin)
    assert client.post(f"/notifications/{held.ref}/read/").status_code == 404
    with scope.enter(make.scope_of(admin)):
        mark_read(held, at=NOW)
    with scope.entered_vendor(admin.vendor_id):
        assert Notification.objects.get().read_at is None


def test_a_late_sweep_is_told_to_channel_admins(client: Client) -> None:
    admin = make.MembershipFactory(role=Role.CHANNEL_ADMIN)
    Sweep.objects.create(
        name="certificate alerts", last_at=NOW - dt.timedelta(minutes=16), every_seconds=300
    )
    make.sign_in(client, admin)
    page = client.get("/notifications/")
    assert page.context["warning_banner"].startswith(
        "Scheduled work is late: certificate alerts, last run 16 minutes ago."
    )


def test_a_sweep_in_time_is_no_news(client: Client) -> None:
    admin = make.MembershipFactory(role=Role.CHANNEL_ADMIN)
    Sweep.objects.create(
        name="certificate alerts", last_at=NOW - dt.timedelta(minutes=14), every_seconds=300
    )
    make.sign_in(client, admin)
    assert client.get("/notifications/").context.get("warning_banner") is None
