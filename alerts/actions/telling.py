"""Once per change: what holds now against what was last told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from alerts.models import LastTold
from tenants import scope
from tenants.writing import acting


@dataclass(frozen=True)
class Change:
    """Of one thing of a partner: what was last told, and what is to be told now."""

    partner_id: int
    key: str
    was: str
    now: str


def told_anew(
    topic: str, holding: Mapping[tuple[int, str], str], *, default: str, at: dt.datetime
) -> list[Change]:
    """What differs from what was last told, noted as told, in a constant number of statements.

    ``holding`` gives the value by (partner id, key); what is not in it is left as it was told. Part
    of the caller's action, which records an event per change in the same transaction: so each is
    told once. ``alone_telling`` comes first.
    """
    with acting():
        rows = LastTold.objects.filter(topic=topic).values_list("partner_id", "key", "value")
        told = {(partner_id, key): value for partner_id, key, value in rows}
        found = [
            Change(partner_id, key, told.get((partner_id, key), default), value)
            for (partner_id, key), value in holding.items()
            if told.get((partner_id, key), default) != value
        ]
        vendor_id = scope.current().vendor_id
        LastTold.objects.bulk_create(
            [
                LastTold(
                    vendor_id=vendor_id,
                    partner_id=one.partner_id,
                    topic=topic,
                    key=one.key,
                    value=one.now,
                    told_at=at,
                )
                for one in found
            ],
            update_conflicts=True,
            unique_fields=["vendor", "partner", "topic", "key"],
            update_fields=["value", "told_at"],
            batch_size=2_000,
        )
        return found


_LOCK = 7106  # first key of the two-part advisory lock: "what holds is compared with what was told"


def alone_telling() -> bool:
    """Whether nobody else compares for this vendor; held until the transaction ends. Asked before
    what holds is read, so that nobody tells an older finding after a newer one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, scope.current().vendor_id]
        )
        return bool(cursor.fetchone()[0])
