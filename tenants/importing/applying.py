"""Doing what a preview shows: all of it in one transaction, or nothing."""

from __future__ import annotations

import datetime as dt
import pickle
import tempfile
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO, Any, NamedTuple

import orjson
from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.importing.grouping import groups_of, in_groups
from tenants.importing.holding import Aside, Hold
from tenants.importing.kinds import Context, ImportKind, Outcome, Planned, Row, import_kind
from tenants.importing.planning import CHUNK, plan_rows, read_again, refused
from tenants.importing.staging import (
    State,
    Stopped,
    asker,
    context_of,
    end_import,
    held,
    may_load,
    put,
    totals,
)
from tenants.importing.writing import as_json
from tenants.models import ImportJob, ImportRow
from tenants.writing import action, record_event


class Cancelled(Exception):
    """Somebody cancelled while it was applied: nothing of it was written."""


class _Item(NamedTuple):
    """A staged row."""

    number: int
    values: dict[str, str]
    outcome: str
    changes: dict[str, list[Any]]
    target: int | None


@action("imports.run")
def apply_import(job: ImportJob, *, at: dt.datetime, chunk: int = CHUNK) -> ImportJob:
    """Do all that the preview shows, at once.

    Raises ``Refused``: ``import_finished`` (applied or discarded before, also by somebody else at
    the same moment), ``import_has_errors``, ``preview_outdated`` (call ``refresh_import``).
    """
    found = held(job, State.PREVIEWED)
    _refuse_errors(found)
    return _apply(found, at=at, chunk=chunk, tell=lambda done: None)


@action("imports.run")
def ask_worker_to_apply(job: ImportJob) -> ImportJob:
    """Have the worker do what the preview shows. Raises ``Refused``: ``import_finished``,
    ``import_has_errors``."""
    found = held(job, State.PREVIEWED)
    may_load(import_kind(found.kind))
    _refuse_errors(found)
    put(found, state=State.APPLYING, asked_as=asker(), done=0, total=found.rows, note="")
    return hand_back(found)


def hand_back(job: ImportJob) -> ImportJob:
    """A part of actions: the next look of the clock gives the job to a worker."""
    ImportJob.objects.filter(pk=job.pk).update(moved_at=None, attempts=0)
    return job


@action("imports.run")
def carry_out(
    job: ImportJob,
    *,
    at: dt.datetime,
    tell: Callable[[int], None],
    aside: Aside | None = None,
    chunk: int = CHUNK,
) -> ImportJob:
    """Apply what somebody asked the worker to apply. ``tell(rows)`` says how far it is; with a
    cursor ``aside`` of another connection, partners are held as late as can be.

    Raises ``Cancelled`` where somebody cancelled meanwhile, ``Stopped`` where another worker is at
    it or the job has ended, ``Overtaken`` and ``IntegrityError`` (call again without ``aside``:
    somebody else wrote meanwhile what it was about to), ``Refused`` as
    ``apply_import``.
    """
    if not is_free(job):
        raise Stopped
    found = ImportJob.objects.filter(pk=job.pk).first()
    if found is None or found.state != State.APPLYING:
        raise Stopped

    def go_on(done: int) -> None:
        if ImportJob.objects.filter(pk=job.pk, cancel_asked=True).exists():
            raise Cancelled
        tell(done)

    return _apply(found, at=at, chunk=chunk, tell=go_on, aside=aside)


def is_free(job: ImportJob) -> bool:
    """Whether nobody applies the job; then nobody else will until this transaction ends."""
    with connection.cursor() as cursor:
        name = f"import {job.public_id}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


@action("imports.run")
def cancel_import(job: ImportJob, *, at: dt.datetime) -> ImportJob:
    """Have nothing come of an import that is not through: at once, or where a worker is applying
    it as soon as that looks (``cancel_asked``). ``Refused("import_finished")``."""
    found = held(job, State.UPLOADED, State.READING, State.PREVIEWED, State.APPLYING)
    may_load(import_kind(found.kind))
    if found.state == State.PREVIEWED:  # it was read while somebody decided to cancel
        return end_import(found, State.DISCARDED, at=at)
    if found.state == State.APPLYING and not is_free(found):
        ImportJob.objects.filter(pk=found.pk).update(cancel_asked=True, asked_as=asker())
        found.cancel_asked = True
        return found
    return end_import(found, State.CANCELLED, at=at)


def _apply(
    job: ImportJob,
    *,
    at: dt.datetime,
    chunk: int,
    tell: Callable[[int], None],
    aside: Aside | None = None,
) -> ImportJob:
    kind, context = import_kind(job.kind), context_of(job, at)
    may_load(kind)
    tell(0)
    hold = Hold(kind, _named(job, kind.lock_column), context, aside)
    with tempfile.TemporaryFile() as file:
        waiting, done = _Waiting(file), 0
        for items in _in_chunks(job, kind, context, chunk):
            waiting.put(_planned_again(kind, items, context), context)
            done += len(items)
            tell(done // 2)
        written = job.unchanged
        for outcomes in hold.steps(job):
            for todo in waiting:
                mine = [one for one in todo if one.outcome in outcomes]
                kind.apply(mine, context)
                written += len(mine)
                tell((done + written) // 2)
    return _finished(job, at=at)


def _finished(job: ImportJob, *, at: dt.datetime) -> ImportJob:
    mine = ImportJob.objects.filter(pk=job.pk, state=job.state, cancel_asked=False)
    end = {"state": State.APPLIED, "finished_at": at, "done": job.rows, "moved_at": Now()}
    if not mine.update(**end):
        raise Cancelled
    job.state, job.finished_at, job.done = State.APPLIED, at, job.rows
    record_event("import.applied", job, data=totals(job))
    return job


class _Waiting:
    """Plans that wait for the last row to be planned, outside of memory: a row must not be planned
    on what an earlier row of its file has written. What the run knows anyway stays in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._known: dict[int, Any] = {}

    def put(self, todo: list[Planned], context: Context) -> None:
        if todo:
            self._known = {id(one): one for one in context.known.values() if one is not None}
            pickler = pickle.Pickler(self._file, pickle.HIGHEST_PROTOCOL)
            pickler.persistent_id = self._name  # type: ignore[method-assign]
            pickler.dump(todo)

    def __iter__(self) -> Iterator[list[Planned]]:
        end = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < end:
            unpickler = pickle.Unpickler(self._file)
            unpickler.persistent_load = self._known.__getitem__  # type: ignore[method-assign]
            yield unpickler.load()

    def _name(self, one: object) -> int | None:
        return id(one) if id(one) in self._known else None


def _named(job: ImportJob, column: str) -> list[str]:
    """The filled cells of one column, each once."""
    cells = ImportRow.objects.filter(job=job, **{f"values__{column}__isnull": False})
    return list(cells.order_by().values_list(f"values__{column}", flat=True).distinct())


def _items(job: ImportJob, size: int) -> Iterator[list[_Item]]:
    rows, last = ImportRow.objects.filter(job=job).order_by("number"), 0
    while found := [
        _Item(*row) for row in rows.filter(number__gt=last).values_list(*_Item._fields)[:size]
    ]:
        yield found
        last = found[-1].number


def _in_chunks(
    job: ImportJob, kind: ImportKind, context: Context, size: int
) -> Iterable[Sequence[_Item]]:
    pages = _items(job, size)
    if kind.together is None or job.rows <= size:
        return pages

    def groups(items: Sequence[_Item]) -> list[Hashable]:
        rows = read_again(kind, ((item.number, item.values) for item in items))
        return groups_of(kind, [item.number for item in items], rows, context)

    return in_groups(pages, groups, parts=-(-job.rows // size))


def _planned_again(kind: ImportKind, items: Sequence[_Item], context: Context) -> list[Planned]:
    """What is to be done for a chunk; ``preview_outdated`` where it is not what was shown."""
    rows = read_again(kind, ((item.number, item.values) for item in items))
    planned = plan_rows(kind, rows, context)
    now = {one.row.number: one for one in planned}
    differ = [item.number for item in items if not _same(item, now.get(item.number))]
    if differ:
        raise refused(
            "preview_outdated",
            ngettext(
                "Since the preview was made, %(n)s row would do something else (row %(row)s).",
                "Since the preview was made, %(n)s rows would do something else (row %(row)s …).",
                len(differ),
            )
            % {"n": len(differ), "row": differ[0]},
            _("Look at the preview again. Nothing was changed."),
        )
    todo = (one for one in planned if one.outcome != Outcome.UNCHANGED)
    return [replace(one, row=Row(one.row.number, one.row.values)) for one in todo]


def _same(then: _Item, now: Planned | None) -> bool:
    return (
        now is not None
        and then.outcome == now.outcome
        and then.target in (None, now.target and now.target.pk)
        and (then.changes == now.changes or then.changes == orjson.loads(as_json(now.changes)))
    )


def _refuse_errors(job: ImportJob) -> None:
    if job.failures:
        raise refused(
            "import_has_errors",
            ngettext("%(n)s row has errors.", "%(n)s rows have errors.", job.failures)
            % {"n": job.failures},
            _("Correct them in your file and upload it again. Nothing was changed."),
        )
