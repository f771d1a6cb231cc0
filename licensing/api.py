"""The gate in the API: ask it, read its decisions, what runs, and each product's standing."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from licensing.actions import MAX_SEATS, Decision, authorize
from licensing.models import Authorization, Deployment
from licensing.panels import LicenceRow, licence_rows
from partners.models import Customer, Partner
from programs.document import GENERAL
from tenants import scope
from tenants.api import Resource, ScopedView, register_routes, register_view
from tenants.clock import today
from tenants.writing import Refused
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import BooleanField, CharField, Input, IntegerField, PublicIdField
from web.api.output import Nested, PublicId, Value
from web.api.parameters import refuse_unknown
from web.api.problems import BlockerSerializer, wrong_parameter

MALFORMED = frozenset({"unknown_product", "unknown_environment", "invalid_seats"})
"""Refusals that say that the question makes no sense, rather than no: 400, not 409."""


class AuthorizationInput(Input):
    """What shall run at the customer afterwards."""

    customer = PublicIdField(Customer)
    product = CharField(max_length=60, help_text="The product's code in the program.")
    environment = CharField(
        max_length=40,
        default=GENERAL,
        help_text="The class asked for; the classes recorded for the customer always join it.",
    )
    seats = IntegerField(
        min_value=0,
        max_value=MAX_SEATS,
        help_text="The quantity afterwards, not the difference. Fewer than now is always allowed.",
    )
    dry_run = BooleanField(
        default=False, help_text="Answer only: no grant, no record, no event, no receipt."
    )


class AuthorizationAnswer(serializers.Serializer[Any]):
    """Allow or deny. A denial is an answer, not an error."""

    id = serializers.CharField(allow_null=True, help_text="Null in a dry run.")
    dry_run = serializers.BooleanField()
    decision = serializers.ChoiceField(["allow", "deny"])
    verb = serializers.ChoiceField(["deploy", "grow", "shrink"])
    partner = serializers.CharField()
    customer = serializers.CharField()
    product = serializers.CharField()
    environments = serializers.ListField(child=serializers.CharField())
    seats_before = serializers.IntegerField()
    seats = serializers.IntegerField()
    blockers = BlockerSerializer(many=True, help_text="Every reason of a denial, with its fix.")
    still_works = serializers.CharField(help_text="What a closed gate leaves alone.")
    open_until = serializers.DateField(
        allow_null=True, help_text="First day on which it would be denied if nobody acts."
    )
    because = serializers.ListField(child=serializers.CharField())
    program_version = serializers.IntegerField()
    inputs_digest = serializers.CharField()
    decided_at = serializers.DateTimeField()
    cache_until = serializers.DateTimeField(help_text="Ask again after this instant.")
    receipt = serializers.CharField(
        allow_null=True, help_text="A JWS (EdDSA); keys at /.well-known/jwks.json."
    )


class AuthorizationFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    product = django_filters.CharFilter(field_name="product__code")
    decision = django_filters.ChoiceFilter(choices=Authorization.Decision.choices)

    class Meta:
        model = Authorization
        fields: list[str] = []


class Authorizations(Resource):
    """Decisions of the gate, kept for ever. Those kept name people by id; the answer to a POST
    names them by name."""

    model = Authorization
    capabilities = {"GET": "authorizations.read", "POST": "authorizations.request"}
    filterset_class = AuthorizationFilters
    sorts = {"decided_at": "decided_at"}
    inputs = {"create": AuthorizationInput}
    fields = {
        "id": PublicId(),
        "decision": "decision",
        "verb": "verb",
        "partner": PublicId("partner"),
        "customer": PublicId("customer"),
        "product": "product__code",
        "environments": Value("environments", help="Every class that counted."),
        "seats_before": "seats_before",
        "seats": "seats",
        "blockers": Value("reasons", help="Why it was denied; people by id."),
        "program_version": "program_version__number",
        "inputs_digest": "inputs_digest",
        "decided_on": Value("decided_on", help="The vendor's day."),
        "decided_at": "decided_at",
        "cache_until": "cache_until",
        "receipt": Value("receipt", help="A JWS (EdDSA); see docs/receipts.md."),
    }

    @extend_schema(responses={200: AuthorizationAnswer, 201: AuthorizationAnswer})
    def create(self, request: Request, **kwargs: Any) -> HttpResponse:
        """May so many seats run there? 201 with the decision, which is also the grant; 200 for a
        dry run, which grants nothing."""
        asked = self.read(request)
        try:
            decision = authorize(at=clock.now(), **asked)
        except Refused as refused:
            if refused.code not in MALFORMED:
                raise
            raise ValidationError(
                {r.pointer: [ErrorDetail(r.detail, code=r.code)] for r in refused.reasons}
            ) from None
        response = self.answered(answer_of(decision), 200 if decision.dry_run else 201)
        if decision.authorization is not None:
            response["Location"] = f"{request.path}/{decision.authorization.ref}"
        return response


def answer_of(decision: Decision) -> dict[str, Any]:
    """The decision as ``AuthorizationAnswer``."""
    standing, kept = decision.standing, decision.authorization
    assert standing.customer is not None
    until = standing.opens_until
    return {
        "id": kept.ref if kept else None,
        "dry_run": decision.dry_run,
        "decision": decision.word,
        "verb": standing.verdict.verb,
        "partner": standing.partner.ref,
        "customer": standing.customer.ref,
        "product": decision.product.code,
        "environments": list(standing.environments),
        "seats_before": standing.inputs.before,
        "seats": decision.seats,
        "blockers": [reason.to_dict() for reason in decision.reasons],
        "still_works": standing.still_works,
        "open_until": until.isoformat() if until else None,
        "because": standing.because,
        "program_version": standing.program.number,
        "inputs_digest": standing.inputs.digest(),
        "decided_at": decision.decided_at,
        "cache_until": decision.cache_until,
        "receipt": kept.receipt if kept else None,
    }


class DeploymentFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    product = django_filters.CharFilter(field_name="product__code")

    class Meta:
        model = Deployment
        fields: list[str] = []


class Deployments(Resource):
    """What runs: seats of a product at a customer. Changed by asking for an authorization."""

    model = Deployment
    capabilities = {"GET": "authorizations.read"}
    filterset_class = DeploymentFilters
    sorts = {"seats": "seats"}
    updated = "updated_at"
    fields = {
        "id": PublicId(),
        "partner": PublicId("partner"),
        "customer": Nested("customer", id=PublicId(), name="name"),
        "product": "product__code",
        "environments": "environments",
        "seats": "seats",
        "since": "since",
        "authorization": PublicId("authorization", help="The decision it stands on."),
        "updated_at": "updated_at",
    }


class ProductClass(serializers.Serializer[Any]):
    """One environment class of a product, for the partner alone (without a customer's addenda)."""

    environment = serializers.CharField()
    open = serializers.BooleanField()
    open_until = serializers.DateField(allow_null=True)
    because = serializers.ListField(child=serializers.CharField())
    seats = serializers.IntegerField()
    blockers = BlockerSerializer(many=True)


class ProductAnswer(serializers.Serializer[Any]):
    """A product of the program in force and what the partner may do with it."""

    code = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    open = serializers.BooleanField(help_text="Whether the base class is open.")
    seats = serializers.IntegerField()
    customers = serializers.IntegerField()
    environments = ProductClass(many=True)


class ProductPage(serializers.Serializer[Any]):
    data = ProductAnswer(many=True)  # type: ignore[assignment]  # DRF's own name
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class Products(ScopedView, APIView):  # type: ignore[misc]  # DRF types the same names
    """The products of the program in force, with the standing of one partner in each."""

    capabilities = {"GET": "standing.read"}
    http_method_names = ["get", "head"]

    @extend_schema(
        operation_id="products_list",
        responses={200: ProductPage},
        parameters=[
            OpenApiParameter(
                "partner", str, description="`prt_…`; may be left out by a partner's own client."
            )
        ],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Every product, open or why not. They are few: one page holds them all."""
        refuse_unknown(request.query_params, {"partner"})
        partner = asked_partner(request)
        rows = licence_rows([partner], today(), staff=scope.current().all_partners)[partner.pk]
        data = [_product(row) for row in rows]
        return Response({"data": data, "has_more": False, "next_cursor": None})


def asked_partner(request: Request) -> Partner:
    """The partner named in `?partner=`, or the client's own; 400 where neither is."""
    asked = request.query_params.get("partner")
    own = scope.current().partner_id
    if asked is None and own is None:
        raise wrong_parameter("partner", "required", "Say which partner: partner=prt_…")
    rows = Partner.objects.filter(pk=own) if asked is None else None
    found = (rows or Partner.objects.with_public_id(asked or "")).first()
    if found is None:
        raise wrong_parameter("partner", "does_not_exist", "There is no partner with this id.")
    return found


def _product(row: LicenceRow) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.title,
        "unit": row.unit,
        "open": row.open,
        "seats": row.seats,
        "customers": row.customers,
        "environments": [
            {
                "environment": one.code,
                "open": one.open,
                "open_until": one.opens_until.isoformat() if one.opens_until else None,
                "because": one.because,
                "seats": one.seats,
                "blockers": [reason.to_dict() for reason in one.reasons],
            }
            for one in row.classes
        ],
    }


register_routes("authorizations", Authorizations)
register_routes("deployments", Deployments)
register_view("products", Products.as_view())
