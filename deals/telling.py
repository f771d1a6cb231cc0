"""The SQL that tells of registrations: what waits for an answer, what was answered, what ends
soon, and the vendor's own sales at a protected customer."""

from __future__ import annotations

WAITING = "registration_waiting"
ANSWERED = "registration_answered"
LAPSING = "registration_lapsing"
HANDED_ON = "registration_handed_on"
DIRECT = "direct_deal_there"
KINDS = (WAITING, ANSWERED, LAPSING, HANDED_ON, DIRECT)

TODAY = """
today AS MATERIALIZED (
  SELECT v.id AS vendor_id, v.time_zone, (%(at)s AT TIME ZONE v.time_zone)::date AS day
  FROM tenants_vendor v
)"""


def _due(kind: str, due_on: str, window: str, data: str, source: str, person: str) -> str:
    return f"""
{TODAY}, due AS (
  SELECT DISTINCT ON (t.vendor_id, r.public_id, {due_on}, {window})
         t.vendor_id, t.day, '{kind}'::text AS kind, 'registration' AS subject_kind,
         r.public_id AS subject_id, r.partner_id, {person} AS person_id, {due_on} AS due_on,
         {window} AS "window", false AS superseded, {data} AS data
  FROM today t
  JOIN deals_registration r ON r.vendor_id = t.vendor_id
  JOIN partners_partner p
    ON p.vendor_id = r.vendor_id AND p.id = r.partner_id AND p.status <> 'exited'
  {source}
  ORDER BY t.vendor_id, r.public_id, {due_on}, {window}
)
"""


_DUE_DAY = "(r.answer_due_at AT TIME ZONE t.time_zone)::date"
WAITING_SQL = _due(
    WAITING,
    _DUE_DAY,
    "CASE WHEN r.state = 'in_review' THEN 0 ELSE 1 END",
    "jsonb_build_object('only_person', true, 'to_admins', r.state = 'in_review')",
    "WHERE r.state IN ('submitted', 'in_review')",
    "NULL::bigint",
)
"""Who looks after the partner, and once nobody answered in time the channel admins as well."""
ANSWERED_SQL = _due(
    ANSWERED,
    "(r.decided_at AT TIME ZONE t.time_zone)::date",
    "0::int",
    "jsonb_build_object('own', true)",
    "WHERE r.state IN ('approved', 'refused', 'won')"
    " AND (r.decided_at AT TIME ZONE t.time_zone)::date > t.day - 30",
    "r.submitted_by_id",
)
"""Who submitted it, and the partner's admins."""
LAPSING_SQL = _due(
    LAPSING,
    "g.until",
    "0::int",
    "jsonb_build_object('own', true)",
    """JOIN deals_protection g
    ON g.vendor_id = r.vendor_id AND g.registration_id = r.id AND g.ended = ''
   AND g.phase = 'pursuit' AND g.until > t.day
  WHERE r.state IN ('approved', 'won')
    AND g.until - coalesce((r.terms -> 'pursuit' ->> 'notice_days')::int, 14) <= t.day""",
    "r.submitted_by_id",
)
"""The same people, before a pursuit lapses by itself; a moved end is another key."""
HANDED_ON_SQL = _due(
    HANDED_ON,
    "g.until",
    "0::int",
    "jsonb_build_object('own', true)",
    """JOIN deals_protection g
    ON g.vendor_id = r.vendor_id AND g.registration_id = r.id AND g.ended = 'transferred'
   AND g.until > t.day - 30""",
    "r.submitted_by_id",
)
"""The same people of the partner that is protected no more; who is now, is told as of an answer."""
DIRECT_SQL = _due(
    DIRECT,
    "d.opened_on",
    "0::int",
    "jsonb_build_object('to_admins', true)",
    """JOIN deals_protection g
    ON g.vendor_id = r.vendor_id AND g.registration_id = r.id AND g.ended = ''
   AND g.since <= t.day AND g.until > t.day
  JOIN deals_directdeal d
    ON d.vendor_id = g.vendor_id AND d.account_id = g.account_id AND d.state = 'open'
   AND (cardinality(d.families) = 0 OR g.family = ANY (d.families) OR EXISTS (
     SELECT 1 FROM programs_programversion v, json_each_text(v.document #> '{mapping,families}') m
     WHERE v.vendor_id = g.vendor_id
       AND (m.key = g.family AND m.value = ANY (d.families)
         OR m.value = g.family AND m.key = ANY (d.families))))
  WHERE r.state IN ('approved', 'won')""",
    "NULL::bigint",
)
"""Both sides: the protected partner's admins, its account manager, the channel admins. A family
counts under the codes on both sides of a mapping that any version declared."""
