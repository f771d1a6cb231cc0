"""The products of the program in force in the API, with a partner's standing in each."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from licensing.api.stages import StandingAnswer, standing_of
from licensing.panels import LicenceRow, licence_rows
from partners.models import Partner
from tenants import scope
from tenants.api import ScopedView, register_view
from tenants.clock import today
from web import clock
from web.api.parameters import refuse_unknown
from web.api.problems import BlockerSerializer, wrong_parameter


class ProductClass(serializers.Serializer[Any]):
    """One environment class of a product, for the partner alone (without a customer's addenda)."""

    environment = serializers.CharField()
    open = serializers.BooleanField()
    open_until = serializers.DateField(allow_null=True)
    because = serializers.ListField(child=serializers.CharField())
    seats = serializers.IntegerField()
    blockers = BlockerSerializer(many=True)
    standing = StandingAnswer(allow_null=True, help_text="Where a lapse of the gate stands.")


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
        rows = licence_rows([partner], today(), staff=scope.current().all_partners, at=clock.now())[
            partner.pk
        ]
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
                "standing": standing_of(one.standing),
            }
            for one in row.classes
        ],
    }


register_view("products", Products.as_view())
