"""Exceptions that open a product for a time: overrides by two people, break-glass by one.

What opens a gate cannot falsify an answer given before; what ends one can, so every change takes
the partner's lock.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from licensing.models import Override
from partners.models import Customer, Partner
from programs.compiled import program_on
from programs.document.lapse import BreakGlass
from programs.locks import lock_partners
from programs.models import Product
from tenants import scope
from tenants.clock import day_of
from tenants.directory import vendor_by_id
from tenants.writing import NotAllowed, Reason, Refused, action, record_event

Kind, State = Override.Kind, Override.State
MORNING = dt.time(8)
"""When the vendor's side reads what was broken at night, in its own zone."""


@action("overrides.request")
def request_override(
    partner: Partner,
    *,
    product: Product,
    reason: str,
    days: int,
    at: dt.datetime,
    customer: Customer | None = None,
) -> Override:
    """Ask for an exception of ``days`` from its approval, for one customer or (None) all of the
    partner's. Raises ``Refused``: ``person_needed``, ``reason_missing``, ``too_long``,
    ``not_found`` (a customer of another partner)."""
    if scope.current().person_id is None:
        words = _("Only a person can ask for an override, and another one approve it.")
        raise Refused("person_needed", words)
    most = program_on(day_of(at)).document.gate.override.max_days
    if not 1 <= days <= most:
        words = ngettext(
            "An override lasts %(n)s day at most.", "An override lasts %(n)s days at most.", most
        ) % {"n": most}
        raise Refused("too_long", reasons=[Reason("too_long", words, pointer="days")])
    row = Override(
        kind=Kind.OVERRIDE,
        partner=partner,
        customer=_of(partner, customer),
        product=product,
        state=State.REQUESTED,
        reason=_reason(reason),
        days=days,
        requested_at=at,
        requested_by_id=scope.current().person_id,
    )
    return _made(row, "override.requested")


@action("overrides.approve")
def approve_override(override: Override, *, at: dt.datetime) -> Override:
    """Put it in force. Raises ``Refused``: ``wrong_state``, ``own_request`` (whoever asked for it
    never approves it), ``person_needed``."""
    held = _decided(override, at)
    assert held.days is not None
    rule = program_on(day_of(at)).document.gate.override
    held.state, held.ends_at = State.APPROVED, at + dt.timedelta(days=held.days)
    warned = held.ends_at - dt.timedelta(days=rule.warn_days)
    held.tell_at = max(warned, at)
    held.save()
    _record("override.approved", held)
    return held


@action("overrides.approve")
def refuse_override(override: Override, *, at: dt.datetime) -> Override:
    """Say no. Raises ``Refused``: ``wrong_state``, ``own_request``, ``person_needed``."""
    held = _decided(override, at)
    held.state = State.REFUSED
    held.save()
    _record("override.refused", held)
    return held


@action("glass.break")
def break_glass(
    partner: Partner,
    *,
    product: Product,
    reason: str,
    at: dt.datetime,
    customer: Customer | None = None,
) -> Override:
    """Open the product at once, in an emergency, within the program's hours, seats and times a
    quarter. Raises ``Refused``: ``break_glass_off``, ``break_glass_used_up``,
    ``break_glass_open``, ``partner_suspended``, ``reason_missing``, ``not_found``."""
    lock_partners([partner.pk])
    partner = Partner.objects.get(pk=partner.pk)
    on = day_of(at)
    rule = program_on(on).document.gate.break_glass
    _refuse_broken(partner, product, rule, at, on)
    assert rule is not None
    ends_at = at + dt.timedelta(hours=rule.hours)
    row = Override(
        kind=Kind.BREAK_GLASS,
        partner=partner,
        customer=_of(partner, customer),
        product=product,
        state=State.APPROVED,
        reason=_reason(reason),
        requested_at=at,
        requested_by_id=scope.current().person_id,
        decided_at=at,
        ends_at=ends_at,
        tell_at=next_morning(at),
        max_seats=rule.max_seats,
    )
    return _made(row, "glass.broken")


def _refuse_broken(
    partner: Partner, product: Product, rule: BreakGlass | None, at: dt.datetime, on: dt.date
) -> None:
    if rule is None:
        words = _("This program knows no break-glass. Call your account manager.")
        raise Refused("break_glass_off", words)
    if partner.status != Partner.Status.ACTIVE:
        words = _("The partnership is not active: nothing opens that but the vendor.")
        raise Refused("partner_suspended", words)
    broken = Override.objects.filter(partner=partner, kind=Kind.BREAK_GLASS)
    if broken.filter(product=product, state=State.APPROVED, ends_at__gt=at).exists():
        raise Refused("break_glass_open", _("The glass of this product is broken already."))
    start, coming = quarter_of(on)
    used = broken.filter(requested_at__gte=_midnight(start)).count()
    if used >= rule.per_quarter:
        words = ngettext(
            "It was used %(n)s time this quarter, which is all. Again from %(day)s.",
            "It was used %(n)s times this quarter, which is all. Again from %(day)s.",
            used,
        )
        detail = words % {"n": used, "day": date_format(coming, "j M Y")}
        who = _("Account manager")
        reason = Reason("break_glass_used_up", detail, fix=_("Ask your account manager"), who=who)
        raise Refused("break_glass_used_up", reasons=[reason])


@action(None)
def end_exception(override: Override, *, at: dt.datetime) -> Override:
    """End it before its time: staff by ``overrides.request``, a partner its own broken glass by
    ``glass.break``. Raises ``NotAllowed``; ``Refused("wrong_state")``."""
    glass = override.kind == Kind.BREAK_GLASS
    require_one("overrides.request", *(["glass.break"] if glass else []))
    lock_partners([override.partner_id])
    held = _fresh(override, State.APPROVED)
    return _ended(held, at)


def require_one(*capabilities: str) -> None:
    """Raise ``NotAllowed`` unless the scope holds one of the capabilities."""
    if not any(scope.current().can(capability) for capability in capabilities):
        raise NotAllowed(capabilities[-1])


@action("authorizations.request")
def end_due_exceptions(*, at: dt.datetime) -> int:
    """Note the end of those whose time is over; they opened nothing since. Returns how many."""
    due = Override.objects.filter(state=State.APPROVED, ends_at__lte=at)
    lock_partners(due.values_list("partner_id", flat=True))
    rows = list(due.select_for_update().order_by("pk"))
    for held in rows:
        _ended(held, held.ends_at or at)
    return len(rows)


def end_at_customer(customer: Customer, *, at: dt.datetime) -> None:
    """End what is in force for the customer alone: part of an action that holds its partner."""
    rows = Override.objects.filter(customer=customer, state=State.APPROVED)
    for held in rows.select_for_update().order_by("pk"):
        _ended(held, at)


def quarter_of(on: dt.date) -> tuple[dt.date, dt.date]:
    """The first day of the day's quarter, and that of the next."""
    first = on.replace(month=(on.month - 1) // 3 * 3 + 1, day=1)
    month = first.month + 3
    return first, first.replace(year=first.year + month // 13, month=(month - 1) % 12 + 1)


def next_morning(at: dt.datetime) -> dt.datetime:
    """The next eight o'clock in the vendor's zone."""
    zone = _zone()
    local = at.astimezone(zone)
    day = local.date() if local.time() < MORNING else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, MORNING, zone).astimezone(dt.UTC)


def _decided(override: Override, at: dt.datetime) -> Override:
    """The row afresh and answered by the acting person, who is not the one who asked."""
    lock_partners([override.partner_id])
    held, person_id = _fresh(override, State.REQUESTED), scope.current().person_id
    if person_id is None:
        raise Refused("person_needed", _("Only a person can decide on an override."))
    if person_id == held.requested_by_id:
        words = _("You asked for this yourself: another person has to decide on it.")
        raise Refused("own_request", words)
    held.approver_id, held.decided_at = person_id, at
    return held


def _fresh(override: Override, state: str) -> Override:
    held: Override = Override.objects.select_for_update().get(pk=override.pk)
    if held.state != state:
        words = _("It is no longer possible: %(state)s.") % {"state": held.get_state_display()}
        raise Refused("wrong_state", words)
    return held


def _ended(held: Override, at: dt.datetime) -> Override:
    held.state, held.ended_at = State.ENDED, at
    held.save(update_fields=["state", "ended_at"])
    _record("override.ended", held)
    return held


def _of(partner: Partner, customer: Customer | None) -> Customer | None:
    if customer is not None and customer.partner_id != partner.pk:
        raise Refused("not_found", _("This customer is not the partner's."))
    return customer


def _reason(text: str) -> str:
    if not text.strip():
        words = _("Say why, so that whoever reads it later understands.")
        raise Refused("reason_missing", reasons=[Reason("reason_missing", words, pointer="reason")])
    return text.strip()


def _made(row: Override, kind: str) -> Override:
    row.save()
    row.refresh_from_db(fields=["public_id"])
    _record(kind, row)
    return row


def _record(kind: str, held: Override) -> None:
    data = {
        "kind": held.kind,
        "product": held.product.code,
        "customer": held.customer.ref if held.customer else None,
        "reason": held.reason,
        "days": held.days,
        "ends_at": held.ends_at,
        "max_seats": held.max_seats,
        "seats_used": held.seats_used,
    }
    record_event(kind, held, data={k: v for k, v in data.items() if v is not None})


def _zone() -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(vendor_by_id(scope.current().vendor_id).time_zone)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), _zone())
