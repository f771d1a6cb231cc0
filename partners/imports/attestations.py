"""Import of statements that somebody vouches for, by the vendor's staff: they count at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import Field

from partners.imports.resolving import Companies, planned
from partners.models import Attestation, Partner
from partners.rules.facts import attestation_end, stated_problem
from programs.compiled import Program, program_or_none
from tenants.importing import Context, Day, ImportSchema, Line, Number, Planned, Row, insert_many
from tenants.importing.kinds import Outcome
from tenants.writing import Happened, record_events
from web.templatetags.mainstay import short_date


class AttestationRow(ImportSchema):
    partner: Line = Field("", max_length=120)
    attestation: Line = Field(max_length=60)
    external_id: Line = Field(max_length=120)
    since: Day
    until: Day | None = None
    value: Number | None = None
    evidence: Line = Field(max_length=300)
    attested_by: Line = Field(max_length=160)

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "attestation": ("code",),
        "external_id": ("id",),
        "since": ("from", "date"),
    }


def key(values: AttestationRow) -> Any:
    return (values.partner, values.attestation, values.external_id)


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    companies = Companies(rows, context)
    program = program_or_none(context.on)
    known = Attestation.objects.filter(
        partner_id__in=list(companies.by_id),
        external_id__in={row.values.external_id for row in rows},
    )
    held = {(row.partner_id, row.code, row.external_id): row for row in known}

    def each(row: Row, partner: Partner) -> Planned:
        given = row.values
        wrong = stated_problem(program, given.attestation, given.value)
        if wrong is not None:
            return row.error("attestation", f"{wrong.detail} {wrong.fix}".strip())
        new = _attestation(given, partner, program)
        if new.until is not None and new.until < new.since:
            words = _("The end lies before the start, %(day)s.") % {"day": short_date(new.since)}
            return row.error("until", words)
        before = held.get((partner.pk, given.attestation, given.external_id))
        if before is not None and _content(before) == _content(new):
            return Planned(row, Outcome.UNCHANGED, target=before)
        if before is not None:
            words = _("This id says something else already. Statements stay: give a new id.")
            return row.error("external_id", words)
        shown = {"evidence": [None, new.evidence], "from": [None, new.since.isoformat()]}
        return Planned(row, Outcome.CREATE, shown, extra=new)

    return planned(rows, companies, each)


def apply(todo: Sequence[Planned], context: Context) -> None:
    rows = [one.extra for one in todo]
    insert_many(rows)
    happened = [
        Happened(
            row.public_id,
            row.partner_id,
            {
                "code": row.code,
                "evidence": row.evidence,
                "since": row.since,
                "until": row.until,
                "import": True,
            },
            private={"attested_by": row.attested_by},
        )
        for row in rows
    ]
    record_events("attestation.recorded", "attestation", happened)


def _attestation(given: AttestationRow, partner: Partner, program: Program | None) -> Attestation:
    code, since = given.attestation, given.since
    return Attestation(
        partner=partner,
        code=code,
        value=given.value,
        evidence=given.evidence,
        attested_by=given.attested_by,
        since=since,
        until=given.until or attestation_end(program, code, since, given.value),
        external_id=given.external_id,
    )


def _content(row: Attestation) -> tuple[dt.date, dt.date | None, object, str, str]:
    return (row.since, row.until, row.value, row.evidence, row.attested_by)
