"""Protection: granted with an approval, moved by contracts and seats, ended by whatever ends it.

Called by other actions and by the sweep, each of which holds the partner's lock; what is granted
here also holds the account's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Min, Q, Sum
from django.utils.translation import gettext as _

from deals.models import Account, Protection, Registration, Renewal
from deals.rules.policies import protected_until
from deals.rules.registering import terms
from deals.rules.scopes import Scope, products_in, scope_held
from licensing.models import Deployment
from partners.actions.writing import refused, written
from programs.compiled import program_on
from tenants.writing import record_event

Ended = Protection.Ended


def grant(
    row: Registration,
    account: Account,
    scopes: Sequence[Scope],
    until: dt.date,
    *,
    on: dt.date,
    at: dt.datetime,
) -> list[Protection]:
    """Protect each scope at the account for the registration's partner over ``[on, until)``.

    The caller holds the account's lock. Raises ``Refused("held")`` where the database finds
    somebody else there: nothing is granted then.
    """
    made = []
    for one in scopes:
        found = Protection(
            partner_id=row.partner_id, registration=row, account=account, scope=one.key,
            family=one.family, since=on, until=until, created_at=at, updated_at=at,
        )  # fmt: skip
        try:
            with transaction.atomic():
                written(found)
        except IntegrityError as error:
            if "protection_one_holder" not in str(error):
                raise
            raise refused("held", _("The relationship is protected already.")) from error
        made.append(found)
    return made


def prolong(
    row: Registration,
    later: Callable[[dt.date], dt.date],
    *,
    on: dt.date,
    at: dt.datetime,
) -> dt.date:
    """Move the end of what runs; returns the last one. ``Refused("lapsed")`` where nothing runs."""
    rows = list(_running(row, on).select_for_update())
    if not rows:
        raise refused("lapsed", _("Its time is over; register it anew."))
    for one in rows:
        _moved(one, at, until=later(one.until))
    return max(one.until for one in rows)


def drop(row: Registration, ended: str, *, on: dt.date, at: dt.datetime) -> int:
    """End what runs of the registration on the day ``on``; returns how many."""
    rows = list(_running(row, on).select_for_update())
    for one in rows:
        end(one, ended, on=on, at=at)
    return len(rows)


def end(one: Protection, ended: str, *, on: dt.date, at: dt.datetime) -> None:
    """End one protection on the day ``on``, the first on which it no longer holds."""
    _moved(one, at, until=max(one.since, min(one.until, on)), ended=ended)
    record_event("protection.ended", one, data={"why": ended, "scope": one.scope})


def expire(row: Registration, on: dt.date, at: dt.datetime, **data: str) -> int:
    """Close a live registration that protects nothing any more; returns whether it was one. What
    was won and protects nothing from then on stays won."""
    settled = row.state == Registration.State.WON and "protect" not in row.terms
    if settled or row.state not in Registration.LIVE:
        return 0
    row.state, row.closed_on, row.updated_at = Registration.State.EXPIRED, on, at
    written(row, only=["state", "closed_on", "updated_at"])
    record_event("registration.expired", row, data=data)
    return 1


def won(row: Registration, *, on: dt.date, at: dt.datetime, first: bool) -> None:
    """The contract is linked: the first seat may be there already, and the ``first`` time has its
    days to come. Linked again, it has no more of them. By a policy that protects nothing beyond the
    pursuit, that is over with it."""
    policy = terms(row, program_on(on).document)
    if policy.protect is None:
        drop(row, Ended.WON, on=on, at=at)
        return
    days = policy.protect.first_seat_within_days if first else None
    for one in _running(row, on).filter(phase=Protection.Phase.PURSUIT).select_for_update():
        if days is not None:
            _moved(one, at, until=max(one.until, on + dt.timedelta(days=days)))
    advance(row, on=on, at=at)


def advance(row: Registration, *, on: dt.date, at: dt.datetime) -> int:
    """Bring what runs of a won registration in step with its contract and the seats that run there;
    returns how many changed. Seats begin protection, none for the policy's days end it."""
    policy = terms(row, program_on(on).document)
    renewed = _renewed(row, at)
    contract = row.contract
    if policy.protect is None or contract is None:
        return 0
    changed = 0
    for one in _running(row, on).select_for_update():
        seats = seats_there(row, one, on)
        if one.phase == Protection.Phase.PURSUIT:
            if not seats:
                continue
            until = protected_until(policy, on, contract.until) or on
            _moved(one, at, phase=Protection.Phase.PROTECTED, seats_since=on, until=until)
            record_event(
                "protection.begun", one, data={"scope": one.scope, "until": until.isoformat()}
            )
            changed += 1
            continue
        changed += _followed(one, policy, contract.until, renewed, seats, on, at)
    return changed


def _renewed(row: Registration, at: dt.datetime) -> dt.date | None:
    """Go over to the contract that follows at the renewal which was won last; returns the end of
    the term that was renewed, from which a new grant counts."""
    if row.contract_id is None:
        return None
    won = Renewal.objects.filter(outcome__in=Renewal.RENEWED)
    last = won.filter(contract_id=row.contract_id).order_by("-term_end").first()
    if last is not None and last.next_contract_id not in (None, row.contract_id):
        row.contract, row.updated_at = last.next_contract, at
        written(row, only=["contract", "updated_at"])
        record_event("registration.renewed", row, data={"contract": last.next_contract.ref})
        return _renewed(row, at)
    here = won.filter(Q(contract_id=row.contract_id) | Q(next_contract_id=row.contract_id))
    day: dt.date | None = here.aggregate(day=Max("term_end"))["day"]
    return day


def _followed(
    one: Protection, policy: Any, contract_end: dt.date | None, renewed: dt.date | None,
    seats: int, on: dt.date, at: dt.datetime,
) -> int:  # fmt: skip
    """A protected relationship follows its contract's end, and counts the days without seats."""
    if not seats:
        since = one.zero_since or on
        if since + dt.timedelta(days=policy.protect.zero_seat_days) <= on:
            end(one, Ended.ZERO_SEATS, on=on, at=at)
            return 1
        if _moved(one, at, zero_since=since):
            record_event("protection.unused", one, data={"since": since.isoformat()})
            return 1
        return 0
    granted = max(filter(None, [one.seats_since or one.since, renewed]))
    until = protected_until(policy, granted, contract_end) or on
    before = one.until
    changed = _moved(one, at, zero_since=None, until=max(until, on))
    if changed:
        data = {"until": one.until.isoformat()} if one.until != before else {}
        record_event("protection.moved", one, data=data)
    return changed


def seats_there(row: Registration, one: Protection, on: dt.date) -> int:
    """Seats that run today at the registration's customer in what the protection is about."""
    if row.customer_id is None:
        return 0
    document = program_on(on).document
    sold = products_in([scope_held(one, document)], document)
    rows = Deployment.objects.filter(
        customer_id=row.customer_id, product__code__in=sold, seats__gt=0
    )
    return int(rows.aggregate(n=Sum("seats"))["n"] or 0)


def earliest_end(row: Registration, on: dt.date) -> dt.date | None:
    """When the first of what runs ends, if anything runs."""
    found: dt.date | None = _running(row, on).aggregate(day=Min("until"))["day"]
    return found


def _running(row: Registration, on: dt.date) -> Any:
    return Protection.objects.filter(registration=row, ended="", until__gt=on).order_by("pk")


def _moved(one: Protection, at: dt.datetime, **values: Any) -> int:
    """Set what differs; returns whether anything did."""
    names = [name for name, value in values.items() if getattr(one, name) != value]
    for name in names:
        setattr(one, name, values[name])
    if names:
        one.updated_at = at
        written(one, only=[*names, "updated_at"])
    return int(bool(names))
