"""Enrolments in the API: who prepares for which exam, and how far they are."""

from __future__ import annotations

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from certifications.actions import drop_enrolment, enrol, tick_step
from certifications.api.results import TrackInput
from certifications.models import CourseEnrolment
from tenants.api import Resource, register_routes
from tenants.models import Person
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import BooleanField, CharField, Input, PublicIdField
from web.api.output import Nested, PublicId, Value


class EnrolInput(TrackInput):
    """Who prepares for which track's exam."""

    person = PublicIdField(Person)


class TickInput(Input):
    step = CharField(max_length=160, help_text="The title of the curriculum's step.")
    done = BooleanField(default=True)


class EnrolmentFilters(django_filters.FilterSet):
    person = PublicIdFilter(Person, "person")
    track = django_filters.CharFilter(field_name="track__code")
    state = django_filters.ChoiceFilter(choices=CourseEnrolment.State.choices)

    class Meta:
        model = CourseEnrolment
        fields: list[str] = []


class Enrolments(Resource):
    """Who prepares for which exam. POST plans the next one for a person: the version is chosen by
    what they hold. Recording a result that earns the certificate ends an enrolment as passed."""

    model = CourseEnrolment
    capabilities = {
        "GET": "certificates.read",
        "POST": "certificates.plan",
        "tick": "certificates.plan",
        "drop": "certificates.plan",
    }
    fields = {
        "id": PublicId(),
        "person": Nested("person", id=PublicId(), name="name"),
        "track": Nested("track", id=PublicId(), code="code", name="name"),
        "version": "version",
        "state": "state",
        "since": "since",
        "until": Value("until", help="The day it was passed or given up; null while it is open."),
        "done": Value(
            "done",
            schema={"type": "array", "items": {"type": "string"}},
            help="Titles of the curriculum's steps that are done.",
        ),
        "updated_at": "updated_at",
    }
    sorts = {"since": "since"}
    updated = "updated_at"
    filterset_class = EnrolmentFilters
    summaries = {"tick": "Tick a step of an enrolment"}
    inputs = {"create": EnrolInput, "tick": TickInput, "drop": Input}

    def create(self, request: Request) -> HttpResponse:
        """Enrol somebody in a track."""
        return self.created(enrol(**self.read(request), at=clock.now()))

    @action(detail=True, methods=["post"])
    def tick(self, request: Request, id: str) -> HttpResponse:
        """Mark a step of the curriculum as done, or as not done."""
        return self.shown(tick_step(self.found(id), **self.read(request), at=clock.now()))

    @action(detail=True, methods=["post"])
    def drop(self, request: Request, id: str) -> HttpResponse:
        """Give it up."""
        self.read(request)
        return self.shown(drop_enrolment(self.found(id), at=clock.now()))


register_routes("enrolments", Enrolments)
