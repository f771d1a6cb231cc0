"""What a draft can begin with: a version, a template, a published program, or only a name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs import document as documents
from programs import library
from programs.compiled import program_numbered
from programs.document import ProgramDocument
from programs.models import ProgramVersion
from programs.openings import template_for
from tenants.writing import Refused
from web.templatetags.mainstay import short_date

VERSIONS_SHOWN = 10


@dataclass(frozen=True)
class Beginning:
    """One choice: its key, what it is, and what stands in it."""

    key: str
    title: str
    about: str
    main: bool = False


@dataclass(frozen=True)
class Group:
    """Choices of one origin, under a heading."""

    title: str
    about: str
    choices: list[Beginning]


def beginnings(vendor: Any, on: dt.date) -> list[Group]:
    """The choices on a day (vendor's zone) by origin: the vendor's own first."""
    current = ProgramVersion.objects.in_force(on).first()
    versions = ProgramVersion.objects.defer("document")[:VERSIONS_SHOWN]
    found = [_version(one, current) for one in versions]
    found.sort(key=lambda one: not one.main)
    title = _("An empty program")
    about = _("Only the name. You add tracks, products and partner types.")
    templates = [_shipped("template", name, library.template(name)) for name in library.templates()]
    published = [_shipped("published", name, one) for name, one in _published().items()]
    groups = [
        Group(_("Your own program"), "", found),
        Group(
            _("Templates"),
            _("Made to be changed: one for each kind of partner. Yours from the first moment."),
            [*templates, Beginning("empty", title, about)],
        ),
        Group(
            _("Programs that others published"),
            _("As their sources state them, to look at or to borrow from."),
            published,
        ),
    ]
    return [one for one in groups if one.choices]


def _version(version: ProgramVersion, current: ProgramVersion | None) -> Beginning:
    if current is not None and version.pk == current.pk:
        title = _("Version %(number)d, in force") % {"number": version.number}
        return Beginning(f"version:{version.number}", title, version.note, main=True)
    words = _("Version %(number)d, from %(day)s")
    title = words % {"number": version.number, "day": short_date(version.effective_from)}
    return Beginning(f"version:{version.number}", title, version.note)


def _shipped(kind: str, name: str, found: ProgramDocument) -> Beginning:
    tiers = max((len(one.tiers) for one in found.types.values()), default=0)
    parts = (
        ngettext("%d partner type", "%d partner types", len(found.types)) % len(found.types),
        ngettext("up to %d tier", "up to %d tiers", tiers) % tiers,
        ngettext("%d track", "%d tracks", len(found.tracks)) % len(found.tracks),
        ngettext("%d product", "%d products", len(found.products)) % len(found.products),
    )
    return Beginning(f"{kind}:{name}", found.title, ", ".join(parts))


@cache
def _published() -> dict[str, ProgramDocument]:
    """The real programs among those that ship: they name their sources, those of the demo none."""
    shipped = {name: library.program(name) for name in library.names()}
    return {name: one for name, one in shipped.items() if one.sources}


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
        return template_for(vendor, name)
    if kind == "published":
        values = documents.to_dict(_published()[name])
        return documents.document_from({**values, "program": vendor.code})
    if kind == "version" and name.isascii() and name.isdigit() and len(name) < 9:
        try:
            return program_numbered(int(name)).document
        except Refused:
            raise KeyError(key) from None
    raise KeyError(key)
