"""The proof that every action leaves an event (PostgreSQL's own count of rows written), and that
its events name nobody by row number: those count all vendors' rows together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tenants.writing import walled_tables

EVENT_TABLE = "tenants_event"
NOT_EVENTS = frozenset(
    {
        EVENT_TABLE,
        "tenants_eventprivate",
        "tenants_seal",
        "tenants_idempotencykey",
        # Reading state and deliveries are not events (platform.md, "Events").
        "alerts_alert",
        "alerts_notification",
        "alerts_delivery",
        "alerts_mailsettings",
        "alerts_digest",
        "alerts_sweep",
        # Webhook messages are deliveries; what is told is an event itself.
        "alerts_webhookmessage",
        "alerts_lasttold",
        # Staging rows of an import are drafts; applying them is the event.
        "tenants_importjob",
        "tenants_importrow",
        # How far a take-out is; asking for one and its end are events.
        "partners_takeout",
    }
)
_COUNTS = """
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del
FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""
_NUMBERED = """
SELECT kind FROM tenants_event
WHERE txid = pg_current_xact_id()::text::bigint AND jsonb_path_exists(
  jsonb_build_array(actor, data), '$[*].keyvalue() ? (@.value.type() == "number"
  && @.key like_regex "^(person|client|cam|partner|customer|user|before|id)$|_(id|pk)$")')
LIMIT 1
"""


def _written() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        return dict(cursor.fetchall())


@contextmanager
def proves_its_event() -> Iterator[None]:
    before = _written()
    yield
    after = _written()
    changed = {t for t, n in after.items() if n != before.get(t, 0)} & walled_tables()
    silent = changed - NOT_EVENTS
    if silent and after.get(EVENT_TABLE, 0) == before.get(EVENT_TABLE, 0):
        raise AssertionError(f"An action wrote {sorted(silent)} and left no event.")
    if after.get(EVENT_TABLE, 0) != before.get(EVENT_TABLE, 0):
        with connection.cursor() as cursor:
            cursor.execute(_NUMBERED)
            if found := cursor.fetchone():
                raise AssertionError(f"An event {found[0]} names a row by its number.")
