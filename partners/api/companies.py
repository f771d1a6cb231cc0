"""Partners in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from partners import actions
from partners.api.shared import OWN_ROW, Custom, OfPartner, codes, custom_values, text
from partners.field_filters import CustomFilters
from partners.models import Partner
from programs.compiled import declared
from programs.models import PartnerType
from tenants.api import register_routes
from tenants.clock import today
from web.api.inputs import (
    CharField,
    DateField,
    Input,
    PublicIdField,
)
from web.api.output import Nested, PublicId


class OfType(Input):
    """A body that names a partner type by its code."""

    partner_type = CharField(max_length=60, help_text="The type's code in the program.")

    def validate_partner_type(self, code: str) -> PartnerType:
        """The type behind its code."""
        found = declared(PartnerType.objects.filter(code=code), today()).first()
        if found is None:
            detail = ErrorDetail("There is no partner type with this code.", code="does_not_exist")
            raise ValidationError([detail])
        return found


class PartnerInput(OfType):
    name = CharField(max_length=160)
    joined_on = DateField(required=False, help_text="Today in the vendor's zone by default.")
    external_id = text(120, "Your own id; unique among the vendor's partners.")
    legal_name = text(200)
    domain = text(253)
    country = text(2, "Two letters, like DE.")
    city = text(120)
    custom = custom_values()


class PartnerChange(Input):
    name = CharField(max_length=160, required=False)
    external_id = text(120)
    legal_name = text(200)
    domain = text(253)
    country = text(2)
    city = text(120)
    parent = PublicIdField(  # type: ignore[assignment]  # Field.parent: set again when bound
        Partner, required=False, help_text="The company above it."
    )
    service_scopes = codes()
    verticals = codes()
    custom = custom_values()


class ReasonInput(Input):
    reason = CharField(max_length=300, help_text="The partner reads it.")


class PartnerFilters(CustomFilters):
    custom_subject = "partner"
    external_id = django_filters.CharFilter()
    status = django_filters.ChoiceFilter(choices=Partner.Status.choices)
    country = django_filters.CharFilter()

    class Meta:
        model = Partner
        fields: list[str] = []


class Partners(OfPartner):
    """Companies in the vendor's program. Names and external ids are the vendor's to change; a
    partner's own client changes where it is and what it does. `?custom.region=north` finds partners
    by a custom field."""

    model = Partner
    capabilities = {
        "GET": "partners.read",
        "POST": "partners.write",
        "PATCH": "profile.write",
        "suspend": "partners.suspend",
        "reinstate": "partners.suspend",
        "exit": "partners.suspend",
    }
    fields = {
        "id": PublicId(),
        "name": "name",
        "legal_name": "legal_name",
        "external_id": "external_id",
        "domain": "domain",
        "country": "country",
        "city": "city",
        "service_scopes": "service_scopes",
        "verticals": "verticals",
        "status": "status",
        "status_reason": "status_reason",
        "status_since": "status_since",
        "parent": Nested("parent", id=PublicId(), name="name"),
        "joined_on": "joined_on",
        "custom": Custom(**OWN_ROW),
        "updated_at": "updated_at",
    }
    sorts = {"name": "name", "joined_on": "joined_on"}
    updated = "updated_at"
    filterset_class = PartnerFilters
    summaries = {"exit": "Take a partner out of the program"}
    inputs = {
        "create": PartnerInput,
        "partial_update": PartnerChange,
        "suspend": ReasonInput,
        "reinstate": ReasonInput,
        "exit": ReasonInput,
    }

    def create(self, request: Request) -> HttpResponse:
        """Add a partner at its type's lowest level."""
        values = self.read(request)
        return self.created(actions.add_partner(**{"joined_on": today(), **values}))

    def partial_update(self, request: Request, id: str) -> HttpResponse:
        """Change a profile; what is left out stays."""
        with self.changing(request, id) as row:
            return self.shown(actions.change_partner(row, **self.read(request)))

    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, id: str) -> HttpResponse:
        """From today on nothing new may be deployed; shrinking stays allowed."""
        return self._status(request, id, actions.suspend_partner)

    @action(detail=True, methods=["post"])
    def reinstate(self, request: Request, id: str) -> HttpResponse:
        """A suspended partner is active again."""
        return self._status(request, id, actions.reinstate_partner)

    @action(detail=True, methods=["post"])
    def exit(self, request: Request, id: str) -> HttpResponse:
        """The partner leaves the program today. There is no way back but a new application."""
        return self._status(request, id, actions.exit_partner)

    def _status(self, request: Request, id: str, verb: Any) -> HttpResponse:
        return self.shown(verb(self.found(id), on=today(), **self.read(request)))


register_routes("partners", Partners)
