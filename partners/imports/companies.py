"""Import of partners, by the vendor's staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import ClassVar

from django.utils.translation import gettext as _
from pydantic import Field

from partners.imports.custom import CustomCells
from partners.models import Enrolment, Partner
from partners.rules.onboarding import begins_below
from programs.compiled import declared, program_or_none
from programs.locks import lock_partners
from programs.models import Level, PartnerType
from tenants.importing import (
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
from tenants.writing import Happened, changes, record_events

FIELDS = ("name", "legal_name", "domain", "country", "city")


class PartnerRow(ImportSchema):
    name: Line = Field(max_length=160)
    external_id: Line = Field(max_length=120)
    type: Line = Field("", max_length=60)
    level: Line = Field("", max_length=60)
    legal_name: Line = Field("", max_length=200)
    domain: Line = Field("", max_length=253)
    country: Country = ""
    city: Line = Field("", max_length=120)
    since: Day | None = None
    custom: dict[str, Line] = {}

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("partner", "company"),
        "external_id": ("id", "partner id"),
        "type": ("partner type",),
        "level": ("tier",),
        "since": ("from", "partner since", "joined on"),
        "domain": ("web site",),
    }


class _Types:
    """Types and levels by code; two queries."""

    def __init__(self, on: dt.date) -> None:
        types = declared(PartnerType.objects.all(), on)
        self.types = {row.code: row for row in types}
        self.levels: dict[tuple[str, str], Level] = {}
        self.lowest: dict[str, Level] = {}
        rows = declared(Level.objects.all(), on).select_related("partner_type")
        for level in rows.order_by("-rank"):
            self.levels[level.partner_type.code, level.code] = level
            self.lowest[level.partner_type.code] = level
        program = program_or_none(on)
        for code in [code for code in self.lowest if begins_below(program, code, on)]:
            del self.lowest[code]


def lock(named: Collection[str], context: Context) -> None:
    """Hold the partners that are there already."""
    known = Partner.objects.filter(external_id__in=list(named))
    lock_partners(known.values_list("pk", flat=True))


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    wanted = [row.values.external_id for row in rows]
    held = {p.external_id: p for p in Partner.objects.filter(external_id__in=wanted)}
    types = _Types(context.on)
    cells = CustomCells("partner", [partner.pk for partner in held.values()])
    return [_one(row, held.get(row.values.external_id), types, cells, context) for row in rows]


def _one(
    row: Row, held: Partner | None, types: _Types, cells: CustomCells, context: Context
) -> Planned:
    values = row.values
    before = held.custom if held else {}
    own = {"partner_id": held.pk} if held else {"types": [values.type]}
    custom = cells.read(row, before, **own, new=held is None)
    if isinstance(custom, Planned):
        return custom
    if held is not None:
        if held.status == Partner.Status.EXITED:
            return row.error("external_id", _("%(n)s left the program.") % {"n": held.name})
        wanted = values.given(*FIELDS)
        found = changes({name: getattr(held, name) for name in wanted}, wanted) | custom.changes
        outcome = Outcome.UPDATE if found else Outcome.UNCHANGED
        return Planned(row, outcome, found, target=held, extra=custom.values)
    if values.type not in types.types:
        known = ", ".join(sorted(types.types))
        words = _("There is no partner type “%(code)s”. Known: %(known)s.")
        return row.error("type", words % {"code": values.type, "known": known})
    level = types.levels.get((values.type, values.level)) or types.lowest.get(values.type)
    if values.level and (level is None or level.code != values.level):
        words = _("%(type)s has no tier “%(code)s”.")
        return row.error("level", words % {"type": values.type, "code": values.level})
    given = values.model_dump(mode="json", exclude={"custom"})
    shown = {name: [None, v] for name, v in given.items() if v} | custom.changes
    extra = (types.types[values.type], level, values.since or context.on, custom.values)
    return Planned(row, Outcome.CREATE, shown, extra=extra)


def apply(todo: Sequence[Planned], context: Context) -> None:
    _create([one for one in todo if one.outcome == Outcome.CREATE])
    rows, happened = [], []
    for one in todo:
        if one.outcome != Outcome.UPDATE:
            continue
        held: Partner = one.target
        new = {name: pair[1] for name, pair in one.changes.items()}
        values = {name: new.get(name, getattr(held, name)) for name in FIELDS}
        rows.append({"id": held.pk, "updated_at": context.at, "custom": one.extra, **values})
        data = {"changes": one.changes, "import": True}
        happened.append(Happened(held.public_id, held.pk, data))
    update_many(Partner, rows, [*FIELDS, "custom", "updated_at"])
    record_events("partner.changed", "partner", happened)


def _create(todo: list[Planned]) -> None:
    rows = [
        Partner(
            **{name: getattr(one.row.values, name) for name in (*FIELDS, "external_id")},
            joined_on=one.extra[2],
            custom=one.extra[3],
        )
        for one in todo
    ]
    insert_many(rows)
    reason = _("Partner imported")
    enrolments = [
        Enrolment(
            partner=partner,
            partner_type=one.extra[0],
            level=one.extra[1],
            since=one.extra[2],
            reason=reason,
        )
        for one, partner in zip(todo, rows, strict=True)
    ]
    insert_many(enrolments)
    added = [
        Happened(
            partner.public_id,
            partner.pk,
            {
                "name": partner.name,
                "type": one.extra[0].code,
                "level": one.extra[1].code if one.extra[1] else None,
                **({"custom": partner.custom} if partner.custom else {}),
                "import": True,
            },
        )
        for one, partner in zip(todo, rows, strict=True)
    ]
    record_events("partner.added", "partner", added)
