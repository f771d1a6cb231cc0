"""The SQL that tells of co-sell: what was asked, what was answered, and who comes when."""

from __future__ import annotations

from deals.telling import TODAY

ASKED = "co_sell_asked"
ANSWERED = "co_sell_answered"
BOOKED = "engineer_booked"


def _due(kind: str, row: str, due_on: str, window: str, data: str, source: str, person: str) -> str:
    return f"""
{TODAY}, due AS (
  SELECT t.vendor_id, t.day, '{kind}'::text AS kind, 'co_sell_request' AS subject_kind,
         {row}.public_id AS subject_id, r.partner_id, {person} AS person_id, {due_on} AS due_on,
         {window} AS "window", false AS superseded, {data} AS data
  FROM today t
  JOIN deals_cosellrequest r ON r.vendor_id = t.vendor_id
  JOIN partners_partner p
    ON p.vendor_id = r.vendor_id AND p.id = r.partner_id AND p.status <> 'exited'
  {source}
)
"""


ASKED_SQL = _due(
    ASKED,
    "r",
    "(r.answer_due_at AT TIME ZONE t.time_zone)::date",
    "CASE WHEN r.answer_due_at < %(at)s THEN 0 ELSE 1 END",
    "jsonb_build_object('only_person', true, 'to_admins', r.answer_due_at < %(at)s)",
    "WHERE r.state = 'asked'",
    "NULL::bigint",
)
"""Who looks after the partner; once the answer is overdue the channel admins as well."""
ANSWERED_SQL = _due(
    ANSWERED,
    "r",
    "(r.answered_at AT TIME ZONE t.time_zone)::date",
    "0::int",
    "jsonb_build_object('own', true)",
    "WHERE r.state <> 'cancelled' AND r.answered_at IS NOT NULL"
    " AND (r.answered_at AT TIME ZONE t.time_zone)::date > t.day - 30",
    "r.asked_by_id",
)
"""Who asked, and the partner's admins."""
BOOKED_SQL = _due(
    BOOKED,
    "b",
    "b.since",
    "0::int",
    "jsonb_build_object('request', r.public_id)",
    """JOIN deals_engineerbooking b
    ON b.vendor_id = r.vendor_id AND b.request_id = r.id AND b.released_at IS NULL
   AND b.until >= t.day
  JOIN deals_engineer e ON e.vendor_id = b.vendor_id AND e.id = b.engineer_id""",
    "e.person_id",
)
"""Who comes, who looks after the partner, and the partner's admins."""
