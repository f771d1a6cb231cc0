"""Import of service contracts, found again by their external ids. Only the partner's own rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field, create_model
from pydantic_core import PydanticCustomError

from partners.imports.resolving import Companies, planned
from partners.models import ContractTerms, Customer, Partner, ServiceContract
from partners.rules import agreeing
from partners.rules.sharing import reads_everything
from tenants.importing import (
    Codes,
    Context,
    Day,
    ImportSchema,
    Line,
    Number,
    Planned,
    Row,
    insert_many,
    update_many,
)
from tenants.importing.kinds import Outcome
from tenants.rows import parse_public_id
from tenants.writing import Happened, Reason, record_events
from web.statements import Keys

YES, NO = ("yes", "true", "1", "x"), ("no", "false", "0")


def _yes(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in YES or text in NO:
        return text in YES
    words = _("“%(value)s” is neither yes nor no.") % {"value": text[:40]}
    raise PydanticCustomError("yes", "{words}", {"words": words})


def _whole(value: Any) -> int:
    text = str(value).strip().removesuffix(".0")
    if text.isascii() and text.isdigit() and len(text) < 7:
        return int(text)
    words = _("“%(value)s” is not a whole number.") % {"value": text[:40]}
    raise PydanticCustomError("whole", "{words}", {"words": words})


Yes = Annotated[bool, BeforeValidator(_yes)]
Whole = Annotated[int, BeforeValidator(_whole)]


class _ContractRow(ImportSchema):
    external_id: Line = Field(min_length=1, max_length=120)
    customer: Line = Field(min_length=1, max_length=160)
    scopes: Codes = []
    duties: Codes = []
    since: Day | None = None
    ends_on: Day | None = None
    months: Whole | None = None
    notice_days: Whole = 0
    auto_renews: Yes = False
    billing: Line = Field("monthly", pattern="^(monthly|quarterly|yearly)$")
    fee: Number | None = None
    currency: Line = Field("", max_length=3)
    uptime: Number | None = None
    credit: Number | None = None
    valid_from: Day | None = None
    partner: Line = Field("", max_length=120)

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "external_id": ("id", "contract id", "contract"),
        "customer": ("customer id", "customer name", "company"),
        "scopes": ("services", "scope"),
        "since": ("start", "start date", "from"),
        "ends_on": ("end", "end date"),
        "months": ("term months", "term"),
        "notice_days": ("notice",),
        "auto_renews": ("auto renewal", "renews"),
        "valid_from": ("terms from",),
    }


_TIMES: Mapping[str, Any] = {
    f"{name}_{severity}": (Whole | None, None)
    for severity in agreeing.SEVERITIES
    for name in agreeing.TIMES
}
ContractRow = create_model("ContractRow", __base__=_ContractRow, **_TIMES)


JUDGED_BY = {
    Partner: "id = ANY(%(ids)s)",
    Customer: "partner_id = ANY(%(ids)s)",
    ServiceContract: "partner_id = ANY(%(ids)s)",
    ContractTerms: "partner_id = ANY(%(ids)s)",
}
"""What rows are planned on."""


def key(values: Any) -> Any:
    return (values.partner, values.external_id)


class _Customers:
    """The customers that the rows may mean: one query. The first recorded of a name counts."""

    def __init__(self, rows: Sequence[Row], companies: Companies) -> None:
        named = {row.values.customer for row in rows}
        refs = [str(ref) for name in named if (ref := parse_public_id(Customer, name))]
        wanted = (
            Q(external_id__any=Keys(named, "text"))
            | Q(public_id__any=Keys(refs, "uuid"))
            | Q(lower__any=Keys({name.lower() for name in named}, "text"))
        )
        held = Customer.objects.filter(partner_id__in=list(companies.by_id))
        found = list(held.alias(lower=Lower("name")).filter(wanted).order_by("-pk"))
        self.ids = [one.pk for one in found]
        self._known: dict[Any, Customer] = {}
        for one in found:
            self._known[one.partner_id, one.name.casefold()] = one
        for one in found:
            self._known[one.partner_id, one.ref] = one
            if one.external_id:
                self._known[one.partner_id, one.external_id] = one

    def of(self, partner: Partner, name: str) -> Customer | None:
        exact = self._known.get((partner.pk, name))
        if exact is not None or parse_public_id(Customer, name):
            return exact
        return self._known.get((partner.pk, name.casefold()))


class _Known:
    """The rows' customers, their contracts, and those that the rows name: two queries."""

    def __init__(self, rows: Sequence[Row], companies: Companies) -> None:
        self.customers = _Customers(rows, companies)
        named = {row.values.external_id for row in rows}
        wanted = Q(external_id__any=Keys(named, "text")) | Q(
            customer_id__any=Keys(self.customers.ids)
        )
        held = ServiceContract.objects.filter(wanted, partner_id__in=list(companies.by_id))
        found = held.select_related("terms", "customer")
        self.by_id = {(row.partner_id, row.external_id): row for row in found if row.external_id}
        self.of_customer: dict[int, list[ServiceContract]] = defaultdict(list)
        for row in found:
            self.of_customer[row.customer_id].append(row)


def together(rows: Sequence[Row], context: Context) -> list[str | int]:
    """The customer that each row is about, whatever it is named by."""
    companies = Companies(rows, context)
    customers = _Customers(rows, companies)

    def about(row: Row) -> str | int:
        partner = companies.of(row)
        customer = isinstance(partner, Partner) and customers.of(partner, row.values.customer)
        return customer.pk if customer else row.values.customer

    return [about(row) for row in rows]


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """Each row is a new contract, other terms, or nothing; rows see those above them."""
    companies = Companies(rows, context)
    known = _Known(rows, companies)

    def each(row: Row, partner: Partner) -> Planned:
        if not reads_everything():
            return row.error("partner", _("Service contracts are the partner's own to record."))
        customer = known.customers.of(partner, row.values.customer)
        if customer is None:
            words = _("There is no customer “%(name)s”.") % {"name": row.values.customer}
            return row.error("customer", words)
        held = known.by_id.get((partner.pk, row.values.external_id))
        if held is None:
            return _new(row, customer, known, context)
        if held.customer_id != customer.pk:
            return row.error("customer", _("This contract is with another customer."))
        return _change(row, held, known)

    return planned(rows, companies, each)


def _given(values: Any) -> dict[str, Any]:
    """Columns of terms whose cells were filled."""
    found: dict[str, Any] = values.given(*(set(agreeing.TERMS) - {"promises"}))
    times = {name for name in _TIMES if name in values.model_fields_set}
    if times:
        found["promises"] = {
            severity: {n: getattr(values, f"{n}_{severity}") for n in agreeing.TIMES}
            for severity in agreeing.SEVERITIES
        }
    return found


def _error(row: Row, reason: Reason) -> Planned:
    column = reason.pointer if reason.pointer in ContractRow.model_fields else ""
    return row.error(column, f"{reason.detail} {reason.fix}".strip())


def _new(row: Row, customer: Customer, known: _Known, context: Context) -> Planned:
    since = row.values.since or context.on
    scopes = agreeing.known_scopes(row.values.scopes)
    terms = agreeing.agreed(_given(row.values), since)
    until = agreeing.until_of(terms)
    wrong = (
        agreeing.wrong_scopes(scopes)
        or agreeing.wrong_terms(terms, since)
        or agreeing.refusal(customer, known.of_customer[customer.pk], scopes, since, until)
    )
    if wrong is not None:
        return _error(row, wrong)
    contract = ServiceContract(
        partner_id=customer.partner_id,
        customer=customer,
        external_id=row.values.external_id,
        scopes=scopes,
        since=since,
        until=until,
        recorded_at=context.at,
        updated_at=context.at,
    )
    known.of_customer[customer.pk].append(contract)
    shown = {"customer": customer.name, "scopes": scopes, "since": since, **terms}
    found = {name: [None, _plain(value)] for name, value in shown.items() if value}
    return Planned(row, Outcome.CREATE, found, extra=(contract, terms))


def _change(row: Row, held: ServiceContract, known: _Known) -> Planned:
    before = held.agreed
    if row.values.scopes and agreeing.known_scopes(row.values.scopes) != held.scopes:
        return row.error("scopes", _("The services of a contract stay: end it, record another."))
    if row.values.since is not None and row.values.since != held.since:
        return row.error("since", _("The start of a contract stays."))
    since = row.values.valid_from or before.since
    old = {name: getattr(before, name) for name in agreeing.TERMS}
    terms = agreeing.agreed({**old, **_given(row.values)}, since)
    until = agreeing.until_of(terms)
    found = {n: [_plain(old[n]), _plain(terms[n])] for n in agreeing.TERMS if old[n] != terms[n]}
    if not found:
        return Planned(row, Outcome.UNCHANGED, target=held)
    others = [one for one in known.of_customer[held.customer_id] if one is not held]
    wrong = (
        agreeing.untimely(held, before, since)
        or agreeing.wrong_terms(terms, since)
        or agreeing.refusal(held.customer, others, held.scopes, held.since, until)
    )
    if wrong is not None:
        return _error(row, wrong)
    held.until = until  # rows below see it
    return Planned(row, Outcome.UPDATE, found, target=held, extra=(since, until, terms))


def _plain(value: Any) -> Any:
    """A value as a preview keeps it in JSON."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, dt.date) else value


def apply(todo: Sequence[Planned], context: Context) -> None:
    _insert([one for one in todo if one.outcome == Outcome.CREATE], context)
    _update([one for one in todo if one.outcome == Outcome.UPDATE], context)


def _insert(todo: list[Planned], context: Context) -> None:
    contracts = [one.extra[0] for one in todo]
    insert_many(contracts)
    rows = [
        ContractTerms(
            partner_id=contract.partner_id,
            contract=contract,
            since=contract.since,
            recorded_at=context.at,
            **one.extra[1],
        )
        for one, contract in zip(todo, contracts, strict=True)
    ]
    insert_many(rows)
    links = [{"id": row.contract_id, "terms": row.pk} for row in rows]
    update_many(ServiceContract, links, ["terms"])
    _tell("contract.recorded", [(one, {}) for one in contracts])


def _update(todo: list[Planned], context: Context) -> None:
    corrected, begun, ended, links = [], [], [], []
    for one in todo:
        held, (since, until, terms) = one.target, one.extra
        link = {"id": held.pk, "until": until, "terms": held.terms_id, "updated_at": context.at}
        links.append(link)
        if since == held.terms.since:
            corrected.append({"id": held.terms_id, **terms})
            continue
        ended.append({"id": held.terms_id, "until": since})
        own = {"partner_id": held.partner_id, "contract": held, "recorded_at": context.at}
        begun.append((link, ContractTerms(**own, since=since, **terms)))
    update_many(ContractTerms, corrected, list(agreeing.TERMS))
    update_many(ContractTerms, ended, ["until"])
    insert_many([row for _link, row in begun])
    for link, row in begun:
        link["terms"] = row.pk
    update_many(ServiceContract, links, ["until", "terms", "updated_at"])
    changed = [(one.target, {"fields": agreeing.named(one.changes)}) for one in todo]
    _tell("contract.changed", changed)


def _tell(kind: str, rows: Sequence[tuple[ServiceContract, dict[str, Any]]]) -> None:
    happened = [
        Happened(
            row.public_id, row.partner_id, {"customer": row.customer.ref, "import": True, **more}
        )
        for row, more in rows
    ]
    record_events(kind, "servicecontract", happened)
