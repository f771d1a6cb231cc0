"""When an import holds the partners that its rows name, and when it gives way."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from django.db import OperationalError, connection, transaction

from tenants.importing.kinds import Context, ImportKind, Outcome
from tenants.models import ImportJob

Aside = Callable[[], AbstractContextManager[Any]]
"""Gives a cursor of a connection that does not see what is being applied."""
PATIENCE = "400ms"
"""How long one statement waits for partners, of which holding has two: together less than
PostgreSQL's ``deadlock_timeout``, one second."""
TRIES = 25
_TIMED_OUT = "57014"


class Overtaken(Exception):
    """What the rows were planned on changed before it was held: nothing of it was written."""


class Hold:
    """When the partners that a job's rows name are held.

    From the beginning; or, where what the rows are planned on can be compared (``seen``), once
    the new rows are written. Nobody sees those before the transaction ends, so gates need not wait
    for them. What changed meanwhile is found when all is held, and then nothing is kept.
    """

    def __init__(
        self, kind: ImportKind, names: list[str], context: Context, aside: Aside | None
    ) -> None:
        self._kind, self._names, self._context, self._aside = kind, names, context, aside
        self._before = self._seen()
        if self._before is None:
            kind.lock(names, context)

    def _seen(self) -> Hashable | None:
        if self._aside is None or self._kind.seen is None:
            return None
        with self._aside() as cursor:
            return self._kind.seen(self._names, self._context, cursor)

    def steps(self, job: ImportJob) -> Iterator[tuple[str, ...]]:
        """The outcomes to write, one step after the other; ``Overtaken``."""
        if self._before is None:
            yield (Outcome.CREATE, Outcome.UPDATE)
            return
        yield (Outcome.CREATE,)
        connection.check_constraints()  # not at the commit, with everything held
        self._hold_late()
        if self._seen() != self._before:
            raise Overtaken
        if job.updates:
            yield (Outcome.UPDATE,)

    def _hold_late(self) -> None:
        """Hold the partners after new rows were written, or ``Overtaken``.

        Who adds by hand what the file adds holds the partner and waits for the file; if the file
        then waited for the partner, PostgreSQL would end one of them. So the file gives way: it
        never waits longer for a partner than it takes until PostgreSQL looks, and looks itself
        before each time whether somebody waits for it.
        """
        for _try in range(TRIES):
            if _is_waited_for():
                raise Overtaken
            if self._held_in_time():
                return
        raise Overtaken

    def _held_in_time(self) -> bool:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('statement_timeout')")
                usual = cursor.fetchone()[0]
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
                self._kind.lock(self._names, self._context)
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [usual])
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") != _TIMED_OUT:
                raise
            return False
        return True


def _is_waited_for() -> bool:
    """Whether somebody waits for what this transaction has written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])
