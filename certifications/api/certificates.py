"""Certificates in the API: until when they count, and how one is revoked."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import django_filters
from django.db.models import F
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from certifications.actions import revoke_certificate
from certifications.models import Certificate, Result
from partners.api.shared import Email
from partners.visibility import works_with_us
from programs.compiled import program_or_none
from tenants.api import Resource, register_routes
from tenants.clock import today
from tenants.models import Person
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import CharField, Input
from web.api.output import Nested, PublicId, Value


class RevokeInput(Input):
    reason = CharField(max_length=300, help_text="The person and the partner read it.")


class CertificateFilters(django_filters.FilterSet):
    person = PublicIdFilter(Person, "person")
    track = django_filters.CharFilter(field_name="track__code")
    number = django_filters.CharFilter()
    result = PublicIdFilter(Result, "result")
    expires_on__gte = django_filters.DateFilter(field_name="expires_on", lookup_expr="gte")
    expires_on__lte = django_filters.DateFilter(field_name="expires_on", lookup_expr="lte")
    revoked = django_filters.BooleanFilter(
        field_name="revoked_on", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = Certificate
        fields: list[str] = []


class Certificates(Resource):
    """Numbered proofs of passed exams. One counts from `earned_on` until, and not on,
    `counts_until`, for the partner that employs the person on the day. They are issued by
    recording results (`POST /results`)."""

    model = Certificate
    capabilities = {
        "GET": "certificates.read",
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
            "expires_on", help="First day after the track's own time; null if it never ends."
        ),
        "counts_until": Value(
            F("counts_until"),
            schema={"type": ["string", "null"], "format": "date"},
            help="First day on which it no longer counts: the earliest of `expires_on`, "
            "`revoked_on` and the day by which a newer version has people recertify.",
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
    inputs = {"revoke": RevokeInput}

    def get_queryset(self) -> Any:
        return Certificate.objects.ending(today())

    def scope_key(self) -> Hashable:
        """Until when one counts depends on the program in force, which may change in a day."""
        program = program_or_none(today())
        return (super().scope_key(), program and program.number)

    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, id: str) -> HttpResponse:
        """Revoke from today on, with a reason, and what was built on it with it."""
        row = revoke_certificate(self.found(id), at=clock.now(), **self.read(request))
        return self.shown(row)


register_routes("certificates", Certificates)
