"""The SQL by which certificates enter their windows: the ``due`` parts of ``alerts`` sweeps.

Both begin with the vendor's day, the version of the program in force on it, and the days by which
that version has holders of older versions recertify: ``programs.rules.counts_until`` in SQL.
"""

from __future__ import annotations

KIND = "certificate_expiry"
RELEASE = "certificate_release"
KINDS = (KIND, RELEASE)

# Publishing writes a ``version_end`` for every version of a track of which one ends others, and
# under "" for certificates of any other version; ``until`` is empty where nothing ends it.
_BASE = """
today AS MATERIALIZED (
  SELECT v.id AS vendor_id, (%(at)s AT TIME ZONE v.time_zone)::date AS day,
         (%(since)s::timestamptz AT TIME ZONE v.time_zone)::date AS handled
  FROM tenants_vendor v
), inforce AS MATERIALIZED (
  SELECT t.vendor_id, t.day, t.handled, p.number
  FROM today t
  CROSS JOIN LATERAL (
    SELECT number FROM programs_programversion p
    WHERE p.vendor_id = t.vendor_id AND p.effective_from <= t.day
    ORDER BY p.effective_from DESC, p.number DESC LIMIT 1
  ) p
), version_end AS MATERIALIZED (
  SELECT f.vendor_id, f.day, k.id AS track_id, split_part(w.key, '/', 2) AS version,
         nullif(w.value::jsonb ->> 'until', '')::date AS until,
         nullif(w.value::jsonb ->> 'released', '')::date AS released,
         w.value::jsonb ->> 'by' AS by
  FROM inforce f
  JOIN programs_sweepsetting w
    ON w.vendor_id = f.vendor_id AND w.version = f.number AND w.kind = 'version_end'
  JOIN programs_track k ON k.vendor_id = f.vendor_id AND k.code = split_part(w.key, '/', 1)
)"""


def _end(of: str) -> str:
    """The day on which a newer version ends the certificate ``of``, as a scalar subquery."""
    return f"""(SELECT v.until FROM version_end v
      WHERE v.vendor_id = {of}.vendor_id AND v.track_id = {of}.track_id
        AND v.version IN ({of}.version, '')
      ORDER BY v.version = {of}.version DESC LIMIT 1)"""


# The service of a certificate's track, whose specialist is told as well.
_SCOPE = """(SELECT w.value FROM inforce f JOIN programs_sweepsetting w
      ON w.vendor_id = f.vendor_id AND w.version = f.number AND w.kind = 'track_scope'
      WHERE f.vendor_id = c.vendor_id AND w.key = t.code)"""

# Nobody is told of a certificate that the person has replaced by one of the track that counts
# longer.
_REPLACED = f"""EXISTS (
    SELECT 1 FROM certifications_certificate n
    WHERE n.vendor_id = c.vendor_id AND n.person_id = c.person_id AND n.track_id = c.track_id
      AND n.earned_on <= c.day AND (n.revoked_on IS NULL OR n.revoked_on > c.day)
      AND (coalesce(least(n.expires_on, {_end("n")}), 'infinity'), n.id) > (c.ends, c.id))"""

# Whoever employs the person on the day is told, unless the person came only after the end: that
# lapse is no news to them.
_TOLD = """
  JOIN partners_employment e
    ON e.vendor_id = c.vendor_id AND e.person_id = c.person_id AND e.since <= c.day
   AND e.since <= c.ends AND (e.until IS NULL OR e.until > c.day)
  JOIN partners_partner p
    ON p.vendor_id = e.vendor_id AND p.id = e.partner_id AND p.status <> 'exited'
  JOIN programs_track t ON t.vendor_id = c.vendor_id AND t.id = c.track_id
"""

# A window of w days is entered on the vendor's day "ends on minus w". The windows are those of the
# program version in force on that day. ``since`` bounds the look back: everything that ended
# earlier was handled by the runs before. What ends by its own time is found by that day's index,
# what a newer version ends by the version.
DUE = f"""
{_BASE}, rule AS MATERIALIZED (
  SELECT f.vendor_id, f.day, f.handled, s.days,
         lag(s.days) OVER (PARTITION BY f.vendor_id ORDER BY s.days) AS tighter
  FROM inforce f
  CROSS JOIN LATERAL (
    SELECT CASE WHEN w.key ~ '^[0-9]{{1,3}}$' THEN w.key::int END AS days
    FROM programs_sweepsetting w
    WHERE w.vendor_id = f.vendor_id AND w.version = f.number AND w.kind = 'certificate_window'
  ) s
  WHERE s.days IS NOT NULL
), ending AS (
  SELECT c.id, c.vendor_id, c.public_id, c.person_id, c.track_id, c.version, c.number, r.day,
         r.days, r.tighter, c.expires_on AS ends
  FROM rule r
  JOIN certifications_certificate c
    ON c.vendor_id = r.vendor_id AND c.expires_on <= r.day + r.days
   AND c.expires_on > coalesce(r.handled, '-infinity'::date) AND c.earned_on <= r.day
   AND (c.revoked_on IS NULL OR c.revoked_on > r.day)
  WHERE coalesce({_end("c")} >= c.expires_on, true)
  UNION ALL
  SELECT c.id, c.vendor_id, c.public_id, c.person_id, c.track_id, c.version, c.number, r.day,
         r.days, r.tighter, v.until AS ends
  FROM rule r
  JOIN version_end v
    ON v.vendor_id = r.vendor_id AND v.until <= r.day + r.days
   AND v.until > coalesce(r.handled, '-infinity'::date)
  JOIN certifications_certificate c
    ON c.vendor_id = v.vendor_id AND c.track_id = v.track_id AND c.earned_on <= r.day
   AND (c.expires_on IS NULL OR c.expires_on > v.until) AND c.earned_on < v.until
   AND (c.revoked_on IS NULL OR c.revoked_on > r.day)
   AND (c.version = v.version OR v.version = '' AND NOT EXISTS (
     SELECT 1 FROM version_end o
     WHERE o.vendor_id = c.vendor_id AND o.track_id = c.track_id AND o.version = c.version))
), due AS (
  SELECT c.vendor_id, c.day, '{KIND}' AS kind, 'certificate' AS subject_kind,
         c.public_id AS subject_id, e.partner_id, c.person_id, c.ends AS due_on,
         c.days AS "window",
         coalesce(c.ends <= c.day + c.tighter, false) AS superseded,
         jsonb_build_object('number', c.number, 'track', t.code, 'track_name', t.name,
                            'version', c.version, 'scope', {_SCOPE}) AS data
  FROM ending c {_TOLD}
  WHERE NOT {_REPLACED}
)
"""

# A newer version has been released, and by its day the person has to recertify: told once, from
# the release on, to whoever still has to; the day is part of an alert's key, so that another day
# is news again.
RELEASED = f"""
{_BASE}, ending AS (
  SELECT c.id, c.vendor_id, c.public_id, c.person_id, c.track_id, c.version, c.number, v.day,
         v.until AS ends, v.by
  FROM version_end v
  JOIN certifications_certificate c
    ON c.vendor_id = v.vendor_id AND c.track_id = v.track_id AND c.earned_on <= v.day
   AND (c.expires_on IS NULL OR c.expires_on > v.until)
   AND (c.revoked_on IS NULL OR c.revoked_on > v.day)
   AND (c.version = v.version OR v.version = '' AND NOT EXISTS (
     SELECT 1 FROM version_end o
     WHERE o.vendor_id = c.vendor_id AND o.track_id = c.track_id AND o.version = c.version))
  WHERE v.released <= v.day AND v.until > v.day
), due AS (
  SELECT c.vendor_id, c.day, '{RELEASE}' AS kind, 'certificate' AS subject_kind,
         c.public_id AS subject_id, e.partner_id, c.person_id, c.ends AS due_on, 0 AS "window",
         false AS superseded,
         jsonb_build_object('number', c.number, 'track', t.code, 'track_name', t.name,
                            'version', c.version, 'by', c.by, 'scope', {_SCOPE}) AS data
  FROM ending c {_TOLD}
  WHERE NOT {_REPLACED}
)
"""

# Another version of the program is in force than at the last run (``last``; ten minutes earlier for
# what was being published then): what was told of ends that it moved or took back is retracted,
# and told again where it came back. Asked of those vendors alone.
MOVED = f"""
WITH {_BASE.strip()}, changed AS (
  SELECT f.vendor_id, f.day FROM inforce f JOIN tenants_vendor v ON v.id = f.vendor_id
  WHERE f.number IS DISTINCT FROM (
    SELECT p.number FROM programs_programversion p
    WHERE p.vendor_id = f.vendor_id
      AND p.published_at <= %(last)s::timestamptz - interval '10 minutes'
      AND p.effective_from <= (%(last)s::timestamptz AT TIME ZONE v.time_zone)::date
    ORDER BY p.effective_from DESC, p.number DESC LIMIT 1)
), told AS (
  SELECT a.id, a.vendor_id, a.partner_id, a.kind, a.subject_id, a.due_on, a."window",
         coalesce(c.ends = a.due_on AND c.revoked_on IS NULL AND NOT {_REPLACED} AND EXISTS (
           SELECT 1 FROM partners_employment e
           WHERE e.vendor_id = c.vendor_id AND e.person_id = c.person_id
             AND e.partner_id = a.partner_id AND e.since <= c.day
             AND (e.until IS NULL OR e.until > c.day)), false) AS holds
  FROM changed x
  JOIN alerts_alert a ON a.vendor_id = x.vendor_id AND a.kind IN ('{KIND}', '{RELEASE}')
   AND a.due_on > x.day
  JOIN LATERAL (
    SELECT c.id, c.vendor_id, c.person_id, c.track_id, c.revoked_on, x.day,
           least(c.expires_on, {_end("c")}) AS ends
    FROM certifications_certificate c
    WHERE c.vendor_id = a.vendor_id AND c.public_id = a.subject_id
  ) c ON true
)
UPDATE alerts_alert a SET superseded = NOT t.holds FROM told t
WHERE a.id = t.id AND a.superseded = t.holds AND NOT (t.holds AND EXISTS (
  SELECT 1 FROM alerts_alert o
  WHERE o.vendor_id = t.vendor_id AND o.kind = t.kind AND o.subject_id = t.subject_id
    AND o.partner_id = t.partner_id AND o.due_on = t.due_on AND o."window" < t."window"))
"""
