"""What a draft can begin with: a version, a template that ships, or nothing but a name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs import document as documents
from programs import library
from programs.compiled import program_numbered
from programs.document import ProgramDocument
from programs.models import ProgramVersion
from programs.openings import template_for
from tenants.writing import Refused

VERSIONS_SHOWN = 10


@dataclass(frozen=True)
class Beginning:
    """One choice: its key, what it is, and what stands in it."""

    key: str
    title: str
    about: str
    main: bool = False


def beginnings(vendor: Any, on: dt.date) -> list[Beginning]:
    """The choices on a day (vendor's zone): what is in force first, an empty program last."""
    current = ProgramVersion.objects.in_force(on).first()
    versions = ProgramVersion.objects.defer("document")[:VERSIONS_SHOWN]
    found = [_version(one, current) for one in versions]
    found.sort(key=lambda one: not one.main)
    found += [_template(name) for name in (*library.templates(), *library.names())]
    title = _("An empty program")
    about = _("Only the name. You add tracks, products and partner types.")
    return [*found, Beginning("empty", title, about)]


def _version(version: ProgramVersion, current: ProgramVersion | None) -> Beginning:
    if current is not None and version.pk == current.pk:
        title = _("Version %(number)d, in force") % {"number": version.number}
        return Beginning(f"version:{version.number}", title, version.note, main=True)
    words = _("Version %(number)d, from %(day)s")
    title = words % {"number": version.number, "day": date_format(version.effective_from, "j M Y")}
    return Beginning(f"version:{version.number}", title, version.note)


def _template(name: str) -> Beginning:
    found = _shipped(name)
    tiers = max((len(one.tiers) for one in found.types.values()), default=0)
    parts = (
        ngettext("%d partner type", "%d partner types", len(found.types)) % len(found.types),
        ngettext("up to %d tier", "up to %d tiers", tiers) % tiers,
        ngettext("%d track", "%d tracks", len(found.tracks)) % len(found.tracks),
        ngettext("%d product", "%d products", len(found.products)) % len(found.products),
    )
    return Beginning(f"template:{name}", found.title, ", ".join(parts))


def _shipped(name: str) -> ProgramDocument:
    return library.template(name) if name in library.templates() else library.program(name)


def beginning(key: str, vendor: Any) -> ProgramDocument:
    """The document of a choice; ``KeyError`` if there is none of this key.

    What ships becomes this vendor's: its code, and of a template also its currency.
    """
    kind, _colon, name = key.partition(":")
    if kind == "empty":
        return documents.document_from(
            {"program": vendor.code, "title": vendor.name, "currency": "EUR"}
        )
    if kind == "template":
        if name in library.templates():
            return template_for(vendor, name)
        values = documents.to_dict(library.program(name))
        return documents.document_from({**values, "program": vendor.code})
    if kind == "version" and name.isascii() and name.isdigit() and len(name) < 9:
        try:
            return program_numbered(int(name)).document
        except Refused:
            raise KeyError(key) from None
    raise KeyError(key)
