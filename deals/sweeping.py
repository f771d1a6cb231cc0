"""The SQL that keeps renewals in step with contracts, and tells of those that are due.

``term_end`` and ``decision_on`` are ``partners.rules.contracts.term_end`` and ``decision_date`` in
SQL, of an evergreen contract ``next_decision``; a test compares them over many contracts.
"""

from __future__ import annotations

from deals.rules.renewals import HOLDOVER_DAYS

WINDOW = "renewal_window"
WINDOW_OWN = "renewal_window_own"
OVERDUE = "renewal_overdue"
OVERDUE_OWN = "renewal_overdue_own"
KINDS = (WINDOW, WINDOW_OWN, OVERDUE, OVERDUE_OWN)

_TODAY = """
today AS MATERIALIZED (
  SELECT v.id AS vendor_id, (%(at)s AT TIME ZONE v.time_zone)::date AS day,
         (%(since)s::timestamptz AT TIME ZONE v.time_zone)::date AS handled
  FROM tenants_vendor v
)"""

# The days are those of the program in force; a version that says none has the glossary's.
_RULES = """
rules AS MATERIALIZED (
  SELECT t.vendor_id, t.day,
         coalesce(max(w.value::int) FILTER (WHERE w.key = 'planning'), 180) AS planning,
         coalesce(max(w.value::int) FILTER (WHERE w.key = 'decision'), 90) AS opening
  FROM today t
  LEFT JOIN LATERAL (
    SELECT number FROM programs_programversion p
    WHERE p.vendor_id = t.vendor_id AND p.effective_from <= t.day
    ORDER BY p.effective_from DESC, p.number DESC LIMIT 1
  ) p ON true
  LEFT JOIN programs_sweepsetting w
    ON w.vendor_id = t.vendor_id AND w.version = p.number AND w.kind = 'renewal'
  GROUP BY t.vendor_id, t.day
)"""

_ROLLED = """
CASE WHEN k.ends_on IS NULL THEN checkpoint.day
     WHEN NOT k.auto_renews OR k.ends_on > s.day THEN k.ends_on
     ELSE rolled.day END"""

# A term that renews by itself goes on in whole steps from the agreed end, not from the last one:
# 31 January plus one month twice is 31 March.
RUNNING = f"""
running AS (
  SELECT c.vendor_id, c.partner_id, c.id AS contract_id, s.day, s.planning, s.opening,
         k.since AS terms_since, k.ends_on IS NULL AS evergreen,
         k.ends_on IS NULL OR k.auto_renews AS rolls, e.term_end,
         CASE WHEN k.auto_renews AND k.notice_days > 0 THEN e.term_end - k.notice_days
              ELSE e.term_end END AS decision_on
  FROM rules s
  JOIN partners_servicecontract c
    ON c.vendor_id = s.vendor_id AND NOT c.ended AND (c.until IS NULL OR c.until > s.day)
  JOIN partners_customer u
    ON u.vendor_id = c.vendor_id AND u.id = c.customer_id
   AND (u.until IS NULL OR u.until > s.day)
  JOIN partners_contractterms k ON k.vendor_id = c.vendor_id AND k.id = c.terms_id
  CROSS JOIN LATERAL (
    SELECT CASE WHEN f.day > s.day THEN f.day
                ELSE (k.ends_on + make_interval(months => (f.whole + 1) * f.step))::date END AS day
    FROM (
      SELECT n.step, n.whole,
             (k.ends_on + make_interval(months => n.whole * n.step))::date AS day
      FROM (
        SELECT coalesce(nullif(k.months, 0), 12)::int AS step,
               greatest(
                 ((extract(year FROM s.day) - extract(year FROM k.ends_on)) * 12
                  + extract(month FROM s.day) - extract(month FROM k.ends_on))::int
                 / coalesce(nullif(k.months, 0), 12)::int, 0) AS whole
      ) n
    ) f
  ) rolled
  CROSS JOIN LATERAL (
    SELECT CASE WHEN f.day >= s.day THEN f.day
                ELSE (c.since + make_interval(years => f.years + 1))::date END AS day
    FROM (
      SELECT y.years, (c.since + make_interval(years => y.years))::date AS day
      FROM (SELECT greatest((extract(year FROM s.day) - extract(year FROM c.since))::int, 1)
                   AS years) y
    ) f
  ) checkpoint
  CROSS JOIN LATERAL (SELECT {_ROLLED} AS term_end) e
)"""

# An open row moves with the end of its term; one whose term passed moves only where no later term
# follows by itself, since then somebody corrected the end. Terms that begin on the old end are the
# renewal itself, not a moved end: the row stays and waits for its outcome.
_MOVES = """
o.vendor_id = r.vendor_id AND o.contract_id = r.contract_id AND o.outcome = ''
    AND r.terms_since < o.term_end AND (o.term_end > r.day OR NOT r.rolls)"""

# What is missing is known, and what moves has moved, before the first row is written: an empty
# table counts as free to scan, and would be scanned once for each row that this statement adds.
SYNC = f"""
WITH {_TODAY}, {_RULES}, {RUNNING}, moved AS (
  UPDATE deals_renewal o
  SET term_end = r.term_end, decision_on = r.decision_on, evergreen = r.evergreen,
      window_on = r.decision_on - r.opening, planning_on = r.decision_on - r.planning,
      updated_at = %(at)s
  FROM running r
  WHERE {_MOVES} AND (o.term_end, o.decision_on) <> (r.term_end, r.decision_on)
    AND NOT EXISTS (
      SELECT 1 FROM deals_renewal other
      WHERE other.vendor_id = o.vendor_id AND other.contract_id = o.contract_id
        AND other.term_end = r.term_end AND other.id <> o.id)
  RETURNING o.vendor_id, o.public_id, o.decision_on
), untold AS (
  UPDATE alerts_alert a SET superseded = true
  FROM moved m
  WHERE a.vendor_id = m.vendor_id AND a.subject_id = m.public_id AND a.kind = ANY (%(kinds)s)
    AND a.due_on <> m.decision_on AND NOT a.superseded
), missing AS MATERIALIZED (
  SELECT r.* FROM running r
  WHERE r.decision_on - r.planning <= r.day
    AND NOT EXISTS (
      SELECT 1 FROM deals_renewal o
      WHERE o.vendor_id = r.vendor_id AND o.contract_id = r.contract_id
        AND o.term_end = r.term_end)
    AND NOT EXISTS (SELECT 1 FROM deals_renewal o WHERE {_MOVES})
), made AS (
  INSERT INTO deals_renewal (vendor_id, partner_id, contract_id, term_end, decision_on, window_on,
                             planning_on, evergreen, created_at, updated_at)
  SELECT vendor_id, partner_id, contract_id, term_end, decision_on, decision_on - opening,
         decision_on - planning, evergreen, %(at)s, %(at)s
  FROM missing
  WHERE (SELECT count(*) FROM moved) >= 0
  ORDER BY vendor_id, contract_id, term_end
  ON CONFLICT (vendor_id, contract_id, term_end) DO NOTHING
  RETURNING id
)
SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM moved)
"""

# Whom the partner named and who is still there; else its admins are told (``alerts.raising``).
_MANAGER = """
CASE WHEN EXISTS (
  SELECT 1 FROM partners_employment e
  WHERE e.vendor_id = u.vendor_id AND e.partner_id = u.partner_id
    AND e.person_id = u.account_manager_id
    AND e.since <= t.day AND (e.until IS NULL OR e.until > t.day)
) OR EXISTS (
  SELECT 1 FROM tenants_membership m
  WHERE m.vendor_id = u.vendor_id AND m.partner_id = u.partner_id
    AND m.person_id = u.account_manager_id
    AND m.since <= t.day AND (m.until IS NULL OR m.until > t.day)
) THEN u.account_manager_id END"""

# The class of the field "end" for this customer (``partners.rules.sharing``).
_SHARED = """
coalesce(
  (SELECT h.share FROM partners_sharingchoice h
   WHERE h.vendor_id = u.vendor_id AND h.partner_id = u.partner_id AND h.field = 'end'
     AND (h.customer_id = u.id OR h.customer_id IS NULL)
   ORDER BY h.customer_id NULLS LAST LIMIT 1), 'cam') = 'cam'"""


def _due(shared: str, own: str, due_on: str, window: str, when: str) -> str:
    return f"""
{_TODAY}, due AS (
  SELECT r.vendor_id, t.day, CASE WHEN told.shared THEN '{shared}' ELSE '{own}' END AS kind,
         'renewal' AS subject_kind, r.public_id AS subject_id, r.partner_id,
         told.manager AS person_id, {due_on} AS due_on, {window} AS "window",
         false AS superseded,
         jsonb_build_object('only_person', told.manager IS NOT NULL,
                            'own', NOT told.shared) AS data
  FROM today t
  JOIN deals_renewal r ON r.vendor_id = t.vendor_id AND r.outcome = '' AND {when}
  JOIN partners_servicecontract c
    ON c.vendor_id = r.vendor_id AND c.id = r.contract_id AND NOT c.ended
  JOIN partners_customer u
    ON u.vendor_id = c.vendor_id AND u.id = c.customer_id
   AND (u.until IS NULL OR u.until > t.day)
  JOIN partners_partner p
    ON p.vendor_id = r.vendor_id AND p.id = r.partner_id AND p.status <> 'exited'
  CROSS JOIN LATERAL (SELECT {_SHARED} AS shared, {_MANAGER} AS manager) told
)
"""


WINDOWS = _due(
    WINDOW,
    WINDOW_OWN,
    "r.decision_on",
    "(r.decision_on - r.window_on)",
    "r.window_on <= t.day AND r.term_end > t.day",
)
"""Who looks after the customer on both sides, once the window is open; a moved decision date is
another key and is told again."""
LATE = _due(
    OVERDUE,
    OVERDUE_OWN,
    "r.term_end",
    "0",
    f"r.term_end <= t.day AND r.term_end > t.day - {HOLDOVER_DAYS} AND NOT r.evergreen",
)
"""Once more, after an end without an outcome."""
