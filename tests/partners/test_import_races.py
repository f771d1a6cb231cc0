"""Imports while somebody else acts, on connections of their own: cancel, death, two workers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection
from psycopg2.errors import LockNotAvailable

from partners.actions.people import add_person
from partners.models import Employment
from tenants import scope
from tenants.importing import cancel_import
from tenants.importing.applying import ask_worker_to_apply
from tenants.importing.staging import keep_import
from tenants.importing.working import work_on_import
from tenants.models import Event, ImportJob, ImportRow, Person
from tests import factories as make
from tests.conftest import run_as_superuser
from tests.partners.conftest import NOW, build_world

ROWS, CHUNK = 60, 10
ENOUGH = 60.0


def waiting(world: SimpleNamespace, job_title: str = "") -> ImportJob:
    lines = ["name,email,job", *(f"Person {n},p{n}@x.example,{job_title}" for n in range(ROWS))]
    with scope.enter(make.scope_of(world.owner)):
        return keep_import("people", data="\n".join(lines).encode(), file_name="f.csv", at=NOW)


def work(world: SimpleNamespace, job: ImportJob) -> None:
    with scope.entered_vendor(world.vendor.pk):
        work_on_import(job.pk, at=NOW, chunk=CHUNK)


def asked(world: SimpleNamespace, job_title: str = "") -> ImportJob:
    """Read, and to be applied by the worker."""
    job = waiting(world, job_title)
    work(world, job)
    with scope.enter(make.scope_of(world.owner)):
        return ask_worker_to_apply(job)


def now(world: SimpleNamespace, job: ImportJob) -> ImportJob:
    with scope.entered_vendor(world.vendor.pk):
        return ImportJob.objects.get(pk=job.pk)


def kinds(world: SimpleNamespace) -> list[str]:
    with scope.entered_vendor(world.vendor.pk):
        told = Event.objects.filter(subject_kind="importjob").order_by("id")
        return list(told.values_list("kind", flat=True))


def employed(world: SimpleNamespace) -> int:
    """How many are; a person without employment would be half of an import."""
    with scope.entered_vendor(world.vendor.pk):
        people = Person.objects.filter(name__startswith="Person ", employments__isnull=False)
        loose = Person.objects.filter(email__endswith="@x.example", employments__isnull=True)
        assert not loose.exists()
        return Employment.objects.filter(person__in=people).count()


class Worker(threading.Thread):
    """A worker with a connection of its own, which waits before the statement that ``at`` names
    for the ``nth`` time until it is let go on."""

    def __init__(self, work: Callable[[], None], at: str, nth: int) -> None:
        super().__init__()
        self._work, self._at, self._left = work, at, nth
        self.waits, self.go_on = threading.Event(), threading.Event()
        self.backend, self.error = 0, None

    def run(self) -> None:
        try:
            connection.ensure_connection()
            self.backend = connection.connection.get_backend_pid()
            with connection.execute_wrapper(self._look):
                self._work()
        except Exception as error:
            self.error = error
        finally:
            self.waits.set()
            connection.close()

    def _look(self, execute: Any, text: Any, values: Any, many: bool, context: Any) -> Any:
        if self._at in str(text):
            self._left -= 1
            if self._left == 0:
                self.waits.set()
                self.go_on.wait(ENOUGH)
        return execute(text, values, many, context)

    def begin(self) -> None:
        self.start()
        assert self.waits.wait(ENOUGH)

    def end(self) -> None:
        self.go_on.set()
        self.join(ENOUGH)
        assert not self.is_alive()


def test_cancelled_half_way_nothing_of_it_stays(committed_db: str) -> None:
    """While rows are being written: the flag is seen inside the transaction, and all is undone."""
    world = build_world()
    job = asked(world)
    worker = Worker(lambda: work(world, job), 'INSERT INTO "partners_employment"', 4)
    worker.begin()
    seen = now(world, job)
    assert (seen.state, ROWS / 2 < seen.done < ROWS) == ("applying", True)
    with scope.enter(make.scope_of(world.owner)):
        answer = cancel_import(job, at=NOW)
    assert (answer.state, answer.cancel_asked) == ("applying", True)
    worker.end()
    ended = now(world, job)
    assert (worker.error, ended.state) == (None, "cancelled")
    assert ended.note == "Cancelled while it was being applied. Nothing was changed."
    assert (employed(world), kinds(world)) == (0, ["import.uploaded", "import.cancelled"])


def test_cancelled_at_the_last_moment_it_is_applied_or_cancelled_never_both(
    committed_db: str,
) -> None:
    world = build_world()
    job = asked(world)
    worker = Worker(lambda: work(world, job), 'UPDATE "tenants_importjob" SET "state"', 1)
    worker.begin()
    with scope.enter(make.scope_of(world.owner)):
        cancel_import(job, at=NOW)
    worker.end()
    assert (now(world, job).state, employed(world)) == ("cancelled", 0)


def test_cancelled_while_it_is_read_no_row_is_staged_any_more(committed_db: str) -> None:
    world = build_world()
    job = waiting(world)
    worker = Worker(lambda: work(world, job), "INSERT INTO tenants_importrow", 3)
    worker.begin()
    canceller = threading.Thread(target=lambda: _cancel(world, job))
    canceller.start()  # it waits for the chunk that is being staged
    worker.end()
    canceller.join(ENOUGH)
    assert (now(world, job).state, kinds(world)[-1]) == ("cancelled", "import.cancelled")
    with scope.entered_vendor(world.vendor.pk):
        assert ImportRow.objects.filter(job=job).count() < ROWS


def _cancel(world: SimpleNamespace, job: ImportJob) -> None:
    try:
        with scope.enter(make.scope_of(world.owner)):
            cancel_import(job, at=NOW)
    finally:
        connection.close()


@pytest.mark.parametrize("nth", [1, 3])
def test_a_reader_that_dies_is_followed_by_one_that_goes_on(
    cluster: Any, committed_db: str, nth: int
) -> None:
    world = build_world()
    job = waiting(world)
    worker = Worker(lambda: work(world, job), "INSERT INTO tenants_importrow", nth)
    worker.begin()
    run_as_superuser(cluster, f"SELECT pg_terminate_backend({worker.backend})")
    worker.end()
    assert isinstance(worker.error, OperationalError)
    seen = now(world, job)
    assert (seen.state, seen.done) == ("reading", (nth - 1) * CHUNK)
    work(world, job)
    read = now(world, job)
    assert (read.state, read.rows, read.creates) == ("previewed", ROWS, ROWS)


def test_a_worker_that_dies_while_it_applies_has_applied_nothing(
    cluster: Any, committed_db: str
) -> None:
    world = build_world()
    job = asked(world)
    worker = Worker(lambda: work(world, job), 'INSERT INTO "partners_employment"', 3)
    worker.begin()
    run_as_superuser(cluster, f"SELECT pg_terminate_backend({worker.backend})")
    worker.end()
    assert isinstance(worker.error, OperationalError)
    assert (now(world, job).state, employed(world)) == ("applying", 0)
    work(world, job)
    assert (now(world, job).state, employed(world)) == ("applied", ROWS)
    assert kinds(world) == ["import.uploaded", "import.applied"]


def test_of_two_workers_one_applies(committed_db: str) -> None:
    world = build_world()
    job = asked(world)
    first = Worker(lambda: work(world, job), 'INSERT INTO "partners_employment"', 1)
    first.begin()
    work(world, job)  # the second: somebody is at it
    assert now(world, job).state == "applying"
    first.end()
    work(world, job)  # and a third: it is through
    assert (first.error, now(world, job).state, employed(world)) == (None, "applied", ROWS)
    assert kinds(world) == ["import.uploaded", "import.applied"]


def test_two_files_of_the_same_rows_in_another_order_end_no_worker(committed_db: str) -> None:
    """Each has written what the other is about to write: PostgreSQL ends one of the two."""
    world = build_world()
    lines = [f"Person {n},p{n}@x.example,E-{n}" for n in range(ROWS)]
    jobs = []
    for rows in (lines, lines[::-1]):
        data = "\n".join(["name,email,external_id", *rows]).encode()
        with scope.enter(make.scope_of(world.owner)):
            jobs.append(keep_import("people", data=data, file_name="f.csv", at=NOW))
        work(world, jobs[-1])
        with scope.enter(make.scope_of(world.owner)):
            ask_worker_to_apply(jobs[-1])
    workers = [
        Worker(lambda job=job: work(world, job), 'INSERT INTO "partners_employment"', 2)
        for job in jobs
    ]
    for worker in workers:
        worker.begin()  # each has written its first rows
    for worker in workers:
        worker.go_on.set()
    for worker in workers:
        worker.end()
    assert [worker.error for worker in workers] == [None, None]
    assert sorted(now(world, job).state for job in jobs) == ["applied", "previewed"]
    assert (employed(world), kinds(world).count("import.applied")) == (ROWS, 1)


def test_of_two_readers_one_goes_on(committed_db: str) -> None:
    world = build_world()
    job = waiting(world)
    slow = Worker(lambda: work(world, job), 'FROM "partners_employment"', 3)
    slow.begin()
    work(world, job)
    slow.end()
    read = now(world, job)
    assert (slow.error, read.state, read.rows) == (None, "previewed", ROWS)
    with scope.entered_vendor(world.vendor.pk):
        assert ImportRow.objects.filter(job=job).count() == ROWS


def gate_waits(cluster: Any, database: str, partner_id: int) -> bool:
    """Whether a decision of the gate would wait for the partner."""
    statement = "SELECT id FROM partners_partner WHERE id = %s FOR NO KEY UPDATE NOWAIT"
    try:
        with closing(psycopg2.connect(cluster.superuser_url(database))) as other:
            other.cursor().execute(statement, [partner_id])
    except LockNotAvailable:
        return True
    return False


def test_gates_wait_for_an_import_only_when_its_new_rows_are_written(
    cluster: Any, committed_db: str
) -> None:
    world = build_world()
    job = asked(world)
    worker = Worker(lambda: work(world, job), 'INSERT INTO "partners_employment"', ROWS // CHUNK)
    worker.begin()
    assert not gate_waits(cluster, committed_db, world.partner.pk)
    worker.end()
    assert (worker.error, employed(world)) == (None, ROWS)


def test_gates_wait_while_an_import_changes_what_is_there(cluster: Any, committed_db: str) -> None:
    world = build_world()
    work(world, asked(world))
    job = asked(world, "Clerk")
    worker = Worker(lambda: work(world, job), 'UPDATE "partners_employment"', 1)
    worker.begin()
    assert gate_waits(cluster, committed_db, world.partner.pk)
    worker.end()
    assert (worker.error, now(world, job).state) == (None, "applied")


@pytest.mark.parametrize("nth", [1, ROWS // CHUNK])
def test_what_others_write_meanwhile_is_not_written_twice(committed_db: str, nth: int) -> None:
    """A person of the file is added by hand while its rows are written: the file is read again."""
    world = build_world()
    job = asked(world)
    worker = Worker(lambda: work(world, job), 'INSERT INTO "partners_employment"', nth)
    worker.begin()
    with scope.enter(make.scope_of(world.owner)):
        add_person(world.partner, name="By hand", email="p7@x.example", since=NOW.date())
    worker.end()
    seen = now(world, job)
    assert (worker.error, seen.state) == (None, "previewed")
    assert (seen.creates, seen.updates) == (ROWS - 1, 1)
    assert seen.note == "Since the preview was made, 1 row would do something else (row 9)."
    assert employed(world) == 0


def test_what_others_write_elsewhere_does_not_hinder(committed_db: str) -> None:
    """Another person of the same partner: all of it is planned again and written."""
    world = build_world()
    job = asked(world)
    worker = Worker(lambda: work(world, job), 'INSERT INTO "partners_employment"', 2)
    worker.begin()
    with scope.enter(make.scope_of(world.owner)):
        add_person(world.partner, name="By hand", email="other@y.example", since=NOW.date())
    worker.end()
    assert (worker.error, now(world, job).state, employed(world)) == (None, "applied", ROWS)
    with scope.entered_vendor(world.vendor.pk):
        assert Event.objects.filter(kind="employment.began").count() == ROWS + 1
