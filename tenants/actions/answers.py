"""Kept answers of the API (``Idempotency-Key``) and how long they are kept."""

from __future__ import annotations

import datetime as dt

from django.db import connections

KEPT = dt.timedelta(hours=24)


def sweep_old_answers(*, at: dt.datetime) -> int:
    """Drop the answers of all vendors that are older than a day at the instant ``at``."""
    with connections["ops"].cursor() as cursor:
        cursor.execute("DELETE FROM tenants_idempotencykey WHERE created_at <= %s", [at - KEPT])
        return int(cursor.rowcount)
