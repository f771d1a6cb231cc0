"""Resources for tests only, on the base's own models: what an app's ``api.py`` would say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters
from django.urls import include, path
from rest_framework.decorators import action
from rest_framework.routers import SimpleRouter

from tenants import writing
from tenants.api import Resource
from tenants.models import Membership, Person
from tenants.writing import Reason, Refused, record_event
from web.api.filters import PublicIdFilter, WordsFilter
from web.api.inputs import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalText,
    EmailField,
    Input,
    IntegerField,
    PublicIdField,
)
from web.api.output import Nested, PublicId, Value

during: list[Callable[[], None]] = []
"""What happens in the middle of an action: a wait, a crash."""


@writing.action("people.write")
def add_person(**given: Any) -> Person:
    if given["name"] == "Nobody":
        reason = Reason("no_name", "Nobody is no name.", fix="Give a name.", fix_url="/people/")
        raise Refused("no_name", reasons=[reason])
    person = Person.objects.create(**given)
    person.refresh_from_db()
    record_event("person.added", person)
    for happening in during:
        happening()
    return person


@writing.action("people.write")
def rename_person(person: Person, *, name: str) -> Person:
    person.name = name
    person.save()
    record_event("person.renamed", person)
    return person


class PersonInput(Input):
    name = CharField(max_length=20)
    email = EmailField(required=False)


class EveryField(Input):
    text = CharField(required=False)
    number = IntegerField(required=False, min_value=0)
    yes = BooleanField(required=False)
    amount = DecimalText(max_digits=8, decimal_places=2, required=False)
    day = DateField(required=False)
    at = DateTimeField(required=False)
    person = PublicIdField(Person, required=False)
    inner = PersonInput(required=False)


class People(Resource):
    """People of the trial."""

    model = Person
    capabilities = {
        "GET": "people.read",
        "POST": "people.write",
        "PATCH": "people.write",
        "check": "people.read",
        "crash": "people.read",
    }
    fields = {"id": PublicId(), "name": "name", "created_at": "created_at"}
    sorts = {"name": "name"}
    updated = "created_at"
    inputs = {"create": PersonInput, "partial_update": PersonInput, "check": EveryField}

    def create(self, request: Any) -> Any:
        return self.created(add_person(**self.read(request)))

    def partial_update(self, request: Any, id: str) -> Any:
        with self.changing(request, id) as person:
            return self.shown(rename_person(person, **self.read(request)))

    @action(detail=False, methods=["post"])
    def check(self, request: Any) -> Any:
        given = self.read(request)
        return self.answered({name: str(value) for name, value in given.items()})

    @action(detail=False, methods=["post"])
    def crash(self, request: Any) -> Any:
        raise RuntimeError("secret words")


class Filters(django_filters.FilterSet):
    person = PublicIdFilter(Person, "person")
    role = WordsFilter()

    class Meta:
        model = Membership
        fields: list[str] = []


class Memberships(Resource):
    model = Membership
    capabilities = {"GET": "people.read"}
    filterset_class = Filters
    fields = {
        "id": PublicId(),
        "person": PublicId("person"),
        "role": "role",
        "since": "since",
        "until": "until",
        "held": Nested(since="since", until="until"),
    }
    sorts = {"since": "since", "role": "role", "until": "until"}
    expandable = {
        "person": Nested("person", id=PublicId(), name="name", user=Value("user_id")),
        "person.user": Nested("user", email="email"),
    }


_router = SimpleRouter(trailing_slash=False)
_router.register("people", People, basename="trial-people")
_router.register("memberships", Memberships, basename="trial-memberships")
urlpatterns = [path("api/v1/", include(_router.urls)), path("", include("config.urls"))]
