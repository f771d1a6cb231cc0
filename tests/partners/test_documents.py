"""Files that show what is attested: what is taken, who downloads them, and how they leave."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from partners.models import Attestation
from tenants import scope
from tenants.files import MOST_BYTES, document_of
from tenants.models import File
from tenants.writing import Refused
from tests import factories as make
from tests.partners.conftest import NOW

PDF = b"%PDF-1.7\n%plan"
WORDS = {"evidence": "Plan 2026", "attested_by": "Ada", "since": "2026-02-15"}
SUBMIT = "/figures/business_plan/submit/"


def office(*parts: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for part in parts:
            packed.writestr(part, "x")
    return held.getvalue()


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(world: SimpleNamespace) -> Client:
    return make.sign_in(Client(), world.owner)


@pytest.fixture
def handed_in(world: SimpleNamespace, owner: Client) -> Attestation:
    given = SimpleUploadedFile('pl"an.PDF', PDF, content_type="text/html")
    assert owner.post(SUBMIT, WORDS | {"document": given}).status_code == 302
    with scope.entered_vendor(world.vendor.pk):
        return Attestation.objects.select_related("document").get()


def address(row: Attestation) -> str:
    return f"/attestations/{row.ref}/document/"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.png", b"\x89PNG\r\n\x1a\nrest", "image/png"),
        ("a.JPG", b"\xff\xd8\xffrest", "image/jpeg"),
        ("a.txt", "Größe".encode(), "text/plain"),
        ("a.csv", b"a,b\r\n1,2\r\n", "text/csv"),
        ("a.docx", office("word/document.xml"), "wordprocessingml.document"),
        ("a.xlsx", office("xl/workbook.xml"), "spreadsheetml.sheet"),
    ],
)
def test_a_file_is_what_its_content_says(name: str, data: bytes, kind: str) -> None:
    assert document_of(name, data).content_type.endswith(kind)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", b"<script>alert(1)</script>", "file_kind"),
        ("a.html", b"<script>alert(1)</script>", "file_kind"),
        ("a.svg", b"<svg/>", "file_kind"),
        ("a.exe", b"MZ\x90\x00", "file_kind"),
        ("a.txt", b"MZ\x90\x00", "file_kind"),
        ("a.png", PDF, "file_kind"),
        ("a.docx", b"PK\x03\x04broken", "file_kind"),
        ("a.docx", office("word/document.xml", "word/vbaProject.bin"), "file_kind"),
        ("a.xlsx", office("word/document.xml"), "file_kind"),
        ("pdf", PDF, "file_kind"),
        ("a.pdf", b"", "file_empty"),
        ("a.pdf", PDF + b" " * MOST_BYTES, "file_too_large"),
    ],
)
def test_a_file_of_another_kind_or_size_is_refused(name: str, data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        document_of(name, data)
    assert (refused.value.code, refused.value.reasons[0].pointer) == (code, "document")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/pa\nss.txt", "pass.txt"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("x" * 400 + ".txt", None),
    ],
)
def test_the_name_is_a_name_alone(name: str, kept: str | None) -> None:
    found = document_of(name, b"words").name
    assert found == kept if kept else len(found) == 255


def test_a_document_that_is_not_taken_leaves_nothing(world: SimpleNamespace, owner: Client) -> None:
    given = SimpleUploadedFile("plan.pdf", b"<html>", content_type="application/pdf")
    answer = owner.post(SUBMIT, WORDS | {"document": given})
    assert (answer.status_code, "This is no PDF" in answer.content.decode()) == (422, True)
    with scope.entered_vendor(world.vendor.pk):
        assert (Attestation.objects.count(), File.objects.count()) == (0, 0)


def test_a_document_is_kept_under_a_name_of_ours(handed_in: Attestation) -> None:
    file = handed_in.document
    assert file is not None
    assert (file.name, file.content_type, file.size) == ('pl"an.PDF', "application/pdf", len(PDF))
    assert handed_in.document_sha256 == file.sha256
    assert "an" not in file.key.rpartition("/")[2]


def test_a_document_leaves_as_a_download(owner: Client, handed_in: Attestation) -> None:
    answer: Any = owner.get(address(handed_in))
    assert (answer.status_code, answer.getvalue()) == (200, PDF)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_who_decides_finds_the_document_beside_the_statement(
    world: SimpleNamespace, handed_in: Attestation
) -> None:
    cam = make.sign_in(Client(), world.cam)
    page = cam.get(f"/attestations/{handed_in.ref}/").content.decode()
    assert address(handed_in) in page
    assert cam.get(address(handed_in)).status_code == 200


def test_nobody_else_finds_the_document(world: SimpleNamespace, handed_in: Attestation) -> None:
    sister = make.MembershipFactory(partner=world.other, role="partner_admin")
    stranger = make.MembershipFactory(role="channel_admin")
    found = [make.sign_in(Client(), one).get(address(handed_in)) for one in (sister, stranger)]
    assert [answer.status_code for answer in found] == [404, 404]


def test_a_statement_without_a_document_has_no_download(
    world: SimpleNamespace, owner: Client
) -> None:
    row = make.AttestationFactory(partner=world.partner)
    assert owner.get(address(row)).status_code == 404
