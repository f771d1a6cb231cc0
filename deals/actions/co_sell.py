"""Co-sell and co-delivery: a partner asks, the vendor answers, both plan it and say how it went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from alerts.actions import SweepTerms, raise_alerts, settle_alerts
from deals.actions.accounts import locked_account
from deals.actions.bookings import release_ahead
from deals.co_sell_telling import ANSWERED_SQL, ASKED, ASKED_SQL, BOOKED_SQL
from deals.models import AccountCustomer, CoSellPerson, CoSellRequest, Registration, Renewal
from deals.rules.business_hours import due_at
from deals.rules.co_sell import (
    families_at,
    held_by_others,
    needs_co_sell,
    refuse_closed,
)
from deals.rules.declared import wrong_families
from deals.rules.registering import deals_on
from partners.actions.writing import fresh, held_partner, needs_reason, refused, written
from partners.models import Customer, Partner
from partners.rules.relations import colleagues, people_of
from programs.compiled import program_on
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.models import Person
from tenants.writing import Refused, action, record_event

State = CoSellRequest.State
OFTEN_SECONDS = 300
_TERMS = (
    SweepTerms("co-sell asked", ASKED_SQL, OFTEN_SECONDS),
    SweepTerms("co-sell answered", ANSWERED_SQL, OFTEN_SECONDS),
    SweepTerms("engineers booked", BOOKED_SQL, OFTEN_SECONDS),
)


def sweep_co_sell_alerts(*, at: dt.datetime) -> int:
    """Tell of what was asked and answered and of engineers that were booked, each exactly once;
    returns how many alerts."""
    return sum(raise_alerts(terms, at=at) for terms in _TERMS)


@action("cosell.ask")
def ask_co_sell(
    partner: Partner,
    *,
    kind: str,
    why: str,
    message: str,
    needed_on: dt.date,
    at: dt.datetime,
    on: dt.date,
    advanced: bool = False,
    renewal: Renewal | None = None,
    registration: Registration | None = None,
    customer: Customer | None = None,
    families: Collection[str] | None = None,
) -> CoSellRequest:
    """Ask the vendor to work on a renewal, a registration or at a customer with the partner.

    ``families`` are product families of the program; left out, those of the registration, or those
    that run at the customer. Raises ``Refused``: ``no_co_sell``, ``about_missing``,
    ``unknown_customer``, ``unknown_family``, ``due_in_the_past``, ``asked_already``,
    ``advanced_closed``, ``not_offered_here``, ``partner_exited``, ``partner_suspended``,
    ``invalid``.
    """
    partner, rules = _asking(partner), needs_co_sell(on)
    row = CoSellRequest(
        partner=partner, kind=kind, why=why, message=message.strip(), needed_on=needed_on,
        advanced=advanced, renewal=renewal, registration=registration, asked_at=at, updated_at=at,
        asked_by_id=scope.current().person_id,
    )  # fmt: skip
    _about(row, customer)
    document = program_on(on).document
    if families is None:
        found = registration.families if registration else []
        families = found or (families_at(row.customer, document) if row.customer else [])
    row.families = _known(families, document)
    if needed_on < on:
        raise refused("due_in_the_past", _("The day lies in the past."), pointer="needed_on")
    _not_twice(row)
    if advanced:
        refuse_closed(partner, on)
        _refuse_held(row, document, on)
    hours = deals_on(on).hours
    row.answer_due_at = due_at(
        at, rules.answer_hours, opens=hours.opens, closes=hours.closes, weekdays=hours.weekdays,
        holidays=hours.holidays, zone=vendor_by_id(scope.current().vendor_id).zone,
    )  # fmt: skip
    written(row)
    record_event("co_sell.asked", row, data={"kind": kind, "advanced": advanced})
    _join_oneself(row, at)
    return row


@action("cosell.manage")
def accept_co_sell(
    row: CoSellRequest, *, at: dt.datetime, on: dt.date, remark: str = ""
) -> CoSellRequest:
    """Say yes; who accepts takes part. Raises ``Refused``: ``wrong_state``, ``advanced_closed``,
    ``not_offered_here``, ``partner_exited``."""
    row = _held(row, State.ACCEPTED, living=True)
    if row.advanced:
        refuse_closed(row.partner, on)
        account = row.registration.account_id if row.registration else None
        if account is None:
            links = AccountCustomer.objects.filter(customer_id=row.customer_id)
            account = links.values_list("account_id", flat=True).first()
        if account is not None:
            locked_account(account)
        _refuse_held(row, program_on(on).document, on)
    _answered(row, State.ACCEPTED, remark, at)
    record_event("co_sell.accepted", row)
    _join_oneself(row, at)
    return row


@action("cosell.manage")
def decline_co_sell(
    row: CoSellRequest, *, reason: str, at: dt.datetime, remark: str = ""
) -> CoSellRequest:
    """Say no, with a reason that names nobody; ``remark`` is read by the partner as well. Raises
    ``Refused``: ``wrong_state``, ``reason_missing``, ``invalid``."""
    row = _held(row, State.DECLINED)
    row.reason = needs_reason(reason)
    _answered(row, State.DECLINED, remark, at)
    record_event("co_sell.declined", row, data={"reason": reason})
    return row


@action("cosell.manage")
def plan_co_sell(
    row: CoSellRequest, *, plan: str, starts_on: dt.date, ends_on: dt.date, at: dt.datetime
) -> CoSellRequest:
    """Write down what was agreed, from which day until which; again while it is planned or under
    way. Raises ``Refused``: ``wrong_state``, ``span_reversed``, ``invalid``."""
    planned = row.state in (State.PLANNED, State.UNDER_WAY)
    row = _held(row, "" if planned else State.PLANNED, living=True)
    if row.state not in CoSellRequest.LIVE:
        raise _wrong_state(row)
    if ends_on < starts_on:
        raise refused("span_reversed", _("The end lies before the start."), pointer="ends_on")
    row.plan, row.starts_on, row.ends_on = plan.strip(), starts_on, ends_on
    if row.state == State.ACCEPTED:
        row.state = State.PLANNED
    _kept(row, at)
    record_event("co_sell.planned", row, data={"from": starts_on, "until": ends_on})
    return row


@action("cosell.manage")
def start_co_sell(row: CoSellRequest, *, at: dt.datetime) -> CoSellRequest:
    """It has begun. ``Refused("wrong_state")``."""
    row = _held(row, State.UNDER_WAY, living=True)
    row.state = State.UNDER_WAY
    _kept(row, at)
    record_event("co_sell.begun", row)
    return row


@action("cosell.manage")
def finish_co_sell(
    row: CoSellRequest, *, outcome: str, at: dt.datetime, on: dt.date, note: str = ""
) -> CoSellRequest:
    """It is over, and what came of it; hours booked after today are free again. Raises
    ``Refused``: ``wrong_state``, ``outcome_missing``, ``invalid``."""
    row = _held(row, State.DONE)
    if not outcome:
        raise refused("outcome_missing", _("Say what came of it."), pointer="outcome")
    row.state, row.outcome, row.note, row.closed_at = State.DONE, outcome, note.strip(), at
    _kept(row, at)
    release_ahead(row, on=on + dt.timedelta(days=1), at=at)
    record_event("co_sell.done", row, data={"outcome": outcome})
    return row


@action("cosell.ask")
def cancel_co_sell(row: CoSellRequest, *, why: str, at: dt.datetime, on: dt.date) -> CoSellRequest:
    """Either side calls it off, with a reason; hours booked from today on are free again. Raises
    ``Refused``: ``wrong_state``, ``reason_missing``."""
    row = _held(row, State.CANCELLED)
    words = needs_reason(why, pointer="why")
    row.state, row.closed_at, row.note = State.CANCELLED, at, words
    _kept(row, at)
    release_ahead(row, on=on, at=at)
    _close_told(row)
    record_event("co_sell.cancelled", row, data={"why": words})
    return row


@action("cosell.ask")
def join_co_sell(
    row: CoSellRequest, *, person: Person, at: dt.datetime, on: dt.date, part: str = ""
) -> CoSellPerson:
    """Name somebody who takes part: a partner one of its own people, the vendor one of either side.

    Raises ``Refused``: ``unknown_person``, ``takes_part_already``, ``over``.
    """
    row = _open(row)
    staff = scope.current().all_partners
    known = people_of(row.partner, on).filter(pk=person.pk).exists()
    if not known and not (staff and colleagues(on).filter(pk=person.pk).exists()):
        raise refused("unknown_person", _("There is no such person."), pointer="person")
    if CoSellPerson.objects.filter(request=row, person=person).exists():
        words = _("%(name)s takes part already.") % {"name": person.name}
        raise refused("takes_part_already", words, pointer="person")
    return _joined(row, person, part.strip(), at, side="partner" if known else "vendor")


@action("cosell.ask")
def leave_co_sell(held: CoSellPerson) -> None:
    """Somebody takes part no more; a partner takes away its own people only. Raises ``Refused``:
    ``not_yours``, ``over``."""
    row = _open(held.request)
    held = fresh(held)
    if held.side == CoSellPerson.Side.VENDOR and not scope.current().all_partners:
        raise refused("not_yours", _("The vendor says who of its people takes part."))
    held.delete()
    record_event("co_sell.left", row, data={"name": held.name})


def _asking(partner: Partner) -> Partner:
    """The partner, locked, as far as it may ask."""
    found = held_partner(partner)
    if found.status == Partner.Status.SUSPENDED:
        raise refused("partner_suspended", _("While you are suspended nothing can be asked for."))
    return found


def _join_oneself(row: CoSellRequest, at: dt.datetime) -> None:
    """Who acts takes part; a client of the API does not."""
    mine = Person.objects.filter(pk=scope.current().person_id).first()
    if mine is not None:
        _joined(row, mine, "", at)


def _joined(
    row: CoSellRequest, person: Person, part: str, at: dt.datetime, side: str = ""
) -> CoSellPerson:
    """They take part, if they do not already."""
    side = side or ("vendor" if scope.current().all_partners else "partner")
    found: CoSellPerson | None = CoSellPerson.objects.filter(request=row, person=person).first()
    if found is None:
        found = CoSellPerson(
            partner_id=row.partner_id, request=row, person=person, side=side, name=person.name,
            part=part, added_at=at,
        )  # fmt: skip
        written(found)
        record_event("co_sell.joined", row, data={"name": person.name})
    return found


def _about(row: CoSellRequest, customer: Customer | None) -> None:
    """What it comes from: of the partner, and at least one of the three; sets customer and name."""
    renewal, registration = row.renewal, row.registration
    found = customer or (registration.customer if registration else None)
    if found is None and renewal is not None:
        found = renewal.contract.customer
    rows: list[Any] = [one for one in (renewal, registration, found) if one is not None]
    if any(one.partner_id != row.partner_id for one in rows):
        raise refused("unknown_customer", _("There is no such customer."), pointer="customer")
    if not rows:
        raise refused(
            "about_missing", _("Say which renewal, registration or customer it is about."),
            pointer="customer",
        )  # fmt: skip
    row.customer = found
    row.name = registration.name if registration else found.name if found else ""


def _known(families: Collection[str], document: Any) -> list[str]:
    wrong = wrong_families(families, document)
    if wrong:
        raise Refused(wrong[0].code, wrong[0].detail, reasons=list(wrong))
    return sorted(set(families))


def _not_twice(row: CoSellRequest) -> None:
    """The same is asked once while it waits."""
    same = CoSellRequest.objects.filter(
        partner_id=row.partner_id, kind=row.kind, state=State.ASKED, renewal=row.renewal,
        registration=row.registration, customer=row.customer,
    )  # fmt: skip
    if same.exists():
        raise refused("asked_already", _("You have asked for this; the answer is still to come."))


def _refuse_held(row: CoSellRequest, document: Any, on: dt.date) -> None:
    found = held_by_others(row, document, on)
    if not found:
        return
    if scope.current().all_partners and scope.current().can("cosell.manage"):
        words = " ".join(one.words for one in found)
        raise refused("not_offered_here", words, fix=_("Decline it, naming nobody."))
    raise refused(
        "not_offered_here",
        _("The vendor cannot offer this for this company."),
        fix=_("Ask your account manager."),
        pointer="advanced",
    )


def _held(row: CoSellRequest, to: str, *, living: bool = False) -> CoSellRequest:
    """The request, its partner locked, where it may go on to the state ``to``."""
    held_partner(row.partner, living=living)
    row = fresh(row)
    if to and to not in CoSellRequest.TRANSITIONS[State(row.state)]:
        raise _wrong_state(row)
    return row


def _open(row: CoSellRequest) -> CoSellRequest:
    row = _held(row, "")
    if row.state not in (State.ASKED, *CoSellRequest.LIVE):
        raise refused("over", _("This is over."))
    return row


def _wrong_state(row: CoSellRequest) -> Exception:
    words = _("This cannot be done any more: it is %(state)s.")
    return refused("wrong_state", words % {"state": row.get_state_display().lower()})


def _answered(row: CoSellRequest, state: str, remark: str, at: dt.datetime) -> None:
    row.state, row.answered_at, row.remark = state, at, remark.strip()
    _kept(row, at)
    _close_told(row)


def _close_told(row: CoSellRequest) -> None:
    over = CoSellRequest.objects.filter(pk=row.pk).values("public_id")
    settle_alerts(ASKED, over, CoSellRequest.objects.none().values("public_id"))


def _kept(row: CoSellRequest, at: dt.datetime) -> None:
    row.updated_at = at
    written(row)
