"""Verbs: enrol in a track, tick what was learnt, give up. Passing the exam ends an enrolment."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from certifications.actions.people import lock_people
from certifications.models import CourseEnrolment
from certifications.rules.enrolling import next_version, why_not
from partners.models import Employment
from programs.compiled import program_on
from programs.models import Track
from tenants import scope
from tenants.clock import day_of
from tenants.models import Person
from tenants.writing import NotAllowed, Reason, Refused, action, record_event


@action("certificates.plan")
def enrol(person: Person, track: Track, *, at: dt.datetime) -> CourseEnrolment:
    """Plan the track's next exam for a person: oneself, or somebody of one's own team.

    The version is the one that carries the person furthest: a delta on what they hold, else the
    newest course. Raises ``NotAllowed`` for somebody else, and ``Refused``: ``retired_track``,
    ``composite_track``, ``retake_wait`` (with the first day), ``already_enrolled``.
    """
    on = day_of(at)
    partner_id = _partner_of(person, on)
    lock_people([person.pk])
    document = program_on(on).document
    if (reason := why_not(document, person, track, on)) is not None:
        raise Refused(reason.code, reason.detail, reasons=[reason])
    if CourseEnrolment.objects.filter(
        person=person, track=track, state__in=CourseEnrolment.OPEN
    ).exists():
        detail = _("%(name)s is enrolled already.") % {"name": person.name}
        raise Refused(
            "already_enrolled",
            detail,
            reasons=[Reason("already_enrolled", detail, pointer="track")],
        )
    row = CourseEnrolment(
        person=person,
        track=track,
        version=next_version(document, person, track.code, on),
        since=on,
        state=CourseEnrolment.State.PLANNED,
    )
    row.save()
    _tell("enrolment.made", row, partner_id, {"version": row.version})
    return row


@action("certificates.plan")
def tick_step(
    enrolment: CourseEnrolment, step: str, *, done: bool = True, at: dt.datetime
) -> CourseEnrolment:
    """Say that a step of the curriculum (by its title) is done, or is not. Raises ``Refused``:
    ``enrolment_over``, ``unknown_step``."""
    on = day_of(at)
    partner_id, row = _open(enrolment, on)
    rule = program_on(on).document.tracks.get(row.track.code)
    edition = rule.version(row.version) if rule else None
    if edition is None or step not in {one.title for one in edition.curriculum}:
        detail = _("The curriculum has no such step.")
        raise Refused(
            "unknown_step", detail, reasons=[Reason("unknown_step", detail, pointer="step")]
        )
    row.done = [title for title in row.done if title != step] + ([step] if done else [])
    row.state = CourseEnrolment.State.UNDER_WAY
    row.save(update_fields=["done", "state", "updated_at"])
    _tell("enrolment.progressed", row, partner_id, {"done": len(row.done)})
    return row


@action("certificates.plan")
def drop_enrolment(enrolment: CourseEnrolment, *, at: dt.datetime) -> CourseEnrolment:
    """Give an enrolment up. Raises ``Refused("enrolment_over")``."""
    on = day_of(at)
    partner_id, row = _open(enrolment, on)
    row.state, row.until = CourseEnrolment.State.DROPPED, on
    row.save(update_fields=["state", "until", "updated_at"])
    _tell("enrolment.dropped", row, partner_id, {})
    return row


def _open(enrolment: CourseEnrolment, on: dt.date) -> tuple[int | None, CourseEnrolment]:
    partner_id = _partner_of(enrolment.person, on)
    lock_people([enrolment.person_id])
    row = CourseEnrolment.objects.select_related("track", "person").get(pk=enrolment.pk)
    if row.state not in CourseEnrolment.OPEN:
        raise Refused("enrolment_over", _("This enrolment is over."))
    return partner_id, row


def _partner_of(person: Person, on: dt.date) -> int | None:
    """Where the person works, among the partners of the caller. Raises ``NotAllowed`` where the
    caller plans for nobody but themselves, or the person works for none of them."""
    held = scope.current()
    employed = Employment.objects.current(on).filter(person=person).order_by("-since", "-pk")
    partner_id = employed.values_list("partner_id", flat=True).first()
    theirs = held.person_id == person.pk or held.can("people.write")
    if not theirs or (partner_id is None and not held.all_partners):
        raise NotAllowed("certificates.plan")
    return partner_id


def _tell(
    kind: str, row: CourseEnrolment, partner_id: int | None, more: dict[str, str | int]
) -> None:
    data = {"person": row.person.ref, "track": row.track.code, **more}
    record_event(kind, row, partner_id=partner_id, data=data)
