"""Values and statements about a partner that no row of ours gives, each with its source."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _

from partners.actions.writing import held_partner, needs_span, refused, written
from partners.models import Attestation, Fact, Partner
from programs.compiled import program_or_none
from programs.rules.periods import add_months
from tenants.writing import action, record_event


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
    Raises ``Refused``: ``unknown_metric``, ``invalid``.
    """
    partner = held_partner(partner)
    own_unit = _unit(metric, period)
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


def _unit(metric: str, on: dt.date) -> str:
    """The metric's unit in the program; ``Refused("unknown_metric")`` where it has none."""
    program = program_or_none(on)
    if program is None:
        return ""
    rule = program.document.metrics.get(metric)
    if rule is None:
        raise refused(
            "unknown_metric",
            _("The program has no metric “%(code)s”.") % {"code": metric},
            fix=_("Known: %(codes)s.") % {"codes": ", ".join(sorted(program.document.metrics))},
            pointer="metric",
        )
    return rule.unit[:12]


def _supersede(before: Fact | None, fact: Fact) -> None:
    """Only one row per day may be current: the old one steps aside before the new one exists."""
    if before is None:
        written(fact)
        return
    Fact.objects.filter(pk=before.pk).update(superseded_by=before)
    written(fact)
    Fact.objects.filter(pk=before.pk).update(superseded_by=fact)


@action("attestations.write")
def record_attestation(
    partner: Partner,
    *,
    code: str,
    evidence: str,
    attested_by: str,
    since: dt.date,
    until: dt.date | None = None,
) -> Attestation:
    """Record what somebody vouches for, over ``[since, until)``.

    ``until`` is the program's number of months after ``since`` where it is left out. Raises
    ``Refused``: ``unknown_attestation``, ``evidence_missing``, ``span_reversed``.
    """
    partner = held_partner(partner)
    program = program_or_none(since)
    rule = program.document.attestations.get(code) if program else None
    if program is not None and rule is None:
        raise refused(
            "unknown_attestation",
            _("The program has no attestation “%(code)s”.") % {"code": code},
            pointer="code",
        )
    if not evidence.strip():
        raise refused(
            "evidence_missing", _("Say what shows it: a document, a date."), pointer="evidence"
        )
    until = until or _end_by_program(rule.months if rule else None, since)
    needs_span(since, until)
    row = Attestation(
        partner=partner,
        code=code,
        evidence=evidence.strip(),
        attested_by=attested_by.strip(),
        since=since,
        until=until,
    )
    written(row)
    record_event(
        "attestation.recorded",
        row,
        data={"code": code, "evidence": row.evidence, "since": since, "until": until},
        private={"attested_by": row.attested_by},
    )
    return row


def _end_by_program(months: object, since: dt.date) -> dt.date | None:
    return add_months(since, months) if isinstance(months, int) else None
