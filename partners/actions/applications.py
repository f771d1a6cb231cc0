"""A company asks to join the program; a channel admin decides, once."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from partners import rules
from partners.actions.standing import enrolled, lowest_level
from partners.actions.writing import needs_reason, refused, written
from partners.models import Application, Partner
from programs.models import PartnerType
from tenants import scope
from tenants.actions.identity import invite
from tenants.capabilities import Role
from tenants.directory import vendor_by_id
from tenants.messages import send_message
from tenants.writing import action, record_event


@action(None)
def submit_application(
    *,
    company: str,
    country: str,
    contact_name: str,
    contact_email: str,
    partner_type: PartnerType,
    at: dt.datetime,
    domain: str = "",
    message: str = "",
) -> Application:
    """A company applies for a partner type, from the vendor's public page.

    Allowed by a rule instead of a capability: the program in force is open for that type
    (``Refused("type_not_open")``). The same address asking for the same type again while the first
    is waiting gets the first one back, so that a second click makes no second application.
    """
    vendor = vendor_by_id(scope.current().vendor_id)
    if partner_type.pk not in {row.pk for row in rules.open_types(vendor.day_of(at))}:
        raise refused(
            "type_not_open",
            _("The program takes no applications for this type."),
            pointer="partner_type",
        )
    contact_email = contact_email.strip().lower()
    waiting = Application.objects.filter(
        partner_type=partner_type,
        contact_email=contact_email,
        state=Application.State.SUBMITTED,
    ).first()
    if waiting is not None:
        return waiting
    application = Application(
        company=company.strip(),
        country=country.upper(),
        contact_name=contact_name.strip(),
        contact_email=contact_email,
        partner_type=partner_type,
        domain=domain.strip(),
        message=message.strip(),
        submitted_at=at,
    )
    written(application)
    record_event(
        "application.submitted",
        application,
        data={"company": application.company, "type": partner_type.code},
        private={"contact_name": contact_name, "contact_email": contact_email},
    )
    return application


@action("applications.decide")
def approve_application(
    application: Application, *, at: dt.datetime, external_id: str = ""
) -> Partner:
    """The company becomes a partner at its type's lowest level, and its contact is invited.

    The agreement is signed apart (``sign_agreement``): levels and products ask for it. Raises
    ``Refused``: ``already_decided``, ``external_id_taken``.
    """
    application = _waiting(application)
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
    record_event(
        "partner.approved",
        partner,
        data={"application": application.ref, "type": application.partner_type.code},
    )
    kind = application.partner_type
    enrolled(partner, kind, lowest_level(kind, on), on, _("Application approved"))
    _decide(application, Application.State.APPROVED, at, partner=partner)
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
    refusal = _decide(_waiting(application), Application.State.REFUSED, at, reason=reason)
    vendor = vendor_by_id(refusal.vendor_id)
    send_message(
        "application_refused",
        refusal.contact_email,
        {
            "vendor_name": vendor.name,
            "name": refusal.contact_name,
            "company": refusal.company,
            "type_name": refusal.partner_type.name,
            "reason": reason,
        },
    )
    return refusal


def _waiting(application: Application) -> Application:
    """Lock the application; ``Refused("already_decided")`` where somebody decided before."""
    found = Application.objects.select_for_update().filter(pk=application.pk).first()
    if found is None:
        raise refused("not_found", _("There is no such application."))
    if found.state != Application.State.SUBMITTED:
        state = Application.State(found.state).label.lower()
        raise refused(
            "already_decided",
            _("The application of %(name)s is %(state)s already.")
            % {"name": found.company, "state": state},
        )
    return found


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
    written(
        application,
        only=["state", "reason", "decided_at", "decided_by", "resulting_partner"],
    )
    record_event(
        f"application.{state}",
        application,
        partner_id=partner.pk if partner else None,
        data={"company": application.company, "reason": reason},
    )
    return application
