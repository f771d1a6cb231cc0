"""Partners, their people, customers and agreements in the API, and imports of files."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django_filters
from django.db import transaction
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from partners import actions
from partners.models import Agreement, Customer, Employment, Partner
from programs.locks import lock_partners
from programs.models import PartnerType
from tenants import importing
from tenants.api import Resource, register_routes
from tenants.clock import today
from tenants.models import ImportJob, ImportRow
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import (
    CharField,
    ChoiceField,
    DateField,
    EmailField,
    Input,
    ListField,
    PublicIdField,
)
from web.api.output import Nested, PublicId, Value

PARTNER = Nested("partner", id=PublicId(), name="name")


def text(most: int, help_text: str = "") -> CharField:
    """Optional text; left out it stays as it is (or empty)."""
    return CharField(max_length=most, required=False, allow_blank=True, help_text=help_text)


def codes(help_text: str = "") -> ListField:
    return ListField(
        child=CharField(max_length=40), required=False, max_length=50, help_text=help_text
    )


class OfPartner(Resource):
    """A partner or a row of one: PATCH takes the gate's lock first, as every action does, so that
    the two never wait for each other in a circle."""

    @contextmanager
    def changing(self, request: Request, id: str) -> Iterator[Any]:
        with transaction.atomic():
            lock_partners([self.found(id).partner_id])
            with super().changing(request, id) as row:
                yield row


class PartnerInput(Input):
    name = CharField(max_length=160)
    partner_type = CharField(max_length=60, help_text="The type's code in the program.")
    joined_on = DateField(required=False, help_text="Today in the vendor's zone by default.")
    external_id = text(120, "Your own id; unique among the vendor's partners.")
    legal_name = text(200)
    domain = text(253)
    country = text(2, "Two letters, like DE.")
    city = text(120)

    def validate_partner_type(self, code: str) -> PartnerType:
        """The type behind its code."""
        found = PartnerType.objects.filter(code=code, retired_in__isnull=True).first()
        if found is None:
            detail = ErrorDetail("There is no partner type with this code.", code="does_not_exist")
            raise ValidationError([detail])
        return found


class PartnerChange(Input):
    name = CharField(max_length=160, required=False)
    external_id = text(120)
    legal_name = text(200)
    domain = text(253)
    country = text(2)
    city = text(120)
    parent = PublicIdField(Partner, required=False, help_text="The company above it.")
    service_scopes = codes()
    verticals = codes()


class ReasonInput(Input):
    reason = CharField(max_length=300, help_text="The partner reads it.")


class PartnerFilters(django_filters.FilterSet):
    external_id = django_filters.CharFilter()
    status = django_filters.ChoiceFilter(choices=Partner.Status.choices)
    country = django_filters.CharFilter()

    class Meta:
        model = Partner
        fields: list[str] = []


class Partners(OfPartner):
    """Companies in the vendor's program. Names and external ids are the vendor's to change; a
    partner's own client changes where it is and what it does."""

    model = Partner
    capabilities = {
        "GET": "partners.read",
        "POST": "partners.write",
        "PATCH": "profile.write",
        "suspend": "partners.suspend",
        "reinstate": "partners.suspend",
        "exit": "partners.suspend",
    }
    fields = {
        "id": PublicId(),
        "name": "name",
        "legal_name": "legal_name",
        "external_id": "external_id",
        "domain": "domain",
        "country": "country",
        "city": "city",
        "service_scopes": "service_scopes",
        "verticals": "verticals",
        "status": "status",
        "status_reason": "status_reason",
        "status_since": "status_since",
        "parent": Nested("parent", id=PublicId(), name="name"),
        "joined_on": "joined_on",
        "updated_at": "updated_at",
    }
    sorts = {"name": "name", "joined_on": "joined_on"}
    updated = "updated_at"
    filterset_class = PartnerFilters
    inputs = {
        "create": PartnerInput,
        "partial_update": PartnerChange,
        "suspend": ReasonInput,
        "reinstate": ReasonInput,
        "exit": ReasonInput,
    }

    def create(self, request: Request) -> HttpResponse:
        """Add a partner at its type's lowest level."""
        values = self.read(request)
        return self.created(actions.add_partner(**{"joined_on": today(), **values}))

    def partial_update(self, request: Request, id: str) -> HttpResponse:
        """Change a profile; what is left out stays."""
        with self.changing(request, id) as row:
            return self.shown(actions.change_partner(row, **self.read(request)))

    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, id: str) -> HttpResponse:
        """From today on nothing new may be deployed; shrinking stays allowed."""
        return self._status(request, id, actions.suspend_partner)

    @action(detail=True, methods=["post"])
    def reinstate(self, request: Request, id: str) -> HttpResponse:
        """A suspended partner is active again."""
        return self._status(request, id, actions.reinstate_partner)

    @action(detail=True, methods=["post"])
    def exit(self, request: Request, id: str) -> HttpResponse:
        """The partner leaves the program today. There is no way back but a new application."""
        return self._status(request, id, actions.exit_partner)

    def _status(self, request: Request, id: str, verb: Any) -> HttpResponse:
        return self.shown(verb(self.found(id), on=today(), **self.read(request)))


class PersonInput(Input):
    partner = PublicIdField(Partner)
    name = CharField(max_length=160)
    since = DateField(help_text="First day of work for the partner.")
    email = EmailField(required=False, allow_blank=True)
    job_title = text(120)
    external_id = text(120, "Your own id; unique among the partner's people.")


class PersonChange(Input):
    name = CharField(max_length=160, required=False)
    email = EmailField(required=False, allow_blank=True)
    job_title = text(120)
    external_id = text(120)


class EndInput(Input):
    on = DateField(help_text="First day without it, in the vendor's zone.")


class EmploymentFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    external_id = django_filters.CharFilter()
    current = django_filters.BooleanFilter(field_name="until", lookup_expr="isnull")

    class Meta:
        model = Employment
        fields: list[str] = []


class People(OfPartner):
    """Who works for a partner, over `[since, until)`. One row per employment: a person who moves to
    another partner keeps the `person.id` and gets another row."""

    model = Employment
    capabilities = {"GET": "people.read", "POST": "people.write", "PATCH": "people.write",
                    "end": "people.write"}
    fields = {
        "id": PublicId(),
        "person": Nested("person", id=PublicId(), name="name", email="email"),
        "partner": PARTNER,
        "job_title": "job_title",
        "external_id": "external_id",
        "since": "since",
        "until": Value("until", help="First day on which the person no longer works there."),
    }
    sorts = {"since": "since"}
    filterset_class = EmploymentFilters
    inputs = {"create": PersonInput, "partial_update": PersonChange, "end": EndInput}

    def create(self, request: Request) -> HttpResponse:
        """Somebody joins a partner."""
        return self.created(actions.add_person(**self.read(request)))

    def partial_update(self, request: Request, id: str) -> HttpResponse:
        """Correct somebody's details; what is left out stays."""
        with self.changing(request, id) as row:
            return self.shown(actions.change_person(row, **self.read(request)))

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: str) -> HttpResponse:
        """The person leaves. Their certificates stop counting for the partner on that day."""
        return self.shown(actions.end_employment(self.found(id), **self.read(request)))


class CustomerInput(Input):
    partner = PublicIdField(Partner)
    name = CharField(max_length=160)
    since = DateField(required=False, help_text="Today in the vendor's zone by default.")
    external_id = text(120, "Your own id; unique among the partner's customers.")
    vertical = text(40)
    country = text(2)
    environments = codes("Environment classes of the program; the strictest decides.")


class CustomerChange(Input):
    name = CharField(max_length=160, required=False)
    external_id = text(120)
    vertical = text(40)
    country = text(2)
    environments = codes("All classes. A partner adds classes and never takes one away.")
    evidence = text(300, "Needed where the vendor takes a class away.")


class CustomerFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    external_id = django_filters.CharFilter()
    vertical = django_filters.CharFilter()
    environment = django_filters.CharFilter(field_name="environments", method="in_environment")
    current = django_filters.BooleanFilter(field_name="until", lookup_expr="isnull")

    class Meta:
        model = Customer
        fields: list[str] = []

    def in_environment(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(environments__contains=[value])


class Customers(OfPartner):
    """Companies whose systems a partner runs: where products are deployed."""

    model = Customer
    capabilities = {"GET": "customers.read", "POST": "customers.write",
                    "PATCH": "customers.write", "end": "customers.write"}
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "name": "name",
        "external_id": "external_id",
        "vertical": "vertical",
        "country": "country",
        "environments": Value("environments", help="None recorded: the customer is unclassified."),
        "since": "since",
        "until": "until",
        "updated_at": "updated_at",
    }
    sorts = {"name": "name", "since": "since"}
    updated = "updated_at"
    filterset_class = CustomerFilters
    inputs = {"create": CustomerInput, "partial_update": CustomerChange, "end": EndInput}

    def create(self, request: Request) -> HttpResponse:
        """Record a customer."""
        return self.created(actions.add_customer(**{"since": today(), **self.read(request)}))

    def partial_update(self, request: Request, id: str) -> HttpResponse:
        """Change what is recorded; what is left out stays."""
        with self.changing(request, id) as row:
            return self.shown(actions.change_customer(row, on=today(), **self.read(request)))

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: str) -> HttpResponse:
        """The partner runs the customer's systems no longer."""
        return self.shown(actions.end_customer(self.found(id), **self.read(request)))


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
    capabilities = {"GET": "agreements.read", "POST": "agreements.write",
                    "end": "agreements.write"}
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


class ImportInput(Input):
    """A file: CSV as text in `content`, or any file as base64 in `content_base64`."""

    kind = ChoiceField(choices=["customers", "facts", "partners", "people", "results"])
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
    capabilities = {"GET": "imports.run", "POST": "imports.run", "apply": "imports.run",
                    "discard": "imports.run", "refresh": "imports.run", "rows": "imports.run"}
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
        items = ImportRow.objects.filter(job=self.found(id))
        changing = items.exclude(outcome__in=["unchanged", "error"])
        wrong = items.filter(outcome="error").order_by("number")
        found = [*wrong[:1000], *changing.order_by("number")[:1000]][:1000]
        return self.answered({"data": [_row(item) for item in found]})


def _row(item: ImportRow) -> dict[str, Any]:
    return {
        "number": item.number,
        "outcome": item.outcome,
        "values": item.values,
        "changes": item.changes,
        "errors": item.errors,
    }


register_routes("partners", Partners)
register_routes("people", People)
register_routes("customers", Customers)
register_routes("agreements", Agreements)
register_routes("imports", Imports)
