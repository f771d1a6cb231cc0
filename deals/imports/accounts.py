"""Import of the vendor's own companies."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Sequence
from typing import Annotated, Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field

from deals.actions.accounts import Keys, described, lock_families, taken_by, written_keys
from deals.models import Account, AccountKey
from tenants.importing import (
    Context,
    Country,
    ImportSchema,
    Line,
    Planned,
    Row,
    insert_many,
    update_many,
)
from tenants.importing.kinds import Outcome
from tenants.writing import Happened, Refused, record_events

FIELDS = ("name", "country", "aliases", "folded", "grams")


def _parts(value: Any) -> list[str]:
    if isinstance(value, str):
        value = re.split(r"[;|]", value)
    return [" ".join(str(part).split()) for part in value if str(part).strip()]


Parts = Annotated[list[str], BeforeValidator(_parts)]
Node = int | str
"""An account in the tree of companies: by its row's number, a new one by its external id."""


class AccountRow(ImportSchema):
    external_id: Line = Field(max_length=120)
    name: Line = Field(max_length=160)
    domains: Parts = []
    numbers: Parts = []
    country: Country = ""
    aliases: Parts = []
    parent: Line = Field("", max_length=120)

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "external_id": ("id", "account id"),
        "name": ("account", "account name", "company"),
        "domains": ("domain", "website", "web site"),
        "numbers": ("number", "company number", "company numbers"),
        "aliases": ("alias", "other names"),
        "parent": ("parent id", "parent account"),
    }


def lock(named: Collection[str], context: Context) -> None:
    """Hold the accounts that are there already, and which company belongs to which."""
    lock_families()
    rows = Account.objects.select_for_update(no_key=True).filter(external_id__in=list(named))
    list(rows.order_by("pk").values_list("pk", flat=True))


class _Known:
    """The accounts and keys that a chunk's rows mean: three queries. What earlier rows of the file
    bring with them is remembered for the whole run."""

    def __init__(self, rows: Sequence[Row], keys: dict[int, Keys], context: Context) -> None:
        named = {row.values.external_id for row in rows} | {row.values.parent for row in rows}
        held = Account.objects.filter(external_id__in=named - {""}).select_related("merged_into")
        self.by_id = {row.external_id: row for row in held}
        self.holders = taken_by([key for of_row in keys.values() for key in of_row])
        self._context = context

    def claimed(self, key: tuple[str, str], by: str) -> str:
        """Which other row of the file has this key, by external id; else it is this row's."""
        holder: str = self._context.known.setdefault(("account key", key), by)
        return "" if holder == by else holder

    def node(self, external_id: str) -> Node | None:
        held = self.by_id.get(external_id)
        if held is not None:
            return held.merged_into_id or held.pk
        return external_id if ("new account", external_id) in self._context.known else None

    def parents(self) -> dict[Node, Node]:
        """Which company belongs to which, as the rows so far leave it; read once."""
        known: dict[Hashable, Any] = self._context.known
        if "parents" not in known:
            rows = Account.objects.filter(parent__isnull=False).order_by()
            known["parents"] = dict(rows.values_list("pk", "parent_id"))
        found: dict[Node, Node] = known["parents"]
        return found

    def bring(self, row: Row) -> None:
        self._context.known["new account", row.values.external_id] = True


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """Each row is a new account, a change, or nothing."""
    keys: dict[int, Keys] = {}
    wrong: dict[int, Planned] = {}
    for row in rows:
        values = row.values
        try:
            keys[row.number] = written_keys(values.domains, values.numbers, values.country)
        except Refused as refused:
            reason = refused.reasons[0]
            column = "numbers" if reason.pointer == "number" else reason.pointer
            wrong[row.number] = row.error(column, f"{reason.detail} {reason.fix}")
    known = _Known(rows, keys, context)
    return [wrong.get(row.number) or _one(row, keys[row.number], known) for row in rows]


def _one(row: Row, keys: Keys, known: _Known) -> Planned:
    values = row.values
    held = known.by_id.get(values.external_id)
    if held is not None and held.merged_into_id is not None:
        # Merged: nothing is left to change, the account that was kept has its own row.
        return Planned(row, Outcome.UNCHANGED, target=held)
    new_keys = []
    for key in keys:
        holder = known.holders.get(key)
        if holder is not None and (held is None or holder.pk != held.pk):
            words = _("%(key)s belongs to the account %(name)s. Merge the two, or take it out.")
            return row.error(_column(key), words % {"key": key[1], "name": holder.name})
        if other := known.claimed(key, values.external_id):
            words = _("%(key)s stands at the row of “%(id)s” as well. A company has it once.")
            return row.error(_column(key), words % {"key": key[1], "id": other})
        new_keys += [key] if holder is None else []
    account = held or Account(external_id=values.external_id, source=Account.Source.CRM)
    try:
        found = described(account, values.name, values.country, values.aliases)
    except Refused as refused:
        return row.error("name", refused.detail)
    if new_keys:
        found["keys"] = [[], [value for _kind, value in new_keys]]
    above, problem = _above(row, held, known)
    if problem is not None:
        return problem
    if above is not None:
        found["parent"] = [None, values.parent]
    if held is None:
        known.bring(row)
    outcome = Outcome.CREATE if held is None else Outcome.UPDATE if found else Outcome.UNCHANGED
    described_as = {name: getattr(account, name) for name in FIELDS}
    return Planned(row, outcome, found, target=held, extra=(described_as, new_keys, above))


def _column(key: tuple[str, str]) -> str:
    return "domains" if key[0] == AccountKey.Kind.DOMAIN else "numbers"


def _above(row: Row, held: Account | None, known: _Known) -> tuple[Node | None, Planned | None]:
    """Where the row says that its company belongs to another one than before: to which."""
    named = row.values.parent
    if not named:
        return None, None
    above, own = known.node(named), held.pk if held else row.values.external_id
    if above is None:
        words = _("There is no account “%(id)s”. Put it into the file above this row.")
        return None, row.error("parent", words % {"id": named})
    parents = known.parents()
    if parents.get(own) == above:
        return None, None
    step: Node | None = above
    while step is not None:
        if step == own:
            words = _("“%(id)s” belongs to this company already, directly or through others.")
            return None, row.error("parent", words % {"id": named})
        step = parents.get(step)
    parents[own] = above
    return above, None


def apply(todo: Sequence[Planned], context: Context) -> None:
    made = [one for one in todo if one.outcome == Outcome.CREATE]
    rows = [
        Account(
            external_id=one.row.values.external_id,
            source=Account.Source.CRM,
            created_at=context.at,
            updated_at=context.at,
            **one.extra[0],
        )
        for one in made
    ]
    insert_many(rows)
    for account in rows:
        context.known["made", account.external_id] = account.pk
    data = [{"name": row.name, "source": row.source, "import": True} for row in rows]
    happened = [Happened(r.public_id, None, d) for r, d in zip(rows, data, strict=True)]
    record_events("account.recorded", "account", happened)
    changed = [one for one in todo if one.outcome == Outcome.UPDATE]
    _update(changed, context)
    pairs = [*zip(made, (row.pk for row in rows), strict=True)]
    pairs += [(one, one.target.pk) for one in changed]
    _add_keys(pairs)
    _place(pairs, context)


def _update(changed: Sequence[Planned], context: Context) -> None:
    update_many(
        Account,
        [{"id": one.target.pk, "updated_at": context.at, **one.extra[0]} for one in changed],
        [*FIELDS, "updated_at"],
    )
    happened = [
        Happened(one.target.public_id, None, {"changes": one.changes, "import": True})
        for one in changed
    ]
    record_events("account.changed", "account", happened)


def _add_keys(pairs: Sequence[tuple[Planned, int]]) -> None:
    keys = [
        AccountKey(account_id=pk, kind=kind, value=value)
        for one, pk in pairs
        for kind, value in one.extra[1]
    ]
    insert_many(keys)


def _place(pairs: Sequence[tuple[Planned, int]], context: Context) -> None:
    above = [(pk, one.extra[2]) for one, pk in pairs if one.extra[2] is not None]
    made = context.known
    rows = [
        {"id": pk, "parent": node if isinstance(node, int) else made["made", node]}
        for pk, node in above
    ]
    update_many(Account, rows, ["parent"])
