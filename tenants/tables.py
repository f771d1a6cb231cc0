"""The log's filters: partner, kind, person and days, all in the address."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tenants import scope as scopes
from tenants.directory import vendor_by_id
from tenants.labels import event_kinds, partners_listed
from tenants.models import Event, Person
from tenants.rows import format_public_id
from web.forms import FilterForm
from web.tables import finding

PEOPLE_MEANT = 50
"""So many people, at most, can one name stand for."""


def _partners() -> list[tuple[str, str]]:
    return [(one.ref, one.name) for one in partners_listed()]


def _day(label: Any) -> filters.DateFilter:
    return filters.DateFilter(
        label=label, method="by_day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )


class EventFilter(filters.FilterSet):
    """Days are the vendor's; both ends are included."""

    person = filters.CharFilter(
        method="by_person",
        label=_("Person"),
        widget=finding(_("Name or e-mail of a person")),
    )
    partner = filters.ChoiceFilter(
        choices=_partners, method="by_partner", label=_("Partner"), empty_label=_("Any partner")
    )
    kind = filters.ChoiceFilter(
        choices=event_kinds, label=_("What happened"), empty_label=_("Anything")
    )
    since = _day(_("From"))
    until = _day(_("To"))

    class Meta:
        model = Event
        form = FilterForm
        fields: list[str] = []

    def by_partner(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return rows.filter(partner_id__in=[p.pk for p in partners_listed() if p.ref == value])

    def by_person(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """What the person did, and what was done to them."""
        meant = Person.objects.filter(Q(name__icontains=value) | Q(email__iexact=value))
        people = list(meant.order_by("pk").values_list("public_id", flat=True)[:PEOPLE_MEANT])
        refs = [format_public_id(Person.prefix, one) for one in people]
        return rows.filter(
            Q(actor__person__in=refs) | Q(data__person__in=refs) | Q(subject_id__in=people)
        )

    def by_day(self, rows: QuerySet[Event], name: str, value: dt.date) -> QuerySet[Event]:
        zone = vendor_by_id(scopes.current().vendor_id).zone
        if name == "since":
            return rows.filter(at__gte=dt.datetime.combine(value, dt.time(), zone))
        return rows.filter(at__lte=dt.datetime.combine(value, dt.time.max, zone))
