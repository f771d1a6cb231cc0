"""A company asks to join: it drafts, submits and answers; a channel admin decides, once."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from partners import rules
from partners.actions.fields import lock_fields, refuse_problems
from partners.actions.standing import enrolled, lowest_level, with_custom
from partners.actions.vetting import open_checks
from partners.actions.writing import needs_reason, refused, written
from partners.models import Application, CustomField, Partner
from partners.rules import fields as custom_rules
from partners.rules.field_sets import fields_of
from programs.models import PartnerType
from tenants import scope
from tenants.actions.files import keep
from tenants.actions.identity import invite, token_digest
from tenants.capabilities import Role
from tenants.clock import day_of
from tenants.directory import absolute_url, vendor_by_id
from tenants.files import Document
from tenants.messages import send_message
from tenants.models import File
from tenants.rows import parse_public_id
from tenants.writing import Refused, action, record_event

State = Application.State
LINK_DAYS = 30
MOST_DRAFTS = 3
"""Drafts of one address that can go on: anybody may type one in, and each sends a mail."""
OPEN = (State.SUBMITTED, State.ASKED)


@action(None)
def save_draft(
    draft: Application | None = None,
    *,
    partner_type: PartnerType,
    company: str,
    contact_email: str,
    at: dt.datetime,
    **more: Any,
) -> Application:
    """Keep an application that is not complete yet; a new one's link is sent by e-mail.

    Allowed by the same rule as ``submit_application``; an existing draft by holding its link.
    ``more`` as there. Nothing is required but company and address; values that are given must fit.
    Raises ``Refused``: ``too_many_drafts``.
    """
    _refuse_closed(partner_type, at)
    if draft is None:
        _refuse_more_mails(contact_email, at)
    application = _draft(draft) if draft is not None else Application(state=State.DRAFT)
    _fill(application, partner_type, company, contact_email, at, complete=False, **more)
    token = "" if draft is not None else _new_link(application, at)
    written(application)
    data = {"company": application.company, "type": partner_type.code}
    record_event("application.drafted", application, data=data)
    if token:
        _send("application_draft", application, token)
    return application


@action(None)
def submit_application(
    draft: Application | None = None,
    *,
    company: str,
    country: str,
    contact_name: str,
    contact_email: str,
    partner_type: PartnerType,
    at: dt.datetime,
    domain: str = "",
    message: str = "",
    custom: Mapping[str, Any] | None = None,
) -> Application:
    """A company applies for a partner type, from the vendor's public page.

    Allowed by a rule instead of a capability: the program in force is open for that type
    (``Refused("type_not_open")``); ``draft`` by holding its link. ``custom`` are values of the
    type's fields by code, of documents a ``Document``. The same address asking for the same type
    again while the first is waiting gets the first one back, so that a second click makes no
    second application. Raises ``Refused``: ``invalid``, ``already_decided``.
    """
    _refuse_closed(partner_type, at)
    waiting = _already_waiting(partner_type, contact_email)
    if waiting is not None:
        return waiting
    application = _draft(draft) if draft is not None else Application()
    _fill(
        application,
        partner_type,
        company,
        contact_email,
        at,
        complete=True,
        country=country,
        contact_name=contact_name,
        domain=domain,
        message=message,
        custom=custom or {},
    )
    application.state, application.submitted_at = State.SUBMITTED, at
    application.link_digest, application.link_until = "", None
    written(application)
    record_event(
        "application.submitted",
        application,
        data={"company": application.company, "type": partner_type.code},
        private={"contact_name": contact_name, "contact_email": contact_email},
    )
    return application


@action("applications.decide")
def ask_applicant(application: Application, *, at: dt.datetime, question: str) -> Application:
    """Ask for more information; the contact answers by a link sent by e-mail.

    Raises ``Refused``: ``reason_missing``, ``already_decided``.
    """
    question = needs_reason(question, pointer="question")
    application = _waiting(application)
    application.state, application.question, application.answer = State.ASKED, question, ""
    token = _new_link(application, at)
    written(application)
    record_event("application.asked", application, data={"question": question})
    _send("application_asked", application, token, question=question)
    return application


@action(None)
def answer_question(
    application: Application,
    *,
    answer: str,
    at: dt.datetime,
    custom: Mapping[str, Any] | None = None,
) -> Application:
    """The applicant answers and may correct the type's fields. Allowed by holding the link.

    Raises ``Refused``: ``reason_missing``, ``invalid``, ``not_asked``.
    """
    found = _locked(application)
    if found.state != State.ASKED:
        raise refused("not_asked", _("There is no question to answer any more."))
    found.answer = needs_reason(answer, pointer="answer")
    found.custom = _taken(found, custom or {}, at, complete=True)
    found.state, found.link_digest, found.link_until = State.SUBMITTED, "", None
    written(found)
    record_event("application.answered", found, data={"answer": found.answer})
    return found


@action("applications.decide")
def approve_application(
    application: Application, *, at: dt.datetime, external_id: str = ""
) -> Partner:
    """The company becomes a partner at its type's lowest level, and its contact is invited.

    Its values go to the partner's fields of the same code and kind, its documents to its files. The
    agreement is signed apart (``sign_agreement``): levels and products ask for it. Raises
    ``Refused``: ``already_decided``, ``external_id_taken``, ``checks_open``.
    """
    application = _waiting(application)
    missing = open_checks(application)
    if missing:
        raise Refused("checks_open", _("Mandatory checks are open."), reasons=missing)
    held = scope.current()
    on = vendor_by_id(held.vendor_id).day_of(at)
    partner = Partner(
        name=application.company,
        domain=application.domain,
        country=application.country,
        external_id=external_id.strip(),
        joined_on=on,
    )
    written(partner)
    kind = application.partner_type
    record_event(
        "partner.approved",
        partner,
        data={"application": application.ref, "type": kind.code},
    )
    enrolled(partner, kind, lowest_level(kind, on), on, _("Application approved"))
    _hand_over(application, partner)
    _decide(application, State.APPROVED, at, partner=partner)
    invite(
        email=application.contact_email,
        name=application.contact_name,
        role=Role.PARTNER_ADMIN,
        partner_id=partner.pk,
        at=at,
    )
    return partner


@action("applications.decide")
def refuse_application(application: Application, *, at: dt.datetime, reason: str) -> Application:
    """Say no; the contact gets the reason by e-mail.

    Raises ``Refused``: ``reason_missing``, ``already_decided``.
    """
    reason = needs_reason(reason)
    refusal = _decide(_waiting(application), State.REFUSED, at, reason=reason)
    _send("application_refused", refusal, reason=reason)
    return refusal


def applicants_fields(partner_type: PartnerType, *, complete: bool = True) -> list[CustomField]:
    """What an applicant of this type fills in; not ``complete``: as a draft, nothing required."""
    writes = CustomField.Access.WRITES
    rows = [row for row in fields_of(CustomField.Subject.APPLICATION) if row.access == writes]
    for row in rows:
        row.required = row.required and complete
    return custom_rules.applying(rows, [partner_type.code])


def by_link(token: str, at: dt.datetime) -> Application | None:
    """The application whose link this is: a draft, or one that was asked about."""
    rows = Application.objects.filter(state__in=[State.DRAFT, State.ASKED], link_until__gt=at)
    found: Application | None = (
        rows.filter(link_digest=token_digest(token)).select_related("partner_type").first()
    )
    return found


def _already_waiting(partner_type: PartnerType, address: str) -> Application | None:
    rows = Application.objects.filter(partner_type=partner_type, state__in=OPEN)
    found: Application | None = rows.filter(contact_email=address.strip().lower()).first()
    return found


def _refuse_closed(partner_type: PartnerType, at: dt.datetime) -> None:
    on = day_of(at)
    if partner_type.pk not in {row.pk for row in rules.open_types(on)}:
        raise refused(
            "type_not_open",
            _("The program takes no applications for this type."),
            pointer="partner_type",
        )


def _refuse_more_mails(contact_email: str, at: dt.datetime) -> None:
    mine = Application.objects.filter(state=State.DRAFT, link_until__gt=at)
    if mine.filter(contact_email=contact_email.strip().lower()).count() >= MOST_DRAFTS:
        raise refused(
            "too_many_drafts",
            _("Go on with a draft that you have: its link is in your mail."),
            pointer="contact_email",
        )


def _locked(application: Application) -> Application:
    found = Application.objects.select_for_update().filter(pk=application.pk).first()
    if found is None:
        raise refused("not_found", _("There is no such application."))
    return found


def _draft(application: Application) -> Application:
    """Lock the draft; ``Refused("already_decided")`` where it was sent meanwhile."""
    found = _locked(application)
    if found.state != State.DRAFT:
        raise refused("already_decided", _("This application was sent already."))
    return found


def _waiting(application: Application) -> Application:
    """Lock the application; ``Refused("already_decided")`` where somebody decided before."""
    found = _locked(application)
    if found.state not in OPEN:
        state = State(found.state).label.lower()
        raise refused(
            "already_decided",
            _("The application of %(name)s is %(state)s already.")
            % {"name": found.company, "state": state},
        )
    return found


def _fill(
    application: Application,
    partner_type: PartnerType,
    company: str,
    contact_email: str,
    at: dt.datetime,
    *,
    complete: bool,
    country: str = "",
    contact_name: str = "",
    domain: str = "",
    message: str = "",
    custom: Mapping[str, Any] | None = None,
) -> None:
    application.partner_type = partner_type
    application.company = company.strip()
    application.country = country.upper()
    application.contact_name = contact_name.strip()
    application.contact_email = contact_email.strip().lower()
    application.domain, application.message = domain.strip(), message.strip()
    application.custom = _taken(application, custom or {}, at, complete=complete)


def _taken(
    application: Application, given: Mapping[str, Any], at: dt.datetime, *, complete: bool
) -> dict[str, Any]:
    """What the application holds after ``given``: only what an applicant may write. In a draft
    nothing is required yet."""
    lock_fields(CustomField.Subject.APPLICATION)
    held = application.custom
    stored = {code: _stored(value, held.get(code), at) for code, value in given.items()}
    fields = applicants_fields(application.partner_type, complete=complete)
    found = custom_rules.taken(fields, held, stored, complete=complete)
    refuse_problems(found)
    return found.values


def _stored(value: Any, before: Any, at: dt.datetime) -> Any:
    """What is kept of a value. A file is attached, never named: it may be somebody else's."""
    if isinstance(value, dict) and "file" in value and value != before:
        return "?"  # the rule of documents says what to do
    if not isinstance(value, Document):
        return value
    file = keep(value, partner_id=None, at=at)
    return {"file": file.ref, "name": file.name}


def _new_link(application: Application, at: dt.datetime) -> str:
    token = secrets.token_urlsafe(32)
    application.link_digest = token_digest(token)
    application.link_until = at + dt.timedelta(days=LINK_DAYS)
    return token


def _send(template: str, application: Application, token: str = "", **more: Any) -> None:
    vendor = vendor_by_id(application.vendor_id)
    path = reverse("partners:apply_continue", args=[token]) if token else ""
    link = {"link": absolute_url(vendor.pk, path), "days": LINK_DAYS} if token else {}
    send_message(
        template,
        application.contact_email,
        {
            "vendor_name": vendor.name,
            "name": application.contact_name,
            "company": application.company,
            "type_name": application.partner_type.name,
            **link,
            **more,
        },
    )


def _hand_over(application: Application, partner: Partner) -> None:
    """Values go to the partner's fields of the same code and kind, documents to its files."""
    kinds = {field.code: field.kind for field in fields_of(CustomField.Subject.APPLICATION)}
    given = {}
    for field in fields_of(CustomField.Subject.PARTNER):
        value = application.custom.get(field.code)
        if kinds.get(field.code) == field.kind and not custom_rules.read(field, value).problem:
            given[field.code] = value
    types = [application.partner_type.code]
    asked = custom_rules.applying(fields_of(CustomField.Subject.PARTNER), types)
    given = {f.code: given[f.code] for f in asked if given.get(f.code) is not None}
    if given:
        with_custom(partner, given)
    held = application.custom.values()
    refs = [value["file"] for value in held if isinstance(value, dict) and "file" in value]
    ids = [found for ref in refs if (found := parse_public_id(File, ref))]
    File.objects.filter(public_id__in=ids, partner_id=None).update(partner_id=partner.pk)


def _decide(
    application: Application,
    state: Application.State,
    at: dt.datetime,
    *,
    reason: str = "",
    partner: Partner | None = None,
) -> Application:
    application.state, application.reason = state, reason
    application.decided_at = at
    application.decided_by_id = scope.current().person_id
    application.resulting_partner = partner
    application.link_digest, application.link_until = "", None
    written(application)
    record_event(
        f"application.{state}",
        application,
        partner_id=partner.pk if partner else None,
        data={"company": application.company, "reason": reason},
    )
    return application
