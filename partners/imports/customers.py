"""Import of customers. Environment classes are added by a file, never taken away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from pydantic import Field

from partners import rules
from partners.actions.customers import added_data, without_secrets
from partners.imports.custom import CustomCells
from partners.imports.resolving import Companies, planned
from partners.models import Customer, Employment, Enrolment, Partner
from partners.rules.fields import Taken
from partners.rules.relations import people_by_email
from programs.models import ProgramVersion
from tenants.importing import (
    Codes,
    Context,
    Country,
    Day,
    Email,
    ImportSchema,
    Line,
    Planned,
    Row,
    insert_many,
    update_many,
)
from tenants.importing.kinds import Outcome
from tenants.models import Membership, Person
from tenants.writing import Happened, Refused, changes, record_events

FIELDS = ("name", "private_name", "external_id", "vertical", "country", "environments", "until")


class CustomerRow(ImportSchema):
    name: Line = Field(max_length=160)
    private_name: Line = Field("", max_length=160)
    external_id: Line = Field("", max_length=120)
    vertical: Line = Field("", max_length=40)
    country: Country = ""
    environments: Codes = []
    since: Day | None = None
    until: Day | None = None
    account_manager: Email = ""
    partner: Line = Field("", max_length=120)
    custom: dict[str, Line] = {}

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("customer", "company"),
        "private_name": ("real name",),
        "external_id": ("id", "customer id"),
        "vertical": ("industry",),
        "environments": ("environment", "environment class", "class"),
        "since": ("from", "start", "customer since"),
        "until": ("end", "end date"),
        "account_manager": ("manager", "looked after by"),
    }


def key(values: CustomerRow) -> Any:
    return (values.partner, values.external_id or f"name:{values.name.casefold()}")


JUDGED_BY = {
    Partner: "id = ANY(%(ids)s)",
    Customer: "partner_id = ANY(%(ids)s)",
    Enrolment: "partner_id = ANY(%(ids)s)",
    Employment: "partner_id = ANY(%(ids)s)",
    Membership: "partner_id = ANY(%(ids)s)",
    ProgramVersion: "true",
}
"""What rows are planned on; custom fields are held (``lock_fields``)."""


class _Known:
    """The customers that the rows may mean: two queries. The first recorded of a name counts."""

    def __init__(self, rows: Sequence[Row], partner_ids: list[int]) -> None:
        external = {row.values.external_id for row in rows} - {""}
        names = {row.values.name.lower() for row in rows if not row.values.external_id}
        held = Customer.objects.filter(partner_id__in=partner_ids)
        held = held.select_related("account_manager")
        self.by_external = {
            (row.partner_id, row.external_id): row for row in held.filter(external_id__in=external)
        }
        named = held.alias(lower=Lower("name")).filter(lower__in=names)
        self.by_name = {(row.partner_id, row.name.casefold()): row for row in named.order_by("-pk")}

    def held(self, partner: Partner, values: CustomerRow) -> Customer | None:
        if values.external_id:
            return self.by_external.get((partner.pk, values.external_id))
        return self.by_name.get((partner.pk, values.name.casefold()))


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """Each row is a new customer, a change, or nothing; as many queries for one as for all."""
    companies = Companies(rows, context)
    known = _Known(rows, list(companies.by_id))
    managers = _Managers(rows, companies, context.on)
    checked = _Environments(context.on)
    cells = CustomCells("customer", list(companies.by_id))

    def each(row: Row, partner: Partner) -> Planned:
        wrong = checked.wrong(row.values.environments)
        if wrong:
            return row.error("environments", wrong)
        held = known.held(partner, row.values)
        if held is not None and held.merged_into_id is not None:
            # A duplicate: nothing is left to change, the customer that was kept has its own row.
            return Planned(row, Outcome.UNCHANGED, target=held)
        manager = managers.of(row, partner)
        if isinstance(manager, Planned):
            return manager
        custom = cells.read(
            row, held.custom if held else {}, partner_id=partner.pk, new=held is None
        )
        if isinstance(custom, Planned):
            return custom
        if held is None:
            return _with_manager(_new(row, partner, checked, context.on, custom), manager)
        return _with_manager(_change(row, held, checked, custom), manager)

    return planned(rows, companies, each)


class _Managers:
    """Whom the rows name to look after their customers: two queries."""

    def __init__(self, rows: Sequence[Row], companies: Companies, on: dt.date) -> None:
        named = {row.values.account_manager for row in rows} - {""}
        self._known = people_by_email(list(companies.by_id), named, on)

    def of(self, row: Row, partner: Partner) -> Person | Planned | None:
        """The person, ``None`` where the cell is empty, or the row's error."""
        email = row.values.account_manager
        found = self._known.get((partner.pk, email), []) if email else [None]
        if len(found) == 1:
            return found[0]
        words = (
            _("Several people of %(partner)s have the address “%(email)s”: choose on the page.")
            if found
            else _(
                "“%(email)s” is nobody of %(partner)s. Import the person first, or leave it empty."
            )
        )
        return row.error("account_manager", words % {"email": email, "partner": partner.name})


def _with_manager(one: Planned, manager: Person | None) -> Planned:
    """The plan, and that the customer gets this account manager; an empty cell leaves the one it
    has."""
    held: Customer | None = one.target
    before = held.account_manager if held else None
    if manager is None or manager == before or one.outcome == Outcome.ERROR:
        return one
    pair = [before and before.email, manager.email]
    outcome = Outcome.UPDATE if held else Outcome.CREATE
    found = {**one.changes, "account_manager": pair}
    return replace(one, outcome=outcome, changes=found, extra=(*one.extra[:-1], manager))


class _Environments:
    """The program's environment classes, asked once per distinct list."""

    def __init__(self, on: dt.date) -> None:
        self.on = on
        self._seen: dict[tuple[str, ...], list[str] | str] = {}
        self.regulated = rules.regulated_verticals(on)

    def _ask(self, codes: Sequence[str]) -> list[str] | str:
        wanted = tuple(codes)
        if wanted not in self._seen:
            try:
                self._seen[wanted] = rules.known_environments(wanted, self.on)
            except Refused as refused:
                reason = refused.reasons[0]
                self._seen[wanted] = f"{reason.detail} {reason.fix}".strip()
        return self._seen[wanted]

    def wrong(self, codes: Sequence[str]) -> str:
        answer = self._ask(codes)
        return answer if isinstance(answer, str) else ""

    def ordered(self, codes: Sequence[str]) -> list[str]:
        answer = self._ask(codes)
        return answer if isinstance(answer, list) else []


def _new(row: Row, partner: Partner, checked: _Environments, on: dt.date, custom: Taken) -> Planned:
    values = row.values
    since = values.since or on
    if values.until is not None and values.until < since:
        return row.error("until", _("The end lies before the start."))
    shown = {
        "name": values.name,
        "private_name": values.private_name,
        "external_id": values.external_id,
        "vertical": values.vertical,
        "country": values.country,
        "environments": checked.ordered(values.environments),
        "since": since,
        "until": values.until,
    }
    found = {name: [None, value] for name, value in shown.items() if value} | custom.changes
    values_of = shown | {"custom": custom.values}
    return Planned(row, Outcome.CREATE, found, extra=(partner, values_of, None))


def _change(row: Row, held: Customer, checked: _Environments, custom: Taken) -> Planned:
    values = row.values
    if values.since is not None and values.since != held.since:
        words = _("This customer began on %(day)s; an import does not change that.")
        return row.error("since", words % {"day": held.since})
    wanted = values.given("name", "private_name", "external_id", "vertical", "country", "until")
    if "environments" in values.model_fields_set:
        wanted["environments"] = checked.ordered(values.environments)
    if values.until is not None and values.until < held.since:
        return row.error("until", _("The end lies before the start."))
    lowering = rules.lowering(
        held, wanted.get("environments"), wanted.get("vertical"), checked.regulated
    )
    if lowering is not None:
        return row.error(lowering.pointer, lowering.detail)
    found = changes({name: getattr(held, name) for name in wanted}, wanted) | custom.changes
    outcome = Outcome.UPDATE if found else Outcome.UNCHANGED
    return Planned(row, outcome, found, target=held, extra=(custom.values, held.account_manager))


def apply(todo: Sequence[Planned], context: Context) -> None:
    made = [one for one in todo if one.outcome == Outcome.CREATE]
    rows = [
        Customer(partner=partner, account_manager=manager, **values)
        for partner, values, manager in (one.extra for one in made)
    ]
    insert_many(rows)
    added = [
        Happened(row.public_id, row.partner_id, {**added_data(row), "import": True}) for row in rows
    ]
    record_events("customer.added", "customer", added)
    _update([one for one in todo if one.outcome == Outcome.UPDATE], context)


def _update(todo: list[Planned], context: Context) -> None:
    rows, happened = [], []
    for one in todo:
        held: Customer = one.target
        custom, manager = one.extra
        new = {name: pair[1] for name, pair in one.changes.items()}
        values = {name: new.get(name, getattr(held, name)) for name in FIELDS}
        values |= {"custom": custom, "account_manager": manager and manager.pk}
        rows.append({"id": held.pk, "updated_at": context.at, **values})
        found = dict(one.changes)
        if "account_manager" in found:  # the preview shows addresses, an event people's ids
            found["account_manager"] = [held.account_manager, manager]
        data = {**without_secrets(found), "import": True}
        happened.append(Happened(held.public_id, held.partner_id, data))
    update_many(Customer, rows, [*FIELDS, "custom", "account_manager", "updated_at"])
    record_events("customer.changed", "customer", happened)
