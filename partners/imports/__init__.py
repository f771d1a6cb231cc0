"""What can be loaded from files: partners and figures by staff, people and customers by both."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from partners.imports import (
    attestations,
    companies,
    contracts,
    customers,
    facts,
    invitations,
    people,
    records,
)
from partners.imports.custom import columns_of
from partners.imports.resolving import lock_named, seen_in
from tenants.importing import ImportKind, register_import


def _kind(room: Any, *, key: Any = None, **more: Any) -> ImportKind:
    """A kind whose module (its room) has ``plan``, ``apply`` and, unless given, ``key``; its rows
    name their partners, unless a ``lock`` is given."""
    more.setdefault("lock", lock_named)
    return ImportKind(key=key or room.key, plan=room.plan, apply=room.apply, **more)


KINDS = (
    _kind(
        people,
        name="people",
        title=_("People"),
        schema=people.PersonRow,
        capability="people.write",
        key_columns=("external_id", "email"),
        seen=seen_in(people.JUDGED_BY),
        help=_("Found again by external id, else by e-mail. “until” ends an employment."),
    ),
    _kind(
        customers,
        name="customers",
        title=_("Customers"),
        schema=customers.CustomerRow,
        capability="customers.write",
        key_columns=("external_id", "name"),
        seen=seen_in(customers.JUDGED_BY),
        help=_("Found again by external id, else by name. Environments: “clinical; cloud”."),
        custom_columns=partial(columns_of, "customer"),
    ),
    _kind(
        contracts,
        name="contracts",
        title=_("Service contracts"),
        schema=contracts.ContractRow,
        capability="contracts.write",
        together=contracts.together,
        seen=seen_in(contracts.JUDGED_BY),
        help=_("Found again by external id. Services: “security; cloud”. Times in minutes."),
    ),
    _kind(
        invitations,
        name="invitations",
        title=_("Invitations"),
        schema=invitations.InvitationRow,
        capability="invitations.send",
        most=invitations.MOST,
        key_columns=("email",),
        help=_("Each gets a link by e-mail for seven days. Roles: partner_admin, partner_member."),
    ),
    _kind(
        companies,
        name="partners",
        title=_("Partners"),
        schema=companies.PartnerRow,
        capability="partners.write",
        key=lambda values: values.external_id.casefold(),
        lock=companies.lock,
        lock_column="external_id",
        staff_only=True,
        help=_("Found again by external id. A new partner needs a type."),
        custom_columns=partial(columns_of, "partner"),
    ),
    _kind(
        facts,
        name="facts",
        title=_("Figures"),
        schema=facts.FactRow,
        capability="facts.write",
        key_columns=("partner",),
        staff_only=True,
        help=_("One value of a metric per partner and day, e.g. seats."),
    ),
    _kind(
        records,
        name="records",
        title=_("Records"),
        schema=records.RecordRow,
        capability="facts.write",
        staff_only=True,
        help=_("What happened on a day, found again by external id. Tags: “status: launched”."),
    ),
    _kind(
        attestations,
        name="attestations",
        title=_("Attestations"),
        schema=attestations.AttestationRow,
        capability="attestations.write",
        staff_only=True,
        help=_("What somebody vouches for, with what shows it. It counts at once."),
    ),
)


def register() -> None:
    """Called once the apps are loaded."""
    for kind in KINDS:
        register_import(kind)
