from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from certifications.models import Certificate, Result
from programs.models import Track
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event, Membership, Person
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import day, noon

pytestmark = pytest.mark.django_db
RESULTS = "/admin/certifications/result/"
CERTIFICATES = "/admin/certifications/certificate/"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(noon("2026-11-23"), tick=False):
        yield


@pytest.fixture
def admin(client: Client) -> Membership:
    vendor = make.VendorFactory()
    world.publish(vendor, "aurora")
    held = make.MembershipFactory(role=Role.CHANNEL_ADMIN, vendor=vendor)
    world.engineer(make.PartnerFactory(vendor=vendor), name="Priya Nair")
    make.sign_in(client, held)
    return held


def form(membership: Membership, **more: Any) -> dict[str, Any]:
    with scope.entered_vendor(membership.vendor_id):
        person = Person.objects.get(name="Priya Nair")
        track = Track.objects.get(code="endpoint-deploy")
    values = {
        "person": person.pk,
        "track": track.pk,
        "version": "5.0",
        "passed_on": "2026-11-20",
        "passed": "on",
        "score": "",
        "external_id": "",
        "expires_on": "",
    }
    return {**values, **more}


def counts(membership: Membership) -> tuple[int, int]:
    with scope.entered_vendor(membership.vendor_id):
        return Result.objects.count(), Certificate.objects.count()


def test_the_admin_records_the_missing_result(admin: Membership, client: Client) -> None:
    response = client.post(f"{RESULTS}add/", form(admin))
    assert response.status_code == 302
    with scope.entered_vendor(admin.vendor_id):
        held = Certificate.objects.select_related("result").get()
        actor = Event.objects.get(kind="certificate.issued").actor
    assert (held.expires_on, held.result.source) == (day("2028-06-15"), "form")
    assert (actor["person"], actor["origin"]) == (admin.person.ref, "admin")


def test_the_admin_keeps_what_shows_the_result(admin: Membership, client: Client) -> None:
    report = SimpleUploadedFile("report.pdf", b"%PDF-1.7 score report")
    client.post(f"{RESULTS}add/", form(admin, evidence=report))
    with scope.entered_vendor(admin.vendor_id):
        result = Result.objects.get()
    page = client.get(f"{RESULTS}{result.ref}/change/")
    address = f"/results/{result.ref}/document/"
    assert address in page.content.decode()
    assert client.get(address).content == b"%PDF-1.7 score report"


def test_a_file_that_is_no_evidence_is_refused(admin: Membership, client: Client) -> None:
    wrong = SimpleUploadedFile("report.pdf", b"MZ\x90\x00")
    response = client.post(f"{RESULTS}add/", form(admin, evidence=wrong))
    assert list(response.context["adminform"].form.errors) == ["evidence"]
    assert counts(admin) == (0, 0)


def test_a_refused_result_keeps_the_form_and_names_the_field(
    admin: Membership, client: Client
) -> None:
    response = client.post(f"{RESULTS}add/", form(admin, version="9.9"))
    errors = response.context["adminform"].form.errors
    assert (response.status_code, list(errors)) == (200, ["version"])
    assert counts(admin) == (0, 0)


def test_the_same_result_twice_is_refused_in_words(admin: Membership, client: Client) -> None:
    client.post(f"{RESULTS}add/", form(admin))
    response = client.post(f"{RESULTS}add/", form(admin))
    assert response.context["adminform"].form.non_field_errors() == [
        "This result is recorded already; nothing was changed."
    ]
    assert counts(admin) == (1, 1)


def test_another_vendors_person_is_no_choice(admin: Membership, client: Client) -> None:
    stranger = make.PersonFactory()
    response = client.post(f"{RESULTS}add/", form(admin, person=stranger.pk))
    assert list(response.context["adminform"].form.errors) == ["person"]
    assert counts(admin) == (0, 0)


def test_a_certificate_is_revoked_with_a_reason(admin: Membership, client: Client) -> None:
    client.post(f"{RESULTS}add/", form(admin))
    with scope.entered_vendor(admin.vendor_id):
        held = Certificate.objects.get()
    response = client.post(f"{CERTIFICATES}{held.ref}/do/revoke/", {"reason": "Copied answers"})
    assert response.status_code == 302
    with scope.entered_vendor(admin.vendor_id):
        held.refresh_from_db()
    assert (held.revoked_on, held.revoked_reason) == (day("2026-11-23"), "Copied answers")


def test_a_revocation_without_a_reason_changes_nothing(admin: Membership, client: Client) -> None:
    client.post(f"{RESULTS}add/", form(admin))
    with scope.entered_vendor(admin.vendor_id):
        held = Certificate.objects.get()
    response = client.post(f"{CERTIFICATES}{held.ref}/do/revoke/", {"reason": ""})
    assert response.status_code == 422
    with scope.entered_vendor(admin.vendor_id):
        assert Certificate.objects.get().revoked_on is None


@pytest.mark.parametrize("page", [RESULTS, f"{RESULTS}add/", CERTIFICATES])
def test_every_page_opens(admin: Membership, client: Client, page: str) -> None:
    client.post(f"{RESULTS}add/", form(admin))
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("state", ["valid", "lapsed", "revoked"])
def test_certificates_are_filtered_by_state(admin: Membership, client: Client, state: str) -> None:
    client.post(f"{RESULTS}add/", form(admin))
    response = client.get(f"{CERTIFICATES}?state={state}")
    assert response.context["cl"].result_count == (1 if state == "valid" else 0)


def test_a_certificates_page_and_history_open(admin: Membership, client: Client) -> None:
    client.post(f"{RESULTS}add/", form(admin))
    with scope.entered_vendor(admin.vendor_id):
        held = Certificate.objects.get()
    assert client.get(f"{CERTIFICATES}{held.ref}/change/").status_code == 200
    history = client.get(f"{CERTIFICATES}{held.ref}/history/").content.decode()
    assert history.count("Certificate issued") >= 1


def test_a_partner_admin_stays_outside(client: Client) -> None:
    make.sign_in(client, make.MembershipFactory(role=Role.PARTNER_ADMIN))
    assert client.get(RESULTS).status_code != 200
