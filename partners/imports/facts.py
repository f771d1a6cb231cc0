"""Import of figures: one value of a metric per partner and day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import Field

from partners.imports.resolving import Companies, planned
from partners.models import Fact, Partner
from programs.compiled import program_or_none
from tenants.importing import (
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
from tenants.writing import Happened, record_events


class FactRow(ImportSchema):
    partner: Line = Field("", max_length=120)
    metric: Line = Field(max_length=60)
    period: Day
    value: Number
    unit: Line = Field("", max_length=12)
    source: Line = Field("import", max_length=60)

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "period": ("as of", "day", "date"),
        "metric": ("figure", "code"),
    }


def key(values: FactRow) -> Any:
    return (values.partner, values.metric, values.period)


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    companies = Companies(rows, context)
    program = program_or_none(context.on)
    current = Fact.objects.filter(
        partner_id__in=list(companies.by_id),
        metric__in={row.values.metric for row in rows},
        superseded_by__isnull=True,
    )
    held = {(fact.partner_id, fact.metric, fact.period): fact for fact in current}

    def each(row: Row, partner: Partner) -> Planned:
        values = row.values
        if program is not None and values.metric not in program.document.metrics:
            known = ", ".join(sorted(program.document.metrics))
            words = _("The program has no metric “%(code)s”. Known: %(known)s.")
            return row.error("metric", words % {"code": values.metric, "known": known})
        before = held.get((partner.pk, values.metric, values.period))
        if before is not None and before.value == values.value and before.source == values.source:
            return Planned(row, Outcome.UNCHANGED, target=before)
        old = f"{before.value.normalize():f}" if before else None
        outcome = Outcome.UPDATE if before else Outcome.CREATE
        shown = {"value": [old, f"{values.value.normalize():f}"]}
        return Planned(row, outcome, shown, target=before, extra=partner)

    return planned(rows, companies, each)


def apply(todo: Sequence[Planned], context: Context) -> None:
    """The superseded rows step aside first: only one per partner, metric and day is current."""
    old = [one.target.pk for one in todo if one.target is not None]
    update_many(Fact, [{"id": pk, "superseded_by": pk} for pk in old], ["superseded_by"])
    rows = [
        Fact(
            partner=one.extra,
            metric=one.row.values.metric,
            period=one.row.values.period,
            value=one.row.values.value,
            unit=one.row.values.unit,
            source=one.row.values.source,
            recorded_at=context.at,
        )
        for one in todo
    ]
    insert_many(rows)
    pairs = [(one.target, new) for one, new in zip(todo, rows, strict=True) if one.target]
    links = [{"id": before.pk, "superseded_by": new.pk} for before, new in pairs]
    update_many(Fact, links, ["superseded_by"])
    happened = [
        Happened(
            new.public_id,
            new.partner_id,
            {
                "metric": new.metric,
                "period": new.period,
                "source": new.source,
                "changes": one.changes,
                "import": True,
            },
        )
        for one, new in zip(todo, rows, strict=True)
    ]
    record_events("fact.recorded", "fact", happened)
