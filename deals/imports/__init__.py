"""What can be loaded from files: of the vendor's own CRM its companies and what it sells them, and
registrations of partners, by both sides."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from deals.imports import accounts, direct_deals, registrations
from partners.imports.resolving import lock_named
from tenants.importing import ImportKind, register_import

KINDS = (
    ImportKind(
        name="accounts",
        title=_("Accounts"),
        schema=accounts.AccountRow,
        capability="accounts.write",
        key=lambda values: values.external_id,
        lock=accounts.lock,
        lock_column="external_id",
        plan=accounts.plan,
        apply=accounts.apply,
        staff_only=True,
        help=_(
            "Your sales' companies, found again by external id. Domains and company numbers are"
            " added, never taken away: “cedar.com; cedar.co.uk”. A parent stands above its row, or"
            " is known already."
        ),
    ),
    ImportKind(
        name="direct_deals",
        title=_("Direct deals"),
        schema=direct_deals.DirectDealRow,
        capability="accounts.write",
        key=lambda values: values.external_id,
        lock=direct_deals.lock,
        lock_column="account",
        plan=direct_deals.plan,
        apply=direct_deals.apply,
        staff_only=True,
        help=_(
            "What your own sales work on, found again by external id. The account by its external"
            " id or domain. Each change stands in the account's ledger."
        ),
    ),
    ImportKind(
        name="registrations",
        title=_("Registrations"),
        schema=registrations.RegistrationRow,
        capability="registrations.import",
        key=registrations.key,
        lock=lock_named,
        plan=registrations.plan,
        apply=registrations.apply,
        help=_(
            "Drafts, found again by external id; the partner looks through them and submits each."
            " What is submitted stays as it is. Policy, families, products and statements are codes"
            " of the program: “endpoint; email”. The list value is in the program's currency, a"
            " customer is named by its external id. An empty cell leaves what is there."
        ),
    ),
)


def register() -> None:
    """Called once the apps are loaded."""
    for kind in KINDS:
        register_import(kind)
