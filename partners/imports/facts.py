"""Import of figures: one value of a metric per partner and day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field

from partners.imports.resolving import Companies, planned, supersede_many
from partners.models import Fact, Partner
from partners.rules.facts import figure_problem
from programs.compiled import Program, program_or_none
from tenants.importing import (
    Context,
    Day,
    ImportSchema,
    Line,
    Number,
    Planned,
    Row,
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
        period__in={row.values.period for row in rows},
        superseded_by__isnull=True,
    )
    held = {(fact.partner_id, fact.metric, fact.period): fact for fact in current}

    def each(row: Row, partner: Partner) -> Planned:
        values = row.values
        wrong = figure_problem(program, values.metric, values.unit, values.period, context.on)
        if wrong is not None:
            return row.error(wrong.pointer, f"{wrong.detail} {wrong.fix}".strip())
        before = held.get((partner.pk, values.metric, values.period))
        if before is not None and before.value == values.value and before.source == values.source:
            return Planned(row, Outcome.UNCHANGED, target=before)
        old = f"{before.value.normalize():f}" if before else None
        outcome = Outcome.UPDATE if before else Outcome.CREATE
        shown = {"value": [old, f"{values.value.normalize():f}"]}
        return Planned(row, outcome, shown, target=before, extra=partner)

    return planned(rows, companies, each)


def _unit(program: Program | None, metric: str) -> str:
    return program.document.metrics[metric].unit[:12] if program else ""


def apply(todo: Sequence[Planned], context: Context) -> None:
    """Write the new values, each in place of the one before it."""
    program = program_or_none(context.on)
    rows = [
        Fact(
            partner=one.extra,
            metric=one.row.values.metric,
            period=one.row.values.period,
            value=one.row.values.value,
            unit=one.row.values.unit or _unit(program, one.row.values.metric),
            source=one.row.values.source,
            recorded_at=context.at,
        )
        for one in todo
    ]
    supersede_many(Fact, todo, rows)
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
