"""The SQL that finds the registrations for which time, contract or seats have something to do.

It says of all what ``actions.elapsing.bring_in_step`` does for one: a test settles and then finds
nothing left to do.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection

from deals.models import Renewal
from programs.compiled import program_or_none
from programs.document import ProgramDocument
from tenants import scope

# ``sold`` has the products whose seats count for a scope, under all codes that they ever had.
_DUE = """
WITH sold AS MATERIALIZED (
  SELECT s.key, p.id AS product_id
  FROM unnest(%(keys)s::text[], %(codes)s::text[]) AS s(key, code)
  JOIN programs_product p ON p.vendor_id = %(vendor)s AND p.code = s.code
), held AS (
  SELECT g.registration_id, g.phase, g.until, g.zero_since, p.status = 'exited' AS exited,
         r.state = 'won' AND r.contract_id IS NOT NULL AND r.terms ? 'protect' AS follows,
         coalesce((r.terms -> 'protect' ->> 'zero_seat_days')::int, 60) AS zero_days,
         coalesce((r.terms -> 'protect' ->> 'tail_days')::int, 0) AS tail,
         make_interval(months => coalesce((r.terms -> 'protect' ->> 'max_months')::int, 36))
           AS most,
         c.until AS contract_end, last.other AS other_contract,
         greatest(coalesce(g.seats_since, g.since), renewed.day) AS granted,
         EXISTS (
           SELECT 1 FROM licensing_deployment d
           JOIN sold s ON s.product_id = d.product_id
            AND s.key = CASE WHEN g.scope LIKE 'product:%%' THEN g.scope
                             ELSE 'family:' || g.family END
           WHERE d.vendor_id = g.vendor_id AND d.customer_id = r.customer_id AND d.seats > 0
         ) AS runs
  FROM deals_protection g
  JOIN deals_registration r ON r.vendor_id = g.vendor_id AND r.id = g.registration_id
  JOIN partners_partner p ON p.vendor_id = g.vendor_id AND p.id = g.partner_id
  LEFT JOIN partners_servicecontract c ON c.vendor_id = r.vendor_id AND c.id = r.contract_id
  LEFT JOIN LATERAL (
    SELECT n.next_contract_id IS NOT NULL AND n.next_contract_id <> n.contract_id AS other
    FROM deals_renewal n
    WHERE n.vendor_id = r.vendor_id AND n.contract_id = r.contract_id
      AND n.outcome = ANY (%(renewed)s)
    ORDER BY n.term_end DESC LIMIT 1
  ) last ON true
  LEFT JOIN LATERAL (
    SELECT max(n.term_end) AS day FROM deals_renewal n
    WHERE n.vendor_id = r.vendor_id AND n.outcome = ANY (%(renewed)s)
      AND (n.contract_id = r.contract_id OR n.next_contract_id = r.contract_id)
  ) renewed ON true
  WHERE g.vendor_id = %(vendor)s AND g.ended = ''
)
SELECT DISTINCT registration_id FROM held
WHERE exited OR until <= %(on)s OR follows AND (
  other_contract
  OR phase = 'pursuit' AND runs
  OR phase = 'protected' AND NOT runs
     AND (zero_since IS NULL OR zero_since + zero_days <= %(on)s)
  OR phase = 'protected' AND runs AND (
    zero_since IS NOT NULL
    OR until <> greatest(%(on)s, CASE
         WHEN contract_end IS NULL THEN (granted + most)::date
         ELSE greatest(granted, least((granted + most)::date, contract_end + tail)) END))
)
ORDER BY registration_id
"""


def due(on: dt.date) -> list[int]:
    """The keys of the entered vendor's registrations that are not in step on its day ``on``: one
    statement."""
    program = program_or_none(on)
    pairs = _sold(program.document) if program else []
    values: dict[str, Any] = {
        "vendor": scope.current().vendor_id,
        "on": on,
        "keys": [key for key, _code in pairs],
        "codes": [code for _key, code in pairs],
        "renewed": [str(outcome) for outcome in Renewal.RENEWED],
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, values)
        return [pk for (pk,) in cursor.fetchall()]


def _sold(document: ProgramDocument) -> list[tuple[str, str]]:
    """Each scope that a program may protect, under every code that it ever had, with the codes of
    the products that are within it."""
    return [
        (key, sold)
        for code in document.products
        for key in (
            *(f"family:{name}" for name in document.former("families", document.family_of(code))),
            *(f"product:{name}" for name in document.former("products", code)),
        )
        for sold in document.former("products", code)
    ]
