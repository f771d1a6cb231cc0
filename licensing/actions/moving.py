"""A customer changes its MSP on a day, and what runs there goes along.

Nobody is cut off: the next partner's gate is asked only for more than runs. Decided by staff, who
see what shows it; neither partner learns the other's name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from alerts.actions import settle_alerts
from licensing.actions.asking import authorize_all
from licensing.actions.classes import drop_request
from licensing.actions.decisions import Ask
from licensing.actions.exceptions import end_at_customer
from licensing.actions.holding import hold
from licensing.actions.steps import cancel
from licensing.alerting import ARRIVING, LEAVING
from licensing.models import CustomerMove, Reservation
from licensing.rules.moving import classes_of, joined_vertical, runs_at
from licensing.rules.running import Running
from partners.actions.writing import fresh, held_partners, needs_reason, refused, written
from partners.models import Customer, Partner
from programs.document import GENERAL
from tenants import scope
from tenants.clock import day_of
from tenants.writing import Refused, action, record_event

State = CustomerMove.State


@action("customers.move")
def schedule_move(
    customer: Customer,
    *,
    to_partner: Partner,
    on: dt.date,
    reason: str,
    at: dt.datetime,
    into: Customer | None = None,
    name: str = "",
) -> CustomerMove:
    """From the day ``on`` (vendor's zone) ``to_partner`` runs the customer; today moves it at once.

    ``reason`` is what shows it, as the customer's letter. ``into`` is the customer that the next
    partner has already; ``name`` what a new one is called there. Raises ``Refused``: ``day_past``,
    ``reason_missing``, ``customer_ended``, ``same_partner``, ``partner_exited``,
    ``partner_suspended``, ``move_scheduled``, ``not_its_customer``, ``name_needed``.
    """
    today = day_of(at)
    if on < today:
        raise refused("day_past", _("Choose today or a later day."), pointer="on")
    reason = needs_reason(reason)
    _hold({customer.partner_id, to_partner.pk}, at)
    customer = fresh(customer)
    to_partner = fresh(to_partner)
    _refuse_unfit(customer, to_partner, on)
    scheduled = CustomerMove.objects.filter(customer=customer, state=State.SCHEDULED).first()
    if scheduled is not None:
        words = _("It is to move on %(day)s already. Cancel that first.") % {"day": scheduled.on}
        raise refused("move_scheduled", words, pointer="customer")
    into = _fit_target(customer, to_partner, into, name, on)
    move = CustomerMove(
        customer=customer,
        to_partner=to_partner,
        into=into,
        name=name.strip(),
        on=on,
        reason=reason,
        requested_at=at,
        requested_by_id=scope.current().person_id,
    )
    written(move)
    _record("customer_move.scheduled", move)
    return _settle(move, at) if on == today else move


@action("customers.move")
def cancel_move(move: CustomerMove, *, reason: str, at: dt.datetime) -> CustomerMove:
    """The customer stays. Raises ``Refused``: ``already_settled``, ``reason_missing``."""
    reason = needs_reason(reason)
    _hold({move.customer.partner_id, move.to_partner_id}, at)
    return _cancelled(_open(move), reason, at)


def settle_moves(*, at: dt.datetime) -> int:
    """Make the moves whose day has come, each in a transaction of its own and once, late ones too;
    returns how many were settled.

    One that can no longer be made (the customer ended, the next partner left) is cancelled and says
    why."""
    due = CustomerMove.objects.filter(state=State.SCHEDULED, on__lte=day_of(at))
    return sum(_settle_one(row, at=at) for row in due.select_related("customer").order_by("pk"))


@action("customers.move")
def _settle_one(move: CustomerMove, *, at: dt.datetime) -> bool:
    _hold({move.customer.partner_id, move.to_partner_id}, at)
    held = CustomerMove.objects.select_for_update(of=("self",)).get(pk=move.pk)
    if held.state != State.SCHEDULED:
        return False
    _settle(held, at)
    return True


def _settle(move: CustomerMove, at: dt.datetime) -> CustomerMove:
    """Make the move now, or cancel it; both partners are held."""
    customer, to = fresh(move.customer), fresh(move.to_partner)
    into = fresh(move.into) if move.into else None
    try:
        _refuse_unfit(customer, to, day_of(at))
        into = _fit_target(customer, to, into, move.name, day_of(at))
    except Refused as refusal:
        return _cancelled(move, refusal.detail[:300], at)
    if into is None:
        into = new_customer(customer, to, name=move.name or customer.name, on=day_of(at))
    carry(customer, into, at)
    end_row(customer, day_of(at))
    move.state, move.settled_at, move.resulting = State.DONE, at, into
    written(move, only=["state", "settled_at", "resulting"])
    _record("customer_move.done", move)
    return move


def new_customer(former: Customer, partner: Partner, *, name: str, on: dt.date) -> Customer:
    """The next partner's own row of the company. Its classes come with ``carry``."""
    row = Customer(
        partner=partner,
        name=name,
        domain_digest=former.domain_digest,
        vertical=former.vertical,
        country=former.country,
        since=on,
    )
    written(row)
    record_event(
        "customer.added",
        row,
        data={
            "name": row.name,
            "vertical": row.vertical,
            "environments": row.environments,
            "since": on,
            "how": "moved",
        },
    )
    return row


def carry(former: Customer, into: Customer, at: dt.datetime) -> int:
    """What runs at ``former`` runs at ``into``, in addition to what runs there; returns the seats.

    Classes join, a regulated vertical is kept. Both partners are held."""
    going, there = (runs_at(customer, day_of(at)) for customer in (former, into))
    _join_classes(former, into, going, day_of(at))
    reserved = Reservation.objects.filter(state=Reservation.State.RESERVED)
    for row in reserved.filter(Q(customer=former) | Q(customer=into, product__code__in=going)):
        cancel(row, at=at)
    end_at_customer(former, at=at)
    drop_request(former, reason=_("The customer moved."), at=at)
    seats = {code: one.seats for code, one in going.items()}
    then = {code: n + (there[code].seats if code in there else 0) for code, n in seats.items()}
    authorize_all([Ask(former, code, GENERAL, 0) for code in seats], at=at)
    asks = [Ask(into, code, GENERAL, n, transfers=True) for code, n in then.items()]
    authorize_all(asks, at=at)
    return sum(seats.values())


def _join_classes(
    former: Customer, into: Customer, going: Mapping[str, Running], on: dt.date
) -> None:
    wanted = classes_of(former, going)
    classes = [*into.environments, *(code for code in wanted if code not in into.environments)]
    vertical = joined_vertical(former, into, on)
    found: dict[str, list[Any]] = {}
    for name, value in (("environments", classes), ("vertical", vertical)):
        if (before := getattr(into, name)) != value:
            found[name] = [before, value]
            setattr(into, name, value)
    if found:
        written(into, only=found)
        record_event("customer.changed", into, data={"changes": found, "how": "moved"})


def end_row(customer: Customer, on: dt.date, how: str = "moved") -> None:
    """The former row ends on the day; its history stays with the former partner. ``how``: ``moved``
    to another partner, or ``merged`` into another row."""
    customer.until = on
    written(customer, only=["until"])
    data = {"name": customer.name, "until": on, "how": how}
    record_event("customer.ended", customer, data=data)


def _refuse_unfit(customer: Customer, to: Partner, on: dt.date) -> None:
    if customer.until is not None and customer.until <= on:
        words = _("This customer ended on %(day)s.") % {"day": customer.until}
        raise refused("customer_ended", words, pointer="customer")
    if to.pk == customer.partner_id:
        words = _("That partner runs this customer already.")
        raise refused("same_partner", words, pointer="to_partner")
    if to.status != Partner.Status.ACTIVE:
        code = "partner_exited" if to.status == Partner.Status.EXITED else "partner_suspended"
        words = _("%(name)s is not active in the program.") % {"name": to.name}
        raise refused(code, words, pointer="to_partner")


def _fit_target(
    customer: Customer, to: Partner, into: Customer | None, name: str, on: dt.date
) -> Customer | None:
    if into is None:
        if customer.private_name and not name.strip():
            words = _("Its partner calls it by an alias: say what the next partner shall call it.")
            raise refused("name_needed", words, pointer="name")
        return None
    into = fresh(into)
    if into.partner_id != to.pk or (into.until is not None and into.until <= on):
        words = _("This is not a present customer of %(name)s.") % {"name": to.name}
        raise refused("not_its_customer", words, pointer="into")
    return into


def _open(move: CustomerMove) -> CustomerMove:
    held: CustomerMove = CustomerMove.objects.select_for_update(of=("self",)).get(pk=move.pk)
    if held.state != State.SCHEDULED:
        words = _("It is settled already: %(state)s.") % {"state": held.get_state_display()}
        raise Refused("already_settled", words)
    return held


def _cancelled(move: CustomerMove, note: str, at: dt.datetime) -> CustomerMove:
    move.state, move.settled_at, move.note = State.CANCELLED, at, note
    written(move, only=["state", "settled_at", "note"])
    told = CustomerMove.objects.filter(pk=move.pk).values("public_id")
    for kind in (LEAVING, ARRIVING):
        settle_alerts(kind, told, told.none())
    _record("customer_move.cancelled", move)
    return move


def _hold(partner_ids: set[int], at: dt.datetime) -> None:
    if partner_ids:
        hold(partner_ids, at)
        held_partners(partner_ids, living=False)


def _record(kind: str, move: CustomerMove) -> None:
    record_event(
        kind,
        move,
        data={
            "customer": move.customer.ref,
            "from": move.customer.partner.ref,
            "to": move.to_partner.ref,
            "on": move.on,
            "reason": move.reason,
            **({"note": move.note} if move.note else {}),
            **({"became": move.resulting.ref} if move.resulting else {}),
        },
    )
