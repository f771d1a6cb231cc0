from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certifications.models import Certificate, Result
from partners.actions import end_employment
from partners.models import Employment, Partner
from programs import document as documents
from programs import library
from programs.actions import publish_program
from tenants import scope
from tenants.models import Person
from tests import factories as make
from tests.api import api_of
from tests.certifications import world
from tests.certifications.world import noon

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(noon("2026-11-23"), tick=False):
        yield


@pytest.fixture
def priya() -> Person:
    vendor = make.VendorFactory()
    world.publish(vendor, "aurora")
    return world.engineer(make.PartnerFactory(vendor=vendor), name="Priya Nair")


def body(held: Person, **more: Any) -> dict[str, Any]:
    return {
        "person": held.ref,
        "track": "endpoint-deploy",
        "version": "5.0",
        "passed_on": "2026-11-20",
        **more,
    }


def stored(person: Person) -> tuple[int, int]:
    with scope.entered_vendor(person.vendor_id):
        return Result.objects.count(), Certificate.objects.count()


def test_a_posted_result_answers_with_its_certificate(priya: Person) -> None:
    api = api_of(priya.vendor, "certificates.record", "certificates.read")
    response = api.post("/results", body(priya, score="91.50", external_id="lms-7"))
    answer = response.json()
    assert response.status_code == 201
    [brought] = answer["certificates"]
    assert (brought["expires_on"], brought["track"]["code"]) == ("2028-06-15", "endpoint-deploy")
    assert answer["person"] == {"id": priya.ref, "name": "Priya Nair"}
    assert (answer["passed"], answer["score"]) == (True, "91.50")
    assert response["Location"] == f"/api/v1/results/{answer['id']}"
    assert api.get(f"/results/{answer['id']}").json() == answer
    certificate = api.get(f"/certificates/{brought['id']}").json()
    assert (certificate["counts_until"], certificate["revoked_on"]) == ("2028-06-15", None)


def test_a_result_is_sent_with_what_shows_it(priya: Person) -> None:
    api = api_of(priya.vendor, "certificates.record", "certificates.read")
    packed = base64.b64encode(b"%PDF-1.7 score report").decode()
    sent = body(priya, document_name="report.pdf", document_base64=packed)
    answer = api.post("/results", sent).json()
    assert answer["document_sha256"] == hashlib.sha256(b"%PDF-1.7 score report").hexdigest()
    with scope.entered_vendor(priya.vendor_id):
        file = Result.objects.get().document
    assert file is not None and (file.name, file.partner_id) == ("report.pdf", None)


@pytest.mark.parametrize("packed", ["not base64!", base64.b64encode(b"MZ\x90\x00").decode()])
def test_a_file_that_is_not_taken_records_nothing(priya: Person, packed: str) -> None:
    api = api_of(priya.vendor, "certificates.record", "certificates.read")
    sent = body(priya, document_name="report.pdf", document_base64=packed)
    answer = api.post("/results", sent)
    assert (answer.status_code, stored(priya)) == (400, (0, 0))


def test_a_result_posted_twice_is_a_409_and_changes_nothing(priya: Person) -> None:
    api = api_of(priya.vendor, "certificates.record", "certificates.read")
    api.post("/results", body(priya))
    response = api.post("/results", body(priya))
    assert (response.status_code, response.json()["code"]) == (409, "already_recorded")
    assert stored(priya) == (1, 1)


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"version": "9.9"}, 409, "unknown_version"),
        ({"passed_on": "2026-11-24"}, 409, "passed_in_future"),
        ({"track": "nothing"}, 400, None),
        ({"passed_on": "2026-02-30"}, 400, None),
        ({"passed_on": 20261120}, 400, None),
        ({"score": 91.5}, 400, None),
        ({"colour": "blue"}, 400, None),
        ({"person": "per_" + "0" * 32}, 400, None),
    ],
)
def test_a_wrong_result_is_refused(
    priya: Person, values: dict[str, Any], status: int, code: str | None
) -> None:
    api = api_of(priya.vendor, "certificates.record", "certificates.read")
    response = api.post("/results", body(priya, **values))
    assert response.status_code == status
    if code:
        assert [b["code"] for b in response.json()["blockers"]] == [code]
    assert stored(priya) == (0, 0)


def test_another_vendors_person_is_not_found(priya: Person) -> None:
    stranger = make.PersonFactory()
    api = api_of(priya.vendor, "certificates.record", "certificates.read")
    assert api.post("/results", body(stranger)).status_code == 400
    assert stored(priya) == (0, 0)


def test_recording_needs_its_capability(priya: Person) -> None:
    api = api_of(priya.vendor, "certificates.read")
    assert api.post("/results", body(priya)).status_code == 403
    assert stored(priya) == (0, 0)


def test_a_partners_client_may_not_record(priya: Person) -> None:
    with scope.entered_vendor(priya.vendor_id):
        partner = priya.employments.get().partner
    api = api_of(priya.vendor, "certificates.record", "certificates.read", partner=partner)
    assert api.post("/results", body(priya)).status_code == 403
    assert stored(priya) == (0, 0)


def test_a_partners_client_reads_its_own_peoples_only(priya: Person) -> None:
    world.pass_exam(priya, "endpoint-deploy", "2026-10-01", version="5.0")
    other = world.engineer(make.PartnerFactory(vendor=priya.vendor))
    world.pass_exam(other, "endpoint-deploy", "2026-10-01", version="5.0")
    with scope.entered_vendor(priya.vendor_id):
        partner = priya.employments.get().partner
    api = api_of(priya.vendor, "certificates.read", partner=partner)
    names = [row["person"]["name"] for row in api.get("/certificates").json()["data"]]
    assert names == ["Priya Nair"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("track=endpoint-deploy", 1),
        ("track=hipaa", 1),
        ("revoked=true", 0),
        ("revoked=false", 2),
        ("expires_on__lte=2027-12-31", 1),
    ],
)
def test_certificates_are_filtered(priya: Person, query: str, count: int) -> None:
    world.pass_exam(priya, "endpoint-deploy", "2026-10-01", version="5.0")
    world.pass_exam(priya, "hipaa", "2026-10-01")
    api = api_of(priya.vendor, "certificates.read")
    assert len(api.get(f"/certificates?{query}").json()["data"]) == count


def test_a_certificate_is_revoked_once(priya: Person) -> None:
    held = world.pass_exam(priya, "endpoint-deploy", "2026-10-01", version="5.0")
    api = api_of(priya.vendor, "certificates.revoke", "certificates.read")
    first = api.post(f"/certificates/{held.ref}/revoke", {"reason": "Copied"})
    assert (first.status_code, first.json()["revoked_on"]) == (200, "2026-11-23")
    second = api.post(f"/certificates/{held.ref}/revoke", {"reason": "Again"})
    assert (second.status_code, second.json()["code"]) == (409, "already_revoked")


def test_tracks_are_listed_by_code(priya: Person) -> None:
    api = api_of(priya.vendor, "program.read")
    rows = api.get("/tracks?sort=code").json()["data"]
    assert rows[0]["code"] == "cloud-architect"
    assert {row["retired_in"] for row in rows} == {None}


def test_tracks_of_a_version_to_come_are_hidden_from_partners(priya: Person) -> None:
    vendor = priya.vendor
    document = documents.to_dict(library.program("aurora"))
    document["tracks"]["secret"] = {"title": "Secret", "months": 12}
    with scope.entered_vendor(vendor.pk):
        partner = Partner.objects.get()
        publish_program(
            documents.document_from(document),
            at=noon("2026-11-23"),
            announced_on=world.day("2027-05-01"),
            effective_from=world.day("2027-06-01"),
        )
    theirs = api_of(vendor, "program.read", partner=partner).get("/tracks?limit=100").json()["data"]
    own = api_of(vendor, "program.read").get("/tracks?limit=100").json()["data"]
    assert {row["code"] for row in own} - {row["code"] for row in theirs} == {"secret"}
    assert not any("retired_in" in row for row in theirs)


def test_a_former_employer_does_not_see_the_address_any_more(priya: Person) -> None:
    world.pass_exam(priya, "endpoint-deploy", "2026-10-01", version="5.0")
    with make.prepared(priya.vendor):
        row = Employment.objects.select_related("partner").get()
    api = api_of(priya.vendor, "certificates.read", "people.read", partner=row.partner)

    def seen() -> set[str]:
        (certificate,) = api.get("/certificates?expand=person").json()["data"]
        (employment,) = api.get("/people").json()["data"]
        return {certificate["person"]["email"], employment["person"]["email"]}

    assert seen() == {priya.email}
    with make.prepared(priya.vendor):
        end_employment(row, on=world.day("2026-11-23"))
    assert seen() == {""}


def test_a_first_result_changes_no_alert(priya: Person) -> None:
    api = api_of(priya.vendor, "certificates.record", "certificates.read")
    with CaptureQueriesContext(connection) as asked:
        assert api.post("/results", body(priya)).status_code == 201
    assert [q for q in asked.captured_queries if 'UPDATE "alerts_alert"' in q["sql"]] == []
