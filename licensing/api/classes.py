"""Lowering a customer's environment classes, in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.serializers import ListField

from licensing import actions
from licensing.models import ClassChange
from partners.models import Customer, Partner
from tenants.api import Resource, register_routes
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import CharField, Input, PublicIdField
from web.api.output import PublicId, Value


class LoweringInput(Input):
    """Fewer classes at a customer. Classes are added by `PATCH /customers`, without being asked."""

    customer = PublicIdField(Customer)
    environments = ListField(
        child=CharField(max_length=40), max_length=50, help_text="The classes that stay."
    )
    evidence = CharField(
        max_length=500, help_text="What shows that a class no longer applies, and where to read it."
    )


class ClassChangeFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    state = django_filters.ChoiceFilter(choices=ClassChange.State.choices)

    class Meta:
        model = ClassChange
        fields: list[str] = []


class ClassChanges(Resource):
    """Environment classes to be taken away from a customer: asked for with evidence, decided by
    another person of the vendor. Until then the stricter classes count."""

    model = ClassChange
    capabilities = {
        "GET": "customers.read",
        "POST": "customers.write",
    }
    filterset_class = ClassChangeFilters
    sorts = {"requested_at": "requested_at"}
    inputs = {"create": LoweringInput}
    fields = {
        "id": PublicId(),
        "state": "state",
        "partner": PublicId("partner"),
        "customer": PublicId("customer"),
        "before": Value("before", help="The classes when it was asked for."),
        "environments": Value("environments", help="The classes that stay."),
        "evidence": "evidence",
        "requested_at": "requested_at",
        "decided_at": "decided_at",
        "reason": Value("reason", help="Why it was refused."),
    }

    def create(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Ask for it. Nothing changes until a person of the vendor approves."""
        asked = self.read(request)
        row = actions.ask_to_lower(asked.pop("customer"), at=clock.now(), **asked)
        return self.shown(row, 201)


register_routes("class-changes", ClassChanges)
