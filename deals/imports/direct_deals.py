"""Import of the vendor's own opportunities."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import Field

from deals.actions.direct_deals import FIELDS, told
from deals.matching import accounts_named
from deals.models import Account, AccountTouch, DirectDeal
from deals.rules.direct_deals import touch_of, wrong_deal
from programs.compiled import program_or_none
from programs.document import ProgramDocument
from tenants import scope
from tenants.importing import (
    Codes,
    Context,
    Day,
    ImportSchema,
    Line,
    Planned,
    Row,
    insert_many,
    update_many,
)
from tenants.importing.kinds import Outcome
from tenants.writing import Happened, changes, record_events


class DirectDealRow(ImportSchema):
    external_id: Line = Field(max_length=120)
    account: Line = Field(max_length=253)
    title: Line = Field(max_length=200)
    families: Codes = []
    state: Line = Field("open", max_length=20)
    opened_on: Day
    closed_on: Day | None = None
    touched_on: Day | None = None

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "external_id": ("id", "opportunity id"),
        "account": ("account id", "company", "domain"),
        "title": ("name", "opportunity"),
        "families": ("family", "product family"),
        "state": ("status", "stage"),
        "opened_on": ("opened", "created", "created on"),
        "closed_on": ("closed", "close date"),
        "touched_on": ("last touch", "last activity"),
    }


def lock(named: Collection[str], context: Context) -> None:
    """Hold the accounts of the rows: what is decided there is decided on their direct deals."""
    pks = sorted({account.pk for account in accounts_named(named).values()})
    rows = Account.objects.select_for_update(no_key=True).filter(pk__in=pks)
    list(rows.order_by("pk").values_list("pk", flat=True))


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """Each row is a new deal, a change, or nothing."""
    accounts = accounts_named({row.values.account for row in rows})
    wanted = {row.values.external_id for row in rows}
    deals = DirectDeal.objects.filter(external_id__in=wanted)
    held = {row.external_id: row for row in deals.select_related("account")}
    program = program_or_none(context.on)
    document = program.document if program else None
    return [
        _one(row, accounts.get(row.values.account), held.get(row.values.external_id), document)
        if row.values.account in accounts
        else row.error("account", _no_account(row.values.account))
        for row in rows
    ]


def _no_account(name: str) -> str:
    words = _("No account has the external id or domain “%(name)s”. Import the account first.")
    return words % {"name": name}


def _one(
    row: Row,
    account: Account | None,
    held: DirectDeal | None,
    document: ProgramDocument | None,
) -> Planned:
    assert account is not None
    values = row.values
    before = {name: getattr(held, name) for name in FIELDS} if held else {}
    days = (values.touched_on, held.touched_on if held else values.opened_on, values.closed_on)
    after: dict[str, Any] = {
        "title": values.title,
        "families": [*dict.fromkeys(values.families)],
        "state": values.state.lower(),
        "opened_on": values.opened_on,
        "closed_on": values.closed_on,
        "touched_on": max(filter(None, days)),
    }
    wrong = wrong_deal(before.get("state"), after, document)
    if wrong is not None:
        return row.error(wrong.pointer, f"{wrong.detail} {wrong.fix}".strip())
    found = changes(before, after)
    moved = held is not None and held.account_id != account.pk
    if held is None or moved:
        found["account"] = [held.account.name if held else None, account.name]
    outcome = Outcome.UPDATE if found else Outcome.UNCHANGED
    extra = (account.pk, account.ref, after, touch_of(before, after, moved=moved))
    return Planned(row, outcome if held else Outcome.CREATE, found, target=held, extra=extra)


def apply(todo: Sequence[Planned], context: Context) -> None:
    rows = [_row(one, context) for one in todo]
    insert_many([r for r, one in zip(rows, todo, strict=True) if one.target is None])
    values = [
        {"id": row.pk, "account": row.account_id, "updated_at": context.at}
        | {name: getattr(row, name) for name in FIELDS}
        for row, one in zip(rows, todo, strict=True)
        if one.target is not None
    ]
    update_many(DirectDeal, values, [*FIELDS, "account", "updated_at"])
    person_id = scope.current().person_id
    touches = [
        AccountTouch(
            account_id=row.account_id, person_id=person_id, kind=f"direct_deal.{one.extra[3]}",
            data=told(row), at=context.at,
        )
        for row, one in zip(rows, todo, strict=True)
        if one.extra[3]
    ]  # fmt: skip
    insert_many(touches)
    for kind, outcome in (
        ("direct_deal.recorded", Outcome.CREATE),
        ("direct_deal.changed", Outcome.UPDATE),
    ):
        happened = [
            Happened(row.public_id, None, _said(row, one))
            for row, one in zip(rows, todo, strict=True)
            if one.outcome == outcome
        ]
        record_events(kind, "directdeal", happened)


def _row(one: Planned, context: Context) -> DirectDeal:
    row: DirectDeal = one.target or DirectDeal(external_id=one.row.values.external_id)
    row.account_id, row.updated_at = one.extra[0], context.at
    for name, value in one.extra[2].items():
        setattr(row, name, value)
    return row


def _said(row: DirectDeal, one: Planned) -> dict[str, Any]:
    return {"account": one.extra[1], "title": row.title, "state": row.state, "import": True}
