"""The worker's part: who it acts as, what became of it, and what is deleted for its age."""

from __future__ import annotations

import datetime as dt
import gc
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

from django.core.files.storage import default_storage
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from tenants import scope
from tenants.capabilities import Role
from tenants.directory import vendor_by_id
from tenants.importing.applying import Cancelled, carry_out, is_free
from tenants.importing.holding import Overtaken
from tenants.importing.planning import CHUNK, refused
from tenants.importing.staging import (
    State,
    Stopped,
    discard_import,
    end_import,
    held,
    put,
    read_import,
    reset_import,
)
from tenants.middleware import scope_of
from tenants.models import ApiClient, File, ImportJob, ImportRow, Membership
from tenants.writing import Refused, action, record_event

logger = logging.getLogger(__name__)
QUIET = dt.timedelta(minutes=2)
"""Without progress for so long, a job is given to a worker again."""
MOST_ATTEMPTS = 3
CIRCLES = 3
"""How often a job that a deadlock ends is done again before it is left to a later worker."""
DEADLOCK = "40P01"
KEPT = dt.timedelta(days=30)
"""How long file and rows stay after the end, and a preview that nobody decides."""


@action("imports.run")
def hand_out() -> list[int]:
    """The vendor's jobs that nobody is at, by the database's clock; each is given out once."""
    waiting = ImportJob.objects.filter(state__in=ImportJob.WORKING).filter(
        Q(moved_at__isnull=True) | Q(moved_at__lt=Now() - QUIET)
    )
    found = list(waiting.order_by("pk").values_list("pk", flat=True))
    return [pk for pk in found if waiting.filter(pk=pk).update(moved_at=Now())]


def work_on_import(job_id: int, *, at: dt.datetime, chunk: int = CHUNK) -> ImportJob | None:
    """Read or apply one job, as who asked for it, and keep what became of it.

    Entered as the vendor's system. What the database or the machine interrupts stays as it is, to
    be taken up again; any other defect is logged and ends the job.
    """
    job = _take_up(job_id, at=at)
    if job is None or job.state in ImportJob.ENDED:
        return job
    try:
        with scope.enter(scope_of_job(job, at)), _seldom_collecting():
            return _go_on(job, at=at, chunk=chunk)
    except Stopped:
        return None
    except Cancelled:
        return _finish_cancelled(job, at=at)
    except Refused as no:
        return fail_import(job, no.detail, at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("import %s failed", job.ref)
        words = _("A defect stopped it; it is logged. Nothing was changed.")
        return fail_import(job, words, at=at)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Look for cycles after 100,000 new objects, not 700: rows hold hardly any, and the look at
    all that is waiting took two fifths of an import."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _go_on(job: ImportJob, *, at: dt.datetime, chunk: int) -> ImportJob:
    if job.state == State.APPLYING:
        try:
            return _carry_out(job, at=at, chunk=chunk)
        except Refused as no:
            if no.code != "preview_outdated":
                raise
            job = reset_import(job, note=no.reasons[0].detail)
    return read_import(job, at=at, chunk=chunk)


def _carry_out(job: ImportJob, *, at: dt.datetime, chunk: int) -> ImportJob:
    with closing(Progress(job)) as progress:
        try:
            return carry_out(job, at=at, tell=progress.tell, aside=progress.aside, chunk=chunk)
        except (Overtaken, IntegrityError):
            pass
        except OperationalError as error:
            _raise_unless_circle(error)
        # Holding its partners from the beginning it waits for no file that does so as well; for
        # one that does not yet, it may be the one that PostgreSQL ends once more.
        for _try in range(CIRCLES):
            try:
                return carry_out(job, at=at, tell=progress.tell, chunk=chunk)
            except OperationalError as error:
                _raise_unless_circle(error)
        return carry_out(job, at=at, tell=progress.tell, chunk=chunk)


def _raise_unless_circle(error: OperationalError) -> None:
    """Two files with the same new rows in another order waited for each other, and PostgreSQL
    ended this one: nothing of it was written, and it is done again. Anything else is raised."""
    if getattr(error.__cause__, "pgcode", "") != DEADLOCK:
        raise error


class Progress:
    """How far a job is, said by a connection of its own: what the transaction that applies writes
    is seen when it is through."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._connection = connection.copy()

    def tell(self, done: int) -> None:
        """So many rows; never fewer than were told before."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tenants_importjob SET done = greatest(done, %s), moved_at = now()"
                " WHERE vendor_id = %s AND id = %s AND state = 'applying'",
                [done, self._job.vendor_id, self._job.pk],
            )

    def aside(self) -> AbstractContextManager[Any]:
        """A cursor that sees what others have written."""
        return self._connection.cursor()

    def close(self) -> None:
        self._connection.close()


def scope_of_job(job: ImportJob, at: dt.datetime) -> scope.Scope:
    """The scope of who asked for the work at hand, as it is now. ``Refused("asker_left")`` where
    the membership or the client has ended since."""
    asked, own = job.asked_as, scope.current()
    origin, request_id = asked.get("origin", "task"), asked.get("request", "")
    if asked.get("membership"):
        day = vendor_by_id(own.vendor_id).day_of(at)
        members = Membership.objects.current(day).select_related("person")
        member = members.filter(pk=asked["membership"]).first()
        if member is not None:
            return scope_of(member, origin=origin, request_id=request_id)
    elif asked.get("client"):
        client = ApiClient.objects.filter(pk=asked["client"], revoked_at__isnull=True).first()
        if client is not None:
            return _scope_of_client(client, asked, origin, request_id)
    elif asked.get("role") == Role.SYSTEM:
        return own
    raise refused("asker_left", _("Whoever asked for it may no longer do so."))


def _scope_of_client(
    client: ApiClient, asked: dict[str, Any], origin: str, request_id: str
) -> scope.Scope:
    return scope.Scope(
        vendor_id=client.vendor_id,
        partners="*" if client.partner_id is None else frozenset({client.partner_id}),
        role=Role.INTEGRATION,
        client_id=client.pk,
        client_ref=client.ref,
        origin=origin,
        request_id=request_id,
        api_scopes=frozenset(asked["scopes"] or ()) & frozenset(client.scopes),
    )


@action("imports.run")
def _take_up(job_id: int, *, at: dt.datetime) -> ImportJob | None:
    """The job as it stands, with one more attempt; ended where there were too many."""
    job = ImportJob.objects.select_for_update(no_key=True, of=("self",)).select_related("file")
    found: ImportJob | None = job.filter(pk=job_id, state__in=ImportJob.WORKING).first()
    if found is None:
        return None
    if found.attempts >= MOST_ATTEMPTS and (found.state != State.APPLYING or is_free(found)):
        words = _("The worker was stopped %(n)s times while at it. Nothing was changed.")
        return end_import(found, State.FAILED, at=at, note=words % {"n": MOST_ATTEMPTS})
    return put(found, attempts=found.attempts + 1)


@action("imports.run")
def fail_import(job: ImportJob, reason: str, *, at: dt.datetime) -> ImportJob | None:
    """Say why nothing came of it; ``None`` where it has ended otherwise."""
    return _ended(job, State.FAILED, at=at, note=reason)


def _finish_cancelled(job: ImportJob, *, at: dt.datetime) -> ImportJob | None:
    """What was written is rolled back: say so, as who cancelled."""
    try:
        who = scope_of_job(ImportJob.objects.get(pk=job.pk), at)
    except Refused:  # gone meanwhile
        who = scope.current()
    with scope.enter(who):
        return _cancel(job, at=at)


@action("imports.run")
def _cancel(job: ImportJob, *, at: dt.datetime) -> ImportJob | None:
    words = _("Cancelled while it was being applied. Nothing was changed.")
    return _ended(job, State.CANCELLED, at=at, note=words)


def _ended(job: ImportJob, state: str, *, at: dt.datetime, note: str) -> ImportJob | None:
    try:
        found = held(job, *ImportJob.WORKING)
    except Refused:
        return None
    return end_import(found, state, at=at, note=note)


def drop_old_imports(*, at: dt.datetime) -> int:
    """Discard old previews, and delete file and rows of what ended long ago; returns how many."""
    old = at - KEPT
    undecided = ImportJob.objects.filter(state=State.PREVIEWED, created_at__lt=old)
    ended = ImportJob.objects.filter(finished_at__lt=old, cleared_at__isnull=True)
    for job in undecided:
        discard_import(job, at=at)
    return sum(clear_import(job, at=at) for job in ended)


@action("imports.run")
def clear_import(job: ImportJob, *, at: dt.datetime) -> bool:
    """Delete the file and the rows of a job that has ended; its counts and events stay."""
    found = held(job, *ImportJob.ENDED)
    if found.cleared_at is not None:
        return False
    file = found.file
    ImportRow.objects.filter(job=found).delete()
    put(found, file=None, cleared_at=at)
    if file is not None:
        File.objects.filter(pk=file.pk).delete()
        transaction.on_commit(lambda: default_storage.delete(file.key))
    record_event("import.cleared", found, data={"kind": found.kind, "rows": found.rows})
    return True
