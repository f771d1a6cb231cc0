"""The vendor's custom fields in the API: what ``custom`` of other resources may hold."""

from __future__ import annotations

import django_filters

from partners.models import CustomField
from tenants.api import Resource, register_routes
from web.api.output import PublicId, Value


class FieldFilters(django_filters.FilterSet):
    subject = django_filters.ChoiceFilter(choices=CustomField.Subject.choices)

    class Meta:
        model = CustomField
        fields: list[str] = []


class CustomFields(Resource):
    """Definitions of custom fields; a partner's client is shown those that are not internal."""

    model = CustomField
    capabilities = {"GET": "partners.read"}
    fields = {
        "id": PublicId(),
        "subject": "subject",
        "code": Value("code", help="Its name in `custom`; it never changes."),
        "label": "label",
        "help": "help",
        "kind": "kind",
        "choices": Value(
            "choices",
            schema={"type": "array", "items": {"type": "object"}},
            help="`code` and `label` of each.",
        ),
        "minimum": "minimum",
        "maximum": Value("maximum", help="For texts the most characters."),
        "required": "required",
        "partner_types": Value("partner_types", help="Asked of these types; none: of all."),
        "access": "access",
        "section": "section",
        "order": "order",
        "archived_at": Value("archived_at", help="Not asked for since; values stay."),
    }
    filterset_class = FieldFilters


register_routes("custom-fields", CustomFields)
