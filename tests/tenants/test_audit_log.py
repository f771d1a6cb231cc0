"""The audit log's page and its export: who may read it, what the address asks, what is recorded."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants import scope
from tenants.actions.exports import export_events
from tenants.capabilities import Role
from tenants.models import Event, Membership, Person, Vendor
from tenants.writing import Refused, action, record_event
from tests.factories import PartnerFactory, prepared, scope_of
from tests.tenants.world import make_member, make_vendor, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def aurora() -> Vendor:
    return make_vendor("aurora", name="Aurora Cloud", time_zone="Asia/Tokyo")


@pytest.fixture
def edith(aurora: Vendor) -> Client:
    """The examiner, signed in."""
    held = make_member(aurora, Role.EXAMINER, email="edith@example.com", name="Edith Brandt")
    return signed_in(held)


@action("people.write")
def note(person: Person, kind: str, partner_id: int | None = None, **data: Any) -> None:
    record_event(kind, person, partner_id=partner_id, data=data)


@pytest.fixture
def told(aurora: Vendor, admin: Membership) -> Membership:
    """Two events: Ada's own, and one about Bo at a partner."""
    north = PartnerFactory(vendor=aurora, name="Northwind")
    bo = make_member(aurora, Role.PARTNER_ADMIN, email="bo@example.com", partner=north, name="Bo")
    with scope.enter(scope_of(admin)):
        note(admin.person, "person.added")
        note(bo.person, "membership.ended", north.pk, role="partner_admin")
    return bo


def titles(page: Any) -> list[str]:
    return [event.title for event in page.context["events"]]


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.EXAMINER, 200),
        (Role.CHANNEL_ADMIN, 200),
        (Role.CAM, 403),
        (Role.SUPPORT_ENGINEER, 403),
        (Role.OPERATOR, 403),
    ],
)
def test_the_log_opens_by_role(aurora: Vendor, role: Role, status: int) -> None:
    client = signed_in(make_member(aurora, role, email=f"{role}@example.com"))
    assert (client.get("/audit/").status_code, client.post("/audit/export/").status_code) == (
        status,
        status,
    )


def test_a_partner_does_not_open_the_log(aurora: Vendor) -> None:
    partner = PartnerFactory(vendor=aurora)
    client = signed_in(make_member(aurora, Role.PARTNER_ADMIN, partner=partner))
    assert client.get("/audit/").status_code == 403


def test_the_examiner_finds_the_log_in_the_navigation(edith: Client) -> None:
    page = edith.get("/audit/")
    entries = [entry for group in page.context["navigation"] for entry in group["items"]]
    assert [e["active"] for e in entries if e["url"] == "/audit/"] == [True]


def test_the_log_is_in_words_and_the_vendors_time(
    edith: Client, told: Membership, aurora: Vendor
) -> None:
    page = edith.get("/audit/")
    assert titles(page) == ["Membership ended", "Person added"]
    with prepared(aurora):
        at = Event.objects.order_by("pk")[1].at.astimezone(aurora.zone)
    body = page.content.decode()
    assert f"{at:%H:%M:%S}</time>" in body and "Asia/Tokyo" in body
    assert "Partner admin" in body and "partner_admin" not in body


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=person.added", ["Person added"]),
        ("person=bo", ["Membership ended"]),
        ("person=bo@example.com", ["Membership ended"]),
        ("person=ada", ["Membership ended", "Person added"]),
        ("person=nobody", []),
        ("until=2020-01-01", []),
        ("since=2020-01-01", ["Membership ended", "Person added"]),
        ("since=0001-01-01&until=9999-12-31", ["Membership ended", "Person added"]),
        ("since=nonsense", ["Membership ended", "Person added"]),
        ("partner=prt_00000000000000000000000000000000", ["Membership ended", "Person added"]),
    ],
)
def test_filters_are_in_the_address(
    edith: Client, told: Membership, query: str, found: list[str]
) -> None:
    assert titles(edith.get(f"/audit/?{query}")) == found


def test_the_partners_filter_reaches_every_event_of_one(
    edith: Client, told: Membership, aurora: Vendor
) -> None:
    with prepared(aurora):
        from partners.models import Partner

        ref = Partner.objects.get().ref
    assert titles(edith.get(f"/audit/?partner={ref}")) == ["Membership ended"]


def test_days_are_the_vendors(edith: Client, told: Membership, aurora: Vendor) -> None:
    with prepared(aurora):
        day = Event.objects.latest("pk").at.astimezone(aurora.zone).date()
    assert len(titles(edith.get(f"/audit/?since={day}&until={day}"))) == 2
    assert titles(edith.get(f"/audit/?since={day + dt.timedelta(days=1)}")) == []


def test_older_events_follow_page_by_page(
    edith: Client, told: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.views.AUDIT_PAGE", 1)
    first = edith.get("/audit/?since=2020-01-01")
    second = edith.get(f"/audit/?{first.context['older']}")
    assert (titles(first), titles(second)) == (["Membership ended"], ["Person added"])
    assert (second.context["older"], "since=2020-01-01" in first.context["older"]) == ("", True)


def test_htmx_gets_the_list_alone(edith: Client, told: Membership) -> None:
    part = edith.get("/audit/", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="list").content.decode()
    assert ("<html" in part, 'id="list"' in part) == (False, True)


def test_an_export_holds_what_the_filters_leave_and_is_an_event(
    edith: Client, told: Membership, aurora: Vendor
) -> None:
    answer = edith.post("/audit/export/?kind=membership.ended&person=bo")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["What", "Membership ended"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00", rows[1][0])
    assert re.fullmatch(
        r'attachment; filename="audit-log-[\d-]+\.csv"', answer["Content-Disposition"]
    )
    with prepared(aurora):
        made = Event.objects.latest("pk")
    assert (made.kind, made.data) == ("events.exported", {"rows": 1})


def test_reading_is_no_export(edith: Client, told: Membership, aurora: Vendor) -> None:
    assert edith.get("/audit/export/").status_code == 405
    with prepared(aurora):
        assert not Event.objects.filter(kind="events.exported").exists()


def test_too_large_an_export_is_refused_with_a_way_out(
    edith: Client, told: Membership, aurora: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.actions.exports.EXPORTED_AT_MOST", 1)
    answer = edith.post("/audit/export/")
    assert answer.status_code == 422
    assert "Choose fewer days" in answer.content.decode()
    with prepared(aurora):
        assert not Event.objects.filter(kind="events.exported").exists()
    with prepared(aurora), pytest.raises(Refused):
        export_events(Event.objects.all(), filters={})


def test_the_page_asks_as_much_for_many_events_as_for_few(
    edith: Client, told: Membership, admin: Membership
) -> None:
    edith.get("/audit/")
    counts = []
    for more in (1, 20):
        with scope.enter(scope_of(admin)):
            for _ in range(more):
                note(told.person, "person.added", told.partner_id)
        with CaptureQueriesContext(connection) as asked:
            edith.get("/audit/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_who_acted_is_named_by_public_id(aurora: Vendor, told: Membership) -> None:
    with prepared(aurora):
        ada = Membership.objects.get(role=Role.CHANNEL_ADMIN).person
        assert {event.actor["person"] for event in Event.objects.all()} == {ada.ref}


def test_a_row_number_in_an_old_event_names_nobody(aurora: Vendor, edith: Client) -> None:
    with scope.entered_vendor(aurora.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT event_append('membership.began', 'person', %s, NULL, %s, %s, NULL, NULL, NULL)",
            [str(aurora.public_id), '{"person": 90417}', '{"person": 90418, "cam": 90419}'],
        )
    page = edith.get("/audit/")
    assert titles(page) == ["Membership began"]
    assert "9041" not in page.content.decode() and "Person not shown" in page.content.decode()
