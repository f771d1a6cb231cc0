"""A process that is killed in the middle of its work."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

from django.db import connections


def run_and_die(work: Callable[[], None]) -> None:
    """Run ``work`` in a child that must be killed by SIGKILL, as a worker may be at any point."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        _forget_connections()
        try:
            work()
        except BaseException:
            traceback.print_exc()
        _say_where()
        os._exit(70)  # reached only where the work did not die as promised
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, status


def _forget_connections() -> None:
    """Begin without the parent's connections.

    Where a browser test ran before, its event loop is still running, and Django keeps the
    connections of a thread with a loop apart. The child has no loop: it would find those that the
    thread had before, still open to another test's database.
    """
    for alias in connections:
        with suppress(AttributeError):  # none was made
            del connections[alias]


def _say_where() -> None:
    """Which databases the child worked on, for whoever reads why it did not die."""
    try:
        for each in connections.all(initialized_only=True):
            with each.cursor() as cursor:
                cursor.execute("SELECT current_database(), current_user")
                found = cursor.fetchone()
            print(each.alias, each.settings_dict["NAME"], found, file=sys.stderr)
    except Exception:
        traceback.print_exc()
    sys.stderr.flush()
