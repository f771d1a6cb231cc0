"""Statements about a partner that somebody vouches for: submitted by it, decided by the vendor."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _

from partners.actions.writing import (
    by_staff,
    fresh,
    held_partner,
    needs_reason,
    needs_span,
    refused,
    written,
)
from partners.models import Attestation, Partner
from partners.rules.facts import attestation_end, day_ahead, stated_problem
from programs.compiled import Program, program_or_none
from tenants import scope
from tenants.actions.files import keep
from tenants.clock import day_of
from tenants.files import Document
from tenants.writing import Refused, action, record_event

State = Attestation.State


@action("attestations.write")
def record_attestation(
    partner: Partner,
    *,
    code: str,
    evidence: str,
    attested_by: str,
    since: dt.date,
    at: dt.datetime,
    until: dt.date | None = None,
    value: Decimal | None = None,
    link: str = "",
    external_id: str = "",
    document: Document | None = None,
) -> Attestation:
    """The vendor's staff record what somebody vouches for, over ``[since, until)``; it counts.

    With ``value`` (in the metric's unit) ``code`` is a metric of the program in force at ``at``,
    which also says until when it counts where ``until`` is left out. Raises ``Refused``:
    ``unknown_attestation``, ``unknown_metric``, ``evidence_missing``, ``span_reversed``,
    ``external_id_taken``.
    """
    partner = held_partner(partner)
    program = program_or_none(day_of(at))
    row = _stated(partner, program, code, evidence, attested_by, since, until, value)
    row.link, row.external_id = link.strip(), external_id.strip()
    _attach(row, document, at)
    written(row)
    _record("attestation.recorded", row)
    return row


@action("attestations.submit")
def submit_attestation(
    partner: Partner,
    *,
    code: str,
    evidence: str,
    attested_by: str,
    since: dt.date,
    at: dt.datetime,
    value: Decimal | None = None,
    link: str = "",
    document_sha256: str = "",
    document: Document | None = None,
) -> Attestation:
    """The partner states something, with what shows it; it counts once the vendor accepted it.

    ``document`` is kept with it; ``document_sha256`` alone proves a file that stays with the
    partner. A statement of the same kind that is still waiting is refused, so that there is one to
    decide.
    Raises ``Refused``: as ``record_attestation``, and ``already_waiting``, ``day_ahead``.
    """
    partner = held_partner(partner)
    today = day_of(at)
    if since > today:
        problem = day_ahead("since")
        raise Refused(problem.code, problem.detail, reasons=[problem])
    waiting = Attestation.objects.filter(partner=partner, code=code, state=State.PENDING)
    if waiting.exists():
        raise refused(
            "already_waiting",
            _("You submitted this before; it waits for a decision."),
            fix=_("Ask your account manager to decide it first."),
            pointer="code",
        )
    program = program_or_none(today)
    row = _stated(partner, program, code, evidence, attested_by, since, None, value)
    row.link, row.document_sha256 = link.strip(), document_sha256
    row.state, row.submitted_at = State.PENDING, at
    _attach(row, document, at)
    written(row)
    _record("attestation.submitted", row)
    return row


@action("attestations.decide")
def accept_attestation(attestation: Attestation, *, at: dt.datetime) -> Attestation:
    """From now on it counts, from its own first day on. ``Refused``: ``already_decided``."""
    return _decided(attestation, State.ACCEPTED, at, "")


@action("attestations.decide")
def refuse_attestation(attestation: Attestation, *, at: dt.datetime, reason: str) -> Attestation:
    """It never counts; the partner reads why and may submit another.

    Raises ``Refused``: ``reason_missing``, ``already_decided``.
    """
    return _decided(attestation, State.REFUSED, at, needs_reason(reason))


@action("attestations.decide")
def withdraw_attestation(attestation: Attestation, *, at: dt.datetime, reason: str) -> Attestation:
    """What was accepted is wrong: it counts on no day any more. It stays readable, with the reason.

    Raises ``Refused``: ``reason_missing``, ``not_accepted``, ``already_withdrawn``.
    """
    if not by_staff():
        raise refused("not_yours", _("The vendor decides about attestations."))
    reason = needs_reason(reason)
    held_partner(attestation.partner, living=False)
    row = fresh(attestation)
    if row.withdrawn:
        raise refused("already_withdrawn", _("This no longer counts."))
    if row.state != State.ACCEPTED:
        raise refused("not_accepted", _("Only what was accepted can be withdrawn."))
    row.until, row.reason, row.decided_at = row.since, reason, at
    row.decided_by_id = scope.current().person_id
    written(row, only=["until", "reason", "decided_at", "decided_by"])
    _record("attestation.withdrawn", row)
    return row


def _attach(row: Attestation, document: Document | None, at: dt.datetime) -> None:
    """Keep the file that shows what is stated."""
    if document is not None:
        row.document = keep(document, partner_id=row.partner_id, at=at)
        row.document_sha256 = document.sha256


def _stated(
    partner: Partner,
    program: Program | None,
    code: str,
    evidence: str,
    attested_by: str,
    since: dt.date,
    until: dt.date | None,
    value: Decimal | None,
) -> Attestation:
    reason = stated_problem(program, code, value)
    if reason is not None:
        raise Refused(reason.code, reason.detail, reasons=[reason])
    if not evidence.strip():
        raise refused(
            "evidence_missing", _("Say what shows it: a document, a date."), pointer="evidence"
        )
    until = until or attestation_end(program, code, since, value)
    needs_span(since, until)
    return Attestation(
        partner=partner,
        code=code,
        value=value,
        evidence=evidence.strip(),
        attested_by=attested_by.strip(),
        since=since,
        until=until,
    )


def _decided(row: Attestation, state: State, at: dt.datetime, reason: str) -> Attestation:
    """The partner's lock comes first, as everywhere: accepting may open a gate."""
    if not by_staff():
        raise refused("not_yours", _("The vendor decides about attestations."))
    held_partner(row.partner, living=False)
    row = fresh(row)
    if row.state != State.PENDING:
        label = State(row.state).label.lower()
        raise refused("already_decided", _("This is %(state)s already.") % {"state": label})
    row.state, row.reason, row.decided_at = state, reason, at
    row.decided_by_id = scope.current().person_id
    written(row, only=["state", "reason", "decided_at", "decided_by"])
    _record(f"attestation.{state}", row)
    return row


def _record(kind: str, row: Attestation) -> None:
    data = {"code": row.code, "evidence": row.evidence, "since": row.since, "until": row.until}
    extra = {"value": row.value, "reason": row.reason, "link": row.link}
    extra["sha256"] = row.document_sha256
    record_event(
        kind,
        row,
        data=data | {name: given for name, given in extra.items() if given},
        private={"attested_by": row.attested_by},
    )
