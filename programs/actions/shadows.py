"""The codes of a document as rows, so that other rows can refer to them."""

from __future__ import annotations

from typing import Any

from programs.document import ProgramDocument
from programs.models import Level, PartnerType, Product, SweepSetting, Track


def write_shadows(document: ProgramDocument, number: int) -> None:
    """Write the codes that other rows refer to, and the few values that sweeps join."""
    for model, section in ((Product, "products"), (Track, "tracks"), (PartnerType, "types")):
        titles = {c: document.title_of(section, c) for c in getattr(document, section)}
        held = {row.code: row for row in model.objects.all()}
        wanted: dict[str, dict[str, Any]] = {code: {"name": t} for code, t in titles.items()}
        _write_codes(model, held, wanted, {}, number)
    for kind in PartnerType.objects.all():
        found = document.types.get(kind.code)
        wanted = {
            code: {"name": level.title or _readable(code), "rank": level.rank, "axis": axis}
            for axis in (found.axis_codes() if found else ())
            for code, level in found.levels_of(axis).items()  # type: ignore[union-attr]
        }
        held = {row.code: row for row in kind.levels.all()}
        _write_codes(Level, held, wanted, {"partner_type_id": kind.pk}, number)
    for days in document.windows.certificate:
        SweepSetting.objects.create(
            version=number, kind="certificate_window", key=str(days), value=str(days)
        )


def _write_codes(
    model: Any,
    held: dict[str, Any],
    wanted: dict[str, dict[str, Any]],
    fixed: dict[str, Any],
    number: int,
) -> None:
    """Make new codes, follow changed values, retire what is gone, bring back what returns."""
    for code, values in wanted.items():
        row = held.pop(code, None) or model(code=code, first_version=number, **fixed)
        values = {**values, "retired_in": None}
        if row.pk is None or any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
    for row in held.values():
        if row.retired_in is None:
            row.retired_in = number
            row.save()


def _readable(code: str) -> str:
    return code.replace("_", " ").replace("-", " ").capitalize()
