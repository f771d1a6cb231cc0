"""A process that is killed in the middle of its work."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable

from django.db import connections


def run_and_die(work: Callable[[], None]) -> None:
    """Run ``work`` in a child that must be killed by SIGKILL, as a worker may be at any point."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
        _say_where()
        os._exit(70)  # reached only where the work did not die as promised
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, status


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
