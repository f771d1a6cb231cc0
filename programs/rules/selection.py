"""Which people count: by the certificates they hold, of which versions, their role, where."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from pydantic import Field, PrivateAttr, model_validator

from programs.errors import Problem
from programs.fields import Base, Codes, Count, Label, and_words, or_words
from programs.rules.base import Path, Problems
from programs.rules.case import Case, Match, Org
from programs.rules.facts import Certificate
from programs.rules.outcome import Counted

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.document.tracks import Track

MOST_HELD = 8  # certificates that one person holds at once

OF_TRACKS: tuple[Literal["track", "level", "function", "scope", "kind"], ...] = (
    "track", "level", "function", "scope", "kind",
)  # fmt: skip
CRITERIA = (*OF_TRACKS, "role")


_FIXED = {
    "deploy": gettext_lazy("deploy"),
    "manage": gettext_lazy("manage"),
    "support": gettext_lazy("support"),
    "respond": gettext_lazy("respond"),
    "sell": gettext_lazy("sell"),
    "technical": gettext_lazy("technical"),
    "sales": gettext_lazy("sales"),
    "compliance": gettext_lazy("compliance"),
}
"""The words of the codes that every document shares: functions and kinds of tracks."""


class Newest(Base):
    """`{latest: 3}`: the newest course versions of each track, with their deltas."""

    latest: Count


Versions = Newest | Annotated[tuple[Label, ...], Field(min_length=1)]


class Holding(Base):
    """A certificate that meets every criterion given.

    `versions` leaves out certificates of other versions of the tracks, and those that name none.
    """

    track: Codes | None = None
    level: Codes | None = None
    function: Codes | None = None
    scope: Codes | None = None
    kind: Codes | None = None
    versions: Versions | None = None

    _tracks: frozenset[str] = PrivateAttr(frozenset())
    _titles: dict[str, str] = PrivateAttr(default_factory=dict)
    _match: Match = PrivateAttr()

    @model_validator(mode="after")
    def _selects_something(self) -> Self:
        if not self.chooses:
            choices = or_words(self._choices)
            raise ValueError(_("name at least one of %(choices)s") % {"choices": choices})
        if self.versions is not None and not self._of_tracks:
            raise ValueError(_("versions are of tracks: name a track, too"))
        return self

    @property
    def chooses(self) -> bool:
        """Whether it says who counts."""
        return any(getattr(self, name) for name in self._choices)

    @property
    def _choices(self) -> tuple[str, ...]:
        return OF_TRACKS

    @property
    def _of_tracks(self) -> bool:
        return any(getattr(self, name) for name in OF_TRACKS)

    @cached_property
    def match(self) -> Match:
        """What a case is asked for: found when bound, kept where it is quick to reach."""
        return self._match

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        """Resolve the criteria to track codes; a criterion that no track meets is a problem."""
        problems: Problems = []
        found = set(document.tracks) if self._of_tracks else set()
        for name in OF_TRACKS:
            for wanted in getattr(self, name) or ():
                problems += document.missing_track(name, wanted, (*path, name))
            if wanted_any := getattr(self, name):
                found &= document.tracks_with(name, wanted_any)
        if self._of_tracks and not problems and not found:
            problem = Problem(
                "no_track", "", _("no track meets all these criteria together"),
                remedy=_("Remove a criterion or add a track"),
            )  # fmt: skip
            problems.append((path, problem))
        self._tracks = frozenset(found)
        self._titles = {code: document.title_of("tracks", code) for code in self.track or ()}
        problems += self._unknown_versions(document, path)
        self.__dict__.pop("match", None)
        self._match = Match(
            self._tracks if self._of_tracks else None,
            None if self.versions is None else self._accepted(document),
        ).shared()
        return problems

    def _phrase(self) -> str:
        """The certificate in words: `Endpoint Deploy of the newest version`."""
        words = [self._certificate()] if self._of_tracks else []
        if self.versions is not None:
            words.append(self._versions_words())
        return " ".join(words)

    def _certificate(self) -> str:
        words = [or_words(self._titles[code] for code in self.track or ())]
        if not self.track:
            words = [_("a certificate")]
            if self.kind:
                words = [_("a %(kind)s certificate") % {"kind": or_words(_said(self.kind))}]
        if self.level:
            words.append(_("of level %(level)s") % {"level": or_words(self.level)})
        if self.function:
            words.append(_("to %(function)s") % {"function": or_words(_said(self.function))})
        if self.scope:
            words.append(_("in %(scope)s") % {"scope": or_words(self.scope)})
        return " ".join(words)

    def _versions_words(self) -> str:
        if not isinstance(self.versions, Newest):
            return _("of version %(version)s") % {"version": or_words(self.versions or ())}
        newest = self.versions.latest
        words = ngettext("of the newest version", "of the %(n)s newest versions", newest)
        return words % {"n": newest}

    def _unknown_versions(self, document: "ProgramDocument", path: Path) -> Problems:
        if self.versions is None or isinstance(self.versions, Newest):
            return []
        tracks = [document.tracks[code] for code in self._tracks]
        known = {version.code for track in tracks for version in track.versions}
        unknown = _("no track that counts has a version %(version)s")
        remedy = _("Known: %(known)s") % {"known": or_words(sorted(known)) or "–"}
        return [
            (
                (*path, "versions", index),
                Problem("unknown_version", "", unknown % {"version": repr(code)}, remedy=remedy),
            )
            for index, code in enumerate(self.versions)
            if tracks and code not in known
        ]

    def _accepted(self, document: "ProgramDocument") -> dict[str, dict[str, date]]:
        """Per track and version the first day on which it no longer counts."""
        return {code: self._ends(document.tracks[code]) for code in self._tracks}

    def _ends(self, track: "Track") -> dict[str, date]:
        if not isinstance(self.versions, Newest):
            return dict.fromkeys(self.versions or (), date.max)
        courses = [version for version in track.versions if version.kind == "course"]
        courses.sort(key=lambda version: version.released)  # stable: as listed on the same day
        later = [version.released for version in courses[self.versions.latest :]]
        ends = {
            version.code: later[place] if place < len(later) else date.max
            for place, version in enumerate(courses)
        }
        return ends | {
            version.code: ends[course]
            for version in track.versions
            if version.kind == "delta" and (course := _course(track, version.code)) in ends
        }


class Criteria(Holding):
    """Who counts: people with a certificate that meets every criterion given, in such a role.

    With `all_of` each of them also holds every one of these certificates. `org` counts the people
    of the partner, of its family, or of the family's companies in its country or country group
    (`region`).
    """

    all_of: tuple[Holding, ...] = Field((), max_length=MOST_HELD)
    role: Codes | None = None
    org: Org = "own"

    @property
    def _choices(self) -> tuple[str, ...]:
        return (*CRITERIA, "all_of")

    @property
    def what(self) -> str:
        """`with Endpoint Deploy`."""
        held = [found._phrase() for found in (self, *self.all_of) if found._of_tracks]
        words = [_("with %(certificate)s") % {"certificate": held[0]}] if len(held) == 1 else []
        if len(held) > 1:
            words.append(_("with %(certificates)s together") % {"certificates": and_words(held)})
        if self.role:
            roles = or_words(code.replace("_", " ") for code in self.role)
            words.append(_("in the role %(role)s") % {"role": roles})
        if self.org == "family":
            words.append(_("in the whole group of companies"))
        elif self.org == "country":
            words.append(_("in the group's companies of the country"))
        elif self.org == "region":
            words.append(_("in the group's companies of the region"))
        return " ".join(words)

    @property
    def subject(self) -> tuple[str, ...]:
        """Codes of the tracks that count."""
        return tuple(sorted(self._tracks))

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        problems = super().bind(document, path)
        for index, held in enumerate(self.all_of):
            problems += held.bind(document, (*path, "all_of", index))
        own = replace(
            self._match,
            roles=frozenset(self.role) if self.role else None,
            org=self.org,
            regions=document.group_of_country if self.org == "region" else None,
        )
        self._match = self._with_all(own).shared()
        self._tracks = self._match.tracks or frozenset()
        return problems

    def _with_all(self, own: Match) -> Match:
        """Those who count by `own` and hold each of `all_of`."""
        if not self.all_of:
            return own
        parts = [replace(held._match, org=own.org, regions=own.regions) for held in self.all_of]
        if own.tracks is not None or own.roles is not None:
            parts.insert(0, own)
        tracks = frozenset[str]().union(*(part.tracks or () for part in parts))
        versions = [part.accepted for part in parts if part.accepted is not None]
        merged = {track: ends for accepted in versions for track, ends in accepted.items()}
        return replace(
            own, tracks=tracks, accepted=merged or None, also=tuple(part.shared() for part in parts)
        )

    def share(self, other: "Criteria") -> None:
        """Take over what another selection of the same people found when it was bound."""
        self._tracks, self._titles, self._match = other._tracks, other._titles, other._match

    def turns(self) -> Iterable[date]:
        """The days on which versions stop counting."""
        accepted: Mapping[str, Mapping[str, date]] = self._match.accepted or {}
        ends = chain.from_iterable(of_track.values() for of_track in accepted.values())
        return {day for day in ends if day != date.max}

    def rows(
        self, case: Case, valid: Iterable[str], ends: Mapping[str, date | None]
    ) -> tuple[Counted, ...]:
        """One row per person who counts: the certificate that lasts longest."""
        rows: dict[str, Counted] = {}
        keys = frozenset(valid)
        members = case.members(self.org, self._match.regions) or frozenset()
        for person in case.employed_by(members):
            if person.key not in keys:
                continue
            held = [c for c in person.certificates if self._counts(c, case.on)]
            if held:
                best = max(held, key=lambda c: (c.until or date.max, c.number))
                row = Counted(
                    person.key, person.name, best.track, best.number, ends.get(person.key)
                )
            elif self._match.tracks is None:
                row = Counted(person.key, person.name, until=ends.get(person.key))
            else:
                continue  # employed by two companies: the other row has the certificate
            rows.setdefault(person.key, row)
        return tuple(rows[key] for key in sorted(rows))

    def _counts(self, held: Certificate, on: date) -> bool:
        days = self._match.span_of(held)
        return days is not None and days[0] <= on < days[1]

    def lapsed(self, case: Case, valid: Iterable[str]) -> tuple[Counted, ...]:
        """People still employed whose certificate ended: the nearest way back."""
        rows: dict[str, Counted] = {}
        keys = frozenset(valid)
        members = case.members(self.org, self._match.regions) or frozenset()
        for person in case.employed_by(members):
            if person.key in keys:
                continue
            ended = [
                (days[1], held.number, held)
                for held in person.certificates
                if (days := self._match.span_of(held)) is not None and days[1] <= case.on
            ]
            if ended:
                end, _, last = max(ended, key=lambda found: found[:2])
                rows[person.key] = Counted(person.key, person.name, last.track, last.number, end)
        return tuple(rows[key] for key in sorted(rows))


def _said(codes: Iterable[str]) -> list[str]:
    return [str(_FIXED.get(code, code)) for code in codes]


def _course(track: "Track", code: str | None) -> str | None:
    """The course that a delta, of a delta perhaps, builds on."""
    seen: set[str] = set()
    while code is not None and code not in seen:
        seen.add(code)
        version = track.version(code)
        if version is None or version.kind == "course":
            return code
        code = version.of
    return None
