from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certifications.models import Certificate, Result
from licensing.models import Deployment
from partners.models import Customer, Partner
from programs import document as documents
from programs.actions import publish_program
from programs.models import Level, Product, Track
from scorecards.rules import portfolio
from scorecards.rules.signals import Signal
from scorecards.tables import PortfolioFilter, level_choices
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Vendor
from tests import factories as make

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 23)
AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
PROGRAM = {
    "program": "one",
    "title": "One",
    "currency": "USD",
    "environments": ["general", "clinical"],
    "regulated_verticals": {"healthcare": "clinical"},
    "tracks": {"deploy": {"title": "Deploy", "months": 24}},
    "products": {
        "shield": {
            "title": "Shield",
            "counts_as": "seat",
            "gates": {"general": {"people": {"track": "deploy", "at_least": 1}}},
        },
        "radar": {
            "title": "Radar",
            "counts_as": "seat",
            "gates": {"general": {"people": {"track": "deploy", "at_least": 1}}},
        },
    },
    "types": {"msp": {"tiers": {"base": {}}}, "reseller": {"tiers": {"base": {}}}},
}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = make.VendorFactory(code="one")
    with scope.entered_vendor(vendor.pk):
        publish_program(documents.document_from(PROGRAM), at=AT, effective_from=dt.date(2024, 1, 1))
        yield vendor


def partner_with(vendor: Vendor, *, ends_in: int | None, seats: int = 100, **customer: object):  # type: ignore[no-untyped-def]
    """A partner with one agreement, one person whose certificate ends so many days from ON
    (None: nobody holds one), and one customer with seats of the product."""
    partner = make.PartnerFactory(vendor=vendor)
    make.AgreementFactory(partner=partner)
    person = make.PersonFactory(vendor=vendor, name=f"Holder of {partner.name}")
    make.EmploymentFactory(partner=partner, person=person)
    there = make.CustomerFactory(partner=partner, **customer)
    with make.prepared(vendor):
        if ends_in is not None:
            give_certificate(person, ON + dt.timedelta(days=ends_in))
        Deployment.objects.create(
            partner=partner,
            customer=there,
            product=Product.objects.get(code="shield"),
            environments=["general"],
            seats=seats,
            since=ON,
        )
    return partner


def also_runs(partner: Partner, product: str, seats: int) -> None:
    """A second product with seats at the partner's customer."""
    with make.prepared(partner.vendor):
        Deployment.objects.create(
            partner=partner,
            customer=Customer.objects.get(partner=partner),
            product=Product.objects.get(code=product),
            environments=["general"],
            seats=seats,
            since=ON,
        )


def give_certificate(person, until: dt.date) -> None:  # type: ignore[no-untyped-def]
    common = {"person": person, "track": Track.objects.get(), "version": ""}
    earned = until - dt.timedelta(days=730)
    result = Result.objects.create(**common, passed_on=earned, source="form", recorded_at=AT)
    Certificate.objects.create(
        **common, result=result, number=f"N-{person.pk}", earned_on=earned, expires_on=until
    )


def only_row(partner: Partner):  # type: ignore[no-untyped-def]
    (row,) = portfolio(Partner.objects.filter(pk=partner.pk), ON)
    return row


def test_seats_behind_a_closed_gate_are_blocked(vendor: Vendor) -> None:
    row = only_row(partner_with(vendor, ends_in=None, seats=120))
    assert (row.state, row.blocked_seats, row.top.kind) == ("blocked", 120, "blocked")


def test_a_suspended_partner_has_one_number_of_seats(vendor: Vendor) -> None:
    partner = partner_with(vendor, ends_in=200, seats=120)
    also_runs(partner, "radar", 90)
    with make.prepared(vendor):
        partner.status = Partner.Status.SUSPENDED
        partner.save()
    row = only_row(partner)
    assert (row.state, row.in_state("blocked")) == ("suspended", True)
    assert (row.seats, row.blocked_seats, row.top.seats) == (120, 120, 120)


def test_users_of_two_blocked_products_are_counted_once(vendor: Vendor) -> None:
    partner = partner_with(vendor, ends_in=None, seats=120)
    also_runs(partner, "radar", 150)
    row = only_row(partner)
    assert [signal.product for signal in row.blocked] == ["radar", "shield"]
    assert (row.seats, row.blocked_seats) == (150, 150)


def test_levels_of_the_same_name_stand_under_their_type(vendor: Vendor) -> None:
    assert level_choices() == [
        ("MSP", [("msp.base", "Base")]),
        ("Reseller", [("reseller.base", "Base")]),
    ]
    partners = {}
    for code in ("msp", "reseller"):
        partners[code] = make.PartnerFactory(vendor=vendor)
        level = Level.objects.get(partner_type__code=code)
        make.EnrolmentFactory(partner=partners[code], partner_type=level.partner_type, level=level)
    with time_machine.travel(AT, tick=False):
        found = PortfolioFilter({"level": "reseller.base"}, queryset=Partner.objects.all()).qs
        assert list(found) == [partners["reseller"]]


def test_a_gate_that_closes_soon_names_day_and_person(vendor: Vendor) -> None:
    partner = partner_with(vendor, ends_in=18)
    top = only_row(partner).top
    assert (top.kind, top.days, top.due) == ("closing", 18, dt.date(2026, 12, 11))
    assert top.who == (f"Holder of {partner.name}: Deploy",)


def test_a_gate_that_holds_for_months_is_no_signal(vendor: Vendor) -> None:
    assert only_row(partner_with(vendor, ends_in=200)).state == "clear"


def test_an_unclassified_regulated_customer_is_a_signal(vendor: Vendor) -> None:
    row = only_row(partner_with(vendor, ends_in=200, vertical="healthcare", environments=[]))
    assert [(signal.kind, signal.count) for signal in row.signals] == [("unclassified", 1)]


def test_a_renewed_certificate_is_not_expiring(vendor: Vendor) -> None:
    partner = partner_with(vendor, ends_in=18)
    person = partner.employments.get().person
    with make.prepared(vendor):
        common = {"person": person, "track": Track.objects.get(), "version": "2"}
        result = Result.objects.create(**common, passed_on=ON, source="form", recorded_at=AT)
        Certificate.objects.create(
            **common,
            result=result,
            number="RENEWED",
            earned_on=ON,
            expires_on=ON + dt.timedelta(days=730),
        )
    row = only_row(partner)
    assert (row.expiring, row.state) == ((), "clear")


def test_the_most_seats_and_least_days_come_first(vendor: Vendor) -> None:
    small = partner_with(vendor, ends_in=None, seats=10)
    large_later = partner_with(vendor, ends_in=40, seats=100)
    large_now = partner_with(vendor, ends_in=None, seats=1000)
    rows = portfolio(Partner.objects.all(), ON)
    assert [row.pk for row in rows] == [large_now.pk, small.pk, large_later.pk]


def test_urgency_is_seats_over_days() -> None:
    assert Signal("closing", 1, 60, 30).urgency == pytest.approx(2.0, abs=0.01)


def test_the_portfolio_asks_the_same_number_of_queries(vendor: Vendor) -> None:
    counts = []
    for total in (2, 20):
        for number in range(Partner.objects.count(), total):
            partner_with(vendor, ends_in=[None, 18, 200][number % 3])
        with CaptureQueriesContext(connection) as asked:
            assert len(portfolio(Partner.objects.all(), ON)) == total
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_another_vendors_partners_are_not_in_it(vendor: Vendor) -> None:
    other = make.VendorFactory(code="two")
    make.PartnerFactory(vendor=other)
    partner_with(vendor, ends_in=200)
    assert [row.name for row in portfolio(Partner.objects.all(), ON)] == [
        Partner.objects.get().name
    ]
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(("role", "asked"), [(Role.CAM, True), (Role.EXAMINER, False)])
def test_only_account_managers_choose_between_their_own_and_all(
    vendor: Vendor, role: Role, asked: bool
) -> None:
    with make.enter_as(make.PersonFactory(vendor=vendor), role):
        chosen = PortfolioFilter({"q": "x"}, queryset=Partner.objects.all())
        assert ("whose" in chosen.form.fields) is asked
        assert not chosen.qs.exists()
