"""Overrides and break-glass in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from licensing import actions
from licensing.models import Override
from partners.models import Customer, Partner
from programs.models import Product
from tenants import scope
from tenants.api import Resource, register_routes
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import CharField, ChoiceField, Input, IntegerField, PublicIdField
from web.api.output import PublicId, Value


class OverrideFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    kind = django_filters.ChoiceFilter(choices=Override.Kind.choices)
    state = django_filters.ChoiceFilter(choices=Override.State.choices)

    class Meta:
        model = Override
        fields: list[str] = []


class OverrideInput(Input):
    """An exception for one product, of all customers unless one is named."""

    kind = ChoiceField(
        choices=Override.Kind.choices,
        default=Override.Kind.OVERRIDE,
        help_text="Staff ask for an override; a partner breaks the glass, at once.",
    )
    partner = PublicIdField(
        Partner, required=False, help_text="May be left out by a partner's own client."
    )
    customer = PublicIdField(Customer, required=False)
    product = CharField(max_length=60, help_text="The product's code in the program.")
    reason = CharField(max_length=500)
    days = IntegerField(
        min_value=1, max_value=365, required=False, help_text="Of an override; the program's most."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The rows behind the codes; days belong to an override alone."""
        product = Product.objects.filter(code=attrs["product"]).first()
        if product is None:
            raise _wrong("product", "does_not_exist", "There is no product with this code.")
        partner = attrs.get("partner") or _own_partner()
        if partner is None:
            raise _wrong("partner", "required", "Say which partner.")
        override = attrs["kind"] == Override.Kind.OVERRIDE
        if override != ("days" in attrs):
            raise _wrong("days", "invalid", "An override needs days; broken glass has its hours.")
        return {**attrs, "product": product, "partner": partner}


def _wrong(field: str, code: str, words: str) -> ValidationError:
    return ValidationError({field: [ErrorDetail(words, code=code)]})


def _own_partner() -> Partner | None:
    own = scope.current().partner_id
    return Partner.objects.filter(pk=own).first() if own else None


class Overrides(Resource):
    """Exceptions that open a product for a time: asked for and approved by two people, or taken by
    the partner in an emergency."""

    model = Override
    capabilities = {
        "GET": "authorizations.read",
        "POST": "authorizations.read",
        "approve": "overrides.approve",
        "refuse": "overrides.approve",
        "end": "authorizations.read",
    }
    filterset_class = OverrideFilters
    sorts = {"requested_at": "requested_at"}
    inputs = {"create": OverrideInput, "approve": Input, "refuse": Input, "end": Input}
    fields = {
        "id": PublicId(),
        "kind": "kind",
        "state": "state",
        "partner": PublicId("partner"),
        "customer": PublicId("customer", help="Null: at all customers."),
        "product": "product__code",
        "reason": "reason",
        "requested_at": "requested_at",
        "decided_at": "decided_at",
        "ends_at": Value("ends_at", help="From then on it opens nothing."),
        "ended_at": "ended_at",
        "max_seats": Value("max_seats", help="Seats that may be added under it; null: any."),
        "seats_used": "seats_used",
    }

    def create(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Ask for an override (staff), or break the glass (a partner)."""
        asked = self.read(request)
        kind = asked.pop("kind")
        verb = (
            actions.break_glass if kind == Override.Kind.BREAK_GLASS else actions.request_override
        )
        made = verb(asked.pop("partner"), at=clock.now(), **asked)
        return self.shown(made, 201)

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, id: str) -> HttpResponse:
        """Put it in force: by another person than the one who asked."""
        self.read(request)
        return self.shown(actions.approve_override(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, id: str) -> HttpResponse:
        """Say no."""
        self.read(request)
        return self.shown(actions.refuse_override(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: str) -> HttpResponse:
        """End it before its time."""
        self.read(request)
        return self.shown(actions.end_exception(self.found(id), at=clock.now()))


register_routes("overrides", Overrides)
