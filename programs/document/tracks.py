"""Certification tracks: what earns a certificate, how long it lasts, how it is renewed."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import Field, PlainSerializer, field_validator, model_validator

from programs.fields import Base, Code, Codes, Count, Day, Label, Months, NotStated, Number, Text

Function = Literal["deploy", "manage", "support", "respond", "sell"]
Kind = Literal["technical", "sales", "compliance"]
Anchor = Literal["exam", "old_expiry", "requirement_met", "course_release"]

Percent = Annotated[Number, Field(gt=0, le=100)]
Days = Annotated[int, Field(strict=True, ge=1, le=3660)]
Wait = Annotated[int, Field(strict=True, ge=0, le=3660)]
Line = Annotated[str, Field(min_length=1, max_length=160, pattern=r"^[^\r\n]+$")]
Url = Annotated[str, Field(max_length=500, pattern=r"^https://[^\s<>\"']+$")]


class TrackLinks(Base):
    """Where the course and the exam are."""

    course: Url | None = None
    exam: Url | None = None


class CurriculumStep(Base):
    """One piece of what to learn for a version: read, watched or done elsewhere."""

    title: Line
    url: Url | None = None
    minutes: Count | None = None


class TrackVersion(Base):
    """An edition of a track's course, or a delta course on top of an earlier one.

    From `recertify_by` on no certificate of an older version counts. `product` says in words what
    the release is of.
    """

    code: Label
    released: Day
    kind: Literal["course", "delta"] = "course"
    of: Label | None = None
    recertify_by: Day | None = None
    product: Line | None = None
    links: TrackLinks | None = None
    curriculum: tuple[CurriculumStep, ...] = ()

    @field_validator("curriculum")
    @classmethod
    def _told_apart(cls, steps: tuple[CurriculumStep, ...]) -> tuple[CurriculumStep, ...]:
        if len({step.title for step in steps}) < len(steps):
            raise ValueError(_("give each step a title of its own: progress is kept by it"))
        return steps


class TrackPart(Base):
    """A part of a track with a result of its own."""

    title: Text | None = None
    pass_mark: Percent | None = None


class RenewalByTrack(Base):
    """Passing another track carries this one on, for `months` where it is another time."""

    track: Code
    months: Months | None = None


Renewal = Literal["exam", "delta"] | RenewalByTrack


def _renewals_out(ways: tuple[Renewal, ...]) -> list[object]:
    return [
        way if isinstance(way, str) else way.model_dump(mode="json", exclude_defaults=True)
        for way in ways
    ]


class Retake(Base):
    """How long to wait after a failed attempt, the first failure first, and how many attempts
    there are in a year. The last wait counts for every further failure."""

    waits_days: Annotated[tuple[Wait, ...], Field(max_length=20)] = ()
    per_year: Count | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Retake":
        if not self.waits_days and self.per_year is None:
            raise ValueError(_("say waits_days, per_year or both"))
        return self


class Equivalent(Base):
    """What makes a company count as holding tracks, although none of its people does."""

    title: Text | None = None
    tracks: Codes
    attestation: Code


class Track(Base):
    """A certification track: what it certifies and how long a certificate lasts.

    `months` count from the `anchor`: the day of the `exam`; the release of the version taken
    (`course_release`); the day on which the last part, or member of a composite, was met
    (`requirement_met`); the end of the certificate that is renewed (`old_expiry`), or the exam
    where none counts any more. `months` left out: a certificate never expires, a composite lasts
    as long as its members. `renew` left out: by the exam or a delta. `was` is its code before.
    """

    title: Text | None = None
    was: Code | None = None
    kind: Kind = "technical"
    function: Function | None = None
    scope: Code | None = None
    level: Code | None = None
    months: Months | NotStated | None = None
    anchor: Anchor = "exam"
    pass_mark: Percent | None = None
    parts: dict[Code, TrackPart] = {}
    parts_within_days: Days | None = None
    needs: Codes | None = None
    composite: Codes | None = None
    renew: Annotated[
        tuple[Renewal, ...], PlainSerializer(_renewals_out, return_type=list[object])
    ] = ()
    renew_from_days: Days | None = None
    retake: Retake | None = None
    links: TrackLinks | None = None
    versions: tuple[TrackVersion, ...] = ()

    def version(self, code: str | None) -> TrackVersion | None:
        """The version of this code."""
        return next((version for version in self.versions if version.code == code), None)

    def newest(self, on: date, kind: Literal["course", "delta"] = "course") -> TrackVersion | None:
        """The newest course, or delta, that is out on the day."""
        out = [v for v in self.versions if v.kind == kind and v.released <= on]
        return max(out, key=lambda version: version.released, default=None)

    def latest(self, on: date) -> TrackVersion | None:
        """Of the versions that are out on the day the one that no other is newer than."""
        out = [version for version in self.versions if version.released <= on]
        return max(out, key=self._place, default=None)

    def is_newer(self, code: str | None, other: str | None) -> bool:
        """Whether a version comes after another; one that names none comes before all."""
        version, held = self.version(code), self.version(other)
        return version is not None and (held is None or self._place(version) > self._place(held))

    def mark(self, part: str = "") -> Number | None:
        """The percentage that passes the exam, or the part."""
        found = self.parts[part].pass_mark if part in self.parts else None
        return found if found is not None else self.pass_mark

    @property
    def joined(self) -> bool:
        """Whether what a result earns depends on the person's other results."""
        other = self.parts or self.composite or self.retake or any(self.by_tracks)
        return bool(other) or self.anchor == "old_expiry"

    def renewed_by(self, way: Literal["exam", "delta"]) -> bool:
        """Whether a certificate that counts may be carried on this way."""
        return not self.renew or way in self.renew

    @property
    def by_tracks(self) -> Iterator[RenewalByTrack]:
        """The other tracks whose certificate carries this one on."""
        return (way for way in self.renew if isinstance(way, RenewalByTrack))

    @cached_property
    def superseded_by(self) -> dict[str, TrackVersion | None]:
        """Per version code the newer version that ends it first, by its `recertify_by`; under ""
        what ends a certificate of no version, or of one that is not listed. Empty where no
        version ends another. The one answer to "until when does a version count"."""
        ending = [version for version in self.versions if version.recertify_by]
        if not ending:
            return {}
        places = {version.code: self._place(version) for version in self.versions}
        found: dict[str, TrackVersion | None] = {"": min(ending, key=_ends)}
        for code, place in places.items():
            newer = [version for version in ending if places[version.code] > place]
            found[code] = min(newer, key=_ends, default=None)
        return found

    def version_ends(self, code: str | None) -> date | None:
        """The first day on which a certificate of this version no longer counts because of a
        newer one; None if none ends it."""
        ends = self.superseded_by
        if not ends:
            return None
        newer = ends.get(code or "", ends[""])
        return newer.recertify_by if newer else None

    def _place(self, version: TrackVersion) -> tuple[date, date, int]:
        """Its place among the versions: a delta stands right behind the course that it extends,
        however late it came out."""
        course, seen = version, {version.code}
        while course.of is not None and (below := self.version(course.of)) is not None:
            if below.code in seen:
                break
            course = below
            seen.add(course.code)
        return course.released, version.released, self.versions.index(version)


def _ends(version: TrackVersion) -> date:
    return version.recertify_by or date.max
