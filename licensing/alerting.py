"""The SQL by which exceptions and moves are told: an override before it ends, broken glass next
morning, a customer that leaves or comes as soon as it is written down.

The row itself says when (``tell_at``, set when it came in force), so a late sweep tells late and
a repeated one nothing. Broken glass is told even where it was ended before the morning; an
override that ended early needs no warning. Neither partner is told who the other is.
"""

from __future__ import annotations

ENDING, BROKEN = "override_ending", "glass_broken"
LEAVING, ARRIVING = "customer_leaving", "customer_arriving"

DUE = f"""
today AS MATERIALIZED (
  SELECT v.id AS vendor_id, v.time_zone, (%(at)s AT TIME ZONE v.time_zone)::date AS day
  FROM tenants_vendor v
), due AS (
  SELECT o.vendor_id, t.day,
         CASE WHEN o.kind = 'break_glass' THEN '{BROKEN}' ELSE '{ENDING}' END AS kind,
         'override' AS subject_kind, o.public_id AS subject_id, o.partner_id,
         o.requested_by_id AS person_id, (o.ends_at AT TIME ZONE t.time_zone)::date AS due_on,
         0 AS "window", false AS superseded,
         jsonb_build_object('product', p.code, 'product_name', p.name, 'reason', o.reason,
                            'partner_name', r.name, 'customer_name', c.name,
                            'seats_used', o.seats_used, 'to_admins', true) AS data
  FROM licensing_override o
  JOIN today t ON t.vendor_id = o.vendor_id
  JOIN programs_product p ON p.vendor_id = o.vendor_id AND p.id = o.product_id
  JOIN partners_partner r ON r.vendor_id = o.vendor_id AND r.id = o.partner_id
  LEFT JOIN partners_customer c ON c.vendor_id = o.vendor_id AND c.id = o.customer_id
  WHERE o.tell_at <= %(at)s
    AND (o.tell_at > %(since)s::timestamptz OR %(since)s::timestamptz IS NULL)
    AND (o.kind = 'break_glass' OR (o.state = 'approved' AND o.ends_at > %(at)s))
  UNION ALL
  SELECT m.vendor_id, t.day, side.kind, 'customermove', m.public_id, side.partner_id, NULL::bigint,
         m."on", 0, false, jsonb_build_object('customer_name', side.name)
  FROM licensing_customermove m
  JOIN today t ON t.vendor_id = m.vendor_id
  JOIN partners_customer c ON c.vendor_id = m.vendor_id AND c.id = m.customer_id
  CROSS JOIN LATERAL (VALUES
    ('{LEAVING}', c.partner_id, c.name),
    ('{ARRIVING}', m.to_partner_id, coalesce(nullif(m.name, ''), c.name))
  ) AS side (kind, partner_id, name)
  WHERE m.state <> 'cancelled' AND m.requested_at <= %(at)s
    AND (m.requested_at > %(since)s::timestamptz OR %(since)s::timestamptz IS NULL)
)
"""
