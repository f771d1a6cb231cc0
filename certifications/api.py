"""Tracks and certificates in the API. POST a result, and the answer is the certificate it earns."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from certifications.actions import record_result, revoke_certificate
from certifications.models import Certificate, Result
from partners.api.shared import Email
from partners.visibility import works_with_us
from programs.compiled import declared, program_or_none
from programs.models import Track
from tenants import scope
from tenants.api import Resource, register_routes
from tenants.clock import today
from tenants.models import Person
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import CharField, DateField, DecimalText, Input, PublicIdField
from web.api.output import Nested, Out, PublicId, Value
from web.api.parameters import Asked


class Tracks(Resource):
    """Certification tracks of the program. Their rules stand in the program document. A partner's
    client sees those in force."""

    model = Track
    capabilities = {"GET": "program.read"}
    sorts = {"code": "code", "name": "name"}
    fields = {
        "id": PublicId(),
        "code": "code",
        "name": "name",
        "first_version": Value("first_version", help="Program version that introduced it."),
        "retired_in": Value("retired_in", help="Program version that took it out, or null."),
    }

    def get_queryset(self) -> Any:
        """All tracks for the vendor; for a partner none of a version that is still to come."""
        rows = Track.objects.all()
        return rows if scope.current().all_partners else declared(rows, today())

    def scope_key(self) -> Hashable:
        """A partner's tracks depend on the program in force, which may change within the day."""
        program = None if scope.current().all_partners else program_or_none(today())
        return (super().scope_key(), program and program.number)

    @classmethod
    def values(cls, asked: Asked) -> dict[str, Out]:
        """Without the version that takes it out where a partner asks: that one is to come."""
        found = super().values(asked)
        if not scope.current().all_partners:
            found.pop("retired_in", None)
        return found


class ResultInput(Input):
    """A passed exam."""

    person = PublicIdField(Person)
    track = CharField(max_length=60, help_text="The track's code in the program.")
    version = CharField(
        max_length=40,
        default="",
        allow_blank=True,
        help_text="The version taken; empty for a track without versions.",
    )
    passed_on = DateField(help_text="The vendor's day.")
    score = DecimalText(
        max_digits=5, decimal_places=2, required=False, allow_null=True, help_text="Percent."
    )
    external_id = CharField(
        max_length=120, default="", allow_blank=True, help_text="Your own id of the result."
    )
    expires_on = DateField(
        required=False,
        allow_null=True,
        help_text="Only for a track whose validity the program does not state.",
    )

    def validate_track(self, code: str) -> Track:
        """The track behind its code."""
        found = Track.objects.one("code", code)
        if found is None:
            detail = ErrorDetail("There is no track with this code.", code="does_not_exist")
            raise ValidationError([detail])
        return found


class RevokeInput(Input):
    reason = CharField(max_length=300, help_text="The person and the partner read it.")


class CertificateFilters(django_filters.FilterSet):
    person = PublicIdFilter(Person, "person")
    track = django_filters.CharFilter(field_name="track__code")
    number = django_filters.CharFilter()
    expires_on__gte = django_filters.DateFilter(field_name="expires_on", lookup_expr="gte")
    expires_on__lte = django_filters.DateFilter(field_name="expires_on", lookup_expr="lte")
    revoked = django_filters.BooleanFilter(
        field_name="revoked_on", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = Certificate
        fields: list[str] = []


class Certificates(Resource):
    """Numbered proofs of passed exams. One counts from `earned_on` until, and not on, the earlier
    of `expires_on` and `revoked_on`, for the partner that employs the person on the day.

    POST records a passed exam and answers with the certificate. A result that was recorded before
    is a 409 `already_recorded` and changes nothing."""

    model = Certificate
    capabilities = {
        "GET": "certificates.read",
        "POST": "certificates.record",
        "revoke": "certificates.revoke",
    }
    fields = {
        "id": PublicId(),
        "number": "number",
        "person": Nested("person", id=PublicId(), name="name"),
        "track": Nested("track", id=PublicId(), code="code", name="name"),
        "version": "version",
        "earned_on": "earned_on",
        "expires_on": Value(
            "expires_on", help="First day on which it no longer counts; null if it never ends."
        ),
        "revoked_on": Value("revoked_on", help="First day on which it no longer counts, or null."),
        "updated_at": "updated_at",
    }
    expandable = {
        "person": Nested("person", id=PublicId(), name="name", email=Email(works_with_us)),
    }
    sorts = {"earned_on": "earned_on", "number": "number"}
    updated = "updated_at"
    filterset_class = CertificateFilters
    inputs = {"create": ResultInput, "revoke": RevokeInput}

    def create(self, request: Request) -> HttpResponse:
        """Record a result; the certificate it earns."""
        values = self.read(request)
        return self.created(record_result(source=Result.Source.API, at=clock.now(), **values))

    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, id: str) -> HttpResponse:
        """Revoke from today on, with a reason."""
        row = revoke_certificate(self.found(id), at=clock.now(), **self.read(request))
        return self.shown(row)


register_routes("tracks", Tracks)
register_routes("certificates", Certificates)
