"""What the vendor decides about registrations, and what the clock decides where nobody did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Subquery
from django.utils.translation import gettext as _

from deals.actions.accounts import (
    lock_families,
    locked_account,
    note_touch,
    put_account,
    put_customer,
    written_keys,
)
from deals.actions.protecting import drop, grant
from deals.models import Account, Registration
from deals.rules.conflicts import Conflict, Findings, findings
from deals.rules.policies import eligible, pursuit_until
from deals.rules.registering import asked_of, terms
from deals.rules.scopes import scopes_of
from partners.actions.writing import fresh, held_partner, needs_reason, refused, written
from partners.models import Partner
from programs.compiled import program_on
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed, Refused, action, record_event

State = Registration.State
DECIDED = ("state", "reason", "remark", "decided_at", "decided_by", "updated_at")
"""What a decision sets. Not the account: a merge may give it another one meanwhile."""


@action("registrations.decide")
def take_up(row: Registration, *, at: dt.datetime) -> Registration:
    """Say that somebody looks at it: the clock decides no more. ``Refused("already_decided")``."""
    row = _waiting(row)
    if row.state == State.SUBMITTED:
        _state(row, State.IN_REVIEW, at)
        record_event("registration.taken_up", row)
    return row


@action("registrations.decide")
def approve_registration(
    row: Registration,
    *,
    at: dt.datetime,
    on: dt.date,
    account: Account | None = None,
    until: dt.date | None = None,
    remark: str = "",
    unread: bool = False,
) -> Registration:
    """Approve; the pursuit begins today and what it is about is protected.

    ``account`` is which company it is, if somebody chose; else the one with its domain or number,
    else a new one. ``until`` is asked for where the policy states no days. ``unread``: nobody
    looked at this one by itself, so it is approved only where nothing stands against it. Raises
    ``Refused``: ``held`` (somebody else is protected there), ``already_decided``, ``own_refusal``
    (an appeal is not decided by who refused), ``until_missing``, ``partner_exited``,
    ``stands_against``.
    """
    # What is held in the company's family counts as well. Before the partner, everywhere: several
    # approvals of one API call may share a transaction.
    lock_families()
    row = _waiting(row, living=True)
    _not_by_who_refused(row)
    policy = terms(row, program_on(on).document)
    program = program_on(on)
    scopes = scopes_of(row, program.document, policy.object)
    held = _account_of(row, account, findings(row, scopes, program.document, on), at)
    row.account = held
    # Asked again now that nobody else can be granted anything there.
    found = findings(row, scopes, program.document, on)
    _refuse_held(found.conflicts)
    if unread and not found.clear:
        _refuse_unread(found.conflicts)
    if policy.pursuit is not None and policy.only != "incumbent":
        end = until or pursuit_until(policy, on)
        if end is None:
            raise refused("until_missing", _("Say until when it is protected."), pointer="until")
    else:
        end = None
    row.state, row.decided_at, row.decided_by_id = State.APPROVED, at, scope.current().person_id
    row.reason, row.remark, row.updated_at = "", remark.strip(), at
    written(row)
    if end is not None:
        grant(row, held, scopes, end, on=on, at=at)
    if row.customer is not None:
        put_customer(held, row.customer, at=at)
    note_touch(held, "registration.approved", {"registration": row.ref}, partner=row.partner, at=at)
    record_event("registration.approved", row, data={"until": end.isoformat()} if end else {})
    return row


@action("registrations.decide")
def refuse_registration(
    row: Registration, *, reason: str, at: dt.datetime, remark: str = ""
) -> Registration:
    """Refuse with a reason that names nobody; ``remark`` is read by the partner as well.

    Raises ``Refused``: ``already_decided``, ``own_refusal``, ``reason_missing``, ``invalid``.
    """
    row = _waiting(row)
    _not_by_who_refused(row)
    row.reason = needs_reason(reason)
    row.state, row.decided_at, row.decided_by_id = State.REFUSED, at, scope.current().person_id
    row.remark, row.updated_at = remark.strip(), at
    written(row, only=DECIDED)
    if row.account is not None:
        note_touch(
            row.account, "registration.refused", {"registration": row.ref, "reason": reason},
            partner=row.partner, at=at,
        )  # fmt: skip
    record_event("registration.refused", row, data={"reason": reason})
    return row


@dataclass(frozen=True)
class Decided:
    """What came of one of several: the registration as it is now, and why it was not decided."""

    row: Registration
    refused: Refused | None = None


def decide_several(
    rows: Iterable[Registration],
    *,
    at: dt.datetime,
    on: dt.date,
    refuse_for: str = "",
    remark: str = "",
) -> list[Decided]:
    """Approve each, or refuse each for the reason ``refuse_for``; each in its own transaction, so
    that one which cannot be decided holds up no other.

    An approval of several is of what nobody looked at one by one: see ``approve_registration``.
    """
    found = []
    for row in rows:
        try:
            if refuse_for:
                done = refuse_registration(row, reason=refuse_for, remark=remark, at=at)
            else:
                done = approve_registration(row, remark=remark, at=at, on=on, unread=True)
        except NotAllowed:
            raise
        except Refused as error:
            found.append(Decided(row, error))
        else:
            found.append(Decided(done))
    return found


@action("registrations.decide")
def reverse_decision(row: Registration, *, why: str, at: dt.datetime, on: dt.date) -> Registration:
    """Take a wrong approval or refusal back: it is in review again, protection ends today, and the
    partner reads that and why. Raises ``Refused``: ``not_decided``, ``reason_missing``."""
    held_partner(row.partner, living=False)
    row = fresh(row)
    if row.state not in (State.APPROVED, State.REFUSED):
        raise refused("not_decided", _("Only an approval or a refusal is taken back."))
    words, before = needs_reason(why, pointer="why"), row.state
    if row.account is not None:
        locked_account(row.account.pk)
        drop(row, "reversed", on=on, at=at)
        note_touch(
            row.account, "registration.reversed", {"registration": row.ref}, partner=row.partner,
            at=at,
        )  # fmt: skip
    row.remark = words
    row.decided_at = row.decided_by = None
    row.reason = ""
    row.state, row.updated_at = State.IN_REVIEW, at
    written(row, only=DECIDED)
    record_event("registration.reversed", row, data={"was": before, "why": words})
    return row


@action("registrations.decide")
def answer_elapsed(row: Registration, *, at: dt.datetime, on: dt.date) -> Registration:
    """The answer is due and nobody gave one: the policy's default. It approves only where nothing
    stands against it and every condition is met; else it escalates. The system's own work."""
    lock_families()
    row = _waiting(row)
    if row.state != State.SUBMITTED or row.answer_due_at is None or row.answer_due_at > at:
        return row
    policy = terms(row, program_on(on).document)
    if policy.answer.missed == "approve_if_clear" and _clear(row, policy, on):
        try:
            return approve_registration(row, at=at, on=on)
        except Refused:
            row = fresh(row)
    _state(row, State.IN_REVIEW, at)
    record_event("registration.escalated", row)
    return row


def _clear(row: Registration, policy: Any, on: dt.date) -> bool:
    if row.partner.status != Partner.Status.ACTIVE:
        return False
    program = program_on(on)
    scopes = scopes_of(row, program.document, policy.object)
    if not findings(row, scopes, program.document, on).clear:
        return False
    return not eligible(
        policy, asked_of(row, policy, scopes, program, on, of_others=True), program.document, on
    )


def _account_of(
    row: Registration, chosen: Account | None, found: Findings, at: dt.datetime
) -> Account:
    """Which company it is, locked."""
    if chosen is None and row.account_id is None and found.exact is None:
        chosen = put_account(
            name=row.name,
            keys=written_keys(row.domains, [row.number] if row.number else [], row.country),
            country=row.country, source=Account.Source.REGISTRATION, at=at,
        )  # fmt: skip
    pk = chosen.pk if chosen else row.account_id or found.exact.account.pk  # type: ignore[union-attr]
    return locked_account(pk)


def _refuse_held(conflicts: Sequence[Conflict]) -> None:
    held = [one for one in conflicts if one.kind == "held"]
    if held:
        raise refused(
            "held",
            " ".join(one.words for one in held),
            fix=_("Refuse it, or end that protection first."),
        )


def _refuse_unread(conflicts: Sequence[Conflict]) -> None:
    raise refused(
        "stands_against",
        " ".join(f"{one.words}." for one in conflicts),
        fix=_("Decide it on its own page."),
    )


def _not_by_who_refused(row: Registration) -> None:
    """An appeal is decided by a person, and not by who said no to it, whatever came between."""
    if row.appealed_at is None:
        return
    mine = scope.current().person_ref
    told = Event.objects.filter(subject_id=row.public_id)
    appealed = told.filter(kind="registration.appealed").values("pk")[:1]
    before = told.filter(kind="registration.refused", pk__lt=Subquery(appealed))
    if not mine or before.filter(actor__person=mine).exists():
        raise refused("own_refusal", _("An appeal is decided by somebody else than who refused."))


def _waiting(row: Registration, *, living: bool = False) -> Registration:
    held_partner(row.partner, living=living)
    row = fresh(row)
    if row.state not in Registration.WAITING:
        raise refused("already_decided", _("It is decided already, or was taken back."))
    return row


def _state(row: Registration, state: str, at: dt.datetime) -> None:
    row.state, row.updated_at = state, at
    written(row, only=["state", "updated_at"])
