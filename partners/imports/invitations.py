"""Invitations in bulk; no answer tells whether an address has a login."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from partners.imports.resolving import Companies
from partners.models import Partner
from tenants import scope
from tenants.actions.identity import INVITED_ROLES, invite
from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES, Role
from tenants.importing import Context, Email, ImportSchema, Line, Planned, Row
from tenants.importing.kinds import Outcome
from tenants.models import Membership

MOST = 500
"""So many invitations, at most, in one file: each is an e-mail."""


def _role(value: Any) -> str:
    """A role by its code or by its words, as the pages write it."""
    text = str(value).strip().casefold()
    for role in INVITED_ROLES:
        if text in (role.value, role.value.replace("_", " "), str(role.label).casefold()):
            return str(role.value)
    words = _("“%(value)s” is no role. Write %(roles)s.") % {
        "value": str(value)[:40],
        "roles": " / ".join(role.value for role in _offered()),
    }
    raise PydanticCustomError("role", "{words}", {"words": words})


def _offered() -> list[Role]:
    """Roles that whoever asks can offer, in the order of their list."""
    held = scope.current_or_none()
    wide = held is None or held.all_partners
    return [role for role in Role if role in INVITED_ROLES and (wide or role in PARTNER_ROLES)]


class InvitationRow(ImportSchema):
    email: Email
    name: Line = Field("", max_length=160)
    role: Annotated[str, BeforeValidator(_role)]
    partner: Line = Field("", max_length=120)

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "email": ("mail", "address", "e-mail address"),
        "partner": ("company",),
    }


def key(values: InvitationRow) -> Any:
    return (values.email, values.partner)


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """New for everybody but who holds the role already, as far as the reader's own list says."""
    companies = Companies(rows, context)
    held = _members(rows, context)
    planned = []
    for row in rows:
        partner = _place(row, companies, context)
        if isinstance(partner, Planned):
            planned.append(partner)
            continue
        partner_id = partner.pk if partner else None
        already = held.get((row.values.email, row.values.role, partner_id))
        outcome = Outcome.UNCHANGED if already else Outcome.CREATE
        shown = {"role": [None, str(Role(row.values.role).label)]}
        changes = {} if already else {"e-mail": [None, row.values.email], **shown}
        planned.append(Planned(row, outcome, changes, extra=partner))
    return planned


def _place(row: Row, companies: Companies, context: Context) -> Partner | Planned | None:
    """The partner that the role belongs to, none for the vendor's own staff, or the row's error."""
    if row.values.role not in STAFF_ROLES:
        return companies.of(row)
    if not scope.current().all_partners or context.partner_id is not None:
        roles = " / ".join(str(role.value) for role in Role if role in PARTNER_ROLES)
        return row.error("role", _("People of a partner are %(roles)s.") % {"roles": roles})
    if row.values.partner:
        return row.error("partner", _("A role of the vendor's staff belongs to no partner."))
    return None


def _members(rows: Sequence[Row], context: Context) -> dict[tuple[str, str, int | None], bool]:
    current = Membership.objects.current(context.on).filter(
        person__email__in={row.values.email for row in rows}
    )
    found = current.values_list("person__email", "role", "partner_id")
    return {(email.lower(), role, partner): True for email, role, partner in found}


def apply(todo: Sequence[Planned], context: Context) -> None:
    """One offer per row, as ``invite`` makes it; its e-mail leaves once all are written."""
    for one in todo:
        partner_id = one.extra.pk if one.extra else None
        values = one.row.values
        invite(
            email=values.email,
            name=values.name,
            role=values.role,
            partner_id=partner_id,
            at=context.at,
        )
