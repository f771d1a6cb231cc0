"""Reviews: preview, apply, approve, undo. Each in one transaction under the program's lock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from partners.actions.writing import needs_reason
from partners.models import Enrolment, Partner
from programs.compiled import program_on
from programs.locks import lock_partners, lock_program
from programs.models import PartnerType
from reviews.actions.applying import apply_preview, names_of
from reviews.actions.benefits import settle
from reviews.actions.deciding import decided, note_preview, require_whole_vendor, run_data
from reviews.models import Cure, ReviewOutcome, ReviewRun
from tenants import scope
from tenants.writing import Happened, Reason, Refused, action, record_event, record_events

State, Trigger = ReviewRun.State, ReviewRun.Trigger


@action("reviews.run")
def preview_run(partner_type: PartnerType, axis: str, *, on: dt.date, at: dt.datetime) -> ReviewRun:
    """Compute a review of today, to be looked at and then approved on the same day.

    No level moves. An earlier unapproved preview of the axis gives its place. Raises ``Refused``:
    ``no_program``, ``unknown_axis``.
    """
    require_whole_vendor()
    run = decided(partner_type, axis, due_on=on, on=on, at=at)
    note_preview(run, program_on(on))
    return run


@action("reviews.run")
def refresh_run(run: ReviewRun, *, on: dt.date, at: dt.datetime) -> ReviewRun:
    """Compute an unapproved review again: by the program and the facts as they are now. One that
    the clock opened keeps its due day. Raises ``Refused``: ``wrong_state``."""
    require_whole_vendor()
    run = locked_run(run)
    _refuse_unless(run, State.PREVIEW)
    due_on = run.due_on if run.trigger == Trigger.CLOCK else on
    run = decided(run.partner_type, run.axis, due_on=due_on, on=on, at=at, trigger=run.trigger)
    note_preview(run, program_on(due_on))
    return run


@action("reviews.run")
def apply_run(
    partner_type: PartnerType,
    axis: str,
    *,
    due_on: dt.date,
    on: dt.date,
    at: dt.datetime,
    trigger: str = Trigger.DEMAND,
) -> ReviewRun:
    """Review the axis by the facts of ``due_on`` and make the outcomes true from ``on``, at once.

    Both are the vendor's days. Raises ``Refused``: ``no_program``, ``unknown_axis``,
    ``already_reviewed``.
    """
    require_whole_vendor()
    lock_program(scope.current().vendor_id)
    run = decided(partner_type, axis, due_on=due_on, on=on, at=at, trigger=trigger, applied_on=on)
    return apply_preview(run, on=on, at=at)


@action("reviews.run")
def approve_run(run: ReviewRun, *, on: dt.date, at: dt.datetime) -> ReviewRun:
    """Make a preview true from ``on``, exactly as it was shown.

    Raises ``Refused``: ``wrong_state`` (somebody else was first), ``review_outdated`` where a
    version was published since, a preview on demand is of another day, or a level that would move,
    its cure, an exception or a lock-out was changed meanwhile.
    """
    require_whole_vendor()
    run = locked_run(run)
    _refuse_unless(run, State.PREVIEW)
    if run.trigger != Trigger.CLOCK and run.due_on != on:
        words = _("This review was computed for %(day)s; today is %(today)s.")
        raise _outdated(words % {"day": run.due_on, "today": on})
    number = run.program_version.number
    if {program_on(run.due_on).number, program_on(on).number} != {number}:
        words = _("This review was computed under version %(number)d, which is no longer in force.")
        raise _outdated(words % {"number": number})
    return apply_preview(run, on=on, at=at)


@action("reviews.run")
def undo_run(run: ReviewRun, *, on: dt.date, at: dt.datetime, reason: str) -> ReviewRun:
    """Restore the levels and cures that the run ended, as if it had not been; benefits follow from
    ``on``. Exceptions that it ended stay ended.

    Raises ``Refused``: ``reason_missing``, ``wrong_state``, ``changed_since`` where a level that it
    moved, or a cure that it began, was changed by somebody or by a later run, or a partner left.
    """
    require_whole_vendor()
    reason = needs_reason(reason)
    run = locked_run(run)
    _refuse_unless(run, State.APPLIED)
    moved = list(
        ReviewOutcome.objects.filter(run=run, kind__in=["promote", "demote"])
        .select_related("made", "held", "from_level", "to_level", "partner")
        .defer("explanation")
        .order_by("partner_id", "pk")
    )
    lock_partners({outcome.partner_id for outcome in moved})
    _refuse_changed_since(run, moved)
    _restore(run, moved)
    _restore_cures(run, on)
    ReviewOutcome.objects.filter(run=run).update(undone_on=on)
    run.state, run.undone_at, run.reason = State.UNDONE, at, reason
    run.undone_by_id = scope.current().person_id
    run.save(update_fields=["state", "undone_at", "undone_by", "reason"])
    data = {**run_data(run), "on": on, "reason": reason}
    record_event("review.undone", run, data=data)
    settle({outcome.partner_id for outcome in moved}, on=on)
    return run


def locked_run(run: ReviewRun) -> ReviewRun:
    """The run as it is once the program's lock is held."""
    lock_program(scope.current().vendor_id)
    found = ReviewRun.objects.select_related("partner_type", "program_version").filter(pk=run.pk)
    held: ReviewRun | None = found.first()
    if held is None:
        raise Refused("not_found", _("This review no longer exists."))
    return held


def _refuse_unless(run: ReviewRun, state: str) -> None:
    if run.state != state:
        now = run.get_state_display().lower()
        raise Refused("wrong_state", _("This review is %(state)s.") % {"state": now})


def _outdated(words: str) -> Refused:
    fix = _("Compute the review again.")
    return Refused("review_outdated", words, reasons=[Reason("review_outdated", words, fix=fix)])


def _refuse_changed_since(run: ReviewRun, moved: Iterable[ReviewOutcome]) -> None:
    """Whatever the run made must still be the last word on each partner."""
    outcomes = list(moved)
    open_rows = set(
        Enrolment.objects.filter(
            partner_id__in={outcome.partner_id for outcome in outcomes},
            partner_type=run.partner_type,
            axis=run.axis,
            until__isnull=True,
        ).values_list("pk", "partner_id", "level_id")
    )
    keys = {pk for pk, _partner, _level in open_rows}
    held_again = {(partner, level) for _pk, partner, level in open_rows}
    changed = {
        o.partner_id
        for o in outcomes
        if (o.made_id is not None and o.made_id not in keys)
        or (o.made_id is None and (o.partner_id, o.from_level_id) in held_again)
        or (o.held is not None and o.held.until != run.applied_on)
    }
    begun = Cure.objects.filter(run=run)
    later = begun.filter(ended_on__isnull=False) | Cure.objects.filter(
        enrolment_id__in=[o.made_id for o in outcomes if o.made_id]
    )
    changed |= set(later.values_list("partner_id", flat=True))
    changed |= _cures_gone(run, held_ids={o.held_id for o in outcomes})
    changed |= _exited(run, {o.partner_id for o in outcomes})
    if changed:
        words = _("Changed since by somebody or by a later review: %(names)s.")
        raise Refused("changed_since", words % {"names": names_of(changed)})


def _exited(run: ReviewRun, partner_ids: set[int]) -> set[int]:
    """Those that left since: no level and no cure comes back for them."""
    cured = Cure.objects.filter(ended_by=run).exclude(run=run)
    ids = partner_ids | set(cured.values_list("partner_id", flat=True))
    gone = Partner.objects.filter(pk__in=ids, status=Partner.Status.EXITED)
    return set(gone.values_list("pk", flat=True))


def _cures_gone(run: ReviewRun, *, held_ids: set[int | None]) -> set[int]:
    """The partners whose cure, ended by the run, cannot be opened again: the level it was for is
    gone, or it is in another cure."""
    again = Cure.objects.filter(ended_by=run).exclude(run=run)
    gone = again.filter(enrolment__until__isnull=False).exclude(enrolment_id__in=held_ids - {None})
    other = Cure.objects.filter(
        ended_on__isnull=True, enrolment_id__in=again.values("enrolment_id")
    )
    return {*gone.values_list("partner_id", flat=True), *other.values_list("partner_id", flat=True)}


def _restore(run: ReviewRun, moved: Iterable[ReviewOutcome]) -> None:
    outcomes = list(moved)
    made = [outcome.made_id for outcome in outcomes if outcome.made_id]
    ReviewOutcome.objects.filter(run=run).update(made=None)
    # A later review may have judged what was made, and changed nothing.
    ReviewOutcome.objects.filter(held_id__in=made).update(held=None)
    Enrolment.objects.filter(pk__in=made).delete()
    held = [outcome.held_id for outcome in outcomes if outcome.held_id]
    Enrolment.objects.filter(pk__in=held).update(until=None)
    happened = [
        Happened(
            outcome.partner.public_id,
            outcome.partner_id,
            {
                "type": run.partner_type.code,
                "axis": run.axis,
                "changes": {"level": [_code(outcome.to_level), _code(outcome.from_level)]},
                "review": run.ref,
            },
        )
        for outcome in outcomes
    ]
    record_events("level.restored", "partner", happened)


def _code(level: object) -> str | None:
    return getattr(level, "code", None)


def _restore_cures(run: ReviewRun, on: dt.date) -> None:
    Cure.objects.filter(run=run, ended_on__isnull=True).update(
        ended_on=on, ended_as=Cure.Ended.UNDONE, ended_by=run
    )
    Cure.objects.filter(ended_by=run).exclude(run=run).update(
        ended_on=None, ended_as="", ended_by=None
    )
