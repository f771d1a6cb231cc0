"""The licences pages: what a technician sees when something is blocked, and the way out."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from licensing.models import Authorization, Deployment
from licensing.panels import licence_rows
from licensing.rules.links import PAGES
from programs.models import Product
from tenants import scope
from tenants.capabilities import Role
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db
FAR = w.LATER.replace(year=2099)


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor())


@pytest.fixture
def customer(partner):
    return w.new_customer(partner)


@pytest.fixture
def member(partner, client: Client) -> Client:
    membership = make.MembershipFactory(role=Role.PARTNER_MEMBER, partner=partner)
    return make.sign_in(client, membership)


def words(response) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def test_the_list_says_why_a_product_is_blocked(member) -> None:
    page = member.get(reverse("licensing:list"))
    assert page.status_code == 200
    assert "Endpoint Detection needs 1 person with Endpoint Deployment, you have 0." in words(page)
    assert 'data-code="people_missing"' in page.content.decode()


def test_the_product_shows_the_people_that_count(member, partner, customer) -> None:
    w.certify(partner, "endpoint", until=FAR)
    w.ask(customer, seats=40)
    page = member.get(reverse("licensing:product", args=["edr"]))
    assert page.status_code == 200
    assert "Ana Ruiz" in words(page)
    assert customer.name in words(page)


def test_an_unknown_product_is_not_found(member) -> None:
    assert member.get(reverse("licensing:product", args=["nope"])).status_code == 404


def test_choosing_a_customer_leads_to_its_seats(member, customer) -> None:
    answer = member.get(reverse("licensing:product", args=["edr"]), {"customer": customer.ref})
    assert answer["Location"] == reverse("licensing:seats", args=["edr", customer.ref])


def seats(member, customer, **values):
    return member.post(reverse("licensing:seats", args=["edr", customer.ref]), values)


def test_a_preview_shows_the_answer_and_leaves_nothing(member, partner, customer) -> None:
    w.certify(partner, "endpoint", until=FAR)
    page = seats(member, customer, seats=40, environment="general", intent="preview")
    assert page.status_code == 200
    assert "The gate would allow it" in words(page)
    page = seats(member, customer, seats=400, environment="general", intent="preview")
    assert "The gate would deny it" in words(page)
    with scope.entered_vendor(partner.vendor_id):
        assert Authorization.objects.count() == Deployment.objects.count() == 0


def test_applying_leads_to_the_decision_with_its_receipt(member, partner, customer) -> None:
    w.certify(partner, "endpoint", until=FAR)
    answer = seats(member, customer, seats=40, environment="general", intent="apply")
    with scope.entered_vendor(partner.vendor_id):
        kept = Authorization.objects.get()
    assert answer["Location"] == reverse("licensing:authorization", args=[kept.ref])
    page = member.get(answer["Location"])
    assert kept.receipt in page.content.decode()
    assert "Ana Ruiz" in words(page)


def test_a_denial_leads_to_its_reasons(member, partner, customer) -> None:
    answer = seats(member, customer, seats=40, environment="general", intent="apply")
    page = member.get(answer["Location"])
    assert "Why it was denied" in words(page)
    assert "you have 0" in words(page)
    with scope.entered_vendor(partner.vendor_id):
        assert Deployment.objects.count() == 0


@pytest.mark.parametrize("values", [{"seats": ""}, {"seats": -1}, {"seats": 0}])
def test_wrong_seats_are_named_beside_the_field(member, partner, customer, values) -> None:
    page = seats(member, customer, environment="general", intent="apply", **values)
    assert page.status_code == 422
    with scope.entered_vendor(partner.vendor_id):
        assert Authorization.objects.count() == 0


def test_pages_of_other_partners_are_not_found(member, partner) -> None:
    sibling = w.new_customer(w.new_partner(partner.vendor))
    stranger = w.new_customer(w.new_partner(w.new_vendor()))
    for other in (sibling, stranger):
        kept = w.ask(other).authorization
        assert member.get(reverse("licensing:seats", args=["edr", other.ref])).status_code == 404
        assert member.get(reverse("licensing:authorization", args=[kept.ref])).status_code == 404


def test_staff_read_a_decision_that_names_the_partner(client, partner, customer) -> None:
    kept = w.ask(customer).authorization
    cam = make.MembershipFactory(vendor=partner.vendor, role=Role.CAM)
    page = make.sign_in(client, cam).get(reverse("licensing:authorization", args=[kept.ref]))
    assert f"{partner.name} has 0" in words(page)


def test_the_admin_shows_the_decision_explained(client, partner, customer) -> None:
    w.certify(partner, "endpoint", until=FAR)
    kept = w.ask(customer).authorization
    admin = make.MembershipFactory(vendor=partner.vendor, role=Role.CHANNEL_ADMIN)
    signed_in = make.sign_in(client, admin)
    page = signed_in.get(reverse("admin:licensing_authorization_change", args=[kept.ref]))
    assert page.status_code == 200
    assert "Ana Ruiz" in words(page)
    assert kept.receipt in page.content.decode()
    for name in ("authorization", "deployment"):
        listed = signed_in.get(reverse(f"admin:licensing_{name}_changelist"))
        assert customer.name in words(listed)


def test_every_way_out_leads_to_a_page(partner, customer) -> None:
    about = {"licensing:product": ["edr"], "partners:customer": [customer.ref]}
    for name in PAGES.values():
        args = about.get(name) or ([customer.ref] if "customer" in name else [])
        assert reverse(name, args=args)


def test_staff_read_the_partners_name_and_are_led_to_no_page_of_its_own(partner) -> None:
    with scope.entered_vendor(partner.vendor_id):
        rows = licence_rows([partner], w.TODAY, staff=True)[partner.pk]
    (blocker,) = next(row for row in rows if row.code == "edr").blockers
    assert blocker["rule"] == (
        f"Endpoint Detection needs 1 person with Endpoint Deployment, {partner.name} has 0."
    )
    assert blocker["fix_url"] == ""


def test_a_class_that_runs_has_a_line_though_it_has_no_gate_of_its_own(partner, customer) -> None:
    with make.prepared(partner.vendor):
        for seats, classes, where in (
            (5, ["general"], customer),
            (7, ["clinical"], w.new_customer(partner)),
        ):
            Deployment.objects.create(
                partner=partner,
                customer=where,
                product=Product.objects.get(code="mdr"),
                environments=classes,
                seats=seats,
                since=w.TODAY,
            )
    with scope.entered_vendor(partner.vendor_id):
        rows = licence_rows([partner], w.TODAY)[partner.pk]
    row = next(row for row in rows if row.code == "mdr")
    assert [(one.code, one.seats) for one in row.classes] == [("general", 5), ("clinical", 7)]
    assert sum(one.seats for one in row.classes) == row.seats


def test_the_customers_page_asks_for_that_piece(member, customer) -> None:
    page = member.get(reverse("partners:customer", args=[customer.ref])).content.decode()
    piece = reverse("licensing:at_customer", args=[customer.ref])
    assert f'hx-get="{piece}" hx-trigger="load"' in page


def test_what_runs_at_a_customer_is_a_piece_for_its_page(member, partner, customer) -> None:
    w.certify(partner, "endpoint", until=FAR)
    w.ask(customer, seats=40)
    piece = member.get(reverse("licensing:at_customer", args=[customer.ref]))
    assert piece.status_code == 200
    assert "<html" not in piece.content.decode()
    assert "Endpoint Detection" in words(piece)
    other = w.new_customer(w.new_partner(partner.vendor))
    assert member.get(reverse("licensing:at_customer", args=[other.ref])).status_code == 404
