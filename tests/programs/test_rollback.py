"""Older documents again, the order of an export, and what a scheduled version leaves alone."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from programs import document as documents
from programs.actions import publish_program, stage_program
from programs.compiled import declared, document_as_written
from programs.models import Level, Product, ProgramDraft, ProgramVersion
from tenants import scope
from tenants.clock import today
from tenants.models import Vendor
from tests.programs.world import CHANGED, TEXT, new_vendor, small, versions
from web import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_a_day")]


@pytest.fixture
def _on_a_day():  # type: ignore[no-untyped-def]
    with time_machine.travel("2026-11-23 12:00:00+00:00", tick=False):
        yield


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("program", *words, stdout=out)
    return out.getvalue()


def publish(vendor: Vendor, text: str, day: str = "2026-11-23") -> None:
    with scope.entered_vendor(vendor.pk):
        publish_program(
            small(text), at=clock.now(), effective_from=clock.now().date().fromisoformat(day)
        )


def test_a_rollback_publishes_the_old_document_as_a_new_version() -> None:
    vendor = new_vendor()
    publish(vendor, CHANGED)
    said = run("rollback", "1", "--vendor", "aurora")
    assert said.startswith("Compared with version 2, from 23 Nov 2026:")
    assert said.endswith("Published as version 3, in force from 2026-11-23.\n")
    assert [digest for _, digest in versions(vendor)] == [
        documents.digest(small(text)) for text in (TEXT, CHANGED, TEXT)
    ]
    assert "Version 1 again" in run("history", "--vendor", "aurora").splitlines()[0]


def test_a_rollback_can_be_planned_only() -> None:
    vendor = new_vendor()
    publish(vendor, CHANGED)
    assert "no longer asks" in run("rollback", "1", "--vendor", "aurora", "--plan")
    assert len(versions(vendor)) == 2


def test_a_rollback_under_a_scheduled_version_is_refused_unless_it_is_said() -> None:
    vendor = new_vendor()
    publish(vendor, CHANGED)
    publish(vendor, TEXT.replace("Small", "Next"), "2027-01-01")
    with pytest.raises(CommandError, match=r"Version 3, .* takes over on 1 Jan 2027"):
        run("rollback", "1", "--vendor", "aurora")
    assert len(versions(vendor)) == 3
    run("rollback", "1", "--vendor", "aurora", "--under-scheduled")
    assert len(versions(vendor)) == 4


def test_an_unknown_version_cannot_be_rolled_back_to() -> None:
    new_vendor()
    with pytest.raises(CommandError, match="There is no program version 7"):
        run("rollback", "7", "--vendor", "aurora")


def test_an_export_keeps_the_authors_order() -> None:
    text = TEXT.replace(
        TEXT[TEXT.index("  ward:\n") : TEXT.index("types:\n")], ""
    ).replace("products:\n", "products:\n  zebra:\n    title: Z\n    gates:\n      general: {}\n"
              "  longest-code-of-all:\n    title: L\n    gates:\n      general: {}\n")  # fmt: skip
    vendor = new_vendor(text=text)
    with scope.entered_vendor(vendor.pk):
        stage_program(small(CHANGED), at=clock.now())
        held = list(ProgramDraft.objects.get().document["products"])
        again = list(document_as_written(1).products)
    assert (again, held) == (["zebra", "longest-code-of-all", "shield"], ["shield", "ward"])
    lines = run("export", "--vendor", "aurora").splitlines()
    assert lines == documents.export_yaml(small(text)).splitlines()
    order = [line.split(":")[0] for line in lines if line[:1].isalpha()]
    assert order == ["program", "title", "currency", "environments", "metrics", "products", "types"]


def test_a_scheduled_version_takes_no_code_out_before_its_day() -> None:
    vendor = new_vendor()
    text = TEXT.replace("gold: {title: Gold", "platinum: {title: Platinum").replace(
        "  ward:\n", "  guard:\n"
    )
    publish(vendor, text, "2027-01-01")
    with scope.entered_vendor(vendor.pk):

        def shown(model: type) -> list[str]:
            return sorted(declared(model.objects.all(), today()).values_list("code", flat=True))  # type: ignore[attr-defined]

        before = shown(Product), shown(Level)
        with time_machine.travel("2027-01-01 12:00:00+00:00", tick=False):
            after = shown(Product), shown(Level)
    assert before == (["shield", "ward"], ["gold", "registered", "silver"])
    assert after == (["guard", "shield"], ["platinum", "registered", "silver"])


def test_what_is_scheduled_and_announced_is_in_the_history(tmp_path: Path) -> None:
    vendor = new_vendor()
    publish(vendor, CHANGED, "2027-01-01")
    (line, _) = run("history", "--vendor", "aurora").splitlines()
    assert line.startswith("   2  from 2027-01-01  scheduled  announced 2026-11-23  published")
    with scope.entered_vendor(vendor.pk):
        assert ProgramVersion.objects.count() == 2
