"""Imports of files in the API."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import django_filters
from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from partners.imports.withheld import columns_for_reader, withheld_whole, without_withheld
from partners.models import Partner
from tenants import importing
from tenants.api import Resource, register_routes
from tenants.importing import import_kind
from tenants.models import ImportJob, ImportRow
from web import clock
from web.api.inputs import (
    CharField,
    ChoiceField,
    Input,
    PublicIdField,
)
from web.api.output import PublicId, Value

MOST_ROWS = 1_000
_AFTER = OpenApiParameter("after", int, description="Rows behind the one of this number.")


class ImportInput(Input):
    """A file: CSV as text in `content`, or any file as base64 in `content_base64`."""

    kind = ChoiceField(
        choices=["attestations", "customers", "facts", "partners", "people", "records", "results"]
    )
    file_name = CharField(max_length=255, required=False)
    partner = PublicIdField(Partner, required=False, help_text="For rows without a partner.")
    content = CharField(required=False, trim_whitespace=False)
    content_base64 = CharField(required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The bytes of the file, however they were sent."""
        text, packed = values.pop("content", None), values.pop("content_base64", None)
        if (text is None) == (packed is None):
            raise ValidationError({"content": "Send either content or content_base64."})
        try:
            data = text.encode() if packed is None else base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            raise ValidationError({"content_base64": "This is not base64."}) from None
        return {**values, "data": data}


class ImportFilters(django_filters.FilterSet):
    kind = django_filters.CharFilter()
    state = django_filters.ChoiceFilter(choices=ImportJob.State.choices)

    class Meta:
        model = ImportJob
        fields: list[str] = []


class Imports(Resource):
    """Files on their way in. POST changes nothing: a small file is previewed at once, a larger one
    waits and is read. Ask again until `state` is `previewed`. `apply` does all of it or nothing,
    and is refused while any row has an error; a large import is `applying` until it is `applied`.
    `cancel` ends what is not through, and nothing of it is kept."""

    model = ImportJob
    capabilities = {
        "GET": "imports.run",
        "POST": "imports.run",
        "apply": "imports.run",
        "cancel": "imports.run",
        "discard": "imports.run",
        "refresh": "imports.run",
        "rows": "imports.run",
        "errors": "imports.run",
    }
    fields = {
        "id": PublicId(),
        "kind": "kind",
        "file_name": "file_name",
        "sha256": "sha256",
        "state": "state",
        "done": Value("done", help="Rows that this state is through with."),
        "total": Value("total", help="Rows of the file; of a sheet an estimate until it is read."),
        "note": Value("note", help="Why it failed, or why it was read again."),
        "rows": "rows",
        "creates": "creates",
        "updates": "updates",
        "unchanged": "unchanged",
        "failures": Value("failures", help="Rows with errors; see `/imports/{id}/rows`."),
        "created_at": "created_at",
        "finished_at": "finished_at",
    }
    sorts = {"created_at": "created_at"}
    filterset_class = ImportFilters
    summaries = {
        "errors": "Get the rows with errors",
        "rows": "Get the rows of an import",
    }
    inputs = {"create": ImportInput}
    statuses = {"create": 202}

    def create(self, request: Request) -> HttpResponse:
        """Take a file. Up to 100 KB it is previewed in the answer."""
        values = self.read(request)
        partner = values.pop("partner", None)
        job = importing.upload_import(
            values["kind"],
            data=values["data"],
            file_name=values.get("file_name", "upload"),
            at=clock.now(),
            partner_id=partner.pk if partner else None,
        )
        response = self.created(job)
        response.status_code = 202
        return response

    @action(detail=True, methods=["post"])
    def apply(self, request: Request, id: str) -> HttpResponse:
        """Do what the preview shows: at once for a file of up to 100 KB."""
        return self.shown(importing.ask_apply(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: str) -> HttpResponse:
        """Have nothing come of it. What is being applied is taken back: ask again for its end."""
        return self.shown(importing.cancel_import(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def discard(self, request: Request, id: str) -> HttpResponse:
        """Put the preview aside."""
        return self.shown(importing.discard_import(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, id: str) -> HttpResponse:
        """Make the preview anew, after `preview_outdated`."""
        return self.shown(importing.ask_refresh(self.found(id), at=clock.now()))

    @extend_schema(parameters=[_AFTER])
    @action(detail=True, methods=["get"])
    def rows(self, request: Request, id: str) -> HttpResponse:
        """A thousand rows that do not stay as they are, by their number."""
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 10):
            raise ValidationError({"after": "This is no row's number."})
        items = ImportRow.objects.filter(job=self.found(id), number__gt=int(after))
        found = items.exclude(outcome="unchanged").order_by("number")[: MOST_ROWS + 1]
        shown = without_withheld(self.found(id), list(found))
        more = len(shown) > MOST_ROWS
        return self.answered({"data": [_row(item) for item in shown[:MOST_ROWS]], "has_more": more})

    @extend_schema(responses={(200, "text/csv"): {"type": "string"}})
    @action(detail=True, methods=["get"])
    def errors(self, request: Request, id: str) -> HttpResponse:
        """The rows with errors as CSV, in the columns of the upload: to correct and send again."""
        job = self.found(id)
        if withheld_whole(job):
            raise Http404
        columns = columns_for_reader(import_kind(job.kind))
        return HttpResponse(importing.errors_csv(job, columns), content_type="text/csv")


def _row(item: ImportRow) -> dict[str, Any]:
    return {
        "number": item.number,
        "outcome": item.outcome,
        "values": item.values,
        "changes": item.changes,
        "errors": item.errors,
    }


register_routes("imports", Imports)
