"""What a partner does with its registrations: draft, submit, ask for more time, win, lose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from deals.actions.accounts import locked_account, note_touch, put_customer
from deals.actions.protecting import drop, prolong, won
from deals.models import Account, PreCheck, Registration
from deals.rules.business_hours import due_at
from deals.rules.conflicts import findings
from deals.rules.declared import undeclared, wrong_families
from deals.rules.policies import extended_until, may_extend, terms_of
from deals.rules.registering import (
    asked_of,
    deals_on,
    identified,
    open_policy,
    refused_by,
    terms,
)
from deals.rules.scopes import every_family, scopes_of
from partners.actions.writing import fresh, held_partner, needs_reason, refused, written
from partners.models import Partner, ServiceContract
from programs.compiled import program_on
from programs.document import DealPolicy, ProgramDocument
from tenants import scope
from tenants.actions.files import keep
from tenants.directory import vendor_by_id
from tenants.files import Document
from tenants.writing import Reason, Refused, action, record_event
from web.templatetags.mainstay import short_date

State = Registration.State
TYPED = (
    "policy", "customer", "name", "domains", "number", "country", "families", "products", "seats",
    "list_value", "expected_on", "message", "stated", "renewal", "external_id",
)  # fmt: skip
WON_FIELDS = (
    "customer", "contract", "list_value", "currency", "state", "closed_on", "updated_at",
)  # fmt: skip


@action("registrations.write")
def save_registration(
    partner: Partner,
    *,
    at: dt.datetime,
    on: dt.date,
    held: Registration | None = None,
    **typed: Any,
) -> Registration:
    """Keep a draft of what the partner registers; ``typed`` are fields of the model (``TYPED``).

    ``list_value`` is in the program's currency. Nothing but policy and company is needed yet.
    Raises ``Refused``: ``unknown_policy``, ``unknown_family``, ``unknown_product``,
    ``unknown_statement``, ``not_a_domain``, ``public_domain``, ``already_submitted``, ``invalid``,
    ``partner_exited``.
    """
    held_partner(partner)
    row = Registration(partner=partner, created_at=at) if held is None else fresh(held)
    if row.state != State.DRAFT:
        raise refused("already_submitted", _("It is submitted and stays as it is."))
    policy = open_policy(typed.get("policy", row.policy), partner, on)
    fill_draft(row, policy, program_on(on).document, typed)
    row.updated_at = at
    _needs_own_customer(row)
    written(row)
    record_event("registration.drafted" if held is None else "registration.changed", row)
    return row


def fill_draft(
    row: Registration, policy: DealPolicy, document: ProgramDocument, typed: Mapping[str, Any]
) -> None:
    """A part of actions: set what was typed of a draft by its policy. Raises ``Refused`` for what
    the program does not declare, and as ``rules.keys`` does."""
    for name in TYPED:
        if name in typed:
            setattr(row, name, typed[name])
    row.kind = policy.kind
    _refuse(undeclared(row, policy, document))
    row.name = row.name.strip()
    row.domains, row.number = identified(row.domains, row.number, row.country)
    row.currency = document.currency if row.list_value is not None else ""


@action("registrations.write")
def submit_registration(row: Registration, *, at: dt.datetime, on: dt.date) -> Registration:
    """Submit a draft: its policy is fixed as it stands, and the clock of the answer begins.

    Raises ``Refused`` with every condition of the policy that is not met, each with its remedy;
    ``already_submitted``, ``nothing_registered``, ``partner_exited``, ``partner_suspended``; what
    the program no longer declares as ``save_registration`` does.
    """
    partner = held_partner(row.partner)
    row = fresh(row)
    if row.state != State.DRAFT:
        raise refused("already_submitted", _("It is submitted already."))
    _needs_active(partner)
    program = program_on(on)
    policy = open_policy(row.policy, partner, on)
    _refuse(undeclared(row, policy, program.document))
    scopes = scopes_of(row, program.document, policy.object)
    if not scopes:
        raise refused(
            "nothing_registered",
            _("Say which products it is about."),
            pointer="products" if policy.object == "product" else "families",
        )
    found = findings(row, scopes, program.document, on)
    if found.exact is not None:
        with scope.widen("conflict check"):  # held, or it could be merged away meanwhile
            row.account_id = locked_account(found.exact.account.pk).pk
    refused_by(
        policy, asked_of(row, policy, scopes, program, on, of_others=False), program.document, on
    )
    hours = deals_on(on).hours
    row.state, row.terms = State.SUBMITTED, terms_of(policy)
    row.submitted_at, row.submitted_by_id = at, scope.current().person_id
    row.answer_due_at = due_at(
        at, policy.answer.business_hours, opens=hours.opens, closes=hours.closes,
        weekdays=hours.weekdays, holidays=hours.holidays,
        zone=vendor_by_id(scope.current().vendor_id).zone,
    )  # fmt: skip
    row.updated_at = at
    written(row)
    _touched(row, "registration.submitted", at)
    record_event("registration.submitted", row, program_version=program.number)
    return row


@action("registrations.write")
def withdraw_registration(row: Registration, *, at: dt.datetime, on: dt.date) -> Registration:
    """Take it back; what it protects ends today. Raises ``Refused``: ``already_closed``."""
    row = _held(row)
    _needs(row, State.WITHDRAWN, _("It is closed already."))
    row.state, row.closed_on, row.updated_at = State.WITHDRAWN, on, at
    written(row, only=["state", "closed_on", "updated_at"])
    drop(row, "withdrawn", on=on, at=at)
    _touched(row, "registration.withdrawn", at)
    record_event("registration.withdrawn", row)
    return row


@action("registrations.write")
def extend_registration(
    row: Registration,
    *,
    activity: str,
    at: dt.datetime,
    on: dt.date,
    evidence: Document | None = None,
) -> Registration:
    """More time to win the customer, as the policy allows, against what shows activity.

    Raises ``Refused``: ``not_in_pursuit``, ``no_extension``, ``extended_already``,
    ``reason_missing``, ``evidence_missing``.
    """
    row = _held(row)
    # A draft has no terms yet: the state is asked first.
    policy = terms(row, program_on(on).document) if row.state == State.APPROVED else None
    pursuit = policy.pursuit if policy else None
    if policy is None or pursuit is None:
        raise refused("not_in_pursuit", _("Only what is approved and not yet won is extended."))
    if pursuit.extend is None:
        raise refused("no_extension", _("The policy knows no extension."))
    if not may_extend(policy, row.extensions):
        raise refused(
            "extended_already",
            _("It was extended %(n)s times, more is not allowed.") % {"n": row.extensions},
        )
    words = needs_reason(activity, pointer="activity")
    if pursuit.extend.evidence and evidence is None and row.evidence_id is None:
        raise refused(
            "evidence_missing",
            _("Add what shows the activity: an offer, minutes, an e-mail of the customer."),
            pointer="evidence",
        )
    until = prolong(row, lambda end: extended_until(policy, end) or end, on=on, at=at)
    row.extensions += 1
    row.updated_at = at
    if evidence is not None:
        row.evidence = keep(evidence, partner_id=row.partner_id, at=at)
    written(row, only=["extensions", "evidence", "updated_at"])
    _touched(row, "registration.extended", at, until=until.isoformat())
    record_event("registration.extended", row, data={"until": until.isoformat(), "activity": words})
    return row


@action("registrations.write")
def win_registration(
    row: Registration,
    *,
    contract: ServiceContract | None = None,
    list_value: Decimal | None = None,
    at: dt.datetime,
    on: dt.date,
) -> Registration:
    """Won. What recurs links its service contract, or another one in its place later: protection
    begins once the first seat runs there, and only the first time gives that seat its days. A
    transaction needs no contract; ``list_value`` is what it came to, in its own currency.

    Raises ``Refused``: ``not_approved``, ``contract_missing``, ``no_list_value``,
    ``other_partner``, ``other_customer``, ``contract_over``.
    """
    row = _held(row)
    if row.state not in (State.APPROVED, State.WON):
        raise refused("not_approved", _("Only what is approved can be won."))
    if contract is None and row.kind != Registration.Kind.TRANSACTIONAL:
        raise refused(
            "contract_missing",
            _("What recurs is won with a service contract."),
            fix=_("Record the contract under the customer first, then choose it here."),
            pointer="contract",
        )
    if list_value is not None and row.kind != Registration.Kind.TRANSACTIONAL:
        detail = _("Only a transaction has a list value.")
        raise refused("no_list_value", detail, pointer="list_value")
    if contract is not None:
        contract = fresh(contract)
        _needs_matching(row, contract, on)
        row.customer_id, row.contract = contract.customer_id, contract
    if list_value is not None:
        row.list_value = list_value
        row.currency = row.currency or program_on(on).document.currency
    first = row.state != State.WON
    row.state, row.updated_at = State.WON, at
    row.closed_on = row.closed_on or on
    written(row, only=WON_FIELDS)
    if row.customer is not None:
        with scope.widen("conflict check"):
            account = Account.objects.filter(pk=row.account_id).first()
            if account is not None:
                put_customer(account, row.customer, at=at)
    won(row, on=on, at=at, first=first)
    _touched(row, "registration.won", at)
    told = {"contract": contract.ref} if contract else {"list_value": str(row.list_value or "")}
    record_event("registration.won", row, data=told)
    return row


def _needs_matching(row: Registration, contract: ServiceContract, on: dt.date) -> None:
    """Refuse a contract of somebody else's or that is over."""
    if contract.partner_id != row.partner_id:
        # Who sees all partners, a client of the vendor's, may name anybody's.
        raise refused("other_partner", _("That contract is another partner's."), pointer="contract")
    if row.customer_id is not None and row.customer_id != contract.customer_id:
        raise refused(
            "other_customer",
            _("The contract is with %(name)s.") % {"name": contract.customer.name},
            fix=_("Link a contract of the customer that the registration names."),
            pointer="contract",
        )
    if contract.until is not None and contract.until <= on:
        raise refused(
            "contract_over",
            _("The contract ended on %(day)s.") % {"day": short_date(contract.until)},
            pointer="contract",
        )


@action("registrations.write")
def lose_registration(
    row: Registration, *, reason: str, at: dt.datetime, on: dt.date
) -> Registration:
    """Lost, with the reason (``Renewal.Reason``); what it protects ends today.

    Raises ``Refused``: ``already_closed``, ``invalid``.
    """
    row = _held(row)
    _needs(row, State.LOST, _("Only what is approved or won can be lost."))
    row.state, row.lost_reason, row.closed_on, row.updated_at = State.LOST, reason, on, at
    written(row, only=["state", "lost_reason", "closed_on", "updated_at"])
    drop(row, "lost", on=on, at=at)
    _touched(row, "registration.lost", at)
    record_event("registration.lost", row, data={"reason": reason})
    return row


@action("registrations.write")
def appeal_refusal(row: Registration, *, words: str, at: dt.datetime, on: dt.date) -> Registration:
    """Ask once that a refusal is looked at again; somebody else than who refused decides.

    Raises ``Refused``: ``not_refused``, ``appealed_already``, ``appeal_late``.
    """
    row = _held(row)
    if row.state != State.REFUSED or row.decided_at is None:
        raise refused("not_refused", _("Only a refusal is appealed."))
    policy = terms(row, program_on(on).document)
    if row.appealed_at is not None:
        raise refused("appealed_already", _("It was appealed already; that answer stands."))
    last = vendor_by_id(scope.current().vendor_id).day_of(row.decided_at) + dt.timedelta(
        days=policy.appeal_days
    )
    if on > last:
        raise refused(
            "appeal_late", _("An appeal was possible until %(day)s.") % {"day": short_date(last)}
        )
    row.appeal, row.appealed_at = needs_reason(words, pointer="words"), at
    row.state, row.updated_at = State.IN_REVIEW, at
    written(row, only=["appeal", "appealed_at", "state", "updated_at"])
    _touched(row, "registration.appealed", at)
    record_event("registration.appealed", row)
    return row


@action("registrations.write")
def precheck(
    partner: Partner, asked: Mapping[str, Any], *, at: dt.datetime, on: dt.date
) -> PreCheck:
    """Whether a company looks clear for the partner: one bit, counted, and kept.

    ``asked``: ``name`` or ``domain``, ``country``, ``families``. Raises ``Refused``:
    ``too_many_checks``, ``nothing_asked``, ``unknown_family``, ``not_a_domain``,
    ``public_domain``, ``partner_suspended``.
    """
    _needs_active(held_partner(partner))
    allowed = deals_on(on).prechecks_per_day
    if PreCheck.objects.filter(partner=partner, on=on).count() >= allowed:
        raise refused(
            "too_many_checks",
            _("%(n)s checks a day are allowed.") % {"n": allowed},
            fix=_("Register it: a registration is always answered."),
        )
    name, domain = str(asked.get("name") or "").strip(), str(asked.get("domain") or "").strip()
    if not name and not domain:
        raise refused("nothing_asked", _("Give a name or a domain."), pointer="name")
    document = program_on(on).document
    row = Registration(
        partner=partner, name=name, country=str(asked.get("country") or ""),
        families=list(asked.get("families") or ()),
    )  # fmt: skip
    row.domains, row.number = identified([domain] if domain else [], "", row.country)
    _refuse(wrong_families(row.families, document))
    scopes = scopes_of(row, document, "family") or every_family(document)
    found = findings(row, scopes, document, on)
    check = PreCheck(
        partner=partner,
        person_id=scope.current().person_id,
        asked=" · ".join(filter(None, [name, domain]))[:253],
        clear=found.clear,
        on=on,
        at=at,
    )
    written(check)
    record_event("registration.prechecked", check)
    return check


def _needs_active(partner: Partner) -> None:
    """What runs goes on while a partner is suspended; nothing new begins."""
    if partner.status == Partner.Status.SUSPENDED:
        raise refused(
            "partner_suspended",
            _("While you are suspended nothing can be registered."),
            fix=_("Ask your channel account manager."),
        )


def _held(row: Registration) -> Registration:
    held_partner(row.partner, living=False)
    return fresh(row)


def _refuse(reasons: Sequence[Reason]) -> None:
    if reasons:
        raise Refused(reasons[0].code, reasons[0].detail, reasons=reasons)


def _needs(row: Registration, state: str, words: str) -> None:
    if state not in Registration.TRANSITIONS[State(row.state)]:
        raise refused("already_closed", words)


def _needs_own_customer(row: Registration) -> None:
    for one in (row.customer, row.renewal):
        if one is not None and one.partner_id != row.partner_id:
            raise refused("unknown_customer", _("There is no such customer."), pointer="customer")


def _touched(row: Registration, kind: str, at: dt.datetime, **data: Any) -> None:
    """Write it into the ledger of the account, where it is known which one it is."""
    with scope.widen("conflict check"):
        account = Account.objects.filter(pk=row.account_id).first()
        if account is not None:
            said = {"registration": row.ref, **data}
            note_touch(account, kind, said, partner=row.partner, at=at)
