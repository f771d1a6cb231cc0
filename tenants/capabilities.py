"""Roles and what each may do: one table, asked by pages, templates, actions and the API alike."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    CHANNEL_ADMIN = "channel_admin", _("Channel admin")
    CAM = "cam", _("Channel account manager")
    SUPPORT_ENGINEER = "support_engineer", _("Support engineer")
    EXAMINER = "examiner", _("Examiner")
    OPERATOR = "operator", _("Platform operator")
    PARTNER_ADMIN = "partner_admin", _("Partner admin")
    PARTNER_MEMBER = "partner_member", _("Partner member")
    INTEGRATION = "integration", _("Integration")
    SYSTEM = "system", _("Mainstay")


STAFF_ROLES = frozenset(
    {Role.CHANNEL_ADMIN, Role.CAM, Role.SUPPORT_ENGINEER, Role.EXAMINER, Role.OPERATOR}
)
PARTNER_ROLES = frozenset({Role.PARTNER_ADMIN, Role.PARTNER_MEMBER})

_READ = {
    "partners.read",
    "people.read",
    "customers.read",
    "agreements.read",
    "certificates.read",
    "program.read",
    "standing.read",
    "authorizations.read",
    "alerts.read",
    "reviews.read",
    "facts.read",
    "tasks.read",
}
_PARTNER_MEMBER = (
    _READ
    | {"certificates.plan", "tasks.settle"}
    | {"authorizations.request", "glass.break", "contracts.read"}
    | {"renewals.read", "renewals.write", "registrations.read", "registrations.write"}
    | {"cosell.read", "cosell.ask"}
)
_PARTNER_ADMIN = _PARTNER_MEMBER | {
    "profile.write",
    "people.write",
    "customers.write",
    "invitations.send",
    "memberships.end",
    "levels.request",
    "benefits.use",
    "imports.run",
    "registrations.import",
    "attestations.submit",
    "contracts.write",
    "data.take_out",
}
_CAM = _READ | {
    "certificates.plan",
    "contracts.read",
    "renewals.read",
    "registrations.read",
    "registrations.decide",
    "shared.read",
    "portfolio.read",
    "events.read",
    "customers.write",
    "people.write",
    "attestations.decide",
    "overrides.request",
    "classes.decide",
    "exceptions.read",
    "interactions.read",
    "interactions.write",
    "cases.write",
    "partners.view_as",
    "portfolio.hand_over",
    "tasks.write",
    "tasks.settle",
    "accounts.read",
    "cosell.read",
    "cosell.ask",
    "cosell.manage",
}
_CHANNEL_ADMIN = _CAM | {
    "registrations.import",
    "admin.use",
    "audit.read",
    "applications.decide",
    "applications.read",
    "applications.submit",
    "partners.write",
    "profile.write",
    "partners.suspend",
    "agreements.write",
    "portfolio.assign",
    "certificates.record",
    "certificates.revoke",
    "program.publish",
    "imports.run",
    "invitations.send",
    "memberships.end",
    "facts.write",
    "levels.set",
    "reviews.run",
    "benefits.use",
    "authorizations.request",
    "api_clients.write",
    "vendor.write",
    "attestations.write",
    "overrides.approve",
    "webhooks.write",
    "customers.move",
    "partners.merge",
    "accounts.write",
}
_INTEGRATION = (_CHANNEL_ADMIN | _PARTNER_ADMIN) - {
    "admin.use",
    "audit.read",
    "api_clients.write",
    "shared.read",
    "data.take_out",
    "partners.view_as",
    "classes.decide",
}

# "shared.read", what a partner shares with who looks after it, is for no role that sells directly.
CAPABILITIES: dict[str, frozenset[str]] = {
    Role.CHANNEL_ADMIN: frozenset(_CHANNEL_ADMIN),
    Role.CAM: frozenset(_CAM),
    Role.SUPPORT_ENGINEER: frozenset(_READ | {"tasks.settle", "cosell.read"}),
    Role.EXAMINER: frozenset(
        _READ | {"contracts.read", "events.read", "audit.read", "portfolio.read", "exceptions.read"}
    ),
    Role.OPERATOR: frozenset(_READ | {"events.read"}),
    Role.PARTNER_ADMIN: frozenset(_PARTNER_ADMIN),
    Role.PARTNER_MEMBER: frozenset(_PARTNER_MEMBER),
    # An integration is bounded further by the scopes of its token (Scope.can).
    Role.INTEGRATION: frozenset(_INTEGRATION),
    # The system itself: commands, sweeps and the demo, never a request.
    Role.SYSTEM: frozenset(_CHANNEL_ADMIN | _PARTNER_ADMIN),
}
API_SCOPES: frozenset[str] = CAPABILITIES[Role.INTEGRATION]
PARTNER_CAPABILITIES: frozenset[str] = frozenset(_PARTNER_ADMIN | {"events.read"})
"""What somebody bound to partners may at most, an API client too: never what the vendor decides
about them (asked in ``Scope.can``)."""


def capabilities_of(role: str | None) -> frozenset[str]:
    """What the role may do; nobody may do nothing."""
    return CAPABILITIES.get(role, frozenset()) if role else frozenset()
