"""A connection that worked a moment ago is not asked again whether it works.

Django's ``CONN_HEALTH_CHECKS`` sends one more statement per request, which is a tenth of a list's
time. Here only a connection that was idle for a while is checked, because that is when servers,
proxies and firewalls drop one.
"""

from __future__ import annotations

import time

from django.db.backends.postgresql import base

IDLE_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    _used_at = 0.0

    def close_if_health_check_failed(self) -> None:
        """Check as Django does, but not within ``IDLE_SECONDS`` of the last use."""
        now = time.monotonic()
        if self.connection is not None and now - self._used_at < IDLE_SECONDS:
            self.health_check_done = True
        self._used_at = now
        super().close_if_health_check_failed()
