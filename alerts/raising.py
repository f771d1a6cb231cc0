"""One statement that turns what is due into alerts, notifications and messages to send.

A sweep brings common table expressions that end in ``due`` with the columns ``vendor_id, day,
kind, subject_kind, subject_id, partner_id, person_id, due_on, window, superseded, data``; they may
use the parameters ``at`` and ``since``. Everything below is the same for every kind of alert.

Readers: the person concerned, the partner's admins, and the partner's main account manager and
stand-in, as of ``day``; where ``data`` has a ``scope``, the specialist for that service; where it
says ``to_admins``, the vendor's channel admins as well; ``only_person`` leaves the partner's admins
out, ``own`` the vendor's people. Nobody of them who is neither of the
vendor's staff nor works or signs in for the partner on ``day``: who left is told nothing. In-app
for those who can sign in, by e-mail for those with an address as their settings say
(``MailSettings``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from alerts.belonging import belongs
from alerts.kinds import never_off

NEXT_DIGEST = (
    "((date_trunc('week', (%(at)s AT TIME ZONE v.time_zone) - interval '8 hours')"
    " + interval '7 days 8 hours') AT TIME ZONE v.time_zone)"
)
"""The next Monday at 08:00 in the zone of the vendor ``v``, after the instant ``at``."""

# NOT EXISTS keeps a repeated sweep from burning ids; ON CONFLICT decides between two at once. The
# fixed order makes two concurrent sweeps wait for one another instead of forming a circle. Readers
# carry what is needed of their alert: joined to what was raised again, each would be held against
# each, since the planner knows no sizes of either. Whatever reads alerts has read them before the
# first is written (MATERIALIZED, and the count): the planner holds an empty table for free to scan,
# and would scan it once for each alert while this statement fills it.
RAISE = """
WITH {due}, fresh AS MATERIALIZED (
  SELECT d.* FROM due d
  WHERE NOT EXISTS (
    SELECT 1 FROM alerts_alert a
    WHERE a.vendor_id = d.vendor_id AND a.kind = d.kind AND a.subject_id = d.subject_id
      AND a.partner_id = d.partner_id AND a.due_on = d.due_on AND a."window" = d."window")
), outdated AS MATERIALIZED (
  SELECT a.id FROM fresh f
  JOIN alerts_alert a
    ON a.vendor_id = f.vendor_id AND a.kind = f.kind AND a.subject_id = f.subject_id
   AND a.partner_id = f.partner_id AND a.due_on = f.due_on AND a."window" > f."window"
  WHERE NOT a.superseded AND NOT f.superseded
), raised AS (
  INSERT INTO alerts_alert (vendor_id, partner_id, kind, subject_kind, subject_id, person_id,
                            due_on, "window", data, raised_at, superseded)
  SELECT vendor_id, partner_id, kind, subject_kind, subject_id, person_id, due_on, "window", data,
         %(at)s, superseded
  FROM fresh
  WHERE (SELECT count(*) FROM outdated) >= 0
  ORDER BY vendor_id, subject_id, partner_id, due_on, "window"
  ON CONFLICT (vendor_id, kind, subject_id, partner_id, due_on, "window") DO NOTHING
  RETURNING id, vendor_id, partner_id, kind, subject_id, person_id, due_on, "window", superseded,
            data
), older AS (
  UPDATE alerts_alert a SET superseded = true
  FROM outdated o WHERE a.id = o.id AND NOT a.superseded
), reader AS (
  SELECT r.id AS alert_id, r.vendor_id, r.partner_id, r.person_id, r.kind,
         r.person_id AS concerned
  FROM raised r WHERE NOT r.superseded AND r.person_id IS NOT NULL
  UNION
  SELECT r.id, r.vendor_id, r.partner_id, m.person_id, r.kind, r.person_id
  FROM raised r JOIN today t ON t.vendor_id = r.vendor_id
  JOIN tenants_membership m
    ON m.vendor_id = r.vendor_id AND m.partner_id = r.partner_id AND m.role = 'partner_admin'
   AND m.since <= t.day AND (m.until IS NULL OR m.until > t.day)
  WHERE NOT r.superseded AND NOT r.data @> '{{"only_person": true}}'
  UNION
  SELECT r.id, r.vendor_id, r.partner_id, f.person_id, r.kind, r.person_id
  FROM raised r JOIN today t ON t.vendor_id = r.vendor_id
  JOIN partners_portfolioentry f
    ON f.vendor_id = r.vendor_id AND f.partner_id = r.partner_id
   AND (f.kind IN ('main', 'stand_in')
        OR f.kind = 'specialist' AND f.scope <> '' AND f.scope = r.data ->> 'scope')
   AND f.since <= t.day AND (f.until IS NULL OR f.until > t.day)
  WHERE NOT r.superseded AND NOT r.data @> '{{"own": true}}'
  UNION
  SELECT r.id, r.vendor_id, r.partner_id, m.person_id, r.kind, r.person_id
  FROM raised r JOIN today t ON t.vendor_id = r.vendor_id
  JOIN tenants_membership m
    ON m.vendor_id = r.vendor_id AND m.role = 'channel_admin'
   AND m.since <= t.day AND (m.until IS NULL OR m.until > t.day)
  WHERE NOT r.superseded AND r.data @> '{{"to_admins": true}}'
), reached AS (
  SELECT x.*, p.user_id, coalesce(nullif(p.email, ''), u.email, '') AS address,
         CASE WHEN x.kind = ANY (%(never_off)s) THEN 'now'
              WHEN x.kind = ANY (%(own_never_off)s) AND x.person_id = x.concerned THEN 'now'
              ELSE coalesce(s.choice, 'now') END AS choice
  FROM reader x
  JOIN today t ON t.vendor_id = x.vendor_id
  JOIN tenants_person p ON p.vendor_id = x.vendor_id AND p.id = x.person_id
  LEFT JOIN tenants_user u ON u.id = p.user_id
  LEFT JOIN LATERAL (
    SELECT m.choices ->> x.kind AS choice FROM alerts_mailsettings m
    WHERE m.vendor_id = x.vendor_id AND m.person_id = x.person_id
      AND (m.partner_id IS NULL OR m.partner_id = x.partner_id)
    ORDER BY m.partner_id NULLS LAST LIMIT 1
  ) s ON true
  WHERE {belongs}
), noted AS (
  INSERT INTO alerts_notification (vendor_id, alert_id, partner_id, person_id)
  SELECT vendor_id, alert_id, partner_id, person_id FROM reached WHERE user_id IS NOT NULL
  ON CONFLICT DO NOTHING
), queued AS (
  INSERT INTO alerts_delivery (vendor_id, partner_id, person_id, alert_id, channel, address,
    template, context, state, attempts, next_attempt_at, error)
  SELECT x.vendor_id, x.partner_id, x.person_id, x.alert_id,
         CASE x.choice WHEN 'digest' THEN 'digest' ELSE 'email' END, x.address, 'alerts/alert',
         '{{}}', 'pending', 0,
         CASE x.choice WHEN 'digest' THEN {next_digest} ELSE %(at)s END, ''
  FROM reached x JOIN tenants_vendor v ON v.id = x.vendor_id
  WHERE x.address <> '' AND x.choice <> 'off'
  ON CONFLICT DO NOTHING
)
SELECT count(*) FROM raised
"""


# The list of a specialist who begins holds what was raised of the service before and still lies
# ahead; the assignment itself is what a mail tells.
CATCH_UP = """
WITH today AS MATERIALIZED (
  SELECT v.id AS vendor_id, (%(at)s AT TIME ZONE v.time_zone)::date AS day FROM tenants_vendor v
)
INSERT INTO alerts_notification (vendor_id, alert_id, partner_id, person_id)
SELECT a.vendor_id, a.id, a.partner_id, f.person_id
FROM partners_portfolioentry f
JOIN today t ON t.vendor_id = f.vendor_id
JOIN tenants_person p
  ON p.vendor_id = f.vendor_id AND p.id = f.person_id AND p.user_id IS NOT NULL
JOIN alerts_alert a
  ON a.vendor_id = f.vendor_id AND a.partner_id = f.partner_id AND a.data ->> 'scope' = f.scope
 AND a.due_on > t.day AND NOT a.superseded AND NOT a.data @> '{"own": true}'
WHERE f.kind = 'specialist' AND f.scope <> '' AND f.since BETWEEN t.day - 31 AND t.day
  AND (f.until IS NULL OR f.until > t.day)
  AND NOT EXISTS (
    SELECT 1 FROM alerts_notification n
    WHERE n.vendor_id = a.vendor_id AND n.alert_id = a.id AND n.person_id = f.person_id)
ON CONFLICT DO NOTHING
"""


def parameters(at: dt.datetime, since: dt.datetime | None) -> dict[str, Any]:
    """What the statement needs: the instant, and where the look back begins (None: nowhere)."""
    return {
        "at": at,
        "since": since,
        "never_off": never_off("all"),
        "own_never_off": never_off("own"),
    }


def statement(due: str) -> str:
    """The whole statement for one sweep's ``due`` (which must also define ``today``)."""
    return RAISE.format(due=due, next_digest=NEXT_DIGEST, belongs=belongs("x", "t.day"))
