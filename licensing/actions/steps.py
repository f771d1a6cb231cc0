"""Two-step use: seats are reserved by a decision, and run once somebody confirms.

The decision itself never changes; what became of it is the reservation's state.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from licensing.actions.decisions import Decision
from licensing.actions.holding import hold
from licensing.models import Deployment, Override, Reservation
from licensing.rules import ground_for
from licensing.rules.inputs import GateInputs
from licensing.rules.standing import DeploymentStanding
from partners.models import Customer
from programs.compiled import program_numbered
from programs.locks import lock_partners
from tenants import scope
from tenants.clock import day_of
from tenants.directory import vendor_by_id
from tenants.writing import Reason, Refused, action, record_event

State = Reservation.State


def reservable(decision: Decision) -> bool:
    """Whether there is something to reserve: more seats than run."""
    return decision.standing.inputs.verb in ("deploy", "grow")


def reserve(granted: Sequence[Decision]) -> dict[int, Reservation]:
    """Reserve what these decisions granted, inside the action that keeps them; by the identity of
    the decision. The partners are locked."""
    found = {}
    for one in granted:
        row, hours = one.authorization, one.standing.program.document.gate.unconfirmed_hours
        assert row is not None
        kept = Reservation.objects.create(
            vendor_id=row.vendor_id,
            authorization=row,
            partner_id=row.partner_id,
            customer_id=row.customer_id,
            product_id=row.product_id,
            seats=row.seats,
            expires_at=one.decided_at + dt.timedelta(hours=hours),
        )
        kept.refresh_from_db(fields=["public_id"])
        Deployment.objects.update_or_create(
            vendor_id=row.vendor_id,
            customer_id=row.customer_id,
            product_id=row.product_id,
            defaults={"reserved": row.seats - row.seats_before},
            create_defaults={
                "partner_id": row.partner_id,
                "environments": row.environments,
                "seats": 0,
                "reserved": row.seats - row.seats_before,
                "since": row.decided_on,
            },
        )
        _record("reservation.made", kept)
        found[id(one)] = kept
    return found


@action("authorizations.request")
def confirm(reservation: Reservation, *, at: dt.datetime) -> Reservation:
    """The seats run now. The gate is asked once more: nothing begins to run after what it rests on
    was revoked. Raises ``Refused``: ``already_settled``, ``reservation_lapsed``, ``gate_closed``
    with the reasons."""
    hold({reservation.partner_id}, at)
    held = _open(reservation)
    if at >= held.expires_at:
        words = _("It had to be confirmed by %(day)s. Ask the gate again.")
        zone = vendor_by_id(scope.current().vendor_id).zone
        day = date_format(held.expires_at.astimezone(zone), "j M Y, H:i T")
        raise Refused("reservation_lapsed", words % {"day": day})
    _ask_again(held, at)
    row = held.authorization
    deployed = Deployment.objects.get(customer_id=held.customer_id, product_id=held.product_id)
    if not deployed.seats:
        deployed.since = day_of(at)
    deployed.seats, deployed.reserved, deployed.updated_at = held.seats, 0, at
    deployed.environments, deployed.authorization = row.environments, row
    deployed.save(
        update_fields=["seats", "reserved", "since", "environments", "authorization", "updated_at"]
    )
    _take_over_former(held, at)
    return _settled(held, State.CONFIRMED, at)


def _take_over_former(held: Reservation, at: dt.datetime) -> None:
    """Seats of a product that this one follows are part of the quantity that was allowed."""
    document = program_numbered(held.authorization.program_version.number).document
    rows = Deployment.objects.filter(customer_id=held.customer_id, seats__gt=0)
    for row in rows.exclude(product_id=held.product_id).select_related("product"):
        if document.successor("products", row.product.code) == held.product.code:
            row.seats, row.updated_at = 0, at
            row.save(update_fields=["seats", "updated_at"])


def _ask_again(held: Reservation, at: dt.datetime) -> None:
    kept = GateInputs.from_dict(held.authorization.inputs)
    refs = held.authorization.result.get("exceptions", [])
    if refs:  # its seats are counted there already: it only has to be in force still
        rows = [row for ref in refs for row in Override.objects.with_public_id(ref)]
        if rows and all(row.opens_at(at) for row in rows):
            return
    standing = _standing_now(held, kept, at)
    if not standing.verdict.allowed:
        reasons = standing.reasons or [Reason("gate_closed", _("The gate has closed since."))]
        detail = _("The gate has closed since this was granted: %(why)s")
        raise Refused("gate_closed", detail % {"why": reasons[0].detail}, reasons=reasons)


def _standing_now(held: Reservation, kept: GateInputs, at: dt.datetime) -> DeploymentStanding:
    on = day_of(at)
    customer = Customer.objects.select_related("partner").get(pk=held.customer_id)
    ground = ground_for([customer.partner], on, customers=[customer], at=at)
    inputs = ground.inputs(
        customer.partner_id,
        kept.product,
        kept.asked,
        customer=customer,
        seats=held.seats,
        operator=kept.operator,
    )
    return ground.judged(inputs, customer)


@action("authorizations.request")
def cancel(reservation: Reservation, *, at: dt.datetime) -> Reservation:
    """Give the reserved seats back. Raises ``Refused("already_settled")``."""
    lock_partners([reservation.partner_id])
    return _released(_open(reservation), State.CANCELLED, at)


@action("authorizations.request")
def lapse_reservations(*, at: dt.datetime) -> int:
    """Give back what nobody confirmed in time; returns how many."""
    due = Reservation.objects.filter(state=State.RESERVED, expires_at__lte=at)
    lock_partners(due.values_list("partner_id", flat=True))
    rows = list(due.select_for_update().order_by("pk"))
    for held in rows:
        _released(held, State.LAPSED, at)
    return len(rows)


def withdraw_reserved(shrunk: Sequence[Decision]) -> None:
    """Whoever asks for less than runs has changed their mind: what was reserved is given back."""
    for one in shrunk:
        row = one.authorization
        assert row is not None
        open_ones = Reservation.objects.filter(
            customer_id=row.customer_id, product_id=row.product_id, state=State.RESERVED
        )
        for held in open_ones:
            _released(held, State.CANCELLED, one.decided_at)


def _open(reservation: Reservation) -> Reservation:
    """The row afresh, under the lock, still waiting."""
    rows = Reservation.objects.select_for_update(of=("self",)).select_related(
        "authorization__program_version"
    )
    held: Reservation = rows.get(pk=reservation.pk)
    if held.state != State.RESERVED:
        words = _("It is settled already: %(state)s.") % {"state": held.get_state_display()}
        code = "reservation_lapsed" if held.state == State.LAPSED else "already_settled"
        raise Refused(code, words)
    return held


def _released(held: Reservation, state: Any, at: dt.datetime) -> Reservation:
    Deployment.objects.filter(customer_id=held.customer_id, product_id=held.product_id).update(
        reserved=0, updated_at=at
    )
    return _settled(held, state, at)


def _settled(held: Reservation, state: Any, at: dt.datetime) -> Reservation:
    held.state, held.settled_at = state, at
    held.save(update_fields=["state", "settled_at"])
    _record(f"reservation.{state}", held)
    return held


def _record(kind: str, held: Reservation) -> None:
    record_event(
        kind,
        held,
        data={
            "authorization": held.authorization.ref,
            "customer": held.customer.ref,
            "product": held.product.code,
            "seats": held.seats,
        },
    )
