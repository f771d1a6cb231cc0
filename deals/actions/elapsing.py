"""What time brings about: answers that nobody gave, pursuits that lapse, protection that begins
with seats, follows its contract and ends. The system's own work, vendor by vendor."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from alerts.actions import SweepTerms, raise_alerts, settle_alerts
from deals import stepping
from deals.actions.accounts import put_customer
from deals.actions.co_sell import cancel_co_sell
from deals.actions.deciding import answer_elapsed
from deals.actions.protecting import Ended, advance, drop, end, expire
from deals.actions.transferring import follow_merge, merged_into
from deals.models import AccountCustomer, CoSellRequest, Protection, Registration
from deals.telling import (
    ANSWERED_SQL,
    DIRECT_SQL,
    HANDED_ON_SQL,
    LAPSING_SQL,
    WAITING,
    WAITING_SQL,
)
from partners.actions.writing import fresh, held_partner, needs_reason, refused, written
from partners.models import Customer, Partner
from tenants.writing import Refused, action, record_event

State = Registration.State
OFTEN_SECONDS = 300
_TERMS = (
    SweepTerms("registrations to decide", WAITING_SQL, OFTEN_SECONDS),
    SweepTerms("registrations decided", ANSWERED_SQL, OFTEN_SECONDS),
    SweepTerms("pursuits about to end", LAPSING_SQL, OFTEN_SECONDS),
    SweepTerms("protection transferred", HANDED_ON_SQL, OFTEN_SECONDS),
    SweepTerms("direct sales at protected customers", DIRECT_SQL, OFTEN_SECONDS),
)


def sweep_registration_alerts(*, at: dt.datetime) -> int:
    """Tell of what waits, was answered, ends soon, and of the vendor's own sales at protected
    customers, each exactly once; returns how many alerts."""
    return sum(raise_alerts(terms, at=at) for terms in _TERMS)


def settle_registrations(*, on: dt.date, at: dt.datetime) -> int:
    """Do for the entered vendor what is due by the instant ``at``; returns how many changed.

    Each registration has its own transaction, so that one that cannot be settled holds up no other;
    asks what is due and not what happened since, so that nothing is missed after downtime.
    """
    due = Registration.objects.filter(state=State.SUBMITTED, answer_due_at__lte=at)
    count = 0
    for row in due.order_by("answer_due_at", "pk"):
        count += answer_elapsed(row, at=at, on=on).state != State.SUBMITTED
    count += follow_customers(at=at) + call_off_left(on=on, at=at)
    behind = Registration.objects.filter(pk__in=stepping.due(on)).select_related("partner")
    into = merged_into({row.partner_id for row in behind})
    for row in behind.order_by("pk"):
        if row.partner_id in into:
            count += follow_merge(row, into[row.partner_id], on=on, at=at)
        count += bring_in_step(row, on=on, at=at)
    close_told()
    return count


@action("registrations.decide")
def close_told() -> None:
    """Close what was told of registrations that wait no more."""
    decided = Registration.objects.exclude(state__in=Registration.WAITING)
    settle_alerts(WAITING, decided.values("public_id"), decided.none().values("public_id"))


def follow_customers(*, at: dt.datetime) -> int:
    """Registrations, co-sell and companies of a customer that was merged are those of the one kept,
    before its seats look gone; returns how many moved, companies apart. A company that the kept one
    has already stays."""
    models: tuple[type[Registration] | type[CoSellRequest], ...] = (Registration, CoSellRequest)
    count = 0
    for model in models:
        rows = model.objects.filter(customer__merged_into__isnull=False).order_by("pk")
        count += sum(_follow(row, at) for row in rows.select_related("partner"))
    linked = Customer.objects.filter(pk__in=AccountCustomer.objects.values("customer"))
    stray = AccountCustomer.objects.filter(customer__merged_into__isnull=False)
    for link in stray.exclude(customer__merged_into__in=linked.values("pk")).order_by("pk"):
        _link_kept(link, at)
    return count


@action("registrations.decide")
def _follow(row: Registration | CoSellRequest, at: dt.datetime) -> int:
    held_partner(row.partner, living=False)
    row = fresh(row)
    if row.customer is None or row.customer.merged_into is None:
        return 0
    duplicate, row.customer = row.customer, row.customer.merged_into
    row.updated_at = at
    written(row, only=["customer", "updated_at"])
    data = {"customer": [duplicate.ref, row.customer.ref]}
    if isinstance(row, Registration):
        record_event("registration.customer_merged", row, data=data)
    else:
        record_event("co_sell.customer_merged", row, data=data)
    return 1


def call_off_left(*, on: dt.date, at: dt.datetime) -> int:
    """Co-sell with a partner that left, by itself or as a part of another one, is called off, and
    the engineers' hours are free again; returns how many requests."""
    asked = (CoSellRequest.State.ASKED, *CoSellRequest.LIVE)
    left = CoSellRequest.objects.filter(partner__status=Partner.Status.EXITED, state__in=asked)
    count = 0
    for row in left.select_related("partner").order_by("pk"):
        try:
            cancel_co_sell(row, why=_("The partner left the program."), at=at, on=on)
        except Refused:
            continue  # somebody ended it meanwhile
        count += 1
    return count


@action("registrations.decide")
def _link_kept(link: AccountCustomer, at: dt.datetime) -> None:
    assert link.customer.merged_into is not None
    put_customer(link.account, link.customer.merged_into, at=at)


@action("registrations.decide")
def bring_in_step(row: Registration, *, on: dt.date, at: dt.datetime) -> int:
    """Begin, move or end what the registration protects, as contract, seats and time say; returns
    how many changed."""
    partner = held_partner(row.partner, living=False)
    row = fresh(row)
    count = 0
    over = Protection.objects.filter(registration=row, ended="", until__lte=on).select_for_update()
    for one in over:
        end(one, Ended.LAPSED, on=on, at=at)
        count += 1
    if partner.status == Partner.Status.EXITED:
        return count + drop_all(row, Ended.EXIT, on=on, at=at)
    count += advance(row, on=on, at=at) if row.state == State.WON else 0
    left = Protection.objects.filter(registration=row, ended="").exists()
    return count + (0 if left else expire(row, on, at))


def drop_all(row: Registration, ended: str, *, on: dt.date, at: dt.datetime) -> int:
    """End everything of the registration, which expires with it."""
    return drop(row, ended, on=on, at=at) + expire(row, on, at, why=str(ended))


@action("registrations.decide")
def end_protection(
    held: Protection, *, ended: str, why: str, on: dt.date, at: dt.datetime
) -> Protection:
    """End it today: by the customer's letter, or because granting it was wrong. What another
    partner takes over is transferred (``transfer_registration``).

    ``why`` says what shows it. Raises ``Refused``: ``protection_over``, ``reason_missing``,
    ``unknown_end``.
    """
    row = _running(held, on)
    if ended not in (Ended.LETTER, Ended.REVERSED):
        raise refused("unknown_end", _("That is not for somebody to say."), pointer="ended")
    words = needs_reason(why, pointer="why")
    end(row, ended, on=on, at=at)
    record_event("protection.overridden", row, data={"why": words})
    return row


@action("registrations.decide")
def move_protection(
    held: Protection, *, until: dt.date, why: str, on: dt.date, at: dt.datetime
) -> Protection:
    """Set another end, ``until``, the first day on which it no longer holds.

    Raises ``Refused``: ``protection_over``, ``reason_missing``, ``span_reversed``.
    """
    row = _running(held, on)
    words = needs_reason(why, pointer="why")
    if until <= on:
        raise refused("span_reversed", _("Choose a day after today, or end it."), pointer="until")
    before = row.until
    row.until, row.updated_at = until, at
    written(row, only=["until", "updated_at"])
    data: dict[str, Any] = {"until": [before.isoformat(), until.isoformat()], "why": words}
    record_event("protection.overridden", row, data=data)
    return row


def _running(held: Protection, on: dt.date) -> Protection:
    held_partner(held.partner, living=False)
    row = fresh(held)
    if row.ended or row.until <= on:
        raise refused("protection_over", _("It has ended already."))
    return row
