"""Values of custom fields in words, and in cells of a file. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from partners.models import CustomField
from partners.rules.fields import Kind, Value
from partners.words import country_name


def label_of(field: CustomField, code: str) -> str:
    """A choice in words; a code that is no choice any more stays one."""
    return next((c["label"] for c in field.choices if c["code"] == code), code)


def shown(field: CustomField, value: Value) -> str:
    """The value for people; "" for none."""
    if value is None:
        return ""
    match Kind(field.kind):
        case Kind.BOOLEAN:
            return _("Yes") if value else _("No")
        case Kind.CHOICE:
            return label_of(field, value)
        case Kind.SEVERAL:
            return ", ".join(label_of(field, code) for code in value)
        case Kind.MONEY:
            amount = number_format(Decimal(value["amount"]), 2, force_grouping=True)
            return f"{amount} {value['currency']}"
        case Kind.INTEGER | Kind.DECIMAL:
            return number_format(Decimal(value), force_grouping=True)
        case Kind.DATE:
            return date_format(dt.date.fromisoformat(value), "j M Y")
        case Kind.COUNTRY:
            return country_name(value)
        case Kind.DOCUMENT:
            return str(value["name"])
    return str(value)


def cell(value: Value) -> str:
    """The value as a file or a form holds it; ``read`` takes it back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, Mapping):
        return f"{value['amount']} {value['currency']}" if "amount" in value else value["name"]
    return str(value)
