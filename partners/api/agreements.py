"""Agreements in the API."""

from __future__ import annotations

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from partners import actions
from partners.api.shared import PARTNER
from partners.models import Agreement, Customer, Partner
from tenants.api import Resource, register_routes
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import (
    CharField,
    DateField,
    Input,
    PublicIdField,
)
from web.api.output import Nested, PublicId


class AgreementInput(Input):
    partner = PublicIdField(Partner)
    kind = CharField(max_length=60, help_text="`partner_agreement` or an addendum of the program.")
    signed_by = CharField(max_length=160)
    since = DateField()
    until = DateField(required=False, allow_null=True)
    text_sha256 = CharField(max_length=64, help_text="sha256 (hex) of the signed text.")
    customer = PublicIdField(
        Customer, required=False, help_text="Whom an addendum with a customer covers."
    )


class AgreementEnd(Input):
    on = DateField()
    reason = CharField(max_length=300)


class AgreementFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    kind = django_filters.CharFilter()

    class Meta:
        model = Agreement
        fields: list[str] = []


class Agreements(Resource):
    """What was signed: partner agreements, addenda with the vendor, and those that a partner has
    with one of its customers. The text is not kept; its digest is."""

    model = Agreement
    capabilities = {"GET": "agreements.read", "POST": "agreements.write", "end": "agreements.write"}
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "customer": Nested("customer", id=PublicId(), name="name"),
        "kind": "kind",
        "signed_by": "signed_by",
        "text_sha256": "text_sha256",
        "since": "since",
        "until": "until",
        "recorded_at": "recorded_at",
    }
    sorts = {"since": "since"}
    filterset_class = AgreementFilters
    inputs = {"create": AgreementInput, "end": AgreementEnd}

    def create(self, request: Request) -> HttpResponse:
        """Record what was signed."""
        return self.created(actions.sign_agreement(at=clock.now(), **self.read(request)))

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: str) -> HttpResponse:
        """The agreement holds no longer."""
        return self.shown(actions.end_agreement(self.found(id), **self.read(request)))


register_routes("agreements", Agreements)
