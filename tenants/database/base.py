"""A connection that worked a moment ago is not asked again whether it works.

Django's ``CONN_HEALTH_CHECKS`` sends one more statement per request, which is a tenth of a list's
time. Here a connection is checked that was idle for a while, because that is when proxies and
firewalls drop one in silence, or on which the server has said something unasked: that it ends.
"""

from __future__ import annotations

import select
import time
from typing import Any

from django.db.backends.postgresql import base

IDLE_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    health_check_done: bool
    _used_at = 0.0

    def close_if_health_check_failed(self) -> None:
        """Check as Django does, but not a quiet connection within ``IDLE_SECONDS`` of its use."""
        now = time.monotonic()
        if (
            self.connection is not None
            and not self.health_check_done
            and now - self._used_at < IDLE_SECONDS
            and _is_quiet(self.connection)
        ):
            self.health_check_done = True
        self._used_at = now
        super().close_if_health_check_failed()


def _is_quiet(connection: Any) -> bool:
    """Whether nothing waits to be read. Asks the kernel, not the server: two microseconds."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
