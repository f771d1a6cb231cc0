"""Computing a review: the run and its outcomes, written and not yet applied."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from programs.compiled import Program, program_on
from programs.models import PartnerType
from reviews.models import ReviewOutcome, ReviewRun
from reviews.rules import is_continuous
from reviews.rules.ground import Judged, Question, judged, members_of, question_for
from reviews.rules.words import gap_of
from tenants import scope
from tenants.importing.writing import as_json
from tenants.writing import NotAllowed, Refused, record_event

Trigger = ReviewRun.Trigger
_COMPUTING = 7104  # first key of the two-part advisory lock: "a vendor's review is computed"


def require_whole_vendor() -> None:
    """A review concerns all partners: nobody bound to one runs it. Raises ``NotAllowed``."""
    if not scope.current().all_partners:
        raise NotAllowed("reviews.run")


def decided(
    partner_type: PartnerType,
    axis: str,
    *,
    due_on: dt.date,
    on: dt.date,
    at: dt.datetime,
    trigger: str = Trigger.DEMAND,
    applied_on: dt.date | None = None,
) -> ReviewRun:
    """The run of this axis on ``due_on`` as a preview, its outcomes computed anew. ``applied_on``
    is the day from which the caller makes them true at once.

    An unapproved preview of the same kind gives its place. Raises ``Refused``: ``no_program``,
    ``unknown_axis``, ``already_reviewed``.
    """
    _one_at_a_time()
    program = program_on(due_on)
    question = question_for(
        program,
        partner_type,
        axis,
        due_on,
        on,
        full=trigger != Trigger.BETWEEN,
        by_clock=trigger == Trigger.CLOCK,
    )
    if not question.rules.levels:
        raise Refused("unknown_axis", _("The program has no levels to review there."))
    run = _run(question, trigger, at)
    members = members_of(question)
    counts: Counter[str] = Counter()
    for chunk in judged(question, members):
        counts.update(one.outcome.kind for one in chunk)
        _store(run, question, chunk, applied_on)
    run.partners, run.counts = len(members), dict(counts)
    run.save(update_fields=["partners", "counts"])
    return run


def _one_at_a_time() -> None:
    """Two reviews of one vendor are computed one after the other; the gate need not wait for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_COMPUTING, scope.current().vendor_id]
        )


def note_preview(run: ReviewRun, program: Program) -> None:
    """Leave the event of a preview that waits for somebody."""
    data = {**run_data(run), "counts": run.counts}
    record_event("review.previewed", run, data=data, program_version=program.number)


def run_data(run: ReviewRun) -> dict[str, Any]:
    """What every event of a run carries."""
    return {
        "type": run.partner_type.code,
        "axis": run.axis,
        "due_on": run.due_on,
        "trigger": str(run.trigger),
    }


def _run(question: Question, trigger: str, at: dt.datetime) -> ReviewRun:
    own = {"partner_type": question.partner_type, "axis": question.rules.axis, "trigger": trigger}
    rows = ReviewRun.objects.filter(**own)
    waiting = rows.filter(state=ReviewRun.State.PREVIEW)
    if trigger == Trigger.DEMAND:
        held = waiting.first()
    else:
        held = rows.filter(due_on=question.due_on).first()
    if held is None and trigger == Trigger.BETWEEN:
        held = waiting.first()
    if held is not None and held.state != ReviewRun.State.PREVIEW:
        words = _("This axis was reviewed for %(day)s already.")
        raise Refused("already_reviewed", words % {"day": question.due_on})
    if held is not None:
        ReviewOutcome.objects.filter(run=held).delete()
    run = held or ReviewRun(**own)
    run.due_on, run.decided_at = question.due_on, at
    run.program_version_id = question.program.version_id
    run.save()
    return run


def _store(
    run: ReviewRun, question: Question, chunk: Sequence[Judged], applied_on: dt.date | None
) -> None:
    """Keep what somebody will ask about. A continuous clock, and the days between reviews, keep
    only what is new: a year would else be a million rows of nothing."""
    review = question.rules.review
    sparse = not question.full or (review is not None and is_continuous(review))
    if sparse:
        chunk = _new(question, chunk)
    rows = as_json([_row(question, one) for one in chunk])
    values: dict[str, Any] = {
        "vendor": run.vendor_id,
        "run": run.pk,
        "type": question.partner_type.pk,
        "axis": question.rules.axis,
        "due_on": question.due_on,
        "applied_on": applied_on,
        "rows": rows,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)


# Thousands of rows in one JSON text: making a model of each would take longer than deciding them.
_INSERT = """
INSERT INTO reviews_reviewoutcome (vendor_id, run_id, partner_id, partner_type_id, axis, kind,
  from_level_id, to_level_id, held_id, until, cured, gap, explanation, due_on,
  applied_on)
SELECT %(vendor)s, %(run)s, r.partner, %(type)s, %(axis)s, r.kind, r.before, r.after, r.held,
       r.until, r.cured, r.gap, r.explanation, %(due_on)s,
       %(applied_on)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(partner bigint, kind text, before bigint,
  after bigint, held bigint, until date, cured boolean, gap jsonb, explanation jsonb)
"""


def _new(question: Question, chunk: Sequence[Judged]) -> list[Judged]:
    telling = [one for one in chunk if one.outcome.kind != "keep" or one.outcome.cured]
    last = _last_outcomes(question, {one.member.partner_id for one in telling})
    return [
        one
        for one in telling
        if one.outcome.moves
        or last.get(_key(question, one)) != (one.outcome.kind, one.outcome.until)
    ]


def _last_outcomes(question: Question, partner_ids: Iterable[int]) -> dict[Any, Any]:
    """Per partner and level before, what the last applied run said."""
    rows = ReviewOutcome.objects.filter(
        partner_id__in=partner_ids,
        partner_type=question.partner_type,
        axis=question.rules.axis,
        applied_on__isnull=False,
        undone_on__isnull=True,
    )
    found = rows.order_by("partner_id", "from_level_id", "-pk").distinct(
        "partner_id", "from_level_id"
    )
    named = found.values_list("partner_id", "from_level_id", "kind", "until")
    return {(pk, level): (kind, until) for pk, level, kind, until in named}


def _key(question: Question, one: Judged) -> tuple[int, int | None]:
    held = one.outcome.from_
    return one.member.partner_id, question.levels[held] if held else None


def _row(question: Question, one: Judged) -> dict[str, Any]:
    outcome = one.outcome
    return {
        "partner": one.member.partner_id,
        "kind": outcome.kind,
        "before": question.levels.get(outcome.from_) if outcome.from_ else None,
        "after": question.levels.get(outcome.to) if outcome.to else None,
        "held": one.held_id,
        "until": outcome.until,
        "cured": outcome.cured,
        "gap": gap_of(outcome),
        "explanation": outcome.node.to_dict() if outcome.node else None,
    }
