"""``manage.py program``: the whole program as code."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from programs import document as documents
from programs import subcommands
from programs.actions import publish_program
from programs.compiled import program_numbered, program_on
from programs.document.reading import read_yaml
from programs.errors import ProgramError
from programs.models import ProgramVersion
from programs.plan import Plan, plan_program
from programs.rules import evaluate_program, facts_from
from tenants import scope
from tenants.clock import today
from tenants.models import Vendor
from tenants.writing import Refused
from web import clock


class Command(BaseCommand):
    help = "Read, check, plan, publish, export and evaluate partner programs."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="subcommand", required=True)
        commands.add_parser("schema", help="print the document's JSON Schema")
        evaluate = commands.add_parser("evaluate", help="evaluate a document on facts, no database")
        evaluate.add_argument("program", type=Path)
        evaluate.add_argument("facts", type=Path)
        evaluate.add_argument("--on", type=_day, required=True, help="day, e.g. 2026-11-23")
        evaluate.add_argument("--json", action="store_true", help="the whole result as JSON")
        for name, text in (("plan", "show what would change"), ("apply", "plan, then publish")):
            one = commands.add_parser(name, help=text)
            one.add_argument("file", type=Path)
            one.add_argument("--vendor", required=True)
            one.add_argument("--effective-from", type=_day, dest="effective_from")
            one.add_argument("--note", default="")
        for name, text in (
            ("export", "print the program in force as YAML"),
            ("history", "list all versions"),
        ):
            one = commands.add_parser(name, help=text)
            one.add_argument("--vendor", required=True)
            if name == "export":
                one.add_argument("--version", type=int, dest="number")
        for name, (text, configure, _) in subcommands.registered.items():
            configure(commands.add_parser(name, help=text))

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["subcommand"]
        run: Callable[..., str]
        if name in subcommands.registered:
            run = subcommands.registered[name][2]
        else:
            run = {
                "schema": schema,
                "evaluate": evaluate,
                "plan": plan,
                "apply": apply,
                "export": export,
                "history": history,
            }[name]
        try:
            self.stdout.write(run(**subcommands.options_of(options)))
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
    document = documents.load(_read(program))
    known = facts_from(read_yaml(_read(facts)).value)
    result = evaluate_program(document, known, on)
    return _as_json(result) if json else _in_words(result)


def _as_json(result: dict[str, Any]) -> str:
    return json.dumps(result, indent=2, ensure_ascii=False, default=str)


def _in_words(result: dict[str, Any]) -> str:
    lines = [f"{result['program']} on {result['on']}"]
    for code, kind in result["types"].items():
        lines.append(f"  {code}: meets {kind['met'] or 'no tier'}")
        for tier in kind["tiers"]:
            lines.append(f"    {tier['tier']}: entry {tier['entry']['outcome']}")
    return "\n".join(lines)


def plan(
    *, file: Path, vendor: str, effective_from: dt.date | None, note: str
) -> str:
    document = documents.load(_read(file))
    with scope.entered_vendor(_vendor(vendor).pk, origin="command"):
        return plan_words(plan_program(document, effective_from=effective_from or today()))


def apply(*, file: Path, vendor: str, effective_from: dt.date | None, note: str) -> str:
    document = documents.load(_read(file))
    with scope.entered_vendor(_vendor(vendor).pk, origin="command"):
        found = plan_program(document, effective_from=effective_from or today())
        version = publish_program(
            document, at=clock.now(), effective_from=effective_from, note=note
        )
        return f"{plan_words(found)}\nPublished as version {version.number}, in force from {version.effective_from}."


def plan_words(found: Plan) -> str:
    """The plan as text: differences, then effects by kind."""
    if found.based_on is None:
        return f"The first version of this program, in force from {found.effective_from}."
    if found.empty:
        return f"Nothing changes: this is version {found.based_on.number}."
    lines = [f"Compared with version {found.based_on.number}, from {found.effective_from}:"]
    lines += [f"  ~ {change.words}" for change in found.changes]
    lines.append(f"Effect on {found.partners} active partners:")
    lines += [f"  {effect.kind}: {effect.words}" for effect in found.effects] or ["  none"]
    return "\n".join(lines)


def export(*, vendor: str, number: int | None) -> str:
    with scope.entered_vendor(_vendor(vendor).pk, origin="command"):
        program = program_numbered(number) if number else program_on(today())
        return documents.export_yaml(program.document).rstrip("\n")


def history(*, vendor: str) -> str:
    with scope.entered_vendor(_vendor(vendor).pk, origin="command"):
        rows = ProgramVersion.objects.values_list(
            "number", "effective_from", "published_at", "digest", "note"
        )
        return "\n".join(
            f"{number:>4}  from {day}  published {at:%Y-%m-%d %H:%M} UTC  {digest[:12]}  {note}"
            for number, day, at, digest, note in rows
        ) or "No version has been published."
