from __future__ import annotations

import datetime as dt
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command

from programs import document as documents
from programs import library
from programs.models import ProgramVersion
from tenants.models import Event, Vendor
from tests.factories import prepared
from tests.programs.world import CHANGED, TEXT, add_partner, new_vendor, small, versions

PARTNERS = Path(library.__file__).parent / "partners"
AWS = ("evaluate", "aws-services-path", str(PARTNERS / "aws-premier-one-short.yaml"),
       "--on", "2026-11-23")  # fmt: skip


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("program", *words, stdout=out)
    return out.getvalue()


def shell(*words: str) -> subprocess.CompletedProcess[str]:
    """The command as typed, in a process that knows of no database."""
    env = {k: v for k, v in os.environ.items() if "DATABASE" not in k}
    return subprocess.run(
        [sys.executable, "manage.py", "program", *words],
        cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.fixture
def vendor(db: None) -> Vendor:
    return new_vendor("aurora", text="")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "program.yaml"
    path.write_text(TEXT)
    return path


def test_evaluate_needs_no_database() -> None:
    done = shell(*AWS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:4] == [
        "aws-services-path on 2026-11-23",
        "  services: meets advanced",
        "    select: pass",
        "    advanced: pass",
    ]


def test_evaluate_answers_json() -> None:
    result = json.loads(run(*AWS, "--json"))
    assert result["types"]["services"]["met"] == "advanced"
    assert result["document_digest"] == documents.digest(library.program("aws-services-path"))


def test_evaluate_reads_a_file_as_well(file: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"metrics": {"revenue": {"value": "120"}}}))
    lines = run("evaluate", str(file), str(facts), "--on", "2026-11-23").splitlines()
    assert lines[1:5] == [
        "  msp: meets silver",
        "    registered: pass",
        "    silver: pass",
        "    gold: fail, Revenue: 80 EUR more (120 EUR now)",
    ]


def test_schema_needs_no_database_and_is_the_documents() -> None:
    done = shell("schema")
    assert (done.returncode, json.loads(done.stdout)) == (0, documents.json_schema())


def test_a_defect_names_file_line_and_remedy_and_fails(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("program: x\ntitle: X\ncurrency: EUR\ncolour: red\n")
    done = shell("evaluate", str(broken), str(PARTNERS / "aws-select.yaml"), "--on", "2026-11-23")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"CommandError: {broken}: 1 problem",
        "  line 4, colour: unknown key 'colour'. Remove it or see the JSON Schema",
    ]


def test_facts_that_do_not_fit_name_their_file(tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text("people: 5\n")
    with pytest.raises(CommandError, match=r"facts\.yaml: 1 problem\n  people: "):
        run("evaluate", "borealis", str(facts), "--on", "2026-11-23")


@pytest.mark.parametrize("words", [(), ("dance",), ("evaluate", "borealis"), (*AWS[:4], "soon")])
def test_wrong_words_are_a_usage_error(words: tuple[str, ...]) -> None:
    done = shell(*words)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_file_that_is_not_there_is_said(vendor: Vendor) -> None:
    with pytest.raises(CommandError, match=r"nope.yaml cannot be read: No such file"):
        run("plan", "nope.yaml", "--vendor", "aurora")


def test_an_unknown_vendor_is_said(file: Path, vendor: Vendor) -> None:
    with pytest.raises(CommandError, match="There is no vendor 'nobody'"):
        run("plan", str(file), "--vendor", "nobody")


def test_plan_prints_and_writes_nothing(file: Path, vendor: Vendor) -> None:
    run("apply", str(file), "--vendor", "aurora")
    add_partner(vendor, "Alder IT", 55)
    file.write_text(CHANGED)
    lines = run("plan", str(file), "--vendor", "aurora").splitlines()
    assert lines[0].startswith("Compared with version 1, from ")
    assert len([line for line in lines if line.startswith("  ~ ")]) == 3
    assert lines[-5:] == [
        "Effect on 1 active partner:",
        "  Closes for 1 partner (0 seats):",
        "    Shield (general) closes for Alder IT",
        "Hit hardest:",
        "  Alder IT: 0 seats",
    ]
    assert len(versions(vendor)) == 1


def test_apply_prints_the_plan_and_publishes_it(file: Path, vendor: Vendor) -> None:
    first = run("apply", str(file), "--vendor", "aurora", "--note", "First")
    assert "this would be the first program, with 1 partner type" in first.splitlines()[0]
    assert first.splitlines()[1].startswith("Published as version 1, in force from ")
    file.write_text(CHANGED)
    planned = run("plan", str(file), "--vendor", "aurora")
    applied = run("apply", str(file), "--vendor", "aurora")
    assert applied.startswith(planned)
    assert versions(vendor) == [
        (1, documents.digest(small())),
        (2, documents.digest(small(CHANGED))),
    ]


def test_apply_twice_changes_nothing_and_succeeds(file: Path, vendor: Vendor) -> None:
    run("apply", str(file), "--vendor", "aurora")
    with prepared(vendor):
        held = Event.objects.count()
    assert run("apply", str(file), "--vendor", "aurora").startswith(
        "Nothing changes: this is version 1, in force on "
    )
    with prepared(vendor):
        assert (Event.objects.count(), ProgramVersion.objects.count()) == (held, 1)


def test_partners_are_told_on_the_day_given(file: Path, vendor: Vendor) -> None:
    run("apply", str(file), "--vendor", "aurora")
    file.write_text(CHANGED)
    days = ("--effective-from", "2099-03-01", "--announced-on", "2099-01-15")
    assert run("plan", str(file), "--vendor", "aurora", *days).startswith("Compared with version 1")
    run("apply", str(file), "--vendor", "aurora", *days)
    with prepared(vendor):
        told = ProgramVersion.objects.order_by("number").values_list("announced_on", flat=True)
        assert list(told)[1] == dt.date(2099, 1, 15)
    late = ("--effective-from", "2099-03-01", "--announced-on", "2099-03-02")
    for verb in ("plan", "apply"):
        with pytest.raises(CommandError, match="Partners must be told by 1 Mar 2099"):
            run(verb, str(file), "--vendor", "aurora", *late)


def test_apply_refuses_a_day_in_the_past(file: Path, vendor: Vendor) -> None:
    run("apply", str(file), "--vendor", "aurora", "--effective-from", "2024-01-01")
    file.write_text(CHANGED)
    with pytest.raises(CommandError, match="cannot take effect in the past"):
        run("apply", str(file), "--vendor", "aurora", "--effective-from", "2025-01-01")
    assert len(versions(vendor)) == 1


def test_an_export_applied_changes_nothing(file: Path, vendor: Vendor, tmp_path: Path) -> None:
    run("apply", "borealis", "--vendor", "aurora")
    again = tmp_path / "export.yaml"
    again.write_text(run("export", "--vendor", "aurora"))
    assert run("apply", str(again), "--vendor", "aurora").startswith("Nothing changes")
    assert versions(vendor) == [(1, documents.digest(library.program("borealis")))]


def test_an_older_version_is_exported_by_number(file: Path, vendor: Vendor) -> None:
    run("apply", str(file), "--vendor", "aurora")
    file.write_text(CHANGED)
    run("apply", str(file), "--vendor", "aurora")
    assert documents.load(run("export", "--vendor", "aurora", "--version", "1")) == small()
    assert documents.load(run("export", "--vendor", "aurora")) == small(CHANGED)
    with pytest.raises(CommandError, match="There is no program version 0"):
        run("export", "--vendor", "aurora", "--version", "0")


def test_exporting_before_anything_is_published_is_said(vendor: Vendor) -> None:
    with pytest.raises(CommandError, match="No program is in force"):
        run("export", "--vendor", "aurora")


@time_machine.travel("2026-11-23 12:00:00+00:00", tick=False)
def test_history_marks_what_is_in_force_and_scheduled(file: Path, vendor: Vendor) -> None:
    assert run("history", "--vendor", "aurora") == "No version has been published.\n"
    run("apply", str(file), "--vendor", "aurora", "--note", "First")
    file.write_text(CHANGED)
    run("apply", str(file), "--vendor", "aurora", "--effective-from", "2027-01-01")
    first, second = (documents.digest(small(text))[:12] for text in (TEXT, CHANGED))
    at = "published 2026-11-23 12:00 UTC"
    assert run("history", "--vendor", "aurora").splitlines() == [
        f"   2  from 2027-01-01  scheduled  announced 2026-11-23  {at}  {second}",
        f"   1  from 2026-11-23  in force   announced 2026-11-23  {at}  {first}  First",
    ]


def test_the_library_names_what_it_holds() -> None:
    """``programs/library/README.md`` lists every program and says seven types of Aurora."""
    text = (Path(library.__file__).parent / "README.md").read_text()
    listed = [f"{name}.yaml" for name in library.names()]
    assert [name for name in listed if f"| `{name}` |" not in text] == []
    assert len(library.program("aurora").types) == 7
