"""Reviews, benefits and level requests in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from partners.models import Partner
from programs.compiled import declared
from programs.models import Level
from reviews import actions
from reviews.models import Grant, LevelRequest, ReviewOutcome
from tenants.api import Resource, register_routes
from tenants.clock import today
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import BooleanField, CharField, DecimalText, Input, PublicIdField
from web.api.output import Nested, PublicId, Value


class ReviewFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    kind = django_filters.ChoiceFilter(choices=ReviewOutcome.Kind.choices)
    type = django_filters.CharFilter(field_name="partner_type__code")
    axis = django_filters.CharFilter(field_name="axis")

    class Meta:
        model = ReviewOutcome
        fields: list[str] = []


class Reviews(Resource):
    """What reviews said of each partner's levels, once they were applied."""

    model = ReviewOutcome
    capabilities = {"GET": "reviews.read"}
    filterset_class = ReviewFilters
    sorts = {"due_on": "due_on"}
    fields = {
        "id": PublicId(),
        "partner": PublicId("partner"),
        "type": "partner_type__code",
        "axis": "axis",
        "outcome": "kind",
        "level_before": "from_level__code",
        "level_after": "to_level__code",
        "until": Value(
            "until", help="Warned: first day not met. In cure or by exception: when it is over."
        ),
        "gap": Value("gap", help="What is missing: words, need, have."),
        "due_on": Value("due_on", help="The day whose facts decided."),
        "applied_on": Value("applied_on", help="The day from which the levels hold."),
        "undone_on": "undone_on",
    }

    def get_queryset(self) -> Any:
        return ReviewOutcome.objects.filter(applied_on__isnull=False)


class BenefitFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    benefit = django_filters.CharFilter()

    class Meta:
        model = Grant
        fields: list[str] = []


class UseInput(Input):
    amount = DecimalText(
        max_digits=18, decimal_places=6, help_text="Negative: some is given back; the vendor only."
    )
    note = CharField(max_length=200, required=False)


class Benefits(Resource):
    """Benefits that partners hold by their levels, and held before."""

    model = Grant
    capabilities = {"GET": "reviews.read", "use": "benefits.use"}
    filterset_class = BenefitFilters
    sorts = {"since": "since"}
    inputs = {"use": UseInput}
    fields = {
        "id": PublicId(),
        "partner": PublicId("partner"),
        "benefit": "benefit",
        "kind": "kind",
        "value": Value("value", help="True, a number as text, words, or a list of words."),
        "unit": "unit",
        "per": Value("per", help="The period or thing that a limit is for; empty: none."),
        "sources": Value("sources", help="[type, axis, level] of each level that counts."),
        "since": "since",
        "until": Value("until", help="First day on which it is no longer held."),
    }

    @action(detail=True, methods=["post"])
    def use(self, request: Request, id: str) -> HttpResponse:
        """Count a use; never above what the period allows."""
        grant = self.found(id)
        actions.record_use(grant.partner, grant.benefit, on=today(), **self.read(request))
        return self.shown(grant)


class RequestInput(Input):
    partner = PublicIdField(Partner)
    type = CharField(max_length=60, help_text="The type's code in the program.")
    level = CharField(max_length=60, help_text="The code of the level asked for.")
    note = CharField(max_length=500, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The level behind its code and that of its type."""
        rows = declared(Level.objects.select_related("partner_type"), today())
        found = rows.filter(code=attrs["level"], partner_type__code=attrs.pop("type")).first()
        if found is None:
            detail = ErrorDetail("The type has no level with this code.", code="does_not_exist")
            raise ValidationError({"level": [detail]})
        return {**attrs, "level": found}


class DecisionInput(Input):
    accept = BooleanField()
    reason = CharField(max_length=300, required=False, help_text="The partner reads it.")


class RequestFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    state = django_filters.ChoiceFilter(choices=LevelRequest.State.choices)

    class Meta:
        model = LevelRequest
        fields: list[str] = []


class LevelRequests(Resource):
    """Levels asked for, and invitations to levels."""

    model = LevelRequest
    capabilities = {
        "GET": "reviews.read",
        "POST": "levels.request",
        "decide": "reviews.read",  # who may answer is the action's to say: it depends on the kind
        "withdraw": "levels.request",
    }
    filterset_class = RequestFilters
    sorts = {"asked_at": "asked_at"}
    summaries = {"decide": "Decide on a level request"}
    inputs = {"create": RequestInput, "decide": DecisionInput, "withdraw": Input}
    fields = {
        "id": PublicId(),
        "partner": PublicId("partner"),
        "type": "partner_type__code",
        "axis": "axis",
        "level": Nested("level", id=PublicId(), code="code", name="name"),
        "kind": "kind",
        "state": "state",
        "note": "note",
        "asked_at": "asked_at",
        "decided_at": "decided_at",
        "reason": "reason",
        "effective_on": Value("effective_on", help="The day from which the level holds."),
    }

    def create(self, request: Request) -> HttpResponse:
        """Ask for a level that no review gives by itself, or give one back."""
        values = self.read(request)
        return self.created(actions.request_level(on=today(), at=clock.now(), **values))

    @action(detail=True, methods=["post"])
    def decide(self, request: Request, id: str) -> HttpResponse:
        """Answer: the vendor a request, the partner an invitation."""
        row = self.found(id)
        return self.shown(
            actions.decide_request(row, on=today(), at=clock.now(), **self.read(request))
        )

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, id: str) -> HttpResponse:
        """Take a request back."""
        return self.shown(actions.withdraw_request(self.found(id), at=clock.now()))


register_routes("reviews", Reviews)
register_routes("benefits", Benefits)
register_routes("level-requests", LevelRequests)
