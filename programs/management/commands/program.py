"""``manage.py program``: the whole program as code."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from programs import document as documents
from programs import library, subcommands
from programs.actions import publish_program
from programs.actions.publishing import refuse_late
from programs.compiled import (
    document_as_written,
    program_numbered,
    program_on,
    program_or_none,
)
from programs.document.lint import lint as findings
from programs.document.reading import read_yaml
from programs.errors import ProgramError
from programs.models import ProgramVersion
from programs.plan import Plan, plan_program
from programs.plan_words import in_words, scheduled_words
from programs.rules import evaluate_program, facts_from
from tenants import scope
from tenants.clock import today
from tenants.models import Vendor
from tenants.writing import Refused
from web import clock


class Command(BaseCommand):
    help = "Read, check, plan, publish, export and evaluate partner programs."
    requires_system_checks: list[str] = []  # half of the subcommands only read files

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="subcommand", required=True)
        commands.add_parser("schema", help="print the document's JSON Schema")
        evaluate = commands.add_parser("evaluate", help="evaluate a document on facts, no database")
        evaluate.add_argument("program", type=Path, help="a file, or a program that ships")
        evaluate.add_argument("facts", type=Path, help="one partner's facts, YAML or JSON")
        evaluate.add_argument("--on", type=_day, required=True, help="day, e.g. 2026-11-23")
        evaluate.add_argument("--json", action="store_true", help="the whole result as JSON")
        check = commands.add_parser("lint", help="refusals and warnings on a document, no database")
        check.add_argument("file", type=Path, help="YAML or JSON, or a program that ships")
        for name, text in (("plan", "show what would change"), ("apply", "plan, then publish")):
            one = commands.add_parser(name, help=text)
            one.add_argument("file", type=Path, help="YAML or JSON")
            one.add_argument("--vendor", required=True, help="the vendor's code")
            one.add_argument(
                "--effective-from", type=_day, help="first day, e.g. 2027-01-01; today if left out"
            )
            one.add_argument(
                "--announced-on",
                type=_day,
                help="day of telling partners; today if left out",
            )
            if name == "apply":
                one.add_argument("--note", default="", help="why, for those who read the history")
        for name, text in (
            ("export", "print the program in force as YAML"),
            ("history", "list all versions, announced and scheduled ones too"),
        ):
            one = commands.add_parser(name, help=text)
            one.add_argument("--vendor", required=True, help="the vendor's code")
            if name == "export":
                one.add_argument("--version", type=int, dest="number", help="that version instead")
        back = commands.add_parser("rollback", help="publish an older version's document again")
        back.add_argument("number", type=int, help="the version whose document shall be in force")
        back.add_argument("--vendor", required=True, help="the vendor's code")
        back.add_argument("--effective-from", type=_day, help="first day; today if left out")
        back.add_argument("--note", default="", help="why, for those who read the history")
        back.add_argument("--plan", action="store_true", help="show the plan only")
        back.add_argument(
            "--under-scheduled",
            action="store_true",
            help="publish though a scheduled version takes over again later",
        )
        for name, (text, configure, _) in subcommands.registered.items():
            configure(commands.add_parser(name, help=text))

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["subcommand"]
        own: dict[str, Callable[..., str | Iterator[str]]] = {
            "schema": schema,
            "evaluate": evaluate,
            "lint": lint,
            "plan": plan,
            "apply": apply,
            "export": export,
            "history": history,
            "rollback": rollback,
        }
        run = subcommands.registered[name][2] if name in subcommands.registered else own[name]
        try:
            answer = run(**subcommands.options_of(options))
            for part in [answer] if isinstance(answer, str) else answer:
                self.stdout.write(part)
        except ProgramError as error:
            raise CommandError("\n".join(str(problem) for problem in error.problems)) from None
        except Refused as error:
            raise CommandError(error.detail) from None


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it 2026-11-23") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


def _vendor(code: str) -> Vendor:
    found = Vendor.objects.filter(code=code).first()
    if found is None:
        raise CommandError(f"There is no vendor {code!r}.")
    return found


def schema() -> str:
    return json.dumps(documents.json_schema(), indent=2)


def evaluate(*, program: Path, facts: Path, on: dt.date, json: bool) -> str:
    """What the document says of one partner on the day; reads files only, no database."""
    document = _document(program)
    with _problems_of(facts):
        known = facts_from(read_yaml(_read(facts)).value)
    result = evaluate_program(document, known, on)
    return _as_json(result) if json else _in_words(result)


def lint(*, file: Path) -> str:
    """What a person should look at; a document that is refused ends with an error instead."""
    document = _document(file)
    text = _read(file) if file.exists() else library.text_of(str(file))
    found = findings(document, read_yaml(text))
    return "\n".join(map(str, found)) or "Nothing to remark."


def _document(path: Path) -> documents.ProgramDocument:
    """The document of a file or, where there is no such file, of a program that ships."""
    if str(path) in library.names() and not path.exists():
        return library.program(str(path))
    with _problems_of(path):
        return documents.load(_read(path))


@contextmanager
def _problems_of(path: Path) -> Iterator[None]:
    """Say in which file the problems are, one a line."""
    try:
        yield
    except ProgramError as error:
        found = error.problems
        lines = [f"{path}: {len(found)} problem{'s' if len(found) > 1 else ''}"]
        raise CommandError("\n".join([*lines, *(f"  {one}" for one in found)])) from None


def _as_json(result: dict[str, Any]) -> str:
    return json.dumps(result, indent=2, ensure_ascii=False, default=str)


def _in_words(result: dict[str, Any]) -> str:
    lines = [f"{result['program']} on {result['on']}"]
    for code, kind in result["types"].items():
        lines += _axis_words(code, kind)
        for axis, found in kind["axes"].items():
            lines += _axis_words(f"{code}, {axis}", found)
    for code, gates in result["products"].items():
        lines += [f"  {code} ({gate}): {_outcome(node)}" for gate, node in gates.items()]
    return "\n".join(lines)


def _axis_words(name: str, axis: dict[str, Any]) -> Iterator[str]:
    met = axis["met"] if isinstance(axis["met"], str) else ", ".join(axis["met"] or ())
    yield f"  {name}: meets {met or ('none' if axis['kind'] == 'set' else 'no tier')}"
    for level in axis["tiers"]:
        yield f"    {level['tier']}: {_outcome(level['entry'])}"


def _outcome(node: dict[str, Any]) -> str:
    """`fail, 1 more person with Deploy`."""
    why = node.get("missing") or "; ".join(node.get("unknown") or ())
    return f"{node['outcome']}, {why}" if why else str(node["outcome"])


def plan(
    *, file: Path, vendor: str, effective_from: dt.date | None, announced_on: dt.date | None
) -> str:
    document = _document(file)
    with scope.entered_vendor(_vendor(vendor).pk, origin="command"):
        return in_words(_planned(document, effective_from, announced_on))


def apply(
    *,
    file: Path,
    vendor: str,
    effective_from: dt.date | None,
    announced_on: dt.date | None,
    note: str,
) -> Iterator[str]:
    """Print the plan, then publish exactly what it showed; nothing where nothing changes."""
    document = _document(file)
    with scope.entered_vendor(_vendor(vendor).pk, origin="command"):
        yield from _published(_planned(document, effective_from, announced_on), note)


def rollback(
    *,
    number: int,
    vendor: str,
    effective_from: dt.date | None,
    note: str,
    plan: bool,
    under_scheduled: bool,
) -> Iterator[str]:
    """Print the plan of an older version's document, then publish it as a new version."""
    with scope.entered_vendor(_vendor(vendor).pk, origin="command"):
        found = _planned(program_numbered(number).document, effective_from)
        if found.later and not under_scheduled and not plan:
            yield in_words(found)
            raise CommandError(_scheduled_refusal(found))
        if plan:
            yield in_words(found)
            return
        yield from _published(found, note or f"Version {number} again")


def _scheduled_refusal(found: Plan) -> str:
    listed = " ".join(scheduled_words(one) for one in found.later)
    return (
        f"{listed} The rollback would last until then only. Nothing was published: "
        "say --under-scheduled if that is meant, or publish for a later day."
    )


def _planned(
    document: documents.ProgramDocument,
    effective_from: dt.date | None,
    announced_on: dt.date | None = None,
) -> Plan:
    """The plan for these days; a day of telling that has passed is today, one after the first day
    ``Refused("announced_too_late")``."""
    day = today()
    first = effective_from or day
    refuse_late(announced_on, first)
    told = max(announced_on or day, day)
    return plan_program(document, effective_from=first, announced_on=told, today=day)


def _published(found: Plan, note: str) -> Iterator[str]:
    yield in_words(found)
    if found.empty:
        return
    version = publish_program(
        found.document,
        at=clock.now(),
        effective_from=found.effective_from,
        announced_on=found.announced_on,
        expected_base=found.base,
        note=note,
    )
    yield f"Published as version {version.number}, in force from {version.effective_from}."


def export(*, vendor: str, number: int | None) -> str:
    with scope.entered_vendor(_vendor(vendor).pk, origin="command"):
        wanted = program_on(today()).number if number is None else number
        return documents.export_yaml(document_as_written(wanted)).rstrip("\n")


def history(*, vendor: str) -> str:
    with scope.entered_vendor(_vendor(vendor).pk, origin="command"):
        on = today()
        current = program_or_none(on)
        rows = ProgramVersion.objects.values_list(
            "number", "effective_from", "announced_on", "published_at", "digest", "note"
        )
        lines = []
        for number, day, announced, at, digest, note in rows:
            state = "scheduled" if day > on else ""
            state = "in force" if current and number == current.number else state
            line = f"{number:>4}  from {day}  {state:<9}  announced {announced}"
            line = f"{line}  published {at:%Y-%m-%d %H:%M} UTC"
            lines.append(f"{line}  {digest[:12]}  {note}".rstrip())
        return "\n".join(lines) or "No version has been published."
