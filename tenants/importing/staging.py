"""From an uploaded file to its preview, in chunks; and the ways in which an import ends unapplied.

Each step of reading is an action of its own, which locks the job and goes on only where nobody else
went on meanwhile (docs/decisions/0011-imports-at-scale.md).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Count
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from tenants import scope
from tenants.actions.files import keep
from tenants.clock import day_of
from tenants.files import Document
from tenants.importing.grouping import groups_of, in_groups
from tenants.importing.kinds import Context, ImportKind, Outcome, import_kind
from tenants.importing.planning import (
    CHUNK,
    chunks,
    columns_of,
    refused,
    rows_of,
    staged_rows,
)
from tenants.importing.reading import RawRow, Table, is_sheet, open_table, refuse_unreadable
from tenants.importing.settling import settle_repeated
from tenants.importing.writing import stage_rows
from tenants.models import ImportJob, ImportRow
from tenants.writing import NotAllowed, action, record_event, require

State = ImportJob.State
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Stopped(Exception):
    """Somebody else went on with the import, or ended it: this run has nothing left to do."""


@action("imports.run")
def keep_import(
    kind: str,
    *,
    data: bytes,
    file_name: str,
    at: dt.datetime,
    partner_id: int | None = None,
) -> ImportJob:
    """Keep a file for the worker; text is counted and its columns are known before.

    A partner's people load rows of their own partner; staff name one, or leave it to a column.
    Raises ``Refused`` as ``open_table`` and ``columns_of`` do, and ``unknown_kind``,
    ``unknown_partner``; ``NotAllowed`` for a kind that is staff's.
    """
    chosen = import_kind(kind)
    may_load(chosen)
    partner_id = for_partner(partner_id)
    refuse_unreadable(data, file_name)
    job = ImportJob(
        kind=chosen.name,
        partner_id=partner_id,
        file_name=file_name[:255] or "upload",
        sha256=hashlib.sha256(data).hexdigest(),
        state=State.UPLOADED,
        asked_as=asker(),
        created_by_id=scope.current().person_id,
        created_at=at,
    )
    if not is_sheet(data):
        table = open_table(data, file_name)
        columns_of(chosen, table.header)
        refuse_too_many(chosen, table.count)
        job.header, job.total = list(table.header), table.count
    content_type = _SHEET if is_sheet(data) else "text/csv"
    job.file = keep(Document(job.file_name, content_type, data), partner_id=partner_id, at=at)
    job.save()
    record_event("import.uploaded", job, data={"kind": job.kind, "sha256": job.sha256})
    return job


@action("imports.run")
def stage_import(
    kind: str,
    *,
    data: bytes,
    file_name: str,
    at: dt.datetime,
    partner_id: int | None = None,
    chunk: int = CHUNK,
) -> ImportJob:
    """Keep a file and work out at once what it would do, or keep nothing. Raises as both do."""
    job = keep_import(kind, data=data, file_name=file_name, at=at, partner_id=partner_id)
    return read_import(job, at=at, chunk=chunk)


def read_import(job: ImportJob, *, at: dt.datetime, chunk: int = CHUNK) -> ImportJob:
    """Read the kept file from where the job stands; nothing but its preview is written.

    Raises ``Refused`` as ``open_table`` and ``columns_of`` do, ``too_many_rows`` where a
    kind takes fewer; ``Stopped`` where somebody else went on or cancelled.
    """
    kind, table = import_kind(job.kind), open_table(_bytes_of(job), job.file_name)
    fields = columns_of(kind, table.header)
    job, staged = _begin(job, table)
    context = context_of(job, at)
    for raws in _in_chunks(kind, fields, table, context, chunk):
        left = [raw for raw in raws if raw.number not in staged] if staged else raws
        refuse_too_many(kind, job.done + len(left))
        if left:
            job = _stage(job, kind, fields, left, context)
    return _settle(job)


def _in_chunks(
    kind: ImportKind, fields: list[str], table: Table, context: Context, size: int
) -> Iterable[list[RawRow]]:
    read = chunks(table.rows, size)
    if kind.together is None or table.count <= size:
        return read

    def groups(raws: Sequence[RawRow]) -> list[Any]:
        return groups_of(kind, [raw.number for raw in raws], rows_of(kind, fields, raws), context)

    return in_groups(read, groups, parts=-(-table.count // size))


@action("imports.run")
def refresh_import(job: ImportJob, *, at: dt.datetime) -> ImportJob:
    """Work the preview out again from the file, at once; for ``preview_outdated``."""
    return read_import(reset_import(job), at=at)


@action("imports.run")
def reset_import(job: ImportJob, *, note: str = "") -> ImportJob:
    """Forget the preview, so that the file is read from its beginning; ``note`` says why.

    Raises ``Refused``: ``import_finished``, ``file_gone``.
    """
    found = held(job, State.PREVIEWED, State.APPLYING)
    may_load(import_kind(found.kind))
    if found.file_id is None:
        raise refused("file_gone", _("The file is no longer kept."), _("Upload it again."))
    ImportRow.objects.filter(job=found).delete()
    return put(found, state=State.READING, done=0, attempts=0, note=note)


@action("imports.run")
def discard_import(job: ImportJob, *, at: dt.datetime) -> ImportJob:
    """Put the preview aside for good. ``Refused("import_finished")`` if that was decided before."""
    found = held(job, State.PREVIEWED)
    may_load(import_kind(found.kind))
    return end_import(found, State.DISCARDED, at=at)


def end_import(job: ImportJob, state: str, *, at: dt.datetime, note: str = "") -> ImportJob:
    """A part of actions: the end of a job that they hold, with its event."""
    put(job, state=state, finished_at=at, note=note)
    record_event(f"import.{state!s}", job, data=totals(job) | ({"reason": note} if note else {}))
    return job


@action("imports.run")
def _begin(job: ImportJob, table: Table) -> tuple[ImportJob, set[int]]:
    """The job, begun or taken up again, and the numbers of the rows that are staged."""
    found = _mine(job, State.UPLOADED, State.READING)
    may_load(import_kind(found.kind))
    total = max(table.count, found.done)
    put(found, state=State.READING, header=list(table.header), total=total)
    staged = ImportRow.objects.filter(job=found).order_by().values_list("number", flat=True)
    return found, set(staged)


@action("imports.run")
def _stage(
    job: ImportJob, kind: ImportKind, fields: list[str], raws: list[RawRow], context: Context
) -> ImportJob:
    staged = staged_rows(kind, fields, raws, context)
    found = _mine(job, State.READING)
    stage_rows(found, staged)
    done = found.done + len(staged)
    return put(found, done=done, total=max(found.total, done), attempts=0)


@action("imports.run")
def _settle(job: ImportJob) -> ImportJob:
    """All rows are staged: find those of one record, and count."""
    found = _mine(job, State.READING)
    settle_repeated(found, import_kind(found.kind))
    outcomes = ImportRow.objects.filter(job=found).values_list("outcome").annotate(n=Count("*"))
    counts = dict(outcomes.order_by())
    return put(
        found,
        state=State.PREVIEWED,
        total=found.done,
        rows=found.done,
        creates=counts.get(Outcome.CREATE, 0),
        updates=counts.get(Outcome.UPDATE, 0),
        unchanged=counts.get(Outcome.UNCHANGED, 0),
        failures=counts.get(Outcome.ERROR, 0),
    )


def held(job: ImportJob, *states: str) -> ImportJob:
    """Lock the job, so that of two decisions the second sees the first. ``Refused``:
    ``not_found``, ``import_finished`` where it is in none of the states."""
    found = (
        ImportJob.objects.select_for_update(no_key=True, of=("self",))
        .select_related("file")
        .filter(pk=job.pk)
        .first()
    )
    if found is None:
        raise refused("not_found", _("There is no such import."))
    if found.state not in states:
        state = State(found.state).label.lower()
        raise refused("import_finished", _("This import is %(state)s already.") % {"state": state})
    return found


def _mine(job: ImportJob, *states: str) -> ImportJob:
    """Lock the job as this run left it, or ``Stopped``."""
    found = ImportJob.objects.select_for_update(no_key=True).filter(pk=job.pk).first()
    if found is None or found.state not in states or found.done != job.done:
        raise Stopped
    return found


def put(job: ImportJob, **values: Any) -> ImportJob:
    """Write these columns of a job that is held; each is progress."""
    ImportJob.objects.filter(pk=job.pk).update(**values, moved_at=Now())
    job.__dict__.update(values)
    return job


def _bytes_of(job: ImportJob) -> bytes:
    if job.file is None:
        raise refused("file_gone", _("The file is no longer kept."), _("Upload it again."))
    with default_storage.open(job.file.key) as kept:
        return bytes(kept.read())


def refuse_too_many(kind: ImportKind, rows: int) -> None:
    """``Refused("too_many_rows")`` for more than the kind takes."""
    if rows > kind.most:
        words = _("The file has more than %(n)s rows, which is the most for %(kind)s.")
        raise refused(
            "too_many_rows",
            words % {"n": f"{kind.most:,}", "kind": str(kind.title).lower()},
            _("Split it and upload the parts."),
        )


def may_load(kind: ImportKind) -> None:
    """``NotAllowed`` for who may not write what the kind holds."""
    require(kind.capability)
    if kind.staff_only and not scope.current().all_partners:
        raise NotAllowed(kind.capability)


def for_partner(wanted: int | None) -> int | None:
    """Whose rows they are: a partner's people load their own. ``Refused("unknown_partner")``."""
    own = scope.current()
    if wanted is None and not own.all_partners:
        wanted = own.partner_id
    known = own.all_partners if wanted is None else own.sees_partner(wanted)
    if not known:
        raise refused("unknown_partner", _("There is no such partner."), pointer="partner")
    return wanted


def asker() -> dict[str, Any]:
    """Who acts, as far as the worker needs it to act as they would (``working.scope_of_job``)."""
    own = scope.current()
    return {
        "membership": own.membership_id,
        "client": own.client_id,
        "scopes": None if own.api_scopes is None else sorted(own.api_scopes),
        "role": str(own.role) if own.role else None,
        "origin": own.origin,
        "request": own.request_id,
    }


def context_of(job: ImportJob, at: dt.datetime) -> Context:
    """For whom and when the job's rows are planned."""
    return Context(job.partner_id, day_of(at), at)


def totals(job: ImportJob) -> dict[str, Any]:
    """What an event says of the job."""
    return {
        "kind": job.kind,
        "sha256": job.sha256,
        "rows": job.rows,
        "creates": job.creates,
        "updates": job.updates,
        "unchanged": job.unchanged,
    }
