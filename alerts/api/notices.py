"""Alerts in the API: what was raised, for whom, and whether something more urgent replaced it."""

from __future__ import annotations

import django_filters

from alerts.models import Alert
from partners.models import Partner
from tenants.api import Resource, register_routes
from tenants.models import Person
from web.api.filters import PublicIdFilter
from web.api.output import Nested, PublicId, Value


class AlertFilters(django_filters.FilterSet):
    kind = django_filters.CharFilter()
    partner = PublicIdFilter(Partner, "partner")
    person = PublicIdFilter(Person, "person")
    due_on__gte = django_filters.DateFilter(field_name="due_on", lookup_expr="gte")
    due_on__lte = django_filters.DateFilter(field_name="due_on", lookup_expr="lte")
    superseded = django_filters.BooleanFilter()

    class Meta:
        model = Alert
        fields: list[str] = []


class Alerts(Resource):
    """What somebody was told: each thing once per window before its day."""

    model = Alert
    capabilities = {"GET": "alerts.read"}
    filterset_class = AlertFilters
    sorts = {"due_on": "due_on", "raised_at": "raised_at"}
    updated = "raised_at"
    fields = {
        "id": PublicId(),
        "kind": Value("kind", help="For example certificate_expiry; more kinds will come."),
        "partner": Nested("partner", id=PublicId(), name="name"),
        "person": Nested("person", id=PublicId(), name="name"),
        "subject_kind": "subject_kind",
        "subject_id": Value("subject_id", help="The subject's id without its prefix."),
        "due_on": Value("due_on", help="The vendor's day on which it happens."),
        "window": Value("window", help="Days before due_on at which it was due to be told."),
        "superseded": Value(
            "superseded",
            help="Nothing to do any more: a more urgent alert of the same thing was raised, or its "
            "cause is gone (the certificate was renewed).",
        ),
        "raised_at": "raised_at",
        "data": Value("data", help="What the words of the kind need."),
    }


register_routes("alerts", Alerts)
