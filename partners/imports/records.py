"""Import of dated records: opportunities, events, cases, whatever a metric counts or sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from partners.imports.resolving import Companies, planned, supersede_many
from partners.models import Partner, Record
from partners.rules.facts import record_problem
from partners.rules.tags import tags_of, tags_text
from tenants.importing import Context, Day, ImportSchema, Line, Number, Planned, Row
from tenants.importing.kinds import Outcome
from tenants.writing import Happened, changes, record_events
from web.templatetags.mainstay import short_date


def _tags(value: Any) -> dict[str, str]:
    """The tags of the cell; JSON of an earlier preview is a mapping already."""
    if isinstance(value, dict):
        return value
    try:
        return tags_of(str(value))
    except ValueError as error:
        raise PydanticCustomError("tags", "{words}", {"words": str(error)}) from None


class RecordRow(ImportSchema):
    partner: Line = Field("", max_length=120)
    kind: Line = Field(max_length=60)
    external_id: Line = Field(max_length=120)
    on: Day
    until: Day | None = None
    value: Number | None = None
    currency: Line = Field("", max_length=3)
    tags: Annotated[dict[str, str], BeforeValidator(_tags)] = {}
    source: Line = Field("import", max_length=60)

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "on": ("day", "date"),
        "until": ("end", "closed on"),
        "external_id": ("id",),
        "value": ("amount",),
    }


def key(values: RecordRow) -> Any:
    return (values.partner, values.kind, values.external_id)


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    companies = Companies(rows, context)
    current = Record.objects.filter(
        partner_id__in=list(companies.by_id),
        external_id__in={row.values.external_id for row in rows},
        superseded_by__isnull=True,
    )
    held = {(row.partner_id, row.kind, row.external_id): row for row in current}

    def each(row: Row, partner: Partner) -> Planned:
        given = row.values
        wrong = record_problem(given.kind, given.on, context.on, given.value, given.currency)
        if wrong is not None:
            return row.error(wrong.pointer, f"{wrong.detail} {wrong.fix}".strip())
        if given.until is not None and given.until < given.on:
            words = _("The end lies before the start, %(day)s.") % {"day": short_date(given.on)}
            return row.error("until", words)
        before = held.get((partner.pk, given.kind, given.external_id))
        new = _record(given, partner, context.at)
        differs = changes(_shown(before) if before else {}, _shown(new))
        if before is not None and not differs:
            return Planned(row, Outcome.UNCHANGED, target=before)
        outcome = Outcome.UPDATE if before else Outcome.CREATE
        return Planned(row, outcome, differs, target=before, extra=partner)

    return planned(rows, companies, each)


def apply(todo: Sequence[Planned], context: Context) -> None:
    """Write the new rows, each in place of the one with its external id."""
    rows = [_record(one.row.values, one.extra, context.at) for one in todo]
    supersede_many(Record, todo, rows)
    happened = [
        Happened(
            row.public_id,
            row.partner_id,
            {"kind": row.kind, "on": row.on, "changes": one.changes, "import": True},
        )
        for one, row in zip(todo, rows, strict=True)
    ]
    record_events("record.recorded", "record", happened)


def _record(given: RecordRow, partner: Partner, at: dt.datetime) -> Record:
    return Record(
        partner=partner,
        kind=given.kind,
        on=given.on,
        until=given.until,
        value=given.value,
        currency=given.currency.upper(),
        tags=given.tags,
        external_id=given.external_id,
        source=given.source,
        recorded_at=at,
    )


def _shown(record: Record) -> dict[str, Any]:
    """What a preview compares, in words that survive being stored as JSON."""
    return {
        "kind": record.kind,
        "on": record.on.isoformat(),
        "until": record.until.isoformat() if record.until else None,
        "value": None if record.value is None else f"{record.value.normalize():f}",
        "currency": record.currency or None,
        "tags": tags_text(record.tags) or None,
        "source": record.source,
    }
