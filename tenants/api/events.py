"""``/api/v1/events``: the vendor's log, oldest first, for audit and for following changes."""

from __future__ import annotations

import django_filters

from tenants.api.routes import register_routes
from tenants.api.views import Resource
from tenants.models import Event
from web.api.output import PublicId, Value


class EventFilters(django_filters.FilterSet):
    kind = django_filters.CharFilter()
    subject_kind = django_filters.CharFilter()
    subject_id = django_filters.UUIDFilter()
    at__gte = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    at__lt = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = Event
        fields: list[str] = []


class Events(Resource):
    """What happened: append-only, sealed, never edited. People, clients, partners and customers
    are named by public id only."""

    model = Event
    capabilities = {"GET": "events.read"}
    filterset_class = EventFilters
    sorts = {"at": "id"}  # the id rises with time, so the newest come first by sort=-at
    fields = {
        "id": PublicId(),
        "kind": Value("kind", help="Past tense, e.g. `partner.approved`."),
        "at": "at",
        "subject_kind": "subject_kind",
        "subject_id": Value("subject_id", help="The subject's public id without its prefix."),
        "actor": Value("actor", help="Who: person or client, role, surface, request."),
        "data": Value("data", help="What changed; differs by kind."),
        "program_version": "program_version",
    }


register_routes("events", Events)
