"""The calendar feed: a secret address that shows what its person may see, and no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import icalendar
import pytest
import time_machine
from django.db import connection
from django.test import Client

from alerts.models import CalendarFeed
from partners.models import RestrictedRead, SharingChoice
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Membership
from tests import factories as make
from tests.licensing.world import certify, new_partner, new_vendor

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def partner() -> Any:
    partner = new_partner(new_vendor(), name="Northwind")
    certify(partner, "endpoint", name="Ana Ruiz", until=dt.date(2027, 3, 3))
    return partner


def subscribe(client: Client, reader: Membership) -> str:
    make.sign_in(client, reader)
    page = client.post("/notifications/calendar/").context["address"]
    return "/" + page.split("/", 3)[3]


def admin_of(partner: Any) -> Membership:
    return make.MembershipFactory(role=Role.PARTNER_ADMIN, partner=partner, vendor=partner.vendor)


def read(path: str, vendor: Any, **more: Any) -> Any:
    host = vendor.hosts.first().name
    return Client().get(path, HTTP_HOST=host, **more)


def days(answer: Any) -> list[tuple[dt.date, str]]:
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    return [(event.decoded("dtstart"), str(event["summary"])) for event in events]


def test_it_shows_ends_of_certificates_without_a_sign_in(client: Client, partner: Any) -> None:
    answer = read(subscribe(client, admin_of(partner)), partner.vendor)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert (dt.date(2027, 3, 3), "Ana Ruiz: “Endpoint Deployment” ends") in days(answer)


def test_another_partners_days_are_not_there(client: Client, partner: Any) -> None:
    other = new_partner(partner.vendor, name="Other")
    certify(other, "endpoint", name="Bo Berg")
    answer = read(subscribe(client, admin_of(partner)), partner.vendor)
    assert "Bo Berg" not in answer.content.decode()


def test_an_account_manager_sees_the_partners_of_the_portfolio(
    client: Client, partner: Any
) -> None:
    other = new_partner(partner.vendor, name="Other")
    certify(other, "endpoint", name="Bo Berg")
    cam = make.MembershipFactory(role=Role.CAM, vendor=partner.vendor)
    make.PortfolioEntryFactory(partner=partner, person=cam.person)
    said = read(subscribe(client, cam), partner.vendor).content.decode()
    assert ("Ana Ruiz" in said, "Bo Berg" in said) == (True, False)


def test_only_a_digest_of_the_address_is_kept(client: Client, partner: Any) -> None:
    path = subscribe(client, admin_of(partner))
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    with scope.entered_vendor(partner.vendor_id), connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(f)::text FROM alerts_calendarfeed f")
        assert token not in cursor.fetchone()[0]


def test_a_new_address_ends_the_former_and_revoking_ends_it(client: Client, partner: Any) -> None:
    reader = admin_of(partner)
    first, second = subscribe(client, reader), subscribe(client, reader)
    codes = [read(path, partner.vendor).status_code for path in (first, second)]
    client.post("/notifications/calendar/revoke/")
    assert (codes, read(second, partner.vendor).status_code) == ([404, 200], 404)
    with scope.entered_vendor(partner.vendor_id):
        assert not CalendarFeed.objects.exists()


def test_it_ends_with_the_membership(client: Client, partner: Any) -> None:
    reader = admin_of(partner)
    path = subscribe(client, reader)
    with make.prepared(partner.vendor):
        Membership.objects.filter(pk=reader.pk).update(until=NOW.date())
    assert read(path, partner.vendor).status_code == 404


def test_another_vendors_host_does_not_know_it(client: Client, partner: Any) -> None:
    path = subscribe(client, admin_of(partner))
    assert read(path, new_vendor()).status_code == 404


def test_what_did_not_change_is_not_sent_again(client: Client, partner: Any) -> None:
    path = subscribe(client, admin_of(partner))
    first = read(path, partner.vendor)
    again = read(path, partner.vendor, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (first["Cache-Control"], again.status_code) == ("private, max-age=900", 304)


def test_who_asks_too_often_waits(client: Client, partner: Any) -> None:
    path = subscribe(client, admin_of(partner))
    codes = [read(path, partner.vendor).status_code for _ in range(31)]
    assert (set(codes[:30]), codes[30]) == ({200}, 429)


def contract(partner: Any, ends_on: dt.date, **more: Any) -> Any:
    return make.ServiceContractFactory(
        customer=make.CustomerFactory(partner=partner, name="Clinic"),
        partner=partner,
        since=dt.date(2026, 1, 1),
        terms__ends_on=ends_on,
        terms__months=12,
        terms__auto_renews=True,
        terms__notice_days=90,
        **more,
    )


def test_the_partners_people_see_decision_and_end_of_contracts(
    client: Client, partner: Any
) -> None:
    contract(partner, dt.date(2027, 7, 1))
    own = days(read(subscribe(client, admin_of(partner)), partner.vendor))
    assert [one for one in own if "Clinic" in one[1]] == [
        (dt.date(2027, 4, 2), "Clinic decides on its contract"),
        (dt.date(2027, 7, 1), "The term of Clinic’s contract ends"),
    ]


@pytest.mark.parametrize("share", ["cam", "partner"])
def test_the_account_manager_sees_what_is_shared_and_that_is_recorded(
    client: Client, partner: Any, share: str
) -> None:
    row = contract(partner, dt.date(2027, 5, 1))
    cam = make.MembershipFactory(role=Role.CAM, vendor=partner.vendor)
    make.PortfolioEntryFactory(partner=partner, person=cam.person)
    with make.prepared(partner.vendor):
        SharingChoice.objects.create(partner=partner, field="end", share=share)
    path = subscribe(client, cam)
    said = [days(read(path, partner.vendor)) for _turn in (1, 2)]
    seen = [one for one in said[0] if "Clinic" in one[1]]
    shown = [
        (dt.date(2027, 1, 31), "Clinic (Northwind) decides on its contract"),
        (dt.date(2027, 5, 1), "The term of Clinic (Northwind)’s contract ends"),
    ]
    with scope.entered_vendor(partner.vendor_id):
        noted = RestrictedRead.objects.filter(customer=row.customer, person=cam.person).count()
    assert (seen, noted) == ((shown, 1) if share == "cam" else ([], 0))
