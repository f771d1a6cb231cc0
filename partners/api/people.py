"""People and customers in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import models
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from partners import actions
from partners.api.shared import (
    OWN_CUSTOMER,
    PARTNER,
    Custom,
    Email,
    EndInput,
    OfPartner,
    Own,
    codes,
    custom_values,
    text,
)
from partners.field_filters import CustomFilters
from partners.models import Customer, Employment, Partner, held_on
from partners.visibility import works_here
from tenants.api import register_routes
from tenants.clock import today
from tenants.models import Person
from web.api.filters import PublicIdFilter
from web.api.inputs import (
    CharField,
    DateField,
    EmailField,
    Input,
    PublicIdField,
)
from web.api.output import Nested, Out, PublicId, Schema, Value


class PersonInput(Input):
    partner = PublicIdField(Partner)
    name = CharField(max_length=160)
    since = DateField(help_text="First day of work for the partner.")
    email = EmailField(required=False, allow_blank=True)
    job_title = text(120)
    roles = codes("Roles that the program asks for, like `support_engineer`, held from `since` on.")
    external_id = text(120, "Your own id; unique among the partner's people.")


class PersonChange(Input):
    name = CharField(max_length=160, required=False)
    email = EmailField(required=False, allow_blank=True)
    job_title = text(120)
    roles = codes("All roles; those held before `roles_since` stay recorded for the days before.")
    roles_since = DateField(
        required=False,
        help_text="First day of `roles`, past or to come; today in the vendor's zone by default.",
    )
    external_id = text(120)


class EmploymentFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    external_id = django_filters.CharFilter()
    current = django_filters.BooleanFilter(field_name="until", lookup_expr="isnull")

    class Meta:
        model = Employment
        fields: list[str] = []


class RolesToday(Out):
    """The roles held on the vendor's day."""

    help = "Those of today. Requirements count the roles of the day they are judged for."

    def expression(self, model: type[models.Model], at: str = "") -> Any:
        return held_on(today(), at)

    def schema(self, model: type[models.Model]) -> Schema:
        return Value("roles").schema(model)


class People(OfPartner):
    """Who works for a partner, over `[since, until)`. One row per employment: a person who moves to
    another partner keeps the `person.id` and gets another row."""

    model = Employment
    capabilities = {
        "GET": "people.read",
        "POST": "people.write",
        "PATCH": "people.write",
        "end": "people.write",
    }
    fields = {
        "id": PublicId(),
        "person": Nested(
            "person", id=PublicId(), name="name", email=Email(lambda _scope: works_here())
        ),
        "partner": PARTNER,
        "job_title": "job_title",
        "roles": RolesToday(),
        "external_id": "external_id",
        "since": "since",
        "until": Value("until", help="First day on which the person no longer works there."),
    }
    sorts = {"since": "since"}
    filterset_class = EmploymentFilters
    summaries = {"end": "End an employment"}
    inputs = {"create": PersonInput, "partial_update": PersonChange, "end": EndInput}

    def create(self, request: Request) -> HttpResponse:
        """Somebody joins a partner."""
        return self.created(actions.add_person(**self.read(request)))

    def partial_update(self, request: Request, id: str) -> HttpResponse:
        """Correct somebody's details; what is left out stays."""
        with self.changing(request, id) as row:
            values = self.read(request)
            on = values.pop("roles_since", None) or today()
            return self.shown(actions.change_person(row, on=on, **values))

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: str) -> HttpResponse:
        """The person leaves. Their certificates stop counting for the partner on that day."""
        return self.shown(actions.end_employment(self.found(id), **self.read(request)))


def manager() -> PublicIdField:
    return PublicIdField(
        Person,
        required=False,
        allow_null=True,
        help_text="Who of the partner's people looks after it; null: its admins.",
    )


class CustomerInput(Input):
    partner = PublicIdField(Partner)
    name = CharField(max_length=160)
    since = DateField(required=False, help_text="Today in the vendor's zone by default.")
    external_id = text(120, "Your own id; unique among the partner's customers.")
    vertical = text(40)
    country = text(2)
    environments = codes("Environment classes of the program; the strictest decides.")
    private_name = text(160, "The real name where `name` is an alias; only the partner reads it.")
    domain = text(253, "Kept as a keyed digest only.")
    account_manager = manager()
    custom = custom_values()


class CustomerChange(Input):
    name = CharField(max_length=160, required=False)
    external_id = text(120)
    vertical = text(40)
    country = text(2)
    environments = codes("All classes: classes are added here, never taken away.")
    private_name = text(160, "The real name where `name` is an alias; only the partner reads it.")
    domain = text(253, "Kept as a keyed digest only.")
    account_manager = manager()
    custom = custom_values()


class CustomerFilters(CustomFilters):
    custom_subject = "customer"
    partner = PublicIdFilter(Partner, "partner")
    name = django_filters.CharFilter()
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
    """Companies whose systems a partner runs: where products are deployed. `?custom.region=north`
    finds customers by a custom field."""

    model = Customer
    capabilities = {
        "GET": "customers.read",
        "POST": "customers.write",
        "PATCH": "customers.write",
        "end": "customers.write",
    }
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "name": Value("name", help="An alias where the partner keeps the real name to itself."),
        "private_name": Own("private_name"),
        "external_id": "external_id",
        "vertical": "vertical",
        "country": "country",
        "environments": Value("environments", help="None recorded: the customer is unclassified."),
        "account_manager": Nested("account_manager", id=PublicId(), name="name"),
        "since": "since",
        "until": "until",
        "custom": Custom(**OWN_CUSTOMER),
        "updated_at": "updated_at",
    }
    sorts = {"name": "name", "since": "since"}
    updated = "updated_at"
    filterset_class = CustomerFilters
    summaries = {"end": "End the care of a customer"}
    inputs = {"create": CustomerInput, "partial_update": CustomerChange, "end": EndInput}

    def create(self, request: Request) -> HttpResponse:
        """Record a customer."""
        values = {"since": today(), **self.read(request)}
        return self.created(actions.add_customer(**_managed(values)))

    def partial_update(self, request: Request, id: str) -> HttpResponse:
        """Change what is recorded; what is left out stays."""
        with self.changing(request, id) as row:
            values = _managed(self.read(request))
            return self.shown(actions.change_customer(row, on=today(), **values))

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: str) -> HttpResponse:
        """The partner runs the customer's systems no longer."""
        return self.shown(actions.end_customer(self.found(id), **self.read(request)))


def _managed(values: dict[str, Any]) -> dict[str, Any]:
    """A null account manager is nobody in particular; one left out stays."""
    if "account_manager" in values:
        values["account_manager"] = values["account_manager"] or ""
    return values


register_routes("people", People)
register_routes("customers", Customers)
