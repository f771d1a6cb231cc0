"""The reviews that a clock makes due: opened once each, after a downtime too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Max
from django.utils.translation import gettext as _

from partners.models import Partner
from programs.actions import follow_program
from programs.compiled import Program, program_on, program_or_none
from programs.document.types import PartnerType as TypeRules
from programs.document.types import Review
from programs.models import PartnerType, ProgramVersion
from reviews.actions.applying import apply_preview
from reviews.actions.deciding import decided, note_preview
from reviews.actions.following import follow_levels
from reviews.actions.runs import Trigger, apply_run, locked_run
from reviews.models import ReviewRun
from reviews.rules import due_days, is_continuous
from reviews.rules.clock import ONE_DAY
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.writing import Refused, action


@dataclass(frozen=True)
class Due:
    """A review to open: one axis, by the facts of ``due_on``."""

    partner_type: PartnerType
    axis: str
    review: Review
    due_on: dt.date
    trigger: str


def open_due_runs(*, on: dt.date, at: dt.datetime) -> int:
    """Open every review of the entered vendor that is due by its day ``on``, each in a transaction
    of its own, the oldest first; returns how many.

    Where the clock says ``approve`` it waits as a preview. Days that passed unseen are made up for,
    by the facts of their day; of a continuous clock only today. The names and ranks of levels, and
    whoever holds one that is gone, follow a version that came into force before its first review.
    """
    program = program_or_none(on)
    if program is None:
        return 0
    follow_program(on=on)
    due = list(due_reviews(on))
    before = [one for one in due if one.due_on < program.effective_from]
    count = sum(_opened(one, on=on, at=at) for one in before)
    follow_levels(on=on)
    return count + sum(_opened(one, on=on, at=at) for one in due[len(before) :])


def _opened(due: Due, *, on: dt.date, at: dt.datetime) -> bool:
    """Open one review; false where there is nothing to open any more."""
    try:
        if due.review.approve:
            run = wait_for_approval(due, on=on, at=at)
            if _tells_nothing(run):
                close_run(run, on=on, at=at)
        else:
            apply_run(
                due.partner_type, due.axis, due_on=due.due_on, on=on, at=at, trigger=due.trigger
            )
    except Refused as refused:
        # Another worker was first, or the program of that day had no such axis yet.
        if refused.code not in _FIRST:
            raise
        return False
    return True


_FIRST = frozenset(
    {"already_reviewed", "unknown_axis", "no_program", "wrong_state", "review_outdated"}
)


@action("reviews.run")
def wait_for_approval(due: Due, *, on: dt.date, at: dt.datetime) -> ReviewRun:
    """Compute a due review and leave it for a person to approve. Nobody waits meanwhile: the
    program's lock is not held.

    Raises ``Refused``: ``already_reviewed``, ``unknown_axis``, ``no_program``.
    """
    run = decided(due.partner_type, due.axis, due_on=due.due_on, on=on, at=at, trigger=due.trigger)
    note_preview(run, program_on(due.due_on))
    return run


@action("reviews.run")
def close_run(run: ReviewRun, *, on: dt.date, at: dt.datetime) -> ReviewRun:
    """Apply a preview that moves nobody and tells nobody anything: there is nothing to approve.

    Raises ``Refused``: ``wrong_state``, ``review_outdated``.
    """
    run = locked_run(run)
    if not _tells_nothing(run):
        raise Refused("wrong_state", _("Somebody has to approve this review."))
    return apply_preview(run, on=on, at=at)


def _tells_nothing(run: ReviewRun) -> bool:
    return run.state == ReviewRun.State.PREVIEW and not set(run.counts) - {"keep"}


def due_reviews(on: dt.date) -> Iterator[Due]:
    """What is due by ``on`` and has no run yet, the oldest day first."""
    program = program_or_none(on)
    if program is None:
        return
    last = _last_clock_days()
    between = set(
        ReviewRun.objects.filter(trigger=Trigger.BETWEEN, due_on=on).values_list(
            "partner_type__code", "axis"
        )
    )
    found: list[Due] = []
    for kind, judging, rules in _reviewed(program):
        for axis in rules.axis_codes():
            review = rules.review_of(axis)
            if review is None:
                continue
            key = (kind.code, axis)
            since = last[key] + ONE_DAY if key in last else _first_day(judging)
            if judging is not program:  # gone: what was due on its last days is made up for
                days = _days(review, since, program.effective_from - ONE_DAY)
                found += [Due(kind, axis, review, day, Trigger.CLOCK) for day in days]
                continue
            days = _days(review, since, on)
            found += [Due(kind, axis, review, day, Trigger.CLOCK) for day in days]
            reviewed_today = on in days or last.get(key) == on
            if not reviewed_today and key not in between and not is_continuous(review):
                found.append(Due(kind, axis, review, on, Trigger.BETWEEN))
    yield from sorted(found, key=lambda due: due.due_on)


def _reviewed(program: Program) -> Iterator[tuple[PartnerType, Program, TypeRules]]:
    """The types of the program, and those of the one before that it took out, each with the
    program that has it."""
    before = program_or_none(program.effective_from - ONE_DAY)
    known = {
        code: (judging, rules)
        for judging in filter(None, (before, program))
        for code, rules in judging.document.types.items()
    }
    for kind in PartnerType.objects.filter(code__in=list(known)):
        yield kind, *known[kind.code]


def _days(review: Review, since: dt.date, on: dt.date) -> tuple[dt.date, ...]:
    if is_continuous(review):
        return (on,) if since <= on else ()
    if review.clock != "anniversary":
        return due_days(review, since, since, on + ONE_DAY)
    joined = Partner.objects.order_by("joined_on").values_list("joined_on", flat=True).distinct()
    return tuple(
        sorted({day for one in joined for day in due_days(review, one, since, on + ONE_DAY)})
    )


def _last_clock_days() -> dict[tuple[str, str], dt.date]:
    rows = ReviewRun.objects.filter(trigger=Trigger.CLOCK).order_by()
    named = rows.values("partner_type__code", "axis").annotate(last=Max("due_on"))
    return {(row["partner_type__code"], row["axis"]): row["last"] for row in named}


def _first_day(program: Program) -> dt.date:
    """A clock that never ran starts with its version: neither before it was in force nor before
    it was published."""
    published = ProgramVersion.objects.values_list("published_at", flat=True).get(
        pk=program.version_id
    )
    vendor = vendor_by_id(scope.current().vendor_id)
    return max(program.effective_from, vendor.day_of(published))
