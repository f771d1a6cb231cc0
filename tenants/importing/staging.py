"""Upload, look, apply or discard: the three actions that every surface calls."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import ValidationError

from tenants import scope
from tenants.directory import vendor_by_id
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
from tenants.importing.reading import RawRow, Table, read_table
from tenants.importing.writing import as_json, stage_rows
from tenants.models import ImportJob, ImportRow
from tenants.writing import NotAllowed, Reason, Refused, action, record_event, require

Staged = dict[str, Any]
_NAMED = 3
"""How many rows of the same record a message names."""


@action("imports.run")
def stage_import(
    kind: str,
    *,
    data: bytes,
    file_name: str,
    at: dt.datetime,
    partner_id: int | None = None,
) -> ImportJob:
    """Read a file and work out what it would do; nothing but the preview is written.

    A partner's people load rows of their own partner; staff name one, or leave it to a column.
    Raises ``Refused`` as ``read_table`` does, and ``unknown_kind``, ``unknown_column``,
    ``column_missing``, ``column_twice``; ``NotAllowed`` for a kind that is staff's.
    """
    chosen = import_kind(kind)
    may_load(chosen)
    partner_id = for_partner(partner_id)
    table = read_table(data, file_name)
    fields = _columns(chosen, table)
    job = ImportJob(
        kind=chosen.name,
        partner_id=partner_id,
        file_name=file_name[:255] or "upload",
        sha256=hashlib.sha256(data).hexdigest(),
        state=ImportJob.State.PREVIEWED,
        created_by_id=scope.current().person_id,
        created_at=at,
    )
    wrong, rows = _parsed(chosen, fields, table)
    staged = [*wrong, *_staged(plan_rows(chosen, rows, _context(job, at)))]
    _count(job, staged)
    job.save()
    stage_rows(job, sorted(staged, key=lambda row: row["number"]))
    return job


@action("imports.run")
def apply_import(job: ImportJob, *, at: dt.datetime) -> ImportJob:
    """Do all that the preview shows, in one transaction, or nothing.

    Raises ``Refused``: ``import_finished`` (applied or discarded before, also by somebody else at
    the same moment), ``import_has_errors``, ``preview_outdated`` (call ``refresh_import``).
    """
    job, kind = _held(job)
    if job.failures:
        raise _no(
            "import_has_errors",
            ngettext("%(n)s row has errors.", "%(n)s rows have errors.", job.failures)
            % {"n": job.failures},
            _("Correct them in your file and upload it again. Nothing was changed."),
        )
    context = _context(job, at, applying=True)
    items = list(ImportRow.objects.filter(job=job).order_by("number"))
    planned = plan_rows(kind, _rows(kind, items), context)
    _refuse_drift(items, planned)
    todo = [one for one in planned if one.outcome != Outcome.UNCHANGED]
    if todo:
        kind.apply(todo, context)
    job.state, job.finished_at = ImportJob.State.APPLIED, at
    job.save(update_fields=["state", "finished_at"])
    record_event("import.applied", job, data=_totals(job))
    return job


@action("imports.run")
def discard_import(job: ImportJob, *, at: dt.datetime) -> ImportJob:
    """Put the preview aside for good. ``Refused("import_finished")`` if that was decided before."""
    job, _kind = _held(job)
    job.state, job.finished_at = ImportJob.State.DISCARDED, at
    job.save(update_fields=["state", "finished_at"])
    record_event("import.discarded", job, data=_totals(job))
    return job


@action("imports.run")
def refresh_import(job: ImportJob, *, at: dt.datetime) -> ImportJob:
    """Work the preview out again from the rows as uploaded; for ``preview_outdated``."""
    job, kind = _held(job)
    # Rows that were malformed stay so; rows that only clashed with records are planned anew.
    items = list(ImportRow.objects.filter(job=job).order_by("number"))
    rows = _rows(kind, items)
    kept = {row.number for row in rows}
    wrong = [_as_staged(item) for item in items if item.number not in kept]
    staged = [*wrong, *_staged(plan_rows(kind, rows, _context(job, at)))]
    ImportRow.objects.filter(job=job).delete()
    stage_rows(job, sorted(staged, key=lambda row: row["number"]))
    _count(job, staged)
    job.save()
    return job


def may_load(kind: ImportKind) -> None:
    """``NotAllowed`` for who may not write what the kind holds."""
    require(kind.capability)
    if kind.staff_only and not scope.current().all_partners:
        raise NotAllowed(kind.capability)


def for_partner(wanted: int | None) -> int | None:
    """Whose rows they are: a partner's people load their own. ``Refused("unknown_partner")``."""
    held = scope.current()
    if wanted is None and not held.all_partners:
        wanted = held.partner_id
    known = held.all_partners if wanted is None else held.sees_partner(wanted)
    if not known:
        raise _no("unknown_partner", _("There is no such partner."), pointer="partner")
    return wanted


def _held(job: ImportJob) -> tuple[ImportJob, ImportKind]:
    """Lock the job, so that of two decisions the second sees the first."""
    found = ImportJob.objects.select_for_update().filter(pk=job.pk).first()
    if found is None:
        raise _no("not_found", _("There is no such import."))
    if found.state != ImportJob.State.PREVIEWED:
        state = ImportJob.State(found.state).label.lower()
        raise _no("import_finished", _("This import is %(state)s already.") % {"state": state})
    kind = import_kind(found.kind)
    may_load(kind)
    return found, kind


def _context(job: ImportJob, at: dt.datetime, *, applying: bool = False) -> Context:
    vendor = vendor_by_id(scope.current().vendor_id)
    return Context(job.partner_id, vendor.day_of(at), at, applying)


def _columns(kind: ImportKind, table: Table) -> list[str]:
    """The schema's field for each column of the file."""
    also = {alias: name for name, others in kind.schema.also.items() for alias in others}
    known = {_plain(name): name for name in kind.columns} | {_plain(k): v for k, v in also.items()}
    fields = [known.get(_plain(title), "") for title in table.header]
    for title, name in zip(table.header, fields, strict=True):
        if not name:
            words = _("There is no column “%(title)s” in this import.") % {"title": title or "?"}
            raise _no("unknown_column", words, _columns_known(kind))
        if fields.count(name) > 1:
            raise _no(
                "column_twice", _("The column “%(title)s” is there twice.") % {"title": title}
            )
    for name in kind.required:
        if name not in fields:
            raise _no(
                "column_missing",
                _("The column “%(title)s” is missing.") % {"title": name},
                _columns_known(kind),
            )
    return fields


def _columns_known(kind: ImportKind) -> str:
    return _("Columns: %(names)s.") % {"names": ", ".join(kind.columns)}


def _plain(title: str) -> str:
    return "".join(c for c in title.casefold() if c.isalnum())


def _parsed(
    kind: ImportKind, fields: Sequence[str], table: Table
) -> tuple[list[Staged], list[Row]]:
    wrong: list[Staged] = []
    rows: list[Row] = []
    for raw in table.rows:
        values = {name: cell for name, cell in zip(fields, raw.cells, strict=False) if cell}
        problem = raw.problem or _too_long(raw, fields)
        if problem:
            wrong.append(_wrong(raw.number, values, [{"column": "", "message": problem}]))
            continue
        try:
            rows.append(Row(raw.number, kind.schema.model_validate(nested(values))))
        except ValidationError as error:
            wrong.append(_wrong(raw.number, values, cell_errors(error)))
    return wrong, rows


def _too_long(raw: RawRow, fields: Sequence[str]) -> str:
    extra = [cell for cell in raw.cells[len(fields) :] if cell]
    words = _("The row has %(cells)s cells, the header %(names)s.")
    return words % {"cells": len(raw.cells), "names": len(fields)} if extra else ""


def plan_rows(kind: ImportKind, rows: Sequence[Row], context: Context) -> list[Planned]:
    """What each row would do; rows that mean the same record are errors of both."""
    twice = _twice(kind, rows)
    fit = [row for row in rows if row.number not in twice]
    planned = list(kind.plan(fit, context)) if fit else []
    by_target: dict[int, list[int]] = defaultdict(list)
    for one in planned:
        if one.target is not None:
            by_target[one.target.pk].append(one.row.number)
    for place, one in enumerate(planned):
        same = by_target[one.target.pk] if one.target is not None else []
        if others := _others(same, one.row.number):
            words = _("This is the same record as in row %(rows)s.") % {"rows": others}
            planned[place] = one.row.error("", words)
    return [*planned, *twice.values()]


def _twice(kind: ImportKind, rows: Sequence[Row]) -> dict[int, Planned]:
    """Rows that share a key with others of the file, each naming the others."""
    by_key: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        key = kind.key(row.values)
        if key is not None:
            by_key[key].append(row)
    found: dict[int, Planned] = {}
    for same in by_key.values():
        for row in same if len(same) > 1 else ():
            others = _others([one.number for one in same[: _NAMED + 2]], row.number)
            shown = next((n for n in kind.key_columns if getattr(row.values, n, "")), "")
            words = _("“%(value)s” is also in row %(rows)s.")
            value = getattr(row.values, shown, "") if shown else ""
            found[row.number] = row.error(shown, words % {"value": value, "rows": others})
    return found


def _others(numbers: Sequence[int], own: int) -> str:
    """The first few of the other rows: a file may repeat one record a hundred thousand times."""
    found = [number for number in numbers[: _NAMED + 2] if number != own]
    words = ", ".join(str(number) for number in found[:_NAMED])
    return f"{words} …" if len(found) > _NAMED else words


def _rows(kind: ImportKind, items: Sequence[ImportRow]) -> list[Row]:
    """Staged rows validated again: the schema may have become stricter since the upload."""
    rows = []
    for item in items:
        try:
            rows.append(Row(item.number, kind.schema.model_validate(item.values)))
        except ValidationError:
            continue
    return rows


def _refuse_drift(items: Sequence[ImportRow], planned: Sequence[Planned]) -> None:
    then = {item.number: (item.outcome, item.changes) for item in items}
    now = {one.row.number: (str(one.outcome), json.loads(as_json(one.changes))) for one in planned}
    differ = [number for number, seen in then.items() if now.get(number) != seen]
    if differ:
        raise _no(
            "preview_outdated",
            ngettext(
                "Since the preview was made, %(n)s row would do something else (row %(row)s).",
                "Since the preview was made, %(n)s rows would do something else (row %(row)s …).",
                len(differ),
            )
            % {"n": len(differ), "row": differ[0]},
            _("Look at the preview again. Nothing was changed."),
        )


def _staged(planned: Any) -> list[Staged]:
    return [
        {
            "number": one.row.number,
            "values": one.row.values.model_dump(mode="json", exclude_unset=True),
            "outcome": str(one.outcome),
            "changes": one.changes,
            "errors": list(one.errors),
        }
        for one in planned
    ]


def _wrong(number: int, values: dict[str, str], errors: list[dict[str, str]]) -> Staged:
    outcome = str(Outcome.ERROR)
    return {"number": number, "values": values, "outcome": outcome, "changes": {}, "errors": errors}


def _as_staged(item: ImportRow) -> Staged:
    return {
        "number": item.number,
        "values": item.values,
        "outcome": item.outcome,
        "changes": item.changes,
        "errors": item.errors,
    }


def _count(job: ImportJob, staged: Sequence[Staged]) -> None:
    totals = Counter(row["outcome"] for row in staged)
    job.rows = len(staged)
    job.creates = totals[Outcome.CREATE]
    job.updates = totals[Outcome.UPDATE]
    job.unchanged = totals[Outcome.UNCHANGED]
    job.failures = totals[Outcome.ERROR]


def _totals(job: ImportJob) -> dict[str, Any]:
    return {
        "kind": job.kind,
        "sha256": job.sha256,
        "rows": job.rows,
        "creates": job.creates,
        "updates": job.updates,
        "unchanged": job.unchanged,
    }


def _no(code: str, detail: str, fix: str = "", *, pointer: str = "file") -> Refused:
    reason = Reason(code, detail, fix=fix, pointer=pointer)
    return Refused(code, f"{detail} {fix}".strip(), reasons=[reason])
