"""A few upserts at once in the API, by the external ids of the caller's own system."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners.models import Partner
from tenants.api import ScopedView, register_view
from tenants.importing import MOST_UPSERTS, Upserted, upsert_rows
from web import clock
from web.api.inputs import CharField, ChoiceField, DictField, Input, ListField, PublicIdField

KINDS = ("attestations", "contracts", "customers", "partners", "people", "records")


class BatchInput(Input):
    """Rows of one kind; their fields are the columns of an import of this kind, as text."""

    kind = ChoiceField(choices=KINDS)
    partner = PublicIdField(Partner, required=False, help_text="For rows without a partner.")
    rows = ListField(
        child=DictField(child=CharField(allow_blank=True, max_length=2000)),
        min_length=1,
        max_length=MOST_UPSERTS,
        help_text="Each with `external_id`; what is left out or empty stays as it is.",
    )


_TEXT = {"type": "string"}
BATCH_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["created", "updated", "unchanged", "failed", "results"],
    "properties": {
        "created": {"type": "integer"},
        "updated": {"type": "integer"},
        "unchanged": {"type": "integer"},
        "failed": {"type": "integer"},
        "results": {
            "type": "array",
            "description": "One for each row, in their order.",
            "items": {
                "type": "object",
                "required": ["external_id", "outcome", "id", "changes", "errors"],
                "properties": {
                    "external_id": _TEXT,
                    "outcome": {
                        "type": "string",
                        "description": "`create`, `update`, `unchanged` or `error`.",
                    },
                    "id": {
                        "type": ["string", "null"],
                        "description": "What the row added, changed or found; null with errors.",
                    },
                    "changes": {
                        "type": "object",
                        "additionalProperties": {"type": "array", "items": {}},
                        "description": "Per field the value before and after.",
                    },
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["pointer", "code", "detail"],
                            "properties": {"pointer": _TEXT, "code": _TEXT, "detail": _TEXT},
                        },
                    },
                },
            },
        },
    },
}


class Batch(ScopedView, APIView):  # type: ignore[misc]  # DRF types the same names
    """Up to 100 rows, each added or changed by its `external_id`, without the preview of an import.

    Rows with errors are left out and named; the others are written in one transaction.
    """

    capabilities = {"POST": "imports.run"}
    http_method_names = ["post"]

    @extend_schema(
        operation_id="batch_create",
        request=BatchInput,
        responses={(200, "application/json"): BATCH_SCHEMA},
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Add or change up to 100 rows. Sent again, they are unchanged."""
        body = BatchInput(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        partner = given.get("partner")
        results = upsert_rows(
            given["kind"],
            given["rows"],
            at=clock.now(),
            partner_id=partner.pk if partner else None,
        )
        rows = [
            _result(number, row, one)
            for number, (row, one) in enumerate(zip(given["rows"], results, strict=True))
        ]
        outcomes = [one.outcome for one in results]
        return Response(
            {
                "created": outcomes.count("create"),
                "updated": outcomes.count("update"),
                "unchanged": outcomes.count("unchanged"),
                "failed": outcomes.count("error"),
                "results": rows,
            }
        )


def _result(number: int, row: dict[str, str], one: Upserted) -> dict[str, Any]:
    return {
        "external_id": row.get("external_id", ""),
        "outcome": one.outcome,
        "id": one.ref or None,
        "changes": one.changes,
        "errors": [
            {
                "pointer": f"/rows/{number}/{error['column']}".rstrip("/"),
                "code": "invalid",
                "detail": error["message"],
            }
            for error in one.errors
        ],
    }


register_view("batch", Batch.as_view())
