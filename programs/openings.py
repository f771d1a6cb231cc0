"""The first program of a new vendor: a template that ships, made the vendor's own."""

from __future__ import annotations

import datetime as dt

from programs import document as documents
from programs import library
from programs.actions import publish_program
from programs.document import ProgramDocument
from tenants.models import Vendor
from web.templatetags.mainstay import short_date


def template_for(vendor: Vendor, name: str) -> ProgramDocument:
    """The template under the vendor's code and in its currency; the numbers stay as they are.

    Raises KeyError where there is no such template.
    """
    values = documents.to_dict(library.template(name))
    for metric in values.get("metrics", {}).values():
        if metric.get("unit") == values["currency"]:
            metric["unit"] = vendor.currency
    values |= {"program": vendor.code, "currency": vendor.currency}
    return documents.document_from(values)


def open_with_template(vendor: Vendor, name: str, at: dt.datetime) -> str:
    """Publish the template as the entered vendor's version 1, in force at once; says so."""
    document = template_for(vendor, name)
    version = publish_program(document, at=at, note=f"Template {name}")
    day = short_date(version.effective_from)
    return f"{document.title}, version {version.number}, in force from {day}"
