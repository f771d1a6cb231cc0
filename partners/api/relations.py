"""The log of contacts and tasks in the API."""

from __future__ import annotations

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from partners import actions
from partners.api.shared import PARTNER, text
from partners.models import Interaction, Partner, Task
from tenants.api import Resource, register_routes
from tenants.clock import today
from tenants.models import Person
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    DateTimeField,
    Input,
    ListField,
    PublicIdField,
)
from web.api.output import Nested, PublicId, Value


class InteractionInput(Input):
    partner = PublicIdField(Partner)
    kind = ChoiceField(choices=Interaction.Kind.choices)
    at = DateTimeField(help_text="When it was; with a zone.")
    people = ListField(
        child=CharField(max_length=40), required=False, max_length=50,
        help_text="Who was there: `per_…` of the partner or of the vendor.",
    )  # fmt: skip
    summary = CharField(max_length=4000)
    adds_to = PublicIdField(Interaction, required=False)


class InteractionFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    kind = django_filters.ChoiceFilter(choices=Interaction.Kind.choices)
    at__gte = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    at__lte = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lte")
    q = django_filters.CharFilter(field_name="summary", lookup_expr="icontains")

    class Meta:
        model = Interaction
        fields: list[str] = []


class Interactions(Resource):
    """Contacts with partners, as the vendor's people noted them. Never a partner's client's."""

    model = Interaction
    capabilities = {"GET": "interactions.read", "POST": "interactions.write"}
    filterset_class = InteractionFilters
    sorts = {"at": "at", "recorded_at": "recorded_at"}
    updated = "recorded_at"
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "kind": "kind",
        "at": "at",
        "people": Value("people", help="Public ids of those present."),
        "summary": "summary",
        "author": Nested("author", id=PublicId(), name="name"),
        "adds_to": Nested("adds_to", id=PublicId()),
        "recorded_at": "recorded_at",
        "corrected_at": "corrected_at",
    }
    inputs = {"create": InteractionInput}

    def create(self, request: Request) -> HttpResponse:
        """Note a contact."""
        values = self.read(request)
        partner, happened = values.pop("partner"), values.pop("at")
        return self.created(
            actions.record_interaction(
                partner, happened_at=happened, at=clock.now(), on=today(), **values
            )
        )


class TaskInput(Input):
    partner = PublicIdField(Partner)
    for_partner = BooleanField(
        required=False, help_text="The partner does it and reads it; else a colleague."
    )
    assignee = PublicIdField(
        Person, required=False, help_text="Needed for a colleague's; of a partner's: one of them."
    )
    title = CharField(max_length=160)
    detail = text(2000)
    due_on = DateField()
    about = text(40, "Public id of what it is about: a customer, a certificate, a product …")


class Settling(Input):
    remark = text(500)


class TaskFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    assignee = PublicIdFilter(Person, "assignee")
    for_partner = django_filters.BooleanFilter()
    state = django_filters.ChoiceFilter(choices=Task.State.choices)
    due_on__gte = django_filters.DateFilter(field_name="due_on", lookup_expr="gte")
    due_on__lte = django_filters.DateFilter(field_name="due_on", lookup_expr="lte")

    class Meta:
        model = Task
        fields: list[str] = []


class Tasks(Resource):
    """What is to be done about partners. A partner's client reads what the partner is to do."""

    model = Task
    capabilities = {
        "GET": "tasks.read",
        "POST": "tasks.write",
        "done": "tasks.settle",
        "drop": "tasks.write",
    }
    filterset_class = TaskFilters
    sorts = {"due_on": "due_on"}
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "for_partner": "for_partner",
        "assignee": Nested("assignee", id=PublicId(), name="name"),
        "title": "title",
        "detail": "detail",
        "due_on": "due_on",
        "about": "about",
        "state": "state",
        "remark": "remark",
        "given_at": "given_at",
        "settled_at": "settled_at",
    }
    summaries = {"done": "Mark a task as done"}
    inputs = {"create": TaskInput, "done": Settling, "drop": Settling}

    def create(self, request: Request) -> HttpResponse:
        """Give a task."""
        values = self.read(request)
        partner = values.pop("partner")
        return self.created(actions.give_task(partner, at=clock.now(), on=today(), **values))

    @action(detail=True, methods=["post"])
    def done(self, request: Request, id: str) -> HttpResponse:
        """It is done."""
        task = actions.finish_task(self.found(id), at=clock.now(), **self.read(request))
        return self.shown(task)

    @action(detail=True, methods=["post"])
    def drop(self, request: Request, id: str) -> HttpResponse:
        """Nobody does it any more; `remark` says why."""
        values = {"remark": "", **self.read(request)}
        return self.shown(actions.drop_task(self.found(id), at=clock.now(), **values))


register_routes("interactions", Interactions)
register_routes("tasks", Tasks)
