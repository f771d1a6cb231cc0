"""Granting and withdrawing benefits by the levels held, and counting their use."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from partners.actions.writing import by_staff, held_partner, refused
from partners.models import Enrolment, Partner
from programs.compiled import program_or_none
from programs.document import ProgramDocument
from programs.locks import lock_partners
from reviews.models import Grant, GrantUse, Sanction
from reviews.rules import Stacked, given_by, stacked
from reviews.rules.ground import CHUNK
from reviews.rules.quotas import UNCOUNTED, period_of
from tenants import scope
from tenants.importing.writing import insert_many
from tenants.writing import Happened, Reason, Refused, action, record_event, record_events


def settle(partner_ids: Collection[int], *, on: dt.date) -> int:
    """Make the grants of locked partners follow the levels they hold on ``on`` (vendor's day);
    returns how many began or ended. Part of the action that moved a level."""
    program = program_or_none(on)
    if program is None or not partner_ids:
        return 0
    wanted = _wanted(program.document, partner_ids, on)
    ending, starting = [], []
    held = Grant.objects.filter(partner_id__in=partner_ids, until__isnull=True)
    for grant in held.order_by("partner_id", "benefit"):
        if wanted.get((grant.partner_id, grant.benefit)) == _as_stored(grant):
            del wanted[grant.partner_id, grant.benefit]
        else:
            ending.append(grant)
    Grant.objects.filter(pk__in=[grant.pk for grant in ending]).update(until=on)
    for (partner_id, benefit), values in wanted.items():
        starting.append(Grant(partner_id=partner_id, benefit=benefit, since=on, **values))
    insert_many(starting)
    _say("benefit.withdrawn", ending, on)
    _say("benefit.granted", starting, on)
    return len(ending) + len(starting)


@action("reviews.run")
def settle_benefits(*, on: dt.date) -> int:
    """``settle`` for every partner of the vendor: after a new version took effect, a level was set
    by hand, a sanction ended, or a partner left. Returns how many grants began or ended."""
    ids = Partner.objects.order_by("pk").values_list("pk", flat=True)
    count = 0
    known = list(ids)
    for start in range(0, len(known), CHUNK):
        chunk = known[start : start + CHUNK]
        lock_partners(chunk)
        count += settle(chunk, on=on)
    return count


@action("benefits.use")
def record_use(
    partner: Partner, benefit: str, amount: Decimal, *, on: dt.date, note: str = ""
) -> GrantUse:
    """Count ``amount`` of a benefit as used on ``on``; the vendor's side takes some back by a
    negative amount.

    Never above the quota of the period, whoever else counts at the same time. Raises ``Refused``:
    ``no_such_benefit``, ``not_counted``, ``not_yours``, ``quota_exceeded``.
    """
    if amount < 0 and not by_staff():
        raise refused("not_yours", _("Only the vendor takes a use back."), pointer="amount")
    partner = held_partner(partner)
    grant = Grant.objects.current(on).filter(partner=partner, benefit=benefit).first()
    if grant is None:
        raise refused("no_such_benefit", _("The partner does not hold this benefit."))
    if grant.quantity is None or grant.per in UNCOUNTED or not amount:
        raise refused("not_counted", _("The use of this benefit is not counted."))
    period = period_of(grant.per, on)
    values = {
        "vendor": scope.current().vendor_id,
        "partner": partner.pk,
        "benefit": benefit,
        "period": period,
        "quota": grant.quantity,
        "amount": amount,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_COUNTER, values)
        cursor.execute(_COUNT, values)
        counted = cursor.rowcount
    use = GrantUse.objects.get(partner=partner, benefit=benefit, period=period)
    if not counted:
        raise _exceeded(use, grant.quantity, amount)
    data = {"benefit": benefit, "amount": amount, "used": use.used, "period": period, "note": note}
    record_event("benefit.used", use, data=data)
    return use


_OPEN_COUNTER = """
INSERT INTO reviews_grantuse (vendor_id, partner_id, benefit, period, used, quota)
VALUES (%(vendor)s, %(partner)s, %(benefit)s, %(period)s, 0, %(quota)s)
ON CONFLICT (vendor_id, partner_id, benefit, period) DO NOTHING
"""
# What is given back may leave more in use than a lowered quota allows, but never adds to it.
_COUNT = """
UPDATE reviews_grantuse SET used = used + %(amount)s, quota = greatest(%(quota)s, used + %(amount)s)
WHERE vendor_id = %(vendor)s AND partner_id = %(partner)s AND benefit = %(benefit)s
  AND period = %(period)s AND used + %(amount)s >= 0
  AND (%(amount)s < 0 OR used + %(amount)s <= %(quota)s)
"""


def _exceeded(use: GrantUse, quota: Decimal, amount: Decimal) -> Refused:
    left = max(quota - use.used, Decimal(0))
    words = _("Only %(left)s of %(quota)s are left.") % {
        "left": _plain(left),
        "quota": _plain(quota),
    }
    if amount < 0:
        words = _("Only %(used)s are in use.") % {"used": _plain(use.used)}
    reason = Reason(
        "quota_exceeded", words, need=str(_plain(amount)), have=str(_plain(left)), pointer="amount"
    )
    return Refused("quota_exceeded", words, reasons=[reason])


def _wanted(
    document: ProgramDocument, partner_ids: Collection[int], on: dt.date
) -> dict[tuple[int, str], dict[str, Any]]:
    held: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    rows = Enrolment.objects.current(on).filter(partner_id__in=partner_ids, level__isnull=False)
    named = rows.order_by("partner_id", "pk").values_list(
        "partner_id", "partner_type__code", "axis", "level__code"
    )
    for partner_id, *level in named:
        held[partner_id].append(tuple(level))  # type: ignore[arg-type]
    suspended = Sanction.objects.current(on).filter(
        partner_id__in=partner_ids, kind=Sanction.Kind.SUSPEND_BENEFITS, lifted_on__isnull=True
    )
    for partner_id in suspended.values_list("partner_id", flat=True):
        held.pop(partner_id, None)
    known: dict[tuple[tuple[str, str, str], ...], Sequence[Stacked]] = {}
    found = {}
    for partner_id, levels in held.items():
        key = tuple(sorted(levels))
        if key not in known:  # thousands of partners hold few combinations
            known[key] = stacked(document, given_by(document, key))
        for one in known[key]:
            found[partner_id, one.benefit] = _values(document, one)
    return found


def _values(document: ProgramDocument, one: Stacked) -> dict[str, Any]:
    rule = document.benefits.get(one.benefit)
    number = isinstance(one.value, int | Decimal) and not isinstance(one.value, bool)
    return {
        "kind": rule.kind if rule else "",
        "unit": rule.unit if rule else "",
        "per": (rule.per or "") if rule else "",
        "value": str(_plain(Decimal(one.value))) if number else one.value,
        "quantity": Decimal(one.value) if number else None,
        "sources": [list(source) for source in one.sources],
    }


def _as_stored(grant: Grant) -> dict[str, Any]:
    names = ("kind", "unit", "per", "value", "quantity", "sources")
    return {name: getattr(grant, name) for name in names}


def _say(kind: str, grants: Sequence[Grant], on: dt.date) -> None:
    happened = [
        Happened(
            grant.public_id,
            grant.partner_id,
            {"benefit": grant.benefit, "value": grant.value, "on": on, "sources": grant.sources},
        )
        for grant in grants
    ]
    record_events(kind, "grant", happened)


def _plain(number: Decimal) -> Decimal | int:
    return int(number) if number == int(number) else number.normalize()
