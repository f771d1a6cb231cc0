from __future__ import annotations

from typing import Any

import pytest

from certifications.models import Certificate, Result
from tenants import scope
from tenants.capabilities import Role
from tenants.importing import apply_import, stage_import
from tenants.models import Event, ImportRow, Person
from tenants.writing import NotAllowed
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import day, noon

pytestmark = pytest.mark.django_db
AT = noon("2026-11-23")
HEAD = "external_id,email,track,version,passed_on,score,result_id\n"


@pytest.fixture
def priya() -> Any:
    vendor = make.VendorFactory()
    world.publish(vendor, "aurora")
    person = world.engineer(
        make.PartnerFactory(vendor=vendor), name="Priya Nair", email="priya@example.com"
    )
    with make.prepared(vendor):
        Person.objects.filter(pk=person.pk).update(external_id="E-1")
    with scope.entered_vendor(vendor.pk):
        yield person


def staged(text: str) -> Any:
    return stage_import("results", data=(HEAD + text).encode(), file_name="r.csv", at=AT)


def outcomes(job: Any) -> list[tuple[str, list[str]]]:
    rows = ImportRow.objects.filter(job=job).order_by("number")
    return [(row.outcome, [error["column"] for error in row.errors]) for row in rows]


def test_a_file_of_results_is_recorded(priya: Person) -> None:
    job = staged(
        "E-1,,ot-deploy,,2026-10-02,,\n"
        ",priya@example.com,endpoint-deploy,5.0,2026-10-01,88.5,lms-1\n"
    )
    assert outcomes(job) == [("create", []), ("create", [])]
    apply_import(job, at=AT)
    found = Certificate.objects.order_by("earned_on")
    assert [(c.track.code, c.expires_on) for c in found] == [
        ("endpoint-deploy", day("2028-06-15")),
        ("ot-deploy", day("2028-10-02")),
    ]
    assert set(Result.objects.values_list("source", flat=True)) == {"import"}


def test_the_same_file_twice_changes_nothing(priya: Person) -> None:
    line = "E-1,,endpoint-deploy,5.0,2026-10-01,88.5,lms-1\n"
    apply_import(staged(line), at=AT)
    job = staged(line)
    assert outcomes(job) == [("unchanged", [])]
    events = Event.objects.filter(kind="certificate.issued").count()
    apply_import(job, at=AT)
    assert (Certificate.objects.count(), events) == (1, 1)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("E-9,,endpoint-deploy,5.0,2026-10-01,,", "external_id"),
        (",,endpoint-deploy,5.0,2026-10-01,,", "external_id"),
        ("E-1,,nothing,5.0,2026-10-01,,", "track"),
        ("E-1,,endpoint-deploy,9.9,2026-10-01,,", "version"),
        ("E-1,,endpoint-deploy,5.0,2027-10-01,,", "passed_on"),
        ("E-1,,endpoint-deploy,5.0,1.10.2026,,", "passed_on"),
        ("E-1,,ot-deploy,,2026-10-01,,", "track"),
        ("E-1,,endpoint-deploy,5.0,2026-10-01,101,", "score"),
        ("E-1,,endpoint-deploy,3.0,2026-10-01,,", "passed_on"),
    ],
)
def test_a_wrong_row_names_its_column(priya: Person, line: str, column: str) -> None:
    job = staged(line + "\n")
    assert outcomes(job) == [("error", [column])]
    assert Certificate.objects.count() == 0


def test_two_people_of_one_address_are_not_guessed_at(priya: Person) -> None:
    make.PersonFactory(vendor=priya.vendor, email="priya@example.com")
    job = staged(",priya@example.com,endpoint-deploy,5.0,2026-10-01,,\n")
    assert outcomes(job) == [("error", ["email"])]


def test_results_are_the_staffs_to_import(priya: Person) -> None:
    with scope.entered_vendor(priya.vendor_id):
        partner = priya.employments.get().partner
    with make.enter_as(priya, Role.PARTNER_ADMIN, partner), pytest.raises(NotAllowed):
        staged("E-1,,endpoint-deploy,5.0,2026-10-01,,\n")
    assert Certificate.objects.count() == 0


def test_a_thousand_rows_are_recorded_in_as_many_queries_as_two(priya: Person) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for first, size in ((1, 2), (3, 1000)):
        lines = "".join(
            f"E-1,,cloud-architect,,2025-{1 + n // 28 % 10:02d}-{1 + n % 28:02d},,lms-{first + n}\n"
            if n < 280
            else f"E-1,,{('pci', 'sales-core', 'cloud-architect')[n % 3]},,"
            f"2026-{1 + n // 84 % 10:02d}-{1 + n // 3 % 28:02d},,lms-{first + n}\n"
            for n in range(size)
        )
        job = staged(lines)
        with CaptureQueriesContext(connection) as captured:
            apply_import(job, at=AT)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def in_chunks(text: str, chunk: int = 2) -> Any:
    data = (HEAD + text).encode()
    return stage_import("results", data=data, file_name="r.csv", at=AT, chunk=chunk)


def team(priya: Person, count: int) -> list[str]:
    """The addresses of so many colleagues."""
    employer = priya.employments.get().partner
    emails = [f"e{n}@example.com" for n in range(count)]
    for email in emails:
        world.engineer(employer, name=email, email=email)
    return emails


def test_rows_of_one_person_are_judged_together_across_chunks(priya: Person) -> None:
    """Each prerequisite stands far below what builds on it; Priya is named in two ways."""
    emails = [priya.email, *team(priya, 12)]
    deltas = "".join(f",{email},ot-deploy,,2026-10-02,,\n" for email in emails[1:])
    courses = "".join(f",{email},endpoint-deploy,5.0,2026-10-01,88,\n" for email in emails)
    text = "E-1,,ot-deploy,,2026-10-02,,\n" + deltas + courses
    job = in_chunks(text)
    assert (job.creates, job.failures) == (26, 0)
    apply_import(job, at=AT, chunk=2)
    assert Certificate.objects.count() == 26
    assert in_chunks(text).unchanged == 26


def test_one_id_of_two_results_is_found_across_chunks(priya: Person) -> None:
    emails = team(priya, 9)
    exam = "endpoint-deploy,5.0,2026-10-01,88"
    each = [f",{email},{exam},lms-{n}\n" for n, email in enumerate(emails)]
    job = in_chunks("".join(each) + "E-1,,endpoint-deploy,5.0,2026-10-03,88,lms-4\n")
    assert outcomes(job) == [*[("create", [])] * 9, ("error", ["result_id"])]
