"""The gate's lock, in one function. Whatever can falsify the gate takes it before it writes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from tenants import scope

_CLASS = 7103  # first key of the two-part advisory lock: "a vendor's program and partners"


def lock_partners(partner_ids: Iterable[int]) -> None:
    """Hold the partners until the transaction ends: expiry apart, their standing cannot change.

    First the vendor's shared advisory lock (publishing a program takes it exclusively), then the
    partners' rows in key order, so that two actions on several partners never wait in a circle.
    """
    wanted = sorted(set(partner_ids))
    vendor_id = scope.current().vendor_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [_CLASS, vendor_id])
        cursor.execute(
            "SELECT id FROM partners_partner WHERE vendor_id = %s AND id = ANY(%s) "
            "ORDER BY id FOR NO KEY UPDATE",
            [vendor_id, wanted],
        )


def lock_program(vendor_id: int) -> None:
    """Hold the vendor's program and, with it, every partner's standing: for publishing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CLASS, vendor_id])
