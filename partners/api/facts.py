"""Figures, records and attestations in the API."""

from __future__ import annotations

import re
from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from partners import actions
from partners.api.shared import PARTNER, text
from partners.models import Attestation, Fact, Partner, Record
from tenants.api import Resource, register_routes
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import (
    CharField,
    DateField,
    DecimalText,
    DictField,
    Input,
    PublicIdField,
)
from web.api.output import PublicId, Value

SLUG = r"^[a-z0-9][a-z0-9_-]*$"


class Code(CharField):
    """A code as the program writes them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if not re.fullmatch(SLUG, code):
            raise ValidationError("Write a code like seats_12m.", code="invalid")
        return code


def amount(**kwargs: Any) -> DecimalText:
    return DecimalText(max_digits=18, decimal_places=4, **kwargs)


class FactInput(Input):
    partner = PublicIdField(Partner)
    metric = Code(help_text="A metric of the program.")
    period = DateField(help_text="The day of which the value is.")
    value = amount()
    unit = text(12, "The program's by default; amounts of another currency are refused.")
    source = CharField(  # type: ignore[assignment]  # Field.source: of the class, not the body
        max_length=60, help_text="Where the value comes from."
    )


class WithdrawInput(Input):
    reason = CharField(max_length=300)


class FactFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    metric = django_filters.CharFilter()
    period__gte = django_filters.DateFilter(field_name="period", lookup_expr="gte")
    period__lte = django_filters.DateFilter(field_name="period", lookup_expr="lte")
    current = django_filters.BooleanFilter(field_name="superseded_by", lookup_expr="isnull")

    class Meta:
        model = Fact
        fields: list[str] = []


class Facts(Resource):
    """Values of the program's metrics that no row of ours gives, as of a day, with their source. A
    newer value of the same day takes the place of the old one, which stays readable."""

    model = Fact
    capabilities = {"GET": "facts.read", "POST": "facts.write", "withdraw": "facts.write"}
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "metric": "metric",
        "period": "period",
        "value": "value",
        "unit": "unit",
        "source": "source",
        "recorded_at": "recorded_at",
        "superseded_by": PublicId(
            "superseded_by", help="What took its place; its own id where it was withdrawn."
        ),
    }
    sorts = {"period": "period", "recorded_at": "recorded_at"}
    filterset_class = FactFilters
    inputs = {"create": FactInput, "withdraw": WithdrawInput}

    def create(self, request: Request) -> HttpResponse:
        """Record a value. The same value again changes nothing and answers with the first."""
        return self.created(actions.record_fact(at=clock.now(), **self.read(request)))

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, id: str) -> HttpResponse:
        """The value was wrong: it counts on no day. What stands of an earlier day counts again."""
        return self.shown(actions.withdraw_fact(self.found(id), **self.read(request)))


class RecordInput(Input):
    partner = PublicIdField(Partner)
    kind = Code(help_text="What the program's metrics count, like `opportunities`.")
    on = DateField(help_text="The day on which it happened.")
    until = DateField(required=False, allow_null=True, help_text="First day it is not open.")
    value = amount(required=False, allow_null=True)
    currency = text(3, "ISO 4217, where the value is money.")
    tags = DictField(
        child=CharField(max_length=120), required=False, help_text="Like `{status: launched}`."
    )
    external_id = text(120, "Your own id: sent again, it replaces the record with this id.")
    source = CharField(max_length=60)  # type: ignore[assignment]

    def validate_tags(self, tags: dict[str, str]) -> dict[str, str]:
        """Names are codes; at most twenty."""
        if len(tags) > 20 or any(not re.fullmatch(SLUG, name[:61]) for name in tags):
            raise ValidationError("At most 20 tags, named by codes.", code="invalid")
        return tags


class RecordFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    kind = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    on__gte = django_filters.DateFilter(field_name="on", lookup_expr="gte")
    on__lte = django_filters.DateFilter(field_name="on", lookup_expr="lte")
    current = django_filters.BooleanFilter(field_name="superseded_by", lookup_expr="isnull")

    class Meta:
        model = Record
        fields: list[str] = []


class Records(Resource):
    """Dated rows that metrics count and sum: opportunities, events, cases. A corrected record takes
    the place of the one with its external id; both stay readable."""

    model = Record
    capabilities = {"GET": "facts.read", "POST": "facts.write", "withdraw": "facts.write"}
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "kind": "kind",
        "on": "on",
        "until": "until",
        "value": "value",
        "currency": "currency",
        "tags": "tags",
        "external_id": "external_id",
        "source": "source",
        "recorded_at": "recorded_at",
        "superseded_by": PublicId(
            "superseded_by", help="What took its place; its own id where it was withdrawn."
        ),
    }
    sorts = {"on": "on", "recorded_at": "recorded_at"}
    filterset_class = RecordFilters
    inputs = {"create": RecordInput, "withdraw": WithdrawInput}

    def create(self, request: Request) -> HttpResponse:
        """Record what happened. The same again changes nothing and answers with the first."""
        return self.created(actions.record_happening(at=clock.now(), **self.read(request)))

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, id: str) -> HttpResponse:
        """The record was wrong: it counts on no day."""
        return self.shown(actions.withdraw_record(self.found(id), **self.read(request)))


class AttestationInput(Input):
    partner = PublicIdField(Partner)
    code = Code(help_text="An attestation of the program; with a value, a metric.")
    value = amount(required=False, allow_null=True)
    evidence = CharField(max_length=300, help_text="What shows it: a document, a date.")
    link = text(300, "Where the evidence can be read.")
    attested_by = CharField(max_length=160, help_text="Who vouches for it.")
    since = DateField()
    until = DateField(
        required=False, allow_null=True, help_text="By default as long as the program says."
    )
    external_id = text(120, "Your own id; unique among the partner's of this code.")


class SubmitInput(Input):
    partner = PublicIdField(Partner)
    code = Code(help_text="An attestation of the program; with a value, a metric.")
    value = amount(required=False, allow_null=True)
    evidence = CharField(max_length=300, help_text="What shows it: a document, a date.")
    link = text(300, "Where the evidence can be read.")
    attested_by = CharField(max_length=160, help_text="Who vouches for it.")
    since = DateField()


class RefuseInput(Input):
    reason = CharField(max_length=300, help_text="The partner reads it.")


class AttestationFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    code = django_filters.CharFilter()
    state = django_filters.ChoiceFilter(choices=Attestation.State.choices)
    external_id = django_filters.CharFilter()

    class Meta:
        model = Attestation
        fields: list[str] = []


class Attestations(Resource):
    """What somebody vouches for, with evidence. A partner submits; the vendor accepts or refuses;
    only accepted ones count. What the vendor records itself counts at once."""

    model = Attestation
    capabilities = {
        "GET": "facts.read",
        "POST": "attestations.write",
        "submit": "attestations.submit",
        "accept": "attestations.decide",
        "refuse": "attestations.decide",
        "withdraw": "attestations.decide",
    }
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "code": "code",
        "value": Value("value", help="The figure, where a metric is attested."),
        "evidence": "evidence",
        "link": "link",
        "attested_by": "attested_by",
        "since": "since",
        "until": "until",
        "external_id": "external_id",
        "state": "state",
        "reason": "reason",
        "submitted_at": "submitted_at",
        "decided_at": "decided_at",
    }
    sorts = {"since": "since"}
    filterset_class = AttestationFilters
    inputs = {"create": AttestationInput, "submit": SubmitInput, "refuse": RefuseInput,
              "withdraw": RefuseInput}  # fmt: skip

    def create(self, request: Request) -> HttpResponse:
        """Record an attestation as the vendor."""
        return self.created(actions.record_attestation(at=clock.now(), **self.read(request)))

    @action(detail=False, methods=["post"])
    def submit(self, request: Request) -> HttpResponse:
        """State something as the partner; it waits for the vendor's decision."""
        row = actions.submit_attestation(at=clock.now(), **self.read(request))
        return self.shown(row, 201)

    @action(detail=True, methods=["post"])
    def accept(self, request: Request, id: str) -> HttpResponse:
        """From now on it counts."""
        return self.shown(actions.accept_attestation(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, id: str) -> HttpResponse:
        """It does not count; the partner reads why."""
        values = self.read(request)
        return self.shown(actions.refuse_attestation(self.found(id), at=clock.now(), **values))

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, id: str) -> HttpResponse:
        """What was accepted is wrong: it counts on no day, and the partner reads why."""
        values = self.read(request)
        return self.shown(actions.withdraw_attestation(self.found(id), at=clock.now(), **values))


register_routes("facts", Facts)
register_routes("records", Records)
register_routes("attestations", Attestations)
