"""Values, records and agreed numbers of a partner that no row of ours gives, with their source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

from partners.actions.writing import (
    fresh,
    held_partner,
    needs_reason,
    needs_span,
    refused,
    written,
)
from partners.models import AgreedValue, Fact, Partner, Record
from partners.rules.facts import figure_problem, record_problem
from programs.compiled import program_or_none
from tenants.clock import day_of
from tenants.writing import Refused, action, changes, record_event

Row = TypeVar("Row", Fact, Record)


@action("facts.write")
def record_fact(
    partner: Partner,
    *,
    metric: str,
    period: dt.date,
    value: Decimal,
    source: str,
    at: dt.datetime,
    unit: str = "",
) -> Fact:
    """Record a metric's value as of the day ``period``; it supersedes the one recorded before.

    ``value`` is in ``unit``, by default the program's. The same value again changes nothing.
    Raises ``Refused``: ``unknown_metric``, ``wrong_unit``, ``day_ahead``, ``invalid``.
    """
    partner = held_partner(partner)
    today = day_of(at)
    program = program_or_none(today)
    problem = figure_problem(program, metric, unit, period, today)
    if problem is not None:
        raise Refused(problem.code, problem.detail, reasons=[problem])
    own_unit = program.document.metrics[metric].unit[:12] if program else ""
    before = Fact.objects.filter(
        partner=partner, metric=metric, period=period, superseded_by__isnull=True
    ).first()
    if before is not None and before.value == value and before.source == source:
        return before
    fact = Fact(
        partner=partner,
        metric=metric,
        period=period,
        value=value,
        unit=unit or own_unit,
        source=source,
        recorded_at=at,
    )
    _supersede(before, fact)
    record_event(
        "fact.recorded",
        fact,
        data={
            "metric": metric,
            "period": period,
            "source": source,
            "changes": {"value": [str(before.value) if before else None, str(value)]},
        },
    )
    return fact


@action("facts.write")
def record_happening(
    partner: Partner,
    *,
    kind: str,
    on: dt.date,
    source: str,
    at: dt.datetime,
    until: dt.date | None = None,
    value: Decimal | None = None,
    currency: str = "",
    tags: Mapping[str, str] | None = None,
    external_id: str = "",
) -> Record:
    """Record that something happened on the day ``on`` (an opportunity, an event, a case).

    Found again by ``external_id``: then the new row supersedes the old one, or changes nothing
    where all is the same. ``value`` is in ``currency`` where given; ``until`` is the first day on
    which it is no longer open. Raises ``Refused``: ``unknown_kind``, ``wrong_currency``,
    ``day_ahead``, ``span_reversed``, ``invalid``.
    """
    partner = held_partner(partner)
    problem = record_problem(kind, on, day_of(at), value, currency)
    if problem is not None:
        raise Refused(problem.code, problem.detail, reasons=[problem])
    needs_span(on, until)
    row = Record(
        partner=partner,
        kind=kind,
        on=on,
        until=until,
        value=value,
        currency=currency.upper(),
        tags=dict(tags or {}),
        external_id=external_id.strip(),
        source=source.strip(),
        recorded_at=at,
    )
    before = _same_record(row)
    differs = changes(content(before) if before else {}, content(row))
    if before is not None and not differs:
        return before
    _supersede(before, row)
    record_event("record.recorded", row, data={"kind": kind, "on": on, "changes": differs})
    return row


def _same_record(row: Record) -> Record | None:
    """The current record with the external id of ``row``, if it has one."""
    rows = Record.objects.filter(partner=row.partner, kind=row.kind, superseded_by__isnull=True)
    return rows.filter(external_id=row.external_id).first() if row.external_id else None


def content(row: Record) -> dict[str, object]:
    """What two records are compared by."""
    names = ("on", "until", "value", "currency", "tags", "source")
    return {name: getattr(row, name) for name in names}


@action("facts.write")
def withdraw_record(record: Record, *, reason: str) -> Record:
    """The record was wrong and no longer counts, on any day. It stays readable.

    Raises ``Refused``: ``reason_missing``, ``already_superseded``.
    """
    record, reason = _withdrawn(record, reason)
    record_event(
        "record.withdrawn", record, data={"kind": record.kind, "on": record.on, "reason": reason}
    )
    return record


@action("facts.write")
def withdraw_fact(fact: Fact, *, reason: str) -> Fact:
    """The figure was wrong and no longer counts, on any day. It stays readable.

    What counts then is the figure of the latest day before it that stands, else nothing: the value
    that it took the place of on its own day was replaced and does not come back. Raises
    ``Refused``: ``reason_missing``, ``already_superseded``.
    """
    fact, reason = _withdrawn(fact, reason)
    data = {"metric": fact.metric, "period": fact.period, "source": fact.source, "reason": reason}
    record_event("fact.withdrawn", fact, data={**data, "changes": {"value": [fact.value, None]}})
    return fact


def _withdrawn(row: Row, reason: str) -> tuple[Row, str]:
    """The row, superseded by itself, and the reason without its spaces."""
    reason = needs_reason(reason)
    held_partner(row.partner, living=False)
    row = fresh(row)
    if row.superseded_by_id is not None:
        raise refused("already_superseded", _("This no longer counts."))
    row.superseded_by = row
    return written(row, only=["superseded_by"]), reason


@action("facts.write")
def agree_value(
    partner: Partner,
    *,
    code: str,
    value: Decimal,
    since: dt.date,
    agreed_by: str,
    at: dt.datetime,
    until: dt.date | None = None,
) -> AgreedValue:
    """A number is agreed with the partner over ``[since, until)``; it ends the one before it.

    ``value`` is in the unit of what it is compared with. The same again changes nothing. Raises
    ``Refused``: ``span_reversed``, ``agreed_before`` where one begins that day or later,
    ``invalid``.
    """
    partner = held_partner(partner)
    needs_span(since, until)
    rows = AgreedValue.objects.filter(partner=partner, code=code)
    same = rows.filter(since=since, until=until, value=value, agreed_by=agreed_by.strip()).first()
    if same is not None:
        return same
    if rows.standing().filter(since__gte=since).exists():
        raise refused(
            "agreed_before",
            _("A value that begins on this day or later is agreed already."),
            pointer="since",
        )
    rows.current(since).update(until=since)
    row = AgreedValue(
        partner=partner,
        code=code,
        value=value,
        since=since,
        until=until,
        agreed_by=agreed_by.strip(),
        recorded_at=at,
    )
    written(row)
    record_event(
        "value.agreed",
        row,
        data={"code": code, "value": value, "since": since, "until": until},
        private={"agreed_by": row.agreed_by},
    )
    return row


@action("facts.write")
def withdraw_value(agreed: AgreedValue, *, reason: str) -> AgreedValue:
    """The number was agreed by mistake and counts on no day. It stays readable.

    The number that it had ended stays ended: where it is to count again, it is agreed again, from
    the same day on if wanted. Raises ``Refused``: ``reason_missing``, ``already_withdrawn``.
    """
    reason = needs_reason(reason)
    held_partner(agreed.partner, living=False)
    row = fresh(agreed)
    if row.withdrawn:
        raise refused("already_withdrawn", _("This no longer counts."))
    data = {"code": row.code, "value": row.value, "since": row.since, "until": row.until}
    row.until = row.since
    written(row, only=["until"])
    record_event("value.withdrawn", row, data=data | {"reason": reason})
    return row


def _supersede(before: Fact | Record | None, row: Fact | Record) -> None:
    """Only one row may be current: the old one steps aside before the new one exists."""
    if before is None:
        written(row)
        return
    model = type(row)
    model.objects.filter(pk=before.pk).update(superseded_by=before)
    written(row)
    model.objects.filter(pk=before.pk).update(superseded_by=row)
