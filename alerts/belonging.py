"""Whether somebody is still told of a partner: of the staff, or working or signing in there.

One home for the three moments that ask it: raising an alert, gathering a digest, sending a mail.
"""

from __future__ import annotations


def of_staff(row: str, day: str) -> str:
    """SQL: the person of ``row`` is of the vendor's own staff on ``day`` (expressions)."""
    return f"""EXISTS (
    SELECT 1 FROM tenants_membership m
    WHERE m.vendor_id = {row}.vendor_id AND m.person_id = {row}.person_id AND m.partner_id IS NULL
      AND m.since <= {day} AND (m.until IS NULL OR m.until > {day}))"""


def belongs(row: str, day: str) -> str:
    """SQL: the person of ``row`` is of the staff, or signs in or works at ``row``'s partner."""
    return f"""({of_staff(row, day)} OR EXISTS (
    SELECT 1 FROM tenants_membership m
    WHERE m.vendor_id = {row}.vendor_id AND m.person_id = {row}.person_id
      AND m.partner_id = {row}.partner_id
      AND m.since <= {day} AND (m.until IS NULL OR m.until > {day})
  ) OR EXISTS (
    SELECT 1 FROM partners_employment e
    WHERE e.vendor_id = {row}.vendor_id AND e.person_id = {row}.person_id
      AND e.partner_id = {row}.partner_id
      AND e.since <= {day} AND (e.until IS NULL OR e.until > {day})))"""
