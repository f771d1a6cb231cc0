"""What a partner takes out: every row that its walls let it see, without keys and secrets.

The tables are found from the models: a new one is taken out from its first day on. Rows that belong
to the vendor's staff never stand within a partner's walls, so they cannot be among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from partners.models import Employment, PortfolioEntry
from partners.visibility import works_here
from tenants.models import Membership, Person
from tenants.rows import VendorRow, format_public_id

FORMAT = "mainstay-take-out"
FORMAT_VERSION = 1
PAGE = 2_000
NOT_TAKEN = frozenset(
    {
        "tenants.IdempotencyKey",  # answers kept for a day, not data
        "tenants.EventPrivate",  # erasable values of events, read through their rows
        "alerts.Delivery",  # the outbox: what was sent stands in notifications
    }
)
SECRETS = frozenset(
    {"token_digest", "domain_digest", "oidc_client_id", "key", "secret", "txid", "db_role"}
    | {"asked_as", "target"}
)
"""Columns that open a door or only mean something inside this installation: row numbers, which
count the rows of all vendors, among them."""


@dataclass(frozen=True)
class Taken:
    """A table of a take-out: its columns in their order, those of other rows as public ids."""

    model: type[VendorRow]
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.model._meta.label_lower

    def rows(self, partner_id: int) -> Iterator[dict[str, Any]]:
        """The partner's rows in the order of their making, page by page; asked within its scope."""
        fields = {name: self.model._meta.get_field(name) for name in self.columns}
        paths = [f"{n}__public_id" if f.is_relation else n for n, f in fields.items()]
        rows = self.model._default_manager.order_by("pk")
        if any(f.column == "partner_id" for f in self.model._meta.concrete_fields):
            rows = rows.filter(partner_id=partner_id)
        last = 0
        while page := list(rows.filter(pk__gt=last).values_list("pk", "public_id", *paths)[:PAGE]):
            reachable = _reachable(page) if self.model is Person else None
            for key, public_id, *values in page:
                last = key
                row = {
                    name: _shown(fields[name], value)
                    for name, value in zip(self.columns, values, strict=True)
                }
                if reachable is not None and key not in reachable:
                    row["email"] = ""
                yield {"id": format_public_id(self.model.prefix, public_id), **row}


def _reachable(page: list[Any]) -> set[int]:
    """Of these people, those whose address the partner still sees: not of whoever left it."""
    ids = [row[0] for row in page]
    here = Employment.objects.filter(works_here(), person_id__in=ids).values_list("person_id")
    others = [
        rows.filter(person_id__in=ids).values_list("person_id")
        for rows in (PortfolioEntry.objects.all(), Membership.objects.filter(until__isnull=True))
    ]
    return {key for rows in (here, *others) for (key,) in rows}


def _shown(field: Any, value: Any) -> Any:
    if field.is_relation and value is not None:
        return format_public_id(field.related_model.prefix, value)
    return bytes(value).hex() if isinstance(value, memoryview) else value


def taken_tables() -> list[Taken]:
    """All tables of a take-out, by name."""
    found = [
        Taken(model, tuple(_columns(model)))
        for model in apps.get_models()
        if issubclass(model, VendorRow)
        and model.wall in ("partner", "custom")
        and model._meta.label not in NOT_TAKEN
    ]
    return sorted(found, key=lambda one: one.name)


def _columns(model: type[models.Model]) -> Iterator[str]:
    own: Any = model._meta.concrete_fields
    for field in own:
        if field.name in ("id", "vendor", "public_id", "partner_id") or field.name in SECRETS:
            continue
        if field.is_relation and not _within_reach(field.related_model):
            continue
        yield field.name


def _within_reach(model: type[models.Model]) -> bool:
    """Whether a column may name rows of the model: the staff's are not seen, and a row that must
    name one would be missing with it."""
    return issubclass(model, VendorRow) and model.wall != "staff"
