"""The codes of a document as rows, so that other rows can refer to them.

A row is made when its code is published; its name, rank and axis are those of the version in
force, which a scheduled version changes on its day and not before.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from programs.compiled import program_on, program_or_none
from programs.document import ProgramDocument
from programs.document.types import PartnerType as TypeRule
from programs.locks import lock_program
from programs.models import Level, PartnerType, Product, ProgramVersion, SweepSetting, Track
from tenants import scope
from tenants.writing import action, record_event

Wanted = dict[str, dict[str, Any]]


def write_shadows(document: ProgramDocument, number: int, *, on: dt.date) -> None:
    """Write the codes that other rows refer to, and the few values that sweeps join, of a version
    just published on ``on`` (vendor's day)."""
    for model, fixed, wanted in _codes(document):
        held = {row.code: row for row in model.objects.filter(**fixed)}
        _write_codes(model, held, wanted, fixed, number)
    _follow(on)
    SweepSetting.objects.bulk_create(
        SweepSetting(vendor_id=scope.current().vendor_id, version=number, **values)
        for values in _swept(document)
    )


def _swept(document: ProgramDocument) -> Iterator[dict[str, str]]:
    """The values that sweeps join: the windows of warnings, and per track and version of a
    certificate the newer version that ends it, and the service of a track, also under the codes
    that the track had."""
    for days in document.windows.certificate:
        yield {"kind": "certificate_window", "key": str(days), "value": str(days)}
    for name in ("planning", "decision"):
        days = getattr(document.windows, f"renewal_{name}")
        yield {"kind": "renewal", "key": name, "value": str(days)}
    for track, rule in document.tracks.items():
        if rule.scope:
            for code in document.former("tracks", track):
                yield {"kind": "track_scope", "key": code, "value": rule.scope}
        for version, newer in rule.superseded_by.items():
            value = {
                "until": newer.recertify_by.isoformat() if newer and newer.recertify_by else "",
                "released": newer.released.isoformat() if newer else "",
                "by": newer.code if newer else "",
            }
            for code in document.former("tracks", track):
                key = f"{code}/{version}"
                yield {"kind": "version_end", "key": key, "value": json.dumps(value)}


@action("program.publish")
def follow_program(*, on: dt.date) -> int:
    """Give the codes the names, ranks and axes of the version in force on ``on`` (vendor's day),
    which may have been published long before; returns how many rows changed."""
    if next(_behind(on), None) is None:
        return 0
    lock_program(scope.current().vendor_id)
    count, number = _follow(on), program_on(on).number
    version = ProgramVersion.objects.get(number=number)
    record_event("program.followed", version, data={"codes": count}, program_version=number)
    return count


def _follow(on: dt.date) -> int:
    behind = list(_behind(on))
    for row in behind:
        row.save()
    return len(behind)


def _behind(on: dt.date) -> Iterator[Any]:
    """The rows that do not say what the version in force says, with what they should."""
    program = program_or_none(on)
    for model, fixed, wanted in _codes(program.document) if program else ():
        for row in model.objects.filter(code__in=list(wanted), **fixed):
            values = wanted[row.code]
            if any(getattr(row, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(row, name, value)
                yield row


def _codes(document: ProgramDocument) -> Iterator[tuple[Any, dict[str, Any], Wanted]]:
    """Per kind of code the model, what its rows have in common, and each row's values. The types
    come before their levels, so that a new type's row is there."""
    for model, section in ((Product, "products"), (Track, "tracks"), (PartnerType, "types")):
        titles = {c: document.title_of(section, c) for c in getattr(document, section)}
        yield model, {}, {code: {"name": title} for code, title in titles.items()}
    for kind in PartnerType.objects.all():
        found = document.types.get(kind.code)
        yield Level, {"partner_type_id": kind.pk}, _levels(found) if found else {}


def _levels(kind: TypeRule) -> Wanted:
    return {
        code: {"name": kind.level_title(code), "rank": level.rank, "axis": axis}
        for axis in kind.axis_codes()
        for code, level in kind.levels_of(axis).items()
    }


def _write_codes(
    model: Any, held: dict[str, Any], wanted: Wanted, fixed: dict[str, Any], number: int
) -> None:
    """Make new codes, retire what is gone, bring back what returns."""
    for code, values in wanted.items():
        row = held.pop(code, None)
        if row is None:
            model.objects.create(code=code, first_version=number, **fixed, **values)
        elif row.retired_in is not None:
            row.retired_in = None
            row.save(update_fields=["retired_in"])
    for row in held.values():
        if row.retired_in is None:
            row.retired_in = number
            row.save(update_fields=["retired_in"])
