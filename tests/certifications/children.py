"""A process that is killed in the middle of its work."""

from __future__ import annotations

import os
import signal
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
        finally:
            os._exit(70)  # reached only where the work did not die as promised
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, status
