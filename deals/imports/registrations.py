"""Import of registrations: drafts, which the partner submits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import Field

from deals.actions.registrations import TYPED, fill_draft
from deals.imports.accounts import Parts
from deals.models import Registration
from deals.rules.registering import open_policy
from partners.actions.writing import by_staff
from partners.imports.resolving import Companies, planned
from partners.models import Customer, Partner
from programs.compiled import program_on
from programs.document import DealPolicy
from tenants.importing import (
    Codes,
    Context,
    Country,
    Day,
    ImportSchema,
    Line,
    Planned,
    Row,
    insert_many,
    update_many,
)
from tenants.importing.kinds import Outcome
from tenants.writing import Happened, Refused, changes, record_events

State = Registration.State
FIELDS = tuple(name for name in TYPED if name not in ("customer", "renewal", "external_id"))
_WRITTEN = (*FIELDS, "kind", "currency", "customer", "updated_at")


class RegistrationRow(ImportSchema):
    external_id: Line = Field(max_length=120)
    policy: Line = Field(max_length=60)
    name: Line = Field(max_length=160)
    domains: Parts = []
    number: Line = Field("", max_length=60)
    country: Country = ""
    families: Codes = []
    products: Codes = []
    seats: int | None = Field(None, ge=0, le=2_000_000_000)
    list_value: Decimal | None = Field(None, ge=0, max_digits=14, decimal_places=2)
    expected_on: Day | None = None
    customer: Line = Field("", max_length=120)
    message: Line = Field("", max_length=1000)
    stated: Codes = []
    partner: Line = Field("", max_length=120)

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "external_id": ("id", "registration id", "deal id"),
        "policy": ("kind", "type"),
        "name": ("company", "account", "account name"),
        "domains": ("domain", "website", "web site"),
        "number": ("company number",),
        "families": ("family", "product family"),
        "products": ("product",),
        "list_value": ("value", "amount"),
        "expected_on": ("expected by", "close date"),
        "message": ("description", "note"),
        "stated": ("confirmed",),
    }


def key(values: RegistrationRow) -> Any:
    return (values.partner, values.external_id)


class _Known:
    """The registrations and customers that a chunk's rows name, by partner: two queries; and by
    which policies each partner may register."""

    def __init__(self, rows: Sequence[Row], companies: Companies, on: dt.date) -> None:
        partners = list(companies.by_id)
        wanted = {row.values.external_id for row in rows}
        drafts = Registration.objects.filter(partner_id__in=partners, external_id__in=wanted)
        self.held = {
            (row.partner_id, row.external_id): row for row in drafts.select_related("customer")
        }
        named = {row.values.customer for row in rows} - {""}
        customers = Customer.objects.filter(partner_id__in=partners, external_id__in=named)
        self.customers = {(row.partner_id, row.external_id): row for row in customers}
        self.document, self._on = program_on(on).document, on
        self._policies: dict[tuple[int, str], DealPolicy | Refused] = {}

    def policy(self, code: str, partner: Partner) -> DealPolicy:
        asked = (partner.pk, code)
        if asked not in self._policies:
            try:
                self._policies[asked] = open_policy(code, partner, self._on)
            except Refused as refused:
                self._policies[asked] = refused
        found = self._policies[asked]
        if isinstance(found, Refused):
            raise found
        return found


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """Each row is a new draft, a change of one, or nothing."""
    companies = Companies(rows, context)
    known = _Known(rows, companies, context.on)
    return planned(rows, companies, lambda row, partner: _one(row, partner, known))


def _one(row: Row, partner: Partner, known: _Known) -> Planned:
    values = row.values
    held = known.held.get((partner.pk, values.external_id))
    draft = held or Registration(partner_id=partner.pk, external_id=values.external_id)
    before = {name: getattr(draft, name) for name in (*FIELDS, "customer_id")} if held else {}
    named = values.model_dump(include=set(FIELDS))
    typed = {name: value for name, value in named.items() if value not in ("", [], None)}
    if values.customer:
        typed["customer"] = known.customers.get((partner.pk, values.customer))
        if typed["customer"] is None:
            words = _("%(partner)s has no customer with the external id “%(id)s”.")
            said = {"partner": partner.name, "id": values.customer}
            return row.error("customer", words % said)
    try:
        fill_draft(draft, known.policy(values.policy, partner), known.document, typed)
    except Refused as refused:
        reason = refused.reasons[0]
        return row.error(reason.pointer or "name", f"{reason.detail} {reason.fix}".strip())
    found = changes(before, {name: getattr(draft, name) for name in (*FIELDS, "customer_id")})
    if found and draft.state != State.DRAFT:
        words = _("This registration is submitted and stays as it is. Take the row out.")
        return row.error("external_id", words)
    outcome = Outcome.CREATE if held is None else Outcome.UPDATE if found else Outcome.UNCHANGED
    return Planned(row, outcome, _shown(found, values.customer), target=held, extra=draft)


def _shown(found: dict[str, list[Any]], customer: str) -> dict[str, list[Any]]:
    """The changes in the words of the file. What a partner has in its draft, staff do not read."""
    if "customer_id" in found:
        found["customer"] = [None, customer]
        del found["customer_id"]
    if by_staff():
        return {name: [None, new] for name, (_old, new) in found.items()}
    return found


def apply(todo: Sequence[Planned], context: Context) -> None:
    for one in todo:
        one.extra.updated_at = context.at
    made = [one.extra for one in todo if one.outcome == Outcome.CREATE]
    for row in made:
        row.created_at = context.at
    insert_many(made)
    kept = [one.extra for one in todo if one.outcome == Outcome.UPDATE]
    values = [
        {"id": row.pk, "customer": row.customer_id}
        | {name: getattr(row, name) for name in _WRITTEN if name != "customer"}
        for row in kept
    ]
    update_many(Registration, values, list(_WRITTEN))
    for kind, rows in (("registration.drafted", made), ("registration.changed", kept)):
        happened = [Happened(row.public_id, row.partner_id, {"import": True}) for row in rows]
        record_events(kind, "registration", happened)
