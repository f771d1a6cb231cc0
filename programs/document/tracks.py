"""Certification tracks and their versions."""

from typing import Literal

from programs.fields import Base, Code, Codes, Day, Label, Months, NotStated, Text

Function = Literal["deploy", "manage", "support", "respond", "sell"]
Kind = Literal["technical", "sales", "compliance"]
Anchor = Literal["exam", "course_release"]


class TrackVersion(Base):
    """An edition of a track's course, or a delta course on top of an earlier one."""

    code: Label
    released: Day
    kind: Literal["course", "delta"] = "course"
    of: Label | None = None


class Track(Base):
    """A certification track: what it certifies and how long a certificate lasts.

    `anchor: exam` counts `months` from the day of the result, `course_release` from the release of
    the version taken. `months` left out: a certificate never expires. `was` is its code before.
    """

    title: Text | None = None
    was: Code | None = None
    kind: Kind = "technical"
    function: Function | None = None
    scope: Code | None = None
    level: Code | None = None
    months: Months | NotStated | None = None
    anchor: Anchor = "exam"
    needs: Codes | None = None
    versions: tuple[TrackVersion, ...] = ()

    def version(self, code: str | None) -> TrackVersion | None:
        """The version of this code."""
        return next((version for version in self.versions if version.code == code), None)
