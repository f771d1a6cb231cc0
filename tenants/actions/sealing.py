"""The sealer: links each vendor's finished events into its chain. Writers never wait for it."""

from __future__ import annotations

import datetime as dt

from django.db import connections, transaction

# Any fixed number; one sealer at a time in the whole database.
_LOCK = 7_461_001

# An event is finished when its transaction is older than every running one. The floor keeps the
# scan to what came since the newest seal; a restored database counts transactions anew, and then
# everything is looked at again. ``NOT EXISTS`` decides in any case.
_SEAL = """
WITH edge AS (
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon
), newest AS (
  SELECT horizon FROM tenants_seal ORDER BY id DESC LIMIT 1
), floor AS (
  SELECT CASE WHEN newest.horizon <= edge.horizon THEN newest.horizon ELSE 0 END AS txid
  FROM edge LEFT JOIN newest ON true
), finished AS (
  SELECT e.vendor_id, e.id, e.digest
  FROM tenants_event e, edge, floor
  WHERE e.txid >= coalesce(floor.txid, 0) AND e.txid < edge.horizon
    AND NOT EXISTS (SELECT 1 FROM tenants_seal s WHERE s.event = e.id)
), last AS (
  SELECT v.vendor_id, s.position, s.chain
  FROM (SELECT DISTINCT vendor_id FROM finished) v
  LEFT JOIN LATERAL (
    SELECT position, chain FROM tenants_seal
    WHERE vendor_id = v.vendor_id ORDER BY position DESC LIMIT 1
  ) s ON true
)
INSERT INTO tenants_seal (vendor_id, event, position, digest, chain, horizon, sealed_at)
SELECT f.vendor_id, f.id,
       coalesce(last.position, 0) + row_number() OVER run,
       f.digest,
       chain(coalesce(last.chain, ''::bytea), f.digest) OVER run,
       edge.horizon, %(at)s
FROM finished f JOIN last USING (vendor_id), edge
WINDOW run AS (PARTITION BY f.vendor_id ORDER BY f.id)
ORDER BY f.vendor_id, f.id
"""


def sweep_event_seal(*, at: dt.datetime) -> int:
    """Seal what is finished, for all vendors in one statement; returns how many events.

    ``at`` is written as the instant of sealing. Another sealer at work: nothing happens (0).
    """
    with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_SEAL, {"at": at})
        return int(cursor.rowcount)
