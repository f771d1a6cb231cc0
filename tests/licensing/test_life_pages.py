"""Pages of lapses, exceptions and classes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from licensing.models import ClassChange, Deployment, Override
from tenants import scope
from tenants.capabilities import Role
from tests import factories as make
from tests.licensing import world as w
from tests.licensing.test_exceptions import PROGRAM as WITH_GLASS
from tests.licensing.test_lapse import LAPSE
from web import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor(program=WITH_GLASS + LAPSE))


def browser(partner, role, own=True) -> Client:
    person = make.PersonFactory(vendor=partner.vendor, user=make.UserFactory())
    place = {"partner": partner} if own else {}
    held = make.MembershipFactory(person=person, role=role, **place)
    host = partner.vendor.hosts.first().name
    return make.sign_in(Client(HTTP_HOST=host), held)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_licences_say_in_grace_until_when_and_why(partner) -> None:
    held = w.certify(partner, "endpoint", until=w.LATER.replace(year=2099))
    left = clock.now().date() - dt.timedelta(days=2)
    with make.prepared(partner.vendor):
        held.person.employments.update(until=left)
    page = text(browser(partner, Role.PARTNER_MEMBER).get("/licences/"))
    assert "In grace until" in page
    assert "because Ana Ruiz left; from then on no new customers." in page


def test_a_technician_breaks_the_glass_from_the_blocked_product(partner) -> None:
    page = browser(partner, Role.PARTNER_MEMBER)
    assert "/licences/edr/break-glass/" in text(page.get("/licences/edr/"))
    empty = page.post("/licences/edr/break-glass/", {"reason": ""})
    assert empty.status_code == 422
    done = page.post("/licences/edr/break-glass/", {"reason": "restore"})
    assert done["Location"] == "/licences/edr/"
    after = text(page.get("/licences/edr/"))
    assert "Glass broken" in after
    assert "/licences/edr/break-glass/" not in after
    again = page.post("/licences/edr/break-glass/", {"reason": "restore"})
    assert again.status_code == 422


def test_the_glass_of_one_customer_is_broken_from_its_seats(partner) -> None:
    customer = w.new_customer(partner)
    page = browser(partner, Role.PARTNER_MEMBER)
    address = f"/licences/edr/break-glass/?customer={customer.ref}"
    assert address in text(page.get(f"/licences/edr/seats/{customer.ref}/"))
    page.post(address, {"reason": "restore"})
    with scope.entered_vendor(partner.vendor_id):
        assert Override.objects.get().customer_id == customer.pk


def test_seats_are_reserved_and_confirmed_on_the_page(partner) -> None:
    w.certify(partner, "endpoint", until=w.LATER.replace(year=2099))
    customer = w.new_customer(partner)
    page = browser(partner, Role.PARTNER_MEMBER)
    seats = f"/licences/edr/seats/{customer.ref}/"
    page.post(seats, {"seats": 12, "environment": "general", "intent": "reserve"})
    shown = text(page.get(seats))
    assert "12 seats are reserved until" in shown
    settle = shown.split('action="/reservations/')[1].split('"')[0]
    page.post(f"/reservations/{settle}", {"verb": "confirm"})
    with scope.entered_vendor(partner.vendor_id):
        assert Deployment.objects.get().seats == 12


def test_a_partner_admin_asks_for_a_class_to_be_taken_away(partner) -> None:
    customer = w.new_customer(partner, environments=["general", "clinical"])
    page = browser(partner, Role.PARTNER_ADMIN)
    address = f"/licences/at/{customer.ref}/classes/"
    assert address in text(page.get(f"/licences/at/{customer.ref}/"))
    page.post(address, {"environments": ["general"], "evidence": "sold the clinic"})
    with scope.entered_vendor(partner.vendor_id):
        assert ClassChange.objects.get().environments == ["general"]


def test_examiners_read_and_export_exceptions_and_others_do_not(partner) -> None:
    w.new_customer(partner, vertical="healthcare", name="Clinic North")
    examiner = browser(partner, Role.EXAMINER, own=False)
    assert "Clinic North" in text(examiner.get("/exceptions/"))
    taken = examiner.post("/exceptions/export/")
    assert taken["Content-Type"].startswith("text/csv")
    assert "Clinic North" in taken.content.decode()
    for other in (
        browser(partner, Role.PARTNER_ADMIN),
        browser(partner, Role.SUPPORT_ENGINEER, own=False),
    ):
        assert other.get("/exceptions/").status_code == 403
        assert other.post("/exceptions/export/").status_code == 403


def test_an_exception_is_read_by_its_partner_and_by_nobody_elses(partner) -> None:
    page = browser(partner, Role.PARTNER_MEMBER)
    page.post("/licences/edr/break-glass/", {"reason": "fire in the basement"})
    with scope.entered_vendor(partner.vendor_id):
        ref = Override.objects.get().ref
    assert "fire in the basement" in text(page.get(f"/exceptions/{ref}/"))
    sibling = browser(w.new_partner(partner.vendor), Role.PARTNER_ADMIN)
    assert sibling.get(f"/exceptions/{ref}/").status_code == 404
    assert sibling.post(f"/exceptions/{ref}/").status_code == 404
    page.post(f"/exceptions/{ref}/")
    with scope.entered_vendor(partner.vendor_id):
        assert Override.objects.get().state == "ended"


def test_a_duplicate_is_merged_only_after_its_preview_was_read(partner) -> None:
    kept, double = w.new_customer(partner, name="Kept"), w.new_customer(partner, name="Twice")
    page, address = browser(partner, Role.PARTNER_ADMIN), f"/licences/at/{kept.ref}/duplicate/"
    asked = {"duplicate": double.pk}
    shown = page.post(address, asked)
    assert (shown.status_code, w.reread(double).until) == (200, None)
    assert "The duplicate says: Twice" in text(shown)
    merged = page.post(address, {**asked, "read": double.ref})
    assert (merged.status_code, w.reread(double).merged_into_id) == (302, kept.pk)
