"""Applying a review: enrolments, cures, exceptions, events and benefits, set by set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.models import Enrolment, Partner
from programs.compiled import program_numbered
from programs.document.types import TIER
from programs.locks import lock_partners
from programs.models import Level
from reviews.actions.benefits import settle
from reviews.actions.deciding import run_data
from reviews.models import Cure, LevelException, ReviewOutcome, ReviewRun
from reviews.rules import axis_rules
from reviews.rules.ground import CHUNK, locked_out
from tenants import scope
from tenants.importing.writing import insert_many
from tenants.writing import Happened, Reason, Refused, record_event, record_events

Kind = ReviewOutcome.Kind
NAMES_SHOWN = 5


def apply_preview(run: ReviewRun, *, on: dt.date, at: dt.datetime) -> ReviewRun:
    """Make the previewed outcomes true from ``on``. The caller holds the program's lock.

    Raises ``Refused("review_outdated")`` where an enrolment that moves, or its cure, is no longer
    the one judged, or an exception or a lock-out was decided since.
    """
    rules = axis_rules(
        program_numbered(run.program_version.number).document, run.partner_type.code, run.axis
    )
    of_set = rules.kind == "set"
    for chunk in _chunks(run):
        _apply_chunk(run, chunk, of_set, on)
    _end_exceptions(run, on)
    ReviewOutcome.objects.filter(run=run, applied_on__isnull=True).update(applied_on=on)
    _link_made(run, on)
    run.state, run.applied_at, run.applied_on = ReviewRun.State.APPLIED, at, on
    run.applied_by_id = scope.current().person_id
    run.save(update_fields=["state", "applied_at", "applied_on", "applied_by"])
    data = {**run_data(run), "on": on, "counts": run.counts}
    record_event("review.applied", run, data=data, program_version=run.program_version.number)
    return run


def _chunks(run: ReviewRun) -> Iterator[list[ReviewOutcome]]:
    """The outcomes that change something, a chunk at a time, in order of their partners."""
    changing = Q(kind__in=[Kind.PROMOTE, Kind.DEMOTE, Kind.CURE]) | Q(cured=True)
    rows = ReviewOutcome.objects.filter(changing, run=run)
    ids = list(rows.order_by("partner_id", "pk").values_list("pk", flat=True))
    named = ReviewOutcome.objects.select_related("from_level", "to_level").defer("explanation")
    for start in range(0, len(ids), CHUNK):
        part = named.filter(pk__in=ids[start : start + CHUNK])
        yield list(part.order_by("partner_id", "pk"))


def _apply_chunk(run: ReviewRun, chunk: Sequence[ReviewOutcome], of_set: bool, on: dt.date) -> None:
    partner_ids = {outcome.partner_id for outcome in chunk}
    lock_partners(partner_ids)
    _refuse_outdated(run, chunk, of_set, on)
    moving = [outcome for outcome in chunk if outcome.from_level_id != outcome.to_level_id]
    _end_cures(run, chunk, on)
    _start_cures(run, chunk, on)
    if moving:
        _move(run, moving, of_set, on)
        settle({outcome.partner_id for outcome in moving}, on=on)


def _refuse_outdated(
    run: ReviewRun, chunk: Sequence[ReviewOutcome], of_set: bool, on: dt.date
) -> None:
    """What was decided since the preview, by somebody or by another review, is never overridden."""
    changed = _moved_since(run, chunk, of_set)
    changed |= _excepted_since(run, chunk, on)
    rising = {outcome.partner_id for outcome in chunk if outcome.kind == Kind.PROMOTE}
    changed |= set(locked_out(rising, on, run.partner_type))
    changed |= _cures_since(run, chunk)
    if changed:
        raise _outdated(changed)


def _moved_since(run: ReviewRun, chunk: Sequence[ReviewOutcome], of_set: bool) -> set[int]:
    """The partners whose level is not the one judged, or that are not active any more."""
    rows = Enrolment.objects.filter(
        partner_id__in={outcome.partner_id for outcome in chunk},
        partner_type=run.partner_type,
        axis=run.axis,
        until__isnull=True,
    )
    now: dict[tuple[int, int | None], int] = {}
    ladder: dict[int, int] = {}
    for pk, partner_id, level_id in rows.values_list("pk", "partner_id", "level_id"):
        now[partner_id, level_id] = pk
        ladder[partner_id] = pk

    def current(outcome: ReviewOutcome) -> int | None:
        if not of_set:
            return ladder.get(outcome.partner_id)
        return now.get((outcome.partner_id, outcome.from_level_id or outcome.to_level_id))

    changed = {o.partner_id for o in chunk if current(o) != o.held_id}
    active = Partner.objects.filter(
        pk__in={o.partner_id for o in chunk}, status=Partner.Status.ACTIVE
    )
    return changed | {o.partner_id for o in chunk} - set(active.values_list("pk", flat=True))


def _excepted_since(run: ReviewRun, chunk: Sequence[ReviewOutcome], on: dt.date) -> set[int]:
    """The partners that keep by exception what the run would take, or put in cure. One that stood
    when the run was computed would have kept the level."""
    losing = {(o.partner_id, o.from_level_id) for o in chunk if o.kind in (Kind.DEMOTE, Kind.CURE)}
    rows = LevelException.objects.filter(
        partner_id__in={partner_id for partner_id, _level in losing},
        partner_type=run.partner_type,
        axis=run.axis,
        ended_on__isnull=True,
        since__lte=on,
        until__gt=run.due_on,
    )
    return {key[0] for key in rows.values_list("partner_id", "level_id") if key in losing}


def _cures_since(run: ReviewRun, chunk: Sequence[ReviewOutcome]) -> set[int]:
    """The partners whose cure is no longer the one that was judged."""
    judged = {o.held_id: o for o in chunk if o.held_id}
    rows = Cure.objects.filter(enrolment_id__in=judged)
    seen = run.decided_at
    later = rows.filter(
        Q(run__applied_at__gt=seen) | Q(ended_by__applied_at__gt=seen)
        | Q(ended_by__undone_at__gt=seen)
    )  # fmt: skip
    changed = set(later.values_list("partner_id", flat=True))
    for cure in rows.filter(ended_on__isnull=True):
        outcome = judged[cure.enrolment_id]
        another = outcome.kind == Kind.CURE and cure.until != outcome.until
        if another or (outcome.kind == Kind.DEMOTE and cure.until > run.due_on):
            changed.add(cure.partner_id)
    return changed


def names_of(partner_ids: Iterable[int]) -> str:
    """The names of a few of these partners, and how many more there are."""
    wanted = set(partner_ids)
    rows = Partner.objects.filter(pk__in=wanted).order_by("name").values_list("name", flat=True)
    names = ", ".join(rows[:NAMES_SHOWN])
    more = len(wanted) - NAMES_SHOWN
    return _("%(names)s and %(n)s more") % {"names": names, "n": more} if more > 0 else names


def _outdated(partner_ids: Iterable[int]) -> Refused:
    words = _("Decided otherwise since this review was computed: %(names)s.")
    detail, fix = words % {"names": names_of(partner_ids)}, _("Compute the review again.")
    return Refused("review_outdated", detail, reasons=[Reason("review_outdated", detail, fix=fix)])


def _end_cures(run: ReviewRun, chunk: Sequence[ReviewOutcome], on: dt.date) -> None:
    ended = {o.held_id: o for o in chunk if o.held_id and (o.cured or o.kind != Kind.CURE)}
    rows = Cure.objects.filter(enrolment_id__in=ended, ended_on__isnull=True)
    happened = []
    for how, kinds in _CURE_ENDS.items():
        own = [pk for pk, o in ended.items() if o.kind in kinds]
        held = list(rows.filter(enrolment_id__in=own).select_related("level"))
        Cure.objects.filter(pk__in=[cure.pk for cure in held]).update(
            ended_on=on, ended_as=how, ended_by=run
        )
        happened += [
            Happened(cure.public_id, cure.partner_id, {**_level_data(run, cure.level), "as": how})
            for cure in held
        ]
    record_events("cure.ended", "cure", happened)


_CURE_ENDS = {
    Cure.Ended.CURED: (Kind.KEEP, Kind.WARN),
    Cure.Ended.OVER: (Kind.DEMOTE,),
    Cure.Ended.CHANGED: (Kind.PROMOTE,),
}


def _end_exceptions(run: ReviewRun, on: dt.date) -> None:
    """An exception is over once a review judged its level on its day, or moved the partner off."""
    rows = LevelException.objects.filter(
        partner_type=run.partner_type, axis=run.axis, ended_on__isnull=True
    )
    moved = ReviewOutcome.objects.filter(
        run=run, kind__in=[Kind.PROMOTE, Kind.DEMOTE], from_level=OuterRef("level_id"),
        partner=OuterRef("partner_id"),
    )  # fmt: skip
    over = list(rows.filter(Q(until__lte=run.due_on) | Exists(moved)).select_related("level"))
    LevelException.objects.filter(pk__in=[row.pk for row in over]).update(ended_on=on)
    happened = [Happened(r.public_id, r.partner_id, _level_data(run, r.level)) for r in over]
    record_events("exception.ended", "levelexception", happened)


def _start_cures(run: ReviewRun, chunk: Sequence[ReviewOutcome], on: dt.date) -> None:
    starting = {o.held_id: o for o in chunk if o.kind == Kind.CURE and o.held_id}
    going = Cure.objects.filter(enrolment_id__in=starting, ended_on__isnull=True)
    for enrolment_id in going.values_list("enrolment_id", flat=True):
        del starting[enrolment_id]
    rows = [_cure(run, outcome) for outcome in starting.values()]
    insert_many(rows)
    happened = [
        Happened(
            cure.public_id,
            cure.partner_id,
            {**_level_data(run, outcome.from_level), "until": cure.until},
        )
        for cure, outcome in zip(rows, starting.values(), strict=True)
    ]
    record_events("cure.started", "cure", happened)


def _cure(run: ReviewRun, outcome: ReviewOutcome) -> Cure:
    assert outcome.held_id and outcome.from_level_id and outcome.until  # what a cure is about
    return Cure(
        vendor_id=run.vendor_id,
        partner_id=outcome.partner_id,
        enrolment_id=outcome.held_id,
        partner_type=run.partner_type,
        axis=run.axis,
        level_id=outcome.from_level_id,
        since=run.due_on,
        until=outcome.until,
        gap=outcome.gap,
        run=run,
    )


def _move(run: ReviewRun, moving: Sequence[ReviewOutcome], of_set: bool, on: dt.date) -> None:
    ended = [outcome.held_id for outcome in moving if outcome.held_id]
    Enrolment.objects.filter(pk__in=ended).update(until=on)
    opening = [outcome for outcome in moving if not of_set or outcome.to_level_id]
    rows = [
        Enrolment(
            vendor_id=run.vendor_id,
            partner_id=outcome.partner_id,
            partner_type=run.partner_type,
            axis=run.axis,
            of_set=of_set,
            level_id=outcome.to_level_id,
            since=on,
            reason=_reason(run),
        )
        for outcome in opening
    ]
    insert_many(rows)
    happened = [_moved(run, outcome, row, on) for outcome, row in zip(opening, rows, strict=True)]
    record_events("level.set", "enrolment", happened)
    happened = [
        Happened(outcome.partner.public_id, outcome.partner_id, _moves(run, outcome, on))
        for outcome in moving
        if of_set and not outcome.to_level_id
    ]
    record_events("level.ended", "partner", happened)


def _moved(run: ReviewRun, outcome: ReviewOutcome, row: Enrolment, on: dt.date) -> Happened:
    return Happened(row.public_id, row.partner_id, _moves(run, outcome, on))


def _moves(run: ReviewRun, outcome: ReviewOutcome, on: dt.date) -> dict[str, Any]:
    return {
        "type": run.partner_type.code,
        **({"axis": run.axis} if run.axis != TIER else {}),
        "changes": {"level": [_code(outcome.from_level), _code(outcome.to_level)]},
        "on": on,
        "reason": _reason(run),
        "review": run.ref,
    }


def _reason(run: ReviewRun) -> str:
    return _("Review of %(day)s") % {"day": date_format(run.due_on, "j M Y")}


def _code(level: Level | None) -> str | None:
    return level.code if level else None


def _level_data(run: ReviewRun, level: Level | None) -> dict[str, Any]:
    held = {"type": run.partner_type.code, "axis": run.axis, "level": _code(level)}
    return {**held, "review": run.ref}


# One statement for the whole run: each outcome learns the enrolment that it led to.
_LINK = """
UPDATE reviews_reviewoutcome o SET made_id = e.id
FROM partners_enrolment e
WHERE o.vendor_id = %(vendor)s AND o.run_id = %(run)s AND o.kind IN ('promote', 'demote')
  AND e.vendor_id = o.vendor_id AND e.partner_id = o.partner_id
  AND e.partner_type_id = o.partner_type_id AND e.axis = o.axis AND e.since = %(on)s
  AND e.until IS NULL AND e.level_id IS NOT DISTINCT FROM o.to_level_id
  AND (o.to_level_id IS NOT NULL OR NOT e.of_set)
"""


def _link_made(run: ReviewRun, on: dt.date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LINK, {"vendor": run.vendor_id, "run": run.pk, "on": on})
