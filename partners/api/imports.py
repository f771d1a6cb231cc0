"""Imports of files in the API."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from partners.imports.withheld import without_withheld
from partners.models import Partner
from tenants import importing
from tenants.api import Resource, register_routes
from tenants.models import ImportJob, ImportRow
from web import clock
from web.api.inputs import (
    CharField,
    ChoiceField,
    Input,
    PublicIdField,
)
from web.api.output import PublicId, Value


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
    """Files on their way in. POST previews and changes nothing; `apply` does all of it or nothing,
    and is refused while any row has an error."""

    model = ImportJob
    capabilities = {
        "GET": "imports.run",
        "POST": "imports.run",
        "apply": "imports.run",
        "discard": "imports.run",
        "refresh": "imports.run",
        "rows": "imports.run",
    }
    fields = {
        "id": PublicId(),
        "kind": "kind",
        "file_name": "file_name",
        "sha256": "sha256",
        "state": "state",
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
    inputs = {"create": ImportInput}

    def create(self, request: Request) -> HttpResponse:
        """Preview a file."""
        values = self.read(request)
        partner = values.pop("partner", None)
        job = importing.stage_import(
            values["kind"],
            data=values["data"],
            file_name=values.get("file_name", "upload"),
            at=clock.now(),
            partner_id=partner.pk if partner else None,
        )
        return self.created(job)

    @action(detail=True, methods=["post"])
    def apply(self, request: Request, id: str) -> HttpResponse:
        """Do what the preview shows."""
        return self.shown(importing.apply_import(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def discard(self, request: Request, id: str) -> HttpResponse:
        """Put the preview aside."""
        return self.shown(importing.discard_import(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, id: str) -> HttpResponse:
        """Make the preview anew, after `preview_outdated`."""
        return self.shown(importing.refresh_import(self.found(id), at=clock.now()))

    @action(detail=True, methods=["get"])
    def rows(self, request: Request, id: str) -> HttpResponse:
        """The first thousand rows that do not stay as they are, those with errors first."""
        job = self.found(id)
        items = ImportRow.objects.filter(job=job)
        changing = items.exclude(outcome__in=["unchanged", "error"])
        wrong = items.filter(outcome="error").order_by("number")
        found = [*wrong[:1000], *changing.order_by("number")[:1000]][:1000]
        shown = without_withheld(job, found)
        return self.answered({"data": [_row(item) for item in shown]})


def _row(item: ImportRow) -> dict[str, Any]:
    return {
        "number": item.number,
        "outcome": item.outcome,
        "values": item.values,
        "changes": item.changes,
        "errors": item.errors,
    }


register_routes("imports", Imports)
