"""Lowering a customer's environment classes: asked for with evidence, decided by the vendor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from licensing.models import ClassChange
from partners import rules
from partners.actions.customers import lower_classes
from partners.actions.writing import held_partner, needs_reason
from partners.models import Customer
from tenants import scope
from tenants.clock import day_of
from tenants.writing import Reason, Refused, action, record_event

State = ClassChange.State


@action("customers.write")
def ask_to_lower(
    customer: Customer, *, environments: Sequence[str], evidence: str, at: dt.datetime
) -> ClassChange:
    """Ask that only ``environments`` count at the customer. Nothing changes until staff approve.

    Raises ``Refused``: ``not_lower`` (raising needs no approval), ``reason_missing``,
    ``request_open``, ``unknown_environment``.
    """
    held_partner(customer.partner)
    customer = Customer.objects.get(pk=customer.pk)
    wanted = rules.known_environments(environments, day_of(at))
    if set(wanted) >= set(customer.environments):
        words = _("This takes no class away: change the customer directly.")
        raise Refused("not_lower", reasons=[Reason("not_lower", words, pointer="environments")])
    if ClassChange.objects.filter(customer=customer, state=State.REQUESTED).exists():
        raise Refused("request_open", _("The vendor is looking at a change of this customer."))
    row = ClassChange(
        partner_id=customer.partner_id,
        customer=customer,
        before=customer.environments,
        environments=wanted,
        evidence=needs_reason(evidence, pointer="evidence"),
        requested_at=at,
        requested_by_id=scope.current().person_id,
    )
    row.save()
    row.refresh_from_db(fields=["public_id"])
    _record("class_change.requested", row)
    return row


@action("classes.decide")
def approve_lowering(change: ClassChange, *, at: dt.datetime) -> ClassChange:
    """Let the asked classes count from now on. A class that the customer got meanwhile stays.
    Raises ``Refused``: ``wrong_state``, ``own_request``."""
    held = _fresh(change, at)
    held.state = State.APPROVED
    held.save()
    customer = Customer.objects.select_related("partner").get(pk=held.customer_id)
    gone = set(held.before) - set(held.environments)
    kept = [code for code in customer.environments if code not in gone]
    lower_classes(customer, kept, evidence=held.evidence)
    _record("class_change.approved", held)
    return held


@action("classes.decide")
def refuse_lowering(change: ClassChange, *, reason: str, at: dt.datetime) -> ClassChange:
    """Leave the classes as they are, and say why. Raises ``Refused``: ``wrong_state``,
    ``own_request``, ``reason_missing``."""
    held = _fresh(change, at)
    held.state, held.reason = State.REFUSED, needs_reason(reason)
    held.save()
    _record("class_change.refused", held)
    return held


def drop_request(customer: Customer, *, reason: str, at: dt.datetime) -> None:
    """Refuse what is still open for the customer: part of an action that holds its partner."""
    for held in ClassChange.objects.filter(customer=customer, state=State.REQUESTED):
        held.state, held.reason, held.decided_at = State.REFUSED, reason, at
        held.save()
        _record("class_change.refused", held)


def _fresh(change: ClassChange, at: dt.datetime) -> ClassChange:
    held_partner(change.partner)
    held: ClassChange = ClassChange.objects.select_for_update().get(pk=change.pk)
    if held.state != State.REQUESTED:
        raise Refused("wrong_state", _("It was decided already."))
    person_id = scope.current().person_id
    if person_id is not None and person_id == held.requested_by_id:
        words = _("You asked for this yourself: another person has to decide on it.")
        raise Refused("own_request", words)
    held.decided_at, held.decided_by_id = at, person_id
    return held


def _record(kind: str, held: ClassChange) -> None:
    record_event(
        kind,
        held,
        data={
            "customer": held.customer.ref,
            "environments": [held.before, held.environments],
            "evidence": held.evidence,
            **({"reason": held.reason} if held.reason else {}),
        },
    )
