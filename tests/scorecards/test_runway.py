"""The runway on its pages and in the API: who reads what, from how many queries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certifications.models import Certificate, Result
from licensing.models import Deployment
from partners.models import Agreement, Customer, Employment, Partner
from programs.models import Product, Track
from scorecards.rules.coverage import coverage
from scorecards.rules.runways import Outlook, outlook
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Person, Vendor
from tests import factories as make
from tests.api import api_of
from tests.licensing.world import certify, new_customer, new_partner, new_vendor, publish

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
ON, LATER = NOON.date(), dt.date(2027, 3, 3)
PROGRAM = """
program: ahead
title: Ahead
currency: EUR
time_zone: Europe/Berlin
environments: [general, clinical]
metrics: {audits: {title: Audits}}
addenda: {baa: {title: BAA, with: customer}}
tracks:
  endpoint: {title: Endpoint Deployment, months: 24}
products:
  edr:
    title: Endpoint Detection
    counts_as: seat
    gates:
      general: {people: {track: endpoint, at_least: 1}}
      clinical: {addenda: [baa]}
  radar:
    title: Radar
    counts_as: seat
    gates: {general: {people: {track: endpoint, at_least: 1, org: family}}}
  probe:
    title: Probe
    gates: {general: {metric: {code: audits, at_least: 1}}}
types:
  msp: {title: MSP, tiers: {registered: {title: Registered}}}
"""


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def vendor() -> Vendor:
    return new_vendor(program=PROGRAM)


def runs(customer: Customer, product: str = "edr", seats: int = 100, *classes: str) -> None:
    with make.prepared(customer.vendor):
        Deployment.objects.create(
            partner=customer.partner, customer=customer, seats=seats, since=ON,
            product=Product.objects.get(code=product), environments=["general", *classes],
        )  # fmt: skip


def partner_with_ana(vendor: Vendor, name: str = "Northwind", **values: Any) -> Partner:
    """100 seats behind a gate that hangs on Ana, whose certificate ends in March."""
    partner = new_partner(vendor, name=name, **values)
    certify(partner, "endpoint", until=LATER)
    runs(new_customer(partner))
    return partner


def seen(vendor: Vendor, **options: Any) -> Outlook:
    with scope.entered_vendor(vendor.pk):
        return outlook(Partner.objects.all(), ON, **options)


def portal(partner: Partner, path: str = "/runway/", status: int = 200) -> str:
    client = make.sign_in(
        Client(), make.MembershipFactory(role=Role.PARTNER_ADMIN, partner=partner)
    )
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def staff(vendor: Vendor, role: Role = Role.CAM) -> tuple[Client, Person]:
    member = make.MembershipFactory(vendor=vendor, role=role)
    return make.sign_in(Client(), member), member.person


def test_the_partner_reads_day_person_and_exam(vendor: Vendor) -> None:
    text = portal(partner_with_ana(vendor))
    for words in (
        "Endpoint Detection", "Ana Ruiz: Endpoint Deployment ends", "3 Mar 2027",
        "Ana Ruiz: Endpoint Deployment again", "100 seats run there", "Hangs on one person",
    ):  # fmt: skip
        assert words in text


def test_a_release_that_is_announced_ends_certificates_on_the_runway(vendor: Vendor) -> None:
    partner_with_ana(vendor)
    released = "months: 24, versions: [{code: '2', released: 2027-01-10, recertify_by: 2027-02-01}]"
    publish(vendor, PROGRAM.replace("months: 24", released), dt.date(2027, 1, 10))
    assert [loss.on for loss in seen(vendor).losses] == [dt.date(2027, 2, 1)]


def test_home_shows_the_next_losses(vendor: Vendor) -> None:
    text = portal(partner_with_ana(vendor), "/")
    assert "Ana Ruiz: Endpoint Deployment ends" in text and 'href="/runway/"' in text


def test_what_if_ana_goes(vendor: Vendor) -> None:
    partner = partner_with_ana(vendor)
    with scope.entered_vendor(vendor.pk):
        ana = Person.objects.get(name="Ana Ruiz")
        make.EmploymentFactory(partner=partner, person=make.PersonFactory(vendor=vendor, name="Di"))
    text = portal(partner, f"/runway/?without={ana.ref}")
    assert "As if Ana Ruiz left today" in text and "Ana Ruiz: no longer there" in text
    assert "Di: Endpoint Deployment" in text
    with scope.entered_vendor(vendor.pk):
        assert Employment.objects.get(person=ana).until is None


def test_nobody_asks_about_people_of_others(vendor: Vendor) -> None:
    partner = partner_with_ana(vendor)
    other = new_partner(vendor)
    stranger = certify(other, "endpoint", name="Bo Strange", until=LATER).person
    assert "Bo Strange" not in portal(partner)
    portal(partner, f"/runway/?without={stranger.ref}", status=404)


def test_a_partner_opens_no_page_of_staff(vendor: Vendor) -> None:
    partner = partner_with_ana(vendor)
    portal(partner, "/portfolio/runway/", status=403)
    portal(partner, f"/portfolio/{partner.ref}/runway/", status=403)


def test_a_colleague_of_the_group_is_not_named(vendor: Vendor) -> None:
    group = new_partner(vendor)
    child = new_partner(vendor, parent=group)
    certify(group, "endpoint", name="Parent Person", until=LATER)
    runs(new_customer(child), "radar")
    text = portal(child)
    assert "A colleague in your group: Endpoint Deployment ends" in text
    assert "Parent Person" not in text
    client, _ = staff(vendor, Role.CHANNEL_ADMIN)
    assert "Parent Person" in client.get(f"/portfolio/{child.ref}/runway/").content.decode()


def test_what_is_unknown_is_shown_and_counts_as_no_loss(vendor: Vendor) -> None:
    partner = new_partner(vendor)
    runs(new_customer(partner), "probe")
    text = portal(partner)
    assert "Nothing is lost." in text
    assert "Data is missing to say whether it stands" in text


def test_an_account_manager_sees_the_own_portfolio_by_month(vendor: Vendor) -> None:
    mine = partner_with_ana(vendor)
    partner_with_ana(vendor, "Not Mine")
    client, person = staff(vendor)
    make.PortfolioEntryFactory(partner=mine, person=person)
    text = client.get("/portfolio/runway/").content.decode()
    assert "Northwind" in text and "Not Mine" not in text and "1 loss ·" in text
    everything = client.get("/portfolio/runway/?whose=all").content.decode()
    assert "Not Mine" in everything and "2 losses ·" in everything
    for query, shown in (("month=2027-03&kind=alone", 1), ("month=2027-04", 0), ("kind=level", 0)):
        assert client.get(f"/portfolio/runway/?{query}").context["table"].total == shown


def test_users_of_two_products_are_at_stake_once(vendor: Vendor) -> None:
    partner = partner_with_ana(vendor)
    with scope.entered_vendor(vendor.pk):
        customer = Customer.objects.select_related("partner").get()
    runs(customer, "radar", 140)
    client, _ = staff(vendor, Role.CHANNEL_ADMIN)
    columns = client.get("/portfolio/runway/").context["chart"]
    assert [c["parts"][0]["value"] for c in columns if c["parts"][0]["value"]] == [140]
    assert len(seen(vendor).runways[partner.pk].losses) == 2


def test_coverage_counts_seats_and_the_customers_own_papers(vendor: Vendor) -> None:
    partner = partner_with_ana(vendor)
    signed, bare = new_customer(partner), new_customer(partner)
    runs(signed, "edr", 60, "clinical")
    runs(bare, "edr", 40, "clinical")
    make.AgreementFactory(partner=partner, kind="baa", customer=signed)
    found = seen(vendor)
    with scope.entered_vendor(vendor.pk):
        held = coverage(found)[partner.pk]
    assert (held.covered, held.deployed, held.share) == (160, 200, Decimal(80))
    assert (held.certified, held.managed, held.depth) == (1, 200, Decimal(5))


def test_the_api_tells_the_same_by_id(vendor: Vendor) -> None:
    partner = partner_with_ana(vendor)
    with scope.entered_vendor(vendor.pk):
        ana = Person.objects.get(name="Ana Ruiz").ref
    api = api_of(vendor, "standing.read", partner=partner)
    (loss,) = api.get("/runway").json()["losses"]
    assert (loss["kind"], loss["product"], loss["day"], loss["seats"], loss["hangs_on"]) == (
        "gate", "edr", "2027-03-03", 100, ana,
    )  # fmt: skip
    assert loss["because"] == [{"cause": "expiry", "key": ana, "track": "endpoint"}]
    assert [(one["person"], one["kind"]) for one in loss["exams"]["exams"]] == [(ana, "renewal")]
    (now,) = api.get(f"/runway?without={ana}").json()["losses"]
    assert (now["day"], now["because"][0]["cause"]) == ("2026-11-23", "departure")
    assert api.get("/runway?months=3").json()["losses"] == []


@pytest.mark.parametrize("query", ["months=0", "months=x", "months=37", "who=me", "without=per_1"])
def test_the_api_refuses_what_it_does_not_know(vendor: Vendor, query: str) -> None:
    partner = partner_with_ana(vendor)
    assert (
        api_of(vendor, "standing.read").get(f"/runway?partner={partner.ref}&{query}").status_code
        == 400
    )


def test_the_api_shows_no_other_partner(vendor: Vendor) -> None:
    own, other = new_partner(vendor), partner_with_ana(vendor)
    api = api_of(vendor, "standing.read", partner=own)
    assert api.get(f"/runway?partner={other.ref}").status_code == 400


def test_questions_are_as_many_for_two_hundred_partners_as_for_twenty(vendor: Vendor) -> None:
    many(vendor, 200)
    counts = []
    with scope.entered_vendor(vendor.pk):
        outlook(Partner.objects.order_by("pk")[:1], ON)  # compiles the program
        for size in (20, 200):
            with CaptureQueriesContext(connection) as captured:
                found = outlook(Partner.objects.order_by("pk")[:size], ON)
                covered = coverage(found)
            assert len(found.losses) == len(covered) == size
            counts.append(len(captured))
    assert counts[0] == counts[1]


def many(vendor: Vendor, number: int) -> None:
    """Partners with a person, a certificate that ends in March, and a customer with seats."""
    own = {"vendor": vendor}
    with make.prepared(vendor):
        partners = Partner.objects.bulk_create(
            Partner(**own, name=f"P{n}", country="DE", joined_on=dt.date(2026, 1, 1))
            for n in range(number)
        )
        people = Person.objects.bulk_create(Person(**own, name=f"H{n}") for n in range(number))
        Employment.objects.bulk_create(
            Employment(**own, partner=partner, person=person, since=dt.date(2026, 1, 1))
            for partner, person in zip(partners, people, strict=True)
        )
        Agreement.objects.bulk_create(
            Agreement(**own, partner=one, kind=Agreement.MAIN, signed_by="A", recorded_at=NOON,
                      text_sha256="0" * 64, since=dt.date(2026, 1, 1))
            for one in partners
        )  # fmt: skip
        customers = Customer.objects.bulk_create(
            Customer(**own, partner=one, name="C", environments=["general"], since=ON)
            for one in partners
        )
        Deployment.objects.bulk_create(
            Deployment(**own, partner=one.partner, customer=one, environments=["general"],
                       product=Product.objects.get(code="edr"), seats=10, since=ON)
            for one in customers
        )  # fmt: skip
        held = {**own, "track": Track.objects.get(code="endpoint"), "version": ""}
        results = Result.objects.bulk_create(
            Result(**held, person=one, passed_on=ON, source="form", recorded_at=NOON)
            for one in people
        )
        Certificate.objects.bulk_create(
            Certificate(**held, person=one.person, result=one, number=f"N{one.pk}", earned_on=ON,
                        expires_on=LATER)
            for one in results
        )  # fmt: skip
