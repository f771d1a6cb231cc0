"""New versions of tracks that end older ones, and how many people each concerns.

Who holds which certificate is known above: the app that issues them registers how to count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs.document import ProgramDocument
from web.templatetags.mainstay import short_date

Key = tuple[str, str]  # track, version
Source = Callable[
    [ProgramDocument, ProgramDocument, Collection[Key], dt.date], Mapping[Key, tuple[int, int]]
]
"""(document before, document after, releases, vendor's day) -> per release how many people who
count would have to recertify because of it, and how many partners employ them."""


@dataclass(frozen=True)
class Release:
    """A version whose day ends older ones, and whom it concerns on the day of the plan."""

    track: str
    title: str
    version: str
    product: str
    recertify_by: dt.date
    people: int = 0
    partners: int = 0

    @property
    def words(self) -> str:
        """The release as a sentence without full stop."""
        what = f"{self.title} {self.version}"
        if self.product:
            what += f" ({self.product})"
        people = ngettext("%d person", "%d people", self.people) % self.people
        partners = ngettext("%d partner", "%d partners", self.partners) % self.partners
        day = short_date(self.recertify_by)
        return _("%(what)s: %(people)s at %(partners)s recertify by %(day)s") % {
            "what": what, "people": people, "partners": partners, "day": day,
        }  # fmt: skip


_sources: list[Source] = []


def register_concerned(source: Source) -> None:
    """Say how people concerned are counted; called once by the app that issues certificates."""
    _sources[:] = [source]


def releases(before: ProgramDocument, after: ProgramDocument, on: dt.date) -> tuple[Release, ...]:
    """The versions by whose day people recertify, as far as the document changes them."""
    found = {
        (code, version.code): version
        for code, track in after.tracks.items()
        for version in track.versions
        if version.recertify_by and version.recertify_by != _day_before(before, code, version.code)
    }
    counted = _sources[0](before, after, list(found), on) if _sources and found else {}
    return tuple(
        Release(
            code, after.title_of("tracks", code), version.code, version.product or "",
            version.recertify_by, *counted.get((code, version.code), (0, 0)),
        )
        for (code, _version), version in found.items()
        if version.recertify_by
    )  # fmt: skip


def _day_before(before: ProgramDocument, track: str, version: str) -> dt.date | None:
    rule = before.tracks.get(track)
    known = rule.version(version) if rule else None
    return known.recertify_by if known else None
