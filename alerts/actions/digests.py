"""The weekly digest: one message per person out of all that waits for it."""

from __future__ import annotations

import datetime as dt

from django.db import connections, transaction

from alerts.belonging import belongs, of_staff

# Whoever no longer belongs to the partner is told nothing of it; what was settled is left out. What
# is due is taken away in the statement that writes the message, and ``digest_once`` decides between
# two workers: so each week's digest is written once, however late and by however many.
_GATHER = f"""
WITH due AS (
  SELECT d.id, d.vendor_id, d.person_id, d.address, a.public_id, a.superseded,
         date_trunc('week', (%(at)s AT TIME ZONE v.time_zone) - interval '8 hours')::date AS week,
         CASE WHEN staff.held THEN NULL ELSE d.partner_id END AS owner,
         {belongs("d", "t.day")} AS belongs
  FROM alerts_delivery d
  JOIN alerts_alert a ON a.vendor_id = d.vendor_id AND a.id = d.alert_id
  JOIN tenants_vendor v ON v.id = d.vendor_id
  CROSS JOIN LATERAL (SELECT (%(at)s AT TIME ZONE v.time_zone)::date AS day) t
  CROSS JOIN LATERAL (SELECT {of_staff("d", "t.day")} AS held) staff
  WHERE d.channel = 'digest' AND d.state = 'pending' AND d.next_attempt_at <= %(at)s
  ORDER BY d.id FOR UPDATE OF d SKIP LOCKED
), made AS (
  INSERT INTO alerts_digest (vendor_id, partner_id, person_id, week, alerts)
  SELECT vendor_id, owner, person_id, week, jsonb_agg(public_id ORDER BY id)
  FROM due WHERE belongs AND NOT superseded
  GROUP BY vendor_id, owner, person_id, week
  ORDER BY vendor_id, person_id, owner
  ON CONFLICT DO NOTHING
  RETURNING vendor_id, partner_id, person_id, alerts
), queued AS (
  INSERT INTO alerts_delivery (vendor_id, partner_id, person_id, channel, address, template,
    context, state, attempts, next_attempt_at, error)
  SELECT m.vendor_id, m.partner_id, m.person_id, 'email', x.address, 'alerts/digest',
         jsonb_build_object('alerts', m.alerts), 'pending', 0, %(at)s, ''
  FROM made m CROSS JOIN LATERAL (
    SELECT d.address FROM due d
    WHERE d.vendor_id = m.vendor_id AND d.person_id = m.person_id
    ORDER BY d.id DESC LIMIT 1) x
), taken AS (
  DELETE FROM alerts_delivery d USING due x
  WHERE d.id = x.id AND (x.superseded OR NOT x.belongs OR EXISTS (
    SELECT 1 FROM made m WHERE m.vendor_id = x.vendor_id AND m.person_id = x.person_id
      AND m.partner_id IS NOT DISTINCT FROM x.owner))
)
SELECT count(*) FROM made
"""


def sweep_digests(*, at: dt.datetime) -> int:
    """Write the digests that are due, for all vendors in one statement; returns how many.

    Each is due on Monday at 08:00 in its vendor's zone; after a downtime it is written late, once.
    """
    with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
        cursor.execute(_GATHER, {"at": at})
        return int(cursor.fetchone()[0])
