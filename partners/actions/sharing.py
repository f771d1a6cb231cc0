"""Who may read what of a customer, and the record of who did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from partners.actions.contracts import refuse_staff
from partners.actions.writing import fresh, held_partner, refused, written
from partners.models import Customer, Partner, SharingChoice
from partners.rules.sharing import FIELDS
from tenants import scope
from tenants.writing import Happened, action, record_event, record_events


@action("contracts.write")
def choose_sharing(
    partner: Partner, field: str, share: str, *, customer: Customer | None = None
) -> None:
    """Say who may read a field: for all customers, or for one; ``share`` is empty to take the
    choice for that one back.

    Raises ``Refused``: ``partner_only``, ``unknown_field``, ``unknown_share``,
    ``unknown_customer``.
    """
    partner = held_partner(partner, living=False)
    refuse_staff()
    if field not in FIELDS:
        raise refused("unknown_field", _("There is no such field."), pointer="field")
    if share not in SharingChoice.Class.values and (share or customer is None):
        raise refused("unknown_share", _("Choose who may read it."), pointer="share")
    if customer is not None and fresh(customer).partner_id != partner.pk:
        raise refused("unknown_customer", _("There is no such customer."), pointer="customer")
    held = SharingChoice.objects.filter(partner=partner, customer=customer, field=field).first()
    before = held.share if held else ("" if customer else str(FIELDS[field][1]))
    if before == share:
        return
    if not share and held is not None:
        held.delete()
    else:
        row = held or SharingChoice(partner=partner, customer=customer, field=field)
        row.share = share
        written(row)
    about = {"customer": customer.ref} if customer else {}
    record_event(
        "sharing.changed",
        customer or partner,
        data={**about, "field": field, "changes": {"share": [before, share]}},
    )


@action("contracts.write")
def choose_all_sharing(
    partner: Partner, shares: Mapping[str, str], *, customer: Customer | None = None
) -> None:
    """``choose_sharing`` for ``{field: share}``; all of them, or none."""
    for field, share in shares.items():
        choose_sharing(partner, field, share, customer=customer)


_READ = """
INSERT INTO partners_restrictedread (vendor_id, partner_id, customer_id, person_id, "on")
SELECT %s, c.partner_id, c.id, %s, %s FROM partners_customer c
WHERE c.vendor_id = %s AND c.id = any(%s)
ON CONFLICT DO NOTHING RETURNING customer_id
"""


@action("shared.read")
def note_reads(read: Mapping[int, Collection[str]], *, on: dt.date) -> int:
    """Record that the person acting read fields of customers (``{customer id: fields}``) on the
    vendor's day ``on``: one event per person, day and customer; returns how many are new."""
    held, ids = scope.current(), [key for key, fields in read.items() if fields]
    with connection.cursor() as cursor:
        cursor.execute(_READ, [held.vendor_id, held.person_id, on, held.vendor_id, ids])
        new = {row[0] for row in cursor.fetchall()}
    rows = Customer.objects.filter(pk__in=new)
    happened = [Happened(row.public_id, row.partner_id, _said(row, read, on)) for row in rows]
    record_events("restricted.read", "customer", happened)
    return len(happened)


def _said(row: Customer, read: Mapping[int, Collection[str]], on: dt.date) -> dict[str, Any]:
    return {"customer": row.ref, "fields": sorted(read[row.pk]), "on": on}
