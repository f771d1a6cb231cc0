"""Results in the API: what an exam centre or a learning system reports, and what it earned."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import django_filters
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from certifications.actions import record_result
from certifications.models import Certificate, Result
from programs.models import Track
from tenants.api import Resource, register_routes
from tenants.files import Document, document_of
from tenants.models import File, Person
from tenants.writing import Refused
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import (
    BooleanField,
    CharField,
    DateField,
    DecimalText,
    EmailField,
    Input,
    PublicIdField,
)
from web.api.output import Nested, PublicId, Value, declared, json_object, object_schema


class TrackInput(Input):
    """Anything about a track, which is named by its code."""

    track = CharField(max_length=60, help_text="The track's code in the program.")

    def validate_track(self, code: str) -> Track:
        """The track behind its code."""
        found = Track.objects.one("code", code)
        if found is None:
            detail = ErrorDetail("There is no track with this code.", code="does_not_exist")
            raise ValidationError([detail])
        return found


class ResultInput(TrackInput):
    """An exam that was taken, or one part of it, passed or failed."""

    person = PublicIdField(Person, required=False)
    email = EmailField(
        required=False, help_text="The person's address, for a sender that does not know the id."
    )
    version = CharField(
        max_length=40,
        default="",
        allow_blank=True,
        help_text="The version taken; empty for a track without versions.",
    )
    part = CharField(
        max_length=60,
        default="",
        allow_blank=True,
        help_text="The code of the part, for a track that is taken in parts.",
    )
    passed_on = DateField(help_text="The day of the exam, in the vendor's time zone.")
    passed = BooleanField(
        required=False, allow_null=True, help_text="Left out: passed, if the score is high enough."
    )
    score = DecimalText(
        max_digits=5,
        decimal_places=2,
        required=False,
        allow_null=True,
        help_text="Percent. Below the program's pass mark the attempt is kept and earns nothing.",
    )
    external_id = CharField(
        max_length=120, default="", allow_blank=True, help_text="Your own id of the result."
    )
    expires_on = DateField(
        required=False,
        allow_null=True,
        help_text="Only for a track whose validity the program does not state.",
    )

    document_name = CharField(
        max_length=255,
        default="",
        allow_blank=True,
        help_text="The name of the file that shows it.",
    )
    document_base64 = CharField(
        required=False,
        help_text="The file itself: PDF, PNG, JPEG, DOCX, XLSX, CSV or text, up to 10 MB. It is "
        "told by its content, and only the vendor's people read it.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The person, by id or by the only one who has the address; the file, told by its bytes."""
        name, packed = values.pop("document_name", ""), values.pop("document_base64", None)
        if packed is not None:
            values["document"] = _document(name, packed)
        email = values.pop("email", None)
        if ("person" in values) == (email is not None):
            detail = ErrorDetail("Send person or email, one of them.", code="person_or_email")
            raise ValidationError({"person": [detail]})
        if email is not None:
            found = Person.objects.filter(email__iexact=email)[:2]
            if len(found) != 1:
                words = "Several people have" if found else "Nobody has"
                detail = ErrorDetail(f"{words} this address.", code="does_not_exist")
                raise ValidationError({"email": [detail]})
            values["person"] = found[0]
        return values


def _document(name: str, packed: str) -> Document:
    try:
        return document_of(name, base64.b64decode(packed, validate=True))
    except (binascii.Error, ValueError):
        detail = ErrorDetail("This is not base64.", code="invalid")
    except Refused as refused:
        detail = ErrorDetail(refused.detail, code=refused.code)
    raise ValidationError({"document_base64": [detail]})


_BROUGHT = declared(
    {
        "id": PublicId(),
        "number": "number",
        "track": Nested("track", id=PublicId(), code="code", name="name"),
        "version": "version",
        "expires_on": "expires_on",
    }
)


class ResultFilters(django_filters.FilterSet):
    person = PublicIdFilter(Person, "person")
    track = django_filters.CharFilter(field_name="track__code")
    external_id = django_filters.CharFilter()
    passed = django_filters.BooleanFilter()
    passed_on__gte = django_filters.DateFilter(field_name="passed_on", lookup_expr="gte")
    passed_on__lte = django_filters.DateFilter(field_name="passed_on", lookup_expr="lte")

    class Meta:
        model = Result
        fields: list[str] = []


class Results(Resource):
    """Exams taken, failed attempts and parts included. POST records one and answers with the
    certificates it brought: that of its own track, and those of others that it completes or
    carries on. A failed attempt, or a part while others are missing, brings none.

    A result that was recorded before is a 409 `already_recorded` and changes nothing, so that a
    sender may repeat itself."""

    model = Result
    capabilities = {"GET": "certificates.read", "POST": "certificates.record"}
    fields = {
        "id": PublicId(),
        "person": Nested("person", id=PublicId(), name="name"),
        "track": Nested("track", id=PublicId(), code="code", name="name"),
        "version": "version",
        "part": Value("part", help="The code of the part, empty for a whole exam."),
        "passed": "passed",
        "passed_on": Value("passed_on", help="The day of the exam, passed or not."),
        "score": Value("score", help="Percent, or null."),
        "source": "source",
        "external_id": "external_id",
        "recorded_at": "recorded_at",
        "document_sha256": Value(
            Subquery(File._base_manager.filter(pk=OuterRef("document_id")).values("sha256")),
            schema={"type": ["string", "null"]},
            help="The sha256 of the file that shows it, to the vendor alone; null without one.",
        ),
        "certificates": Value(
            ArraySubquery(
                Certificate._base_manager.filter(result=OuterRef("pk"))
                .order_by("pk")
                .values(shown=json_object(_BROUGHT, Certificate))
            ),
            schema={"type": "array", "items": object_schema(_BROUGHT, Certificate)},
            help="What it brought.",
        ),
    }
    sorts = {"passed_on": "passed_on", "recorded_at": "recorded_at"}
    updated = "recorded_at"
    filterset_class = ResultFilters
    inputs = {"create": ResultInput}

    def create(self, request: Request) -> HttpResponse:
        """Record a result, and answer with what it brought."""
        values = self.read(request)
        found = record_result(source=Result.Source.API, at=clock.now(), **values)
        return self.created(found.result)


register_routes("results", Results)
