"""What announced versions of the program will mean for a partner, in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from licensing.api import asked_partner
from scorecards.coming import previews_of
from tenants.api import ScopedView, register_view
from tenants.clock import today
from web.api.parameters import refuse_unknown

_TEXT = {"type": "string"}
_DAY = {"type": "string", "format": "date"}
_OBJECTS = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
PREVIEW_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["partner", "versions"],
    "properties": {
        "partner": _TEXT,
        "versions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["version", "announced_on", "effective_from", "levels", "products",
                             "benefits"],
                "properties": {
                    "version": {"type": "integer"},
                    "announced_on": _DAY,
                    "effective_from": _DAY,
                    "levels": {
                        **_OBJECTS,
                        "description": "Per type and axis: the level held, what a review on the "
                        "first day would say, and the gaps with the least effort first, each with "
                        "its explained requirement; `exams` is the smallest set of exams that "
                        "closes all people gaps together.",
                    },
                    "products": {**_OBJECTS, "description": "Products that open or close."},
                    "benefits": {**_OBJECTS, "description": "Benefits that change."},
                },
            },
        },
    },
}  # fmt: skip


class ProgramPreviews(ScopedView, APIView):  # type: ignore[misc]  # DRF types the same names
    """Each version that is announced and not yet in force, for one partner."""

    capabilities = {"GET": "program.read"}
    http_method_names = ["get", "head"]

    @extend_schema(
        operation_id="program_preview",
        parameters=[
            OpenApiParameter(
                "partner", str, description="Whose (`prt_…`); a partner's client leaves it out."
            )
        ],
        responses={(200, "application/json"): PREVIEW_SCHEMA},
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """The nearest version first."""
        refuse_unknown(request.query_params, {"partner"})
        partner = asked_partner(request)
        found = [one.to_dict() for one in previews_of(partner, today())]
        return Response({"partner": partner.ref, "versions": found})


register_view("program/preview", ProgramPreviews.as_view())
