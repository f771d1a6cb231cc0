"""A few rows of another system at once, without a preview: each for itself, by its external id."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from tenants.clock import day_of
from tenants.importing.cells import cell_errors
from tenants.importing.kinds import (
    Context,
    ImportKind,
    Outcome,
    Planned,
    Row,
    import_kind,
    nested,
)
from tenants.importing.planning import plan_rows, refused
from tenants.importing.staging import for_partner, may_load
from tenants.writing import action

MOST_UPSERTS = 100


@dataclass(frozen=True)
class Upserted:
    """What became of a row: ``outcome`` as of an import's row, ``ref`` the public id of what it
    wrote or found (empty with errors), ``changes`` as ``{field: [old, new]}``."""

    outcome: str
    ref: str = ""
    changes: dict[str, list[Any]] = field(default_factory=dict)
    errors: tuple[dict[str, str], ...] = ()


@action("imports.run")
def upsert_rows(
    kind: str,
    rows: Sequence[Mapping[str, str]],
    *,
    at: dt.datetime,
    partner_id: int | None = None,
) -> list[Upserted]:
    """Add or change what the rows hold, found by external id; one answer per row, in their order.

    Rows with errors change nothing and do not hinder the others; empty cells leave what is
    recorded. ``partner_id`` is for rows without a partner of their own. Raises ``Refused``:
    ``unknown_kind``, ``no_external_id``, ``too_many_rows``, ``unknown_partner``; ``NotAllowed``
    for a kind that is staff's.
    """
    chosen = import_kind(kind)
    may_load(chosen)
    if "external_id" not in chosen.columns:
        raise refused("no_external_id", _("Rows of this kind have no external id."), pointer="kind")
    if len(rows) > MOST_UPSERTS:
        words = _("Send at most %(n)s rows.") % {"n": MOST_UPSERTS}
        raise refused("too_many_rows", words, pointer="rows")
    own = for_partner(partner_id)
    day = day_of(at)
    context = Context(own, day, at)
    found: dict[int, Upserted] = {}
    fit: list[Row] = []
    for number, values in enumerate(rows):
        read = _read(chosen, number, values)
        if isinstance(read, Row):
            fit.append(read)
        else:
            found[number] = read
    chosen.lock({row.cells.get(chosen.lock_column, "") for row in fit} - {""}, context)
    planned = plan_rows(chosen, fit, context)
    todo = [one for one in planned if one.outcome in (Outcome.CREATE, Outcome.UPDATE)]
    if todo:
        chosen.apply(todo, context)
    refs = _refs(chosen, planned, context)
    for one in planned:
        number = one.row.number
        found[number] = Upserted(
            str(one.outcome), refs.get(number, ""), dict(one.changes), tuple(one.errors)
        )
    return [found[number] for number in range(len(rows))]


def _read(kind: ImportKind, number: int, values: Mapping[str, str]) -> Row | Upserted:
    cells = {name: cell for name, cell in values.items() if cell.strip()}
    if "external_id" not in cells:
        words = _("This is missing.")
        return Upserted(str(Outcome.ERROR), errors=({"column": "external_id", "message": words},))
    try:
        return Row(number, kind.schema.model_validate(nested(cells)), cells)
    except ValidationError as error:
        return Upserted(str(Outcome.ERROR), errors=tuple(cell_errors(error)))


def _refs(kind: ImportKind, planned: Sequence[Planned], context: Context) -> dict[int, str]:
    """The public id that each row stands for: what is new is found by planning it once more."""
    named = {
        one.row.number: one.target.ref
        for one in planned
        if one.target is not None and one.outcome != Outcome.ERROR
    }
    fresh = [one.row for one in planned if one.outcome == Outcome.CREATE]
    if fresh:
        again = kind.plan(fresh, context)
        named |= {one.row.number: one.target.ref for one in again if one.target is not None}
    return named
