"""Custom fields as facts on a page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from partners.models import Customer, Partner
from partners.rules.field_sets import asked_fields, values_of
from partners.rules.field_words import shown


def custom_facts(row: Partner | Customer) -> list[dict[str, Any]]:
    """What the scope reads of the record's custom fields, as ``web/_facts.html`` takes them.

    Empty ones are left out unless they are required: those are what is missing.
    """
    values = values_of(row)
    return [
        {
            "label": field.label,
            "value": shown(field, values.get(field.code)) or _("not recorded"),
            "url": values.get(field.code, "") if field.kind == "url" else "",
            "note": _note(field, field.code in values),
        }
        for field in asked_fields(row)
        if field.code in values or field.required
    ]


def _note(field: Any, filled: bool) -> str:
    if field.internal:
        return _("Only our own staff.")
    return "" if filled else _("Required: to be filled in.")
