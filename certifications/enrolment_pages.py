"""The plan: who prepares for which exam, how far they are, and by when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from certifications.actions import drop_enrolment, enrol, tick_step
from certifications.models import Certificate, CourseEnrolment
from certifications.tables import EnrolmentFilter, EnrolmentTable
from partners.models import Employment
from programs.compiled import declared, program_or_none
from programs.document import ProgramDocument
from programs.models import Track
from tenants import scope
from tenants.clock import today
from tenants.models import Person
from tenants.pages import page_for
from tenants.writing import Refused
from web import clock
from web.lists import ListPage
from web.tables import Blank


def prepared(rows: Iterable[CourseEnrolment], on: dt.date) -> list[CourseEnrolment]:
    """Give each enrolment its ``steps`` with their ticks, ``exam`` and ``course`` (addresses), and
    ``due``: the day on which what the person holds of the track no longer counts."""
    found = list(rows)
    program = program_or_none(on)
    document = program.document if program else None
    due = _due(found, on)
    for row in found:
        curriculum, exam, course = _material(document, row)
        steps = [{"step": one, "done": one.title in row.done} for one in curriculum]
        row.__dict__.update(
            steps=steps,
            ticked=sum(bool(one["done"]) for one in steps),
            exam=exam,
            course=course,
            due=due.get((row.person_id, row.track_id)),
        )
    return found


def _material(document: ProgramDocument | None, row: CourseEnrolment) -> tuple[Any, str, str]:
    code = document.successor("tracks", row.track.code) if document else None
    if document is None or code is None:
        return (), "", ""
    rule = document.tracks[code]
    edition = rule.version(row.version)
    links = [one for one in (edition and edition.links, rule.links) if one]
    exam = next((one.exam for one in links if one.exam), "")
    course = next((one.course for one in links if one.course), "")
    return (edition.curriculum if edition else ()), exam, course


def _due(rows: list[CourseEnrolment], on: dt.date) -> dict[tuple[int, int], dt.date | None]:
    held = Certificate.objects.counting(on).ending(on)
    of_them = held.filter(person_id__in={row.person_id for row in rows})
    found: dict[tuple[int, int], dt.date | None] = {}
    for person, track, until in of_them.values_list("person_id", "track_id", "counts_until"):
        before = found.get((person, track), until)
        longest = None if before is None or until is None else max(before, until)
        found[person, track] = longest
    return found


def plan_of(person: Person, on: dt.date) -> dict[str, Any]:
    """What one person's page shows of the plan: the open enrolments, and what may be added."""
    rows = CourseEnrolment.objects.filter(person=person, state__in=CourseEnrolment.OPEN)
    held = scope.current()
    works = Employment.objects.current(on).filter(person=person).exists()
    theirs = held.person_id == person.pk or held.can("people.write")
    return {
        "enrolments": prepared(rows.select_related("track", "person"), on),
        "may_plan": held.can("certificates.plan") and theirs and works,
        "tracks": _exams(on) if works else [],
        "own": held.person_id == person.pk,
    }


def _exams(on: dt.date) -> list[Track]:
    """The tracks of the program that have an exam."""
    program = program_or_none(on)
    taken = program.document.tracks if program else {}
    exams = [code for code, rule in taken.items() if not rule.composite]
    return list(declared(Track.objects.filter(code__in=exams), on).order_by("name"))


class EnrolmentsPage(ListPage):
    """Everybody of the scope who prepares for an exam."""

    table_class = EnrolmentTable
    filterset_class = EnrolmentFilter
    template_name = "certifications/enrolments.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not scope.current().can("certificates.plan"):
            words = _("An exam that somebody adds to a plan stands here until it is passed.")
            self.blank = Blank(_("Nobody prepares for an exam"), words, icon="school")
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        rows = CourseEnrolment.objects.filter(state__in=CourseEnrolment.OPEN)
        return rows.select_related("track", "person").order_by("since", "pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        table = context["table"]
        shown = table.paginated_rows if table.page else table.rows
        prepared([row.record for row in shown], today())
        return {**context, "today": today()}


@page_for("certificates.read")
def enrolments(request: HttpRequest) -> HttpResponse:
    """The plan of the team."""
    return EnrolmentsPage.as_view()(request)


@page_for("certificates.read")
def my_plan(request: HttpRequest) -> HttpResponse:
    """The reader's own page, with the plan."""
    person = Person.objects.filter(pk=scope.current().person_id).first()
    if person is None:
        raise Http404
    return redirect("certifications:person", ref=person.ref)


@require_POST
@page_for("certificates.plan")
def enrol_person(request: HttpRequest, ref: str) -> HttpResponse:
    """Plan an exam for a person."""
    person = Person.objects.with_public_id(ref).first()
    track = Track.objects.filter(code=request.POST.get("track", "")).first()
    if person is None or track is None:
        raise Http404
    words = _("It is in the plan.")
    return _said(request, person, lambda: enrol(person, track, at=clock.now()), words)


@require_POST
@page_for("certificates.plan")
def change_enrolment(request: HttpRequest, ref: str) -> HttpResponse:
    """Tick a step, take the tick away, or give the enrolment up."""
    row = CourseEnrolment.objects.with_public_id(ref).select_related("person", "track").first()
    if row is None:
        raise Http404
    step, op, at = request.POST.get("step", ""), request.POST.get("op"), clock.now()
    if op == "drop":
        words = _("It is given up.")
        return _said(request, row.person, lambda: drop_enrolment(row, at=at), words)
    return _said(request, row.person, lambda: tick_step(row, step, done=op == "done", at=at), "")


def _said(
    request: HttpRequest, person: Person, act: Callable[[], object], words: str
) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused.detail))
    else:
        if words:
            messages.success(request, words)
    return redirect(reverse("certifications:person", args=[person.ref]) + "#plan-title")
