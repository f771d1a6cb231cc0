"""Imports while somebody adds by hand what the file adds: nobody is ended, nothing stands twice."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import psycopg2
from django.db import connection

from partners.actions.customers import add_customer
from partners.models import Customer
from tenants import scope
from tenants.importing.applying import ask_worker_to_apply
from tenants.importing.staging import keep_import
from tenants.models import ImportJob
from tests import factories as make
from tests.partners.conftest import NOW, build_world
from tests.partners.test_import_races import ENOUGH, ROWS, Worker, now, work


def shops(world: SimpleNamespace) -> ImportJob:
    """Customers with ids of the partner's own, to be applied by the worker."""
    lines = ["name,external_id", *(f"Shop {n},C-{n}" for n in range(ROWS))]
    with scope.enter(make.scope_of(world.owner)):
        job = keep_import("customers", data="\n".join(lines).encode(), file_name="f.csv", at=NOW)
    work(world, job)
    with scope.enter(make.scope_of(world.owner)):
        return ask_worker_to_apply(job)


class ByHand(threading.Thread):
    """Somebody adds the customer that a row of the file adds."""

    def __init__(self, world: SimpleNamespace) -> None:
        super().__init__()
        self._world = world
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            with scope.enter(make.scope_of(self._world.owner)):
                add_customer(
                    self._world.partner, name="By hand", external_id="C-7", since=NOW.date()
                )
        except Exception as error:
            self.error = error
        finally:
            connection.close()


def wait_until_waited_for(cluster: Any, database: str, backend: int) -> None:
    statement = "SELECT 1 FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))"
    with closing(psycopg2.connect(cluster.superuser_url(database))) as other:
        other.autocommit = True
        cursor, end = other.cursor(), time.monotonic() + ENOUGH
        while time.monotonic() < end:
            cursor.execute(statement, [backend])
            if cursor.fetchone():
                return
            time.sleep(0.01)
    raise AssertionError("Nobody waits.")


def beside(
    world: SimpleNamespace, job: ImportJob, at: str, cluster: Any, database: str
) -> ImportJob:
    """The job after somebody added by hand, waiting for the worker, which stood at ``at``."""
    worker = Worker(lambda: work(world, job), at, 1)
    worker.begin()
    hand = ByHand(world)
    hand.start()
    wait_until_waited_for(cluster, database, worker.backend)
    worker.end()
    hand.join(ENOUGH)
    assert (hand.error, worker.error) == (None, None)
    return now(world, job)


def test_who_adds_by_hand_what_a_file_adds_is_not_ended_for_it(
    cluster: Any, committed_db: str
) -> None:
    """They hold the partner and wait for the file's row; the file wants the partner: it gives way,
    and is read again. Its rows are written by then, its partner is not held yet."""
    world = build_world()
    seen = beside(world, shops(world), "pg_blocking_pids", cluster, committed_db)
    assert (seen.state, seen.creates, seen.updates) == ("previewed", ROWS - 1, 1)
    with scope.entered_vendor(world.vendor.pk):
        assert list(Customer.objects.values_list("name", flat=True)) == ["By hand"]


def test_a_file_gives_way_to_who_begins_to_wait_while_it_waits(
    cluster: Any, committed_db: str
) -> None:
    """It looks before they wait, then waits for the partner that they hold: not for long."""
    world = build_world()
    at = "SELECT id FROM partners_partner"
    assert beside(world, shops(world), at, cluster, committed_db).state == "previewed"


def test_what_was_added_by_hand_before_it_was_written_is_no_defect(committed_db: str) -> None:
    world = build_world()
    job = shops(world)
    worker = Worker(lambda: work(world, job), 'INSERT INTO "partners_customer"', 1)
    worker.begin()
    hand = ByHand(world)
    hand.start()
    hand.join(ENOUGH)
    worker.end()
    seen = now(world, job)
    assert (hand.error, worker.error, seen.state) == (None, None, "previewed")
    assert (seen.creates, seen.updates) == (ROWS - 1, 1)
