"""The SQL by which reviews, cures, exceptions, requests and sanctions become alerts.

Each is the ``due`` part of a sweep of ``alerts``. ``since`` bounds the look back over what happens
once; cures and exceptions enter windows of days before their end.
"""

from __future__ import annotations

_TODAY = """
today AS MATERIALIZED (
  SELECT v.id AS vendor_id, (%(at)s AT TIME ZONE v.time_zone)::date AS day,
         (%(since)s::timestamptz AT TIME ZONE v.time_zone)::date AS handled
  FROM tenants_vendor v
)"""

# Kept is no news. A warning, a cure and missing data are told again only when their day changes,
# so their key is the enrolment; a move is told once for each outcome. A review that was undone is
# told to those who had been told of it.
OUTCOMES = f"""
{_TODAY}, told AS (
  SELECT o.vendor_id, t.day, 'review_' || o.kind AS kind,
         CASE WHEN o.kind IN ('promote', 'demote') THEN 'reviewoutcome' ELSE 'enrolment' END
           AS subject_kind,
         CASE WHEN o.kind IN ('promote', 'demote') THEN o.public_id ELSE e.public_id END
           AS subject_id,
         o.partner_id, coalesce(o.until, o.applied_on) AS due_on, o.public_id, o.undone_on,
         jsonb_build_object('outcome', o.public_id, 'type', p.name, 'axis', o.axis,
           'from', f.name, 'to', l.name, 'on', o.applied_on, 'until', o.until, 'gap', o.gap)
           AS data
  FROM today t
  JOIN reviews_reviewoutcome o ON o.vendor_id = t.vendor_id AND o.applied_on <= t.day
   AND coalesce(o.undone_on, o.applied_on) > coalesce(t.handled, '-infinity'::date)
  JOIN programs_partnertype p ON p.vendor_id = o.vendor_id AND p.id = o.partner_type_id
  LEFT JOIN partners_enrolment e ON e.vendor_id = o.vendor_id AND e.id = o.held_id
  LEFT JOIN programs_level f ON f.vendor_id = o.vendor_id AND f.id = o.from_level_id
  LEFT JOIN programs_level l ON l.vendor_id = o.vendor_id AND l.id = o.to_level_id
  WHERE o.kind IN ('promote', 'warn', 'cure', 'demote', 'unknown')
), due AS (
  SELECT DISTINCT ON (vendor_id, kind, subject_id, partner_id, due_on)
         vendor_id, day, kind, subject_kind, subject_id, partner_id, NULL::bigint AS person_id,
         due_on, 0::smallint AS "window", false AS superseded, data
  FROM told WHERE undone_on IS NULL AND subject_id IS NOT NULL
  UNION ALL
  SELECT o.vendor_id, o.day, 'review_undone', 'reviewoutcome', o.public_id, o.partner_id, NULL,
         o.undone_on, 0, false, o.data
  FROM told o
  WHERE o.undone_on IS NOT NULL AND EXISTS (
    SELECT 1 FROM alerts_alert a
    WHERE a.vendor_id = o.vendor_id AND a.kind = o.kind AND a.subject_id = o.subject_id
      AND a.partner_id = o.partner_id AND a.due_on = o.due_on)
)
"""

_WINDOWS = "(VALUES (30), (7), (0)) AS w(days)"
_TIGHTER = "CASE w.days WHEN 30 THEN 7 WHEN 7 THEN 0 END"


def _ending(kind: str, table: str, subject: str, gap: str) -> str:
    return f"""
{_TODAY}, due AS (
  SELECT c.vendor_id, t.day, '{kind}' AS kind, '{subject}' AS subject_kind,
         c.public_id AS subject_id, c.partner_id, NULL::bigint AS person_id, c.until AS due_on,
         w.days::smallint AS "window",
         coalesce(c.until <= t.day + {_TIGHTER}, false) AS superseded,
         jsonb_build_object('level', l.name, 'type', p.name, 'axis', c.axis, 'gap', {gap})
           AS data
  FROM today t
  CROSS JOIN {_WINDOWS}
  JOIN {table} c ON c.vendor_id = t.vendor_id AND c.ended_on IS NULL
   AND c.until <= t.day + w.days AND c.until > coalesce(t.handled, '-infinity'::date)
  JOIN programs_level l ON l.vendor_id = c.vendor_id AND l.id = c.level_id
  JOIN programs_partnertype p ON p.vendor_id = c.vendor_id AND p.id = c.partner_type_id
)
"""


CURES = _ending("cure_ending", "reviews_cure", "cure", "c.gap")
EXCEPTIONS = _ending("exception_ending", "reviews_levelexception", "levelexception", "'[]'::jsonb")

# An invitation is told when it is made; a request when the vendor answered it.
REQUESTS = f"""
{_TODAY}, due AS (
  SELECT r.vendor_id, t.day,
         CASE WHEN r.state = 'open' THEN 'level_invitation' ELSE 'level_request_decided' END
           AS kind,
         'levelrequest' AS subject_kind, r.public_id AS subject_id, r.partner_id,
         NULL::bigint AS person_id,
         (coalesce(r.decided_at, r.asked_at) AT TIME ZONE v.time_zone)::date AS due_on,
         0::smallint AS "window", false AS superseded,
         jsonb_build_object('level', l.name, 'type', p.name, 'state', r.state, 'kind', r.kind,
           'reason', r.reason, 'on', r.effective_on) AS data
  FROM today t
  JOIN tenants_vendor v ON v.id = t.vendor_id
  JOIN reviews_levelrequest r ON r.vendor_id = t.vendor_id
   AND coalesce(r.decided_at, r.asked_at) <= %(at)s
   AND coalesce(r.decided_at, r.asked_at) > coalesce(%(since)s::timestamptz, '-infinity')
   AND ((r.kind = 'invitation' AND r.state = 'open')
     OR (r.kind <> 'invitation' AND r.state IN ('accepted', 'refused')))
  JOIN programs_level l ON l.vendor_id = r.vendor_id AND l.id = r.level_id
  JOIN programs_partnertype p ON p.vendor_id = r.vendor_id AND p.id = r.partner_type_id
)
"""

SANCTIONS = f"""
{_TODAY}, due AS (
  SELECT s.vendor_id, t.day, 'sanction' AS kind, 'sanction' AS subject_kind,
         s.public_id AS subject_id, s.partner_id, NULL::bigint AS person_id, s.since AS due_on,
         0::smallint AS "window", false AS superseded,
         jsonb_build_object('kind', s.kind, 'reason', s.reason, 'until', s.until) AS data
  FROM today t
  JOIN reviews_sanction s ON s.vendor_id = t.vendor_id AND s.since <= t.day
   AND s.since > coalesce(t.handled, '-infinity'::date) AND s.lifted_on IS NULL
)
"""

# Whoever held a level that the program took out. The event tells its successor from a level that
# was set by hand on the same day.
MAPPED = f"""
{_TODAY}, due AS (
  SELECT e.vendor_id, t.day, 'level_mapped' AS kind, 'enrolment' AS subject_kind,
         e.public_id AS subject_id, e.partner_id, NULL::bigint AS person_id, e.since AS due_on,
         0::smallint AS "window", false AS superseded,
         jsonb_build_object('type', p.name, 'from', f.name, 'to', l.name) AS data
  FROM today t
  JOIN partners_enrolment e ON e.vendor_id = t.vendor_id AND e.since <= t.day
   AND e.since > coalesce(t.handled, '-infinity'::date)
  JOIN partners_enrolment b ON b.vendor_id = e.vendor_id AND b.partner_id = e.partner_id
   AND b.until = e.since AND b.id <> e.id
  JOIN programs_level f ON f.vendor_id = b.vendor_id AND f.id = b.level_id
   AND f.retired_in IS NOT NULL
  JOIN programs_level l ON l.vendor_id = e.vendor_id AND l.id = e.level_id
  JOIN programs_partnertype p ON p.vendor_id = e.vendor_id AND p.id = e.partner_type_id
  WHERE EXISTS (
    SELECT 1 FROM tenants_event v
    WHERE v.vendor_id = e.vendor_id AND v.subject_id = e.public_id AND v.kind = 'level.mapped'
      AND v.data->'changes'->'level'->>0 = f.code)
)
"""
