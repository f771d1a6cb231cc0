"""Whatever is wrong with a document is said alike by the upload, the command and the API: the line
or the place, what is wrong, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from tenants.capabilities import Role
from tenants.models import Vendor
from tests.api import api_of
from tests.factories import MembershipFactory, sign_in
from tests.programs.world import TEXT, new_vendor, versions

pytestmark = pytest.mark.django_db

DEEP = "{all: [" * 41 + "{metric: {code: revenue, at_least: 1}}" + "]}" * 41
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
CASES = {
    "a bomb of aliases": (BOMB, "line 1, a: &a: anchors and aliases are not allowed. "
                          "Write the value out where it is needed"),
    "an anchor": (TEXT.replace("title: Shield", "title: &t Shield"),
                  "line 10, products.shield.title: &t: anchors and aliases are not allowed. "
                  "Write the value out where it is needed"),
    "a key twice": (TEXT.replace("currency: EUR", "currency: EUR\ncurrency: USD"),
                    "line 5, currency: 'currency' stands here twice (first in line 4). "
                    "Keep one of them"),
    "five megabytes": (f"# {'x' * 5_000_000}\n{TEXT}",
                       "the document has more than 1,000,000 bytes. "
                       "Split the program by partner type, or shorten its notes"),
    "a tree of 41": (TEXT.replace("{metric: {code: revenue, at_least: 50}}", DEEP),
                     "a requirement nests deeper than 40 levels. Flatten the tree"),
    "a retired code": (
        TEXT.replace("revenue: {title", "turnover: {title")
        + "mapping: {metrics: {revenue: turnover}}\n",
        "products.shield.gates.general.metric.code: the metric 'revenue' is retired. "
        "Write 'turnover' instead",
    ),
}  # fmt: skip


@pytest.fixture
def vendor() -> Vendor:
    return new_vendor()


@pytest.mark.parametrize("case", CASES)
def test_the_command_says_what_is_wrong(vendor: Vendor, tmp_path: Path, case: str) -> None:
    text, words = CASES[case]
    file = tmp_path / "program.yaml"
    file.write_text(text)
    for verb in ("plan", "apply"):
        with pytest.raises(CommandError) as error:
            call_command("program", verb, str(file), "--vendor", "aurora")
        assert words in str(error.value)
    assert len(versions(vendor)) == 1


@pytest.mark.parametrize("case", CASES)
def test_the_api_says_what_is_wrong(vendor: Vendor, case: str) -> None:
    text, words = CASES[case]
    api = api_of(vendor, "program.publish")
    for path, more in (("plan", {}), ("versions", {"base": 1})):
        answer = api.post(f"/program/{path}", {"yaml": text, **more})
        assert answer.status_code == 400
        assert any(words in error["detail"] for error in answer.json()["errors"])
    assert len(versions(vendor)) == 1


@pytest.mark.parametrize("case", CASES)
def test_the_upload_says_what_is_wrong(vendor: Vendor, case: str) -> None:
    text, words = CASES[case]
    client = sign_in(Client(), MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN))
    file = SimpleUploadedFile("program.yaml", text.encode())
    answer = client.post("/admin/programs/programversion/upload/", {"file": file})
    assert answer.status_code == 422
    assert any(words in str(one) for one in answer.context["form"].problems)
    assert len(versions(vendor)) == 1
