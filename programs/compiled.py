"""The program in force, compiled: the only way by which rules read a published document."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import DateField, Q, QuerySet

from programs.document import ProgramDocument, stored
from programs.models import Level, PartnerType, Product, ProgramVersion, Track
from tenants.writing import Refused
from web.statements import Late


@dataclass(frozen=True)
class Program:
    """One published version, ready for evaluation."""

    version_id: int
    number: int
    digest: str
    effective_from: dt.date
    document: ProgramDocument


_KEYS = ("pk", "number", "digest", "effective_from")


def program_on(on: dt.date) -> Program:
    """The version in force on ``on`` (vendor's day). ``Refused("no_program")`` if there is none."""
    found = _in_force(on)
    if found is None:
        raise Refused("no_program", f"No program is in force on {on}. Publish one first.")
    return _program(*found)


def program_or_none(on: dt.date) -> Program | None:
    """The version in force, or ``None`` where nothing has been published yet."""
    found = _in_force(on)
    return _program(*found) if found else None


def _in_force(on: dt.date) -> tuple[Any, ...] | None:
    """``_KEYS`` of the version in force; asked on every decision, hence compiled once."""
    day = Late(0, DateField())
    statement = ProgramVersion.objects.compiled(
        "in force", lambda rows: rows.in_force(day).values_list(*_KEYS)
    )
    return next(iter(statement.run([on])), None)


def program_numbered(number: int) -> Program:
    """A published version by its number. ``Refused("unknown_version")`` if there is none."""
    found = ProgramVersion.objects.filter(number=number).values_list(*_KEYS).first()
    if found is None:
        raise _unknown(number)
    return _program(*found)


def documents_from(on: dt.date) -> list[ProgramDocument]:
    """What is in force on the day and what is to come after it, the nearest first."""
    program = program_or_none(on)
    rows = ProgramVersion.objects.filter(effective_from__gt=on).order_by("effective_from", "number")
    later = [program_numbered(number) for number in rows.values_list("number", flat=True)]
    return [one.document for one in filter(None, [program, *later])]


def document_as_written(number: int) -> ProgramDocument:
    """A published document with its codes in the author's order, to be read and edited: compiled
    ones are shared by whoever published the same in any order. ``Refused("unknown_version")``."""
    values = ProgramVersion.objects.filter(number=number).values_list("document", flat=True).first()
    if values is None:
        raise _unknown(number)
    return stored(values)


def declared(rows: QuerySet[Any], on: dt.date) -> QuerySet[Any]:
    """Of shadow rows (types, levels, tracks, products) those that the program in force on ``on``
    (vendor's day) has: a scheduled version neither takes one out nor brings one in before its
    day. Before the first program those that nothing retired."""
    program = program_or_none(on)
    if program is None:
        return rows.filter(retired_in__isnull=True)
    if rows.model is not Level:
        section = {PartnerType: "types", Product: "products", Track: "tracks"}[rows.model]
        return rows.filter(code__in=list(getattr(program.document, section)))
    wanted = Q(pk__in=[])
    for code, kind in program.document.types.items():
        levels = [level for axis in kind.axis_codes() for level in kind.levels_of(axis)]
        wanted |= Q(partner_type__code=code, code__in=levels)
    return rows.filter(wanted)


def _unknown(number: int) -> Refused:
    return Refused("unknown_version", f"There is no program version {number}.")


def _program(pk: int, number: int, digest: str, effective_from: dt.date) -> Program:
    document = _compiled_if_held(digest)
    if document is None:
        values = ProgramVersion.objects.values_list("document", flat=True).get(pk=pk)
        document = _remember(digest, stored(values))
    return Program(pk, number, digest, effective_from, document)


# Compiled documents by digest of their content: equal digests are equal documents, so vendors
# may share an entry without seeing anything of each other.
_MOST = 64
_held: dict[str, ProgramDocument] = {}


def _compiled_if_held(digest: str) -> ProgramDocument | None:
    return _held.get(digest)


def _remember(digest: str, document: ProgramDocument) -> ProgramDocument:
    if len(_held) >= _MOST:
        _held.pop(next(iter(_held)))
    _held[digest] = document
    return document
