"""What can be loaded from files: partners and figures by staff, people and customers by both."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from partners.imports import attestations, companies, customers, facts, people, records
from tenants.importing import ImportKind, register_import

KINDS = (
    ImportKind(
        name="people",
        title=_("People"),
        schema=people.PersonRow,
        capability="people.write",
        key=people.key,
        plan=people.plan,
        apply=people.apply,
        key_columns=("external_id", "email"),
        help=_("Found again by external id, else by e-mail. “until” ends an employment."),
    ),
    ImportKind(
        name="customers",
        title=_("Customers"),
        schema=customers.CustomerRow,
        capability="customers.write",
        key=customers.key,
        plan=customers.plan,
        apply=customers.apply,
        key_columns=("external_id", "name"),
        help=_("Found again by external id, else by name. Environments: “clinical; cloud”."),
    ),
    ImportKind(
        name="partners",
        title=_("Partners"),
        schema=companies.PartnerRow,
        capability="partners.write",
        key=lambda values: values.external_id.casefold(),
        plan=companies.plan,
        apply=companies.apply,
        staff_only=True,
        help=_("Found again by external id. A new partner needs a type."),
    ),
    ImportKind(
        name="facts",
        title=_("Figures"),
        schema=facts.FactRow,
        capability="facts.write",
        key=facts.key,
        plan=facts.plan,
        apply=facts.apply,
        key_columns=("partner",),
        staff_only=True,
        help=_("One value of a metric per partner and day, e.g. seats."),
    ),
    ImportKind(
        name="records",
        title=_("Records"),
        schema=records.RecordRow,
        capability="facts.write",
        key=records.key,
        plan=records.plan,
        apply=records.apply,
        staff_only=True,
        help=_("What happened on a day, found again by external id. Tags: “status: launched”."),
    ),
    ImportKind(
        name="attestations",
        title=_("Attestations"),
        schema=attestations.AttestationRow,
        capability="attestations.write",
        key=attestations.key,
        plan=attestations.plan,
        apply=attestations.apply,
        staff_only=True,
        help=_("What somebody vouches for, with what shows it. It counts at once."),
    ),
)


def register() -> None:
    """Called once the apps are loaded."""
    for kind in KINDS:
        register_import(kind)
