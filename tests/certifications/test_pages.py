from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certifications.actions import revoke_certificate
from certifications.models import Certificate
from certifications.rules import ways_to_renew
from programs import library
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Membership, Person
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import day, noon
from web.api import rates

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
NOBODY = "0000-0000-0000"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    rates.forget()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def admin() -> Membership:
    """A partner's admin with one engineer whose Endpoint certificate ends in 18 days."""
    vendor = make.VendorFactory(name="Aurora")
    world.publish(vendor, "aurora")
    partner = make.PartnerFactory(vendor=vendor, name="Northwind Managed IT")
    held = make.MembershipFactory(role=Role.PARTNER_ADMIN, partner=partner)
    priya = world.engineer(partner, name="Priya Nair")
    world.pass_exam(priya, "endpoint-deploy", "2025-03-01", version="4.0")
    return held


def priya_of(membership: Membership) -> Person:
    with scope.entered_vendor(membership.vendor_id):
        return Person.objects.get(name="Priya Nair")


def certificate_of(membership: Membership) -> Certificate:
    with scope.entered_vendor(membership.vendor_id):
        return Certificate.objects.select_related("track").get(person__name="Priya Nair")


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_list_shows_days_left_and_what_needs_it(admin: Membership, client: Client) -> None:
    page = text(make.sign_in(client, admin).get("/certifications/"))
    assert page.count("Priya Nair") >= 1
    assert page.count("18 days left") == 1
    assert page.count("11 Dec 2026") == 1
    assert page.count("Aurora Endpoint Detection") == 1
    assert page.count("Exam 5.0") == 1


def test_another_partners_people_are_not_listed(admin: Membership, client: Client) -> None:
    other = make.MembershipFactory(role=Role.PARTNER_ADMIN, vendor=admin.vendor)
    page = text(make.sign_in(client, other).get("/certifications/"))
    assert page.count("Priya Nair") == 0
    assert page.count("No certificates yet") == 1


def test_staff_see_the_employer_beside_the_person(admin: Membership, client: Client) -> None:
    cam = make.MembershipFactory(role=Role.CAM, vendor=admin.vendor)
    page = text(make.sign_in(client, cam).get("/certifications/"))
    assert (page.count("Priya Nair") >= 1, page.count("Northwind Managed IT")) == (True, 1)


def test_signed_out_the_list_leads_to_the_sign_in(admin: Membership, client: Client) -> None:
    make.HostFactory(vendor=admin.vendor, name="aurora.localhost")
    response = client.get("/certifications/", headers={"host": "aurora.localhost"})
    assert (response.status_code, response["Location"].startswith("/account/login/")) == (302, True)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=soon", 1),
        ("state=release", 0),
        ("state=lapsed", 0),
        ("state=valid", 1),
        ("q=nair", 1),
        ("q=nobody", 0),
    ],
)
def test_the_list_is_filtered_by_state_and_name(
    admin: Membership, client: Client, query: str, count: int
) -> None:
    page = make.sign_in(client, admin).get(f"/certifications/?{query}")
    assert page.context["table"].total == count


def test_a_renewed_certificate_gives_way_to_its_successor(
    admin: Membership, client: Client
) -> None:
    world.pass_exam(priya_of(admin), "endpoint-deploy", "2026-11-20", version="5.0")
    page = make.sign_in(client, admin).get("/certifications/")
    assert page.context["table"].total == 1
    assert text(page).count("15 Jun 2028") >= 1


def test_the_navigation_counts_what_ends_within_60_days(admin: Membership, client: Client) -> None:
    page = make.sign_in(client, admin).get("/certifications/")
    entries = [e for group in page.context["navigation"] for e in group["items"]]
    [entry] = [e for e in entries if e["url_name"] == "certifications:list"]
    assert (entry["count"], entry["active"]) == (1, True)


def test_the_list_costs_the_same_queries_for_2_and_for_20_people(
    admin: Membership, client: Client
) -> None:
    with scope.entered_vendor(admin.vendor_id):
        from partners.models import Partner

        partner = Partner.objects.get(pk=admin.partner_id)
    make.sign_in(client, admin)
    counts = []
    for size in (1, 18):
        for _ in range(size):
            world.pass_exam(world.engineer(partner), "hipaa", "2026-06-01")
        client.get("/certifications/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/certifications/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_certificate_page_says_how_to_renew(admin: Membership, client: Client) -> None:
    held = certificate_of(admin)
    page = text(make.sign_in(client, admin).get(f"/certificates/{held.ref}/"))
    assert page.count(held.number) >= 2
    assert page.count("Exam 5.0") == 1
    assert page.count("until 15 Jun 2028") == 1
    assert page.count("Delta course 4.5") == 1
    assert page.count("until 6 Oct 2027") == 1


def test_a_strangers_certificate_is_not_found(admin: Membership, client: Client) -> None:
    held = certificate_of(admin)
    other = make.MembershipFactory(role=Role.PARTNER_ADMIN, vendor=admin.vendor)
    make.sign_in(client, other)
    assert client.get(f"/certificates/{held.ref}/").status_code == 404
    assert client.get(f"/certifications/people/{priya_of(admin).ref}/").status_code == 404


def test_a_persons_page_shows_lapsed_and_revoked_ones(admin: Membership, client: Client) -> None:
    priya = priya_of(admin)
    world.pass_exam(priya, "hipaa", "2024-01-10")
    wrong = world.pass_exam(priya, "pci", "2026-05-01")
    with scope.entered_vendor(admin.vendor_id):
        revoke_certificate(wrong, "Copied", at=noon("2026-06-01"))
    page = make.sign_in(client, admin).get(f"/certifications/people/{priya.ref}/")
    states = [row.record.state.code for row in page.context["table"].rows]
    assert states == ["revoked", "ending", "expired"]


def verify(membership: Membership, number: str, client: Client) -> Any:
    from tenants.models import Host

    if not Host.objects.filter(vendor=membership.vendor).exists():
        make.HostFactory(vendor=membership.vendor, name="aurora.localhost")
    host = Host.objects.get(vendor=membership.vendor).name
    return client.get(f"/verify/{number}/", headers={"host": host})


def test_anybody_verifies_a_certificate_by_its_number(admin: Membership, client: Client) -> None:
    held = certificate_of(admin)
    response = verify(admin, held.number.lower().replace("-", ""), client)
    assert response.context["found"] == {
        "number": held.number,
        "holder": "Priya Nair",
        "track": "Endpoint Deployment Engineer",
        "earned_on": day("2025-03-01"),
        "ends_on": day("2026-12-11"),
        "revoked_on": None,
        "state": response.context["found"]["state"],
    }
    page = text(response)
    assert (page.count("Ends soon"), page.count("11 Dec 2026")) == (1, 1)
    assert page.count("Northwind") == page.count("person-") == 0


def test_a_revoked_certificate_says_so_but_not_why(admin: Membership, client: Client) -> None:
    held = certificate_of(admin)
    with scope.entered_vendor(admin.vendor_id):
        revoke_certificate(held, "Sat by a friend", at=NOW)
    page = text(verify(admin, held.number, client))
    assert (page.count("Revoked on"), page.count("Sat by a friend")) == (1, 0)


@pytest.mark.parametrize("number", [NOBODY, "unknown", "%3Cscript%3E", "x" * 200])
def test_an_unknown_number_gets_the_same_kind_of_answer(
    admin: Membership, client: Client, number: str
) -> None:
    response = verify(admin, number, client)
    assert (response.status_code, response.context.get("found")) == (200, None)
    assert text(response).count("has issued no certificate with this number") == 1
    assert text(response).count("<script>") == 0


def test_another_vendors_certificate_is_unknown_here(admin: Membership, client: Client) -> None:
    held = certificate_of(admin)
    other = make.MembershipFactory()
    make.HostFactory(vendor=other.vendor, name="borealis.localhost")
    response = client.get(f"/verify/{held.number}/", headers={"host": "borealis.localhost"})
    assert (response.status_code, response.context.get("found")) == (200, None)


def test_the_form_leads_to_the_number(admin: Membership, client: Client) -> None:
    make.HostFactory(vendor=admin.vendor, name="aurora.localhost")
    held = certificate_of(admin)
    response = client.get(
        "/verify/", {"number": held.number.lower()}, headers={"host": "aurora.localhost"}
    )
    assert (response.status_code, response["Location"]) == (302, f"/verify/{held.number}/")


def test_numbers_cannot_be_tried_out(admin: Membership, client: Client) -> None:
    statuses = [verify(admin, NOBODY, client).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]


def test_a_delta_is_no_way_back_once_the_certificate_lapsed(admin: Membership) -> None:
    held, document = certificate_of(admin), library.program("aurora")
    valid = [way.version for way in ways_to_renew(document, held, day("2026-12-10"))]
    lapsed = [way.version for way in ways_to_renew(document, held, day("2026-12-11"))]
    assert (valid, lapsed) == (["5.0", "4.5"], ["5.0"])


def test_of_versions_that_last_equally_the_newest_is_the_one_to_take(admin: Membership) -> None:
    held = world.pass_exam(priya_of(admin), "partner-support", "2025-01-10", version="2024")
    document = library.program("aurora")
    with scope.entered_vendor(admin.vendor_id):
        ways = ways_to_renew(document, held, day("2026-11-23"))
    assert [(way.version, way.until) for way in ways] == [("2026", day("2028-11-23"))]


def test_a_certificate_prints_as_pdf(admin: Membership, client: Client) -> None:
    held = certificate_of(admin)
    answer = make.sign_in(client, admin).get(f"/certificates/{held.ref}/paper/")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert answer["Content-Disposition"] == f'attachment; filename="{held.number}.pdf"'
