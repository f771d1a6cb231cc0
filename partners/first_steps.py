"""The first steps of a new vendor that end with a partner that can sign in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from tenants.admin_home import register_first_step
from tenants.capabilities import PARTNER_ROLES
from tenants.models import Invitation, Membership


def _has_partner() -> bool:
    return bool(Partner.objects.exists())


def _somebody_reads() -> bool:
    """Somebody of a partner signs in, or is invited to."""
    held = Membership.objects.filter(role__in=PARTNER_ROLES)
    asked = Invitation.objects.filter(role__in=PARTNER_ROLES, withdrawn_at=None)
    return bool(held.exists() or asked.exists())


def register() -> None:
    """Called once, by the app."""
    register_first_step(
        40,
        _("Let the first partner in"),
        _("Companies apply on your public page, and you approve them; or add one yourself."),
        "admin:partners_application_changelist",
        _("Applications"),
        _has_partner,
    )
    register_first_step(
        50,
        _("Invite the partner’s admin"),
        _("Whoever applied is invited on approval. For a partner that you added, invite somebody."),
        "admin:tenants_invitation_add",
        _("Invite"),
        _somebody_reads,
    )
