"""The SQL by which certificates enter their windows: the ``due`` part of ``alerts`` sweep."""

from __future__ import annotations

KIND = "certificate_expiry"

# A window of w days is entered on the vendor's day "ends on minus w". The windows are those of the
# program version in force on that day. Not due: a revoked certificate, and one that the person
# has replaced by a later-ending one of the same track. Whoever employs the person on the day is
# told, unless the person came only after the end: that lapse is no news to them. ``since`` bounds
# the look back: everything that ended earlier was handled by the runs before.
DUE = f"""
today AS MATERIALIZED (
  SELECT v.id AS vendor_id, (%(at)s AT TIME ZONE v.time_zone)::date AS day,
         (%(since)s::timestamptz AT TIME ZONE v.time_zone)::date AS handled
  FROM tenants_vendor v
), rule AS MATERIALIZED (
  SELECT t.vendor_id, t.day, t.handled, s.days,
         lag(s.days) OVER (PARTITION BY t.vendor_id ORDER BY s.days) AS tighter
  FROM today t
  CROSS JOIN LATERAL (
    SELECT number FROM programs_programversion p
    WHERE p.vendor_id = t.vendor_id AND p.effective_from <= t.day
    ORDER BY p.effective_from DESC, p.number DESC LIMIT 1
  ) inforce
  CROSS JOIN LATERAL (
    SELECT CASE WHEN w.key ~ '^[0-9]{{1,3}}$' THEN w.key::int END AS days
    FROM programs_sweepsetting w
    WHERE w.vendor_id = t.vendor_id AND w.version = inforce.number
      AND w.kind = 'certificate_window'
  ) s
  WHERE s.days IS NOT NULL
), due AS (
  SELECT c.vendor_id, r.day, '{KIND}' AS kind, 'certificate' AS subject_kind,
         c.public_id AS subject_id, e.partner_id, c.person_id, c.expires_on AS due_on,
         r.days AS "window",
         coalesce(c.expires_on <= r.day + r.tighter, false) AS superseded,
         jsonb_build_object('number', c.number, 'track', t.code, 'track_name', t.name,
                            'version', c.version) AS data
  FROM rule r
  JOIN certifications_certificate c
    ON c.vendor_id = r.vendor_id AND c.expires_on <= r.day + r.days
   AND c.expires_on > coalesce(r.handled, '-infinity'::date) AND c.earned_on <= r.day
   AND (c.revoked_on IS NULL OR c.revoked_on > r.day)
  JOIN partners_employment e
    ON e.vendor_id = c.vendor_id AND e.person_id = c.person_id AND e.since <= r.day
   AND e.since <= c.expires_on AND (e.until IS NULL OR e.until > r.day)
  JOIN partners_partner p
    ON p.vendor_id = e.vendor_id AND p.id = e.partner_id AND p.status <> 'exited'
  JOIN programs_track t ON t.vendor_id = c.vendor_id AND t.id = c.track_id
  WHERE NOT EXISTS (
    SELECT 1 FROM certifications_certificate n
    WHERE n.vendor_id = c.vendor_id AND n.person_id = c.person_id AND n.track_id = c.track_id
      AND n.earned_on <= r.day AND (n.revoked_on IS NULL OR n.revoked_on > r.day)
      AND (n.expires_on IS NULL OR (n.expires_on, n.id) > (c.expires_on, c.id)))
)
"""
