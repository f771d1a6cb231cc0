"""When a certificate ends."""

from datetime import date
from typing import TYPE_CHECKING

from programs.errors import ProgramError
from programs.fields import NOT_STATED
from programs.rules.periods import add_months

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.document.tracks import Track, TrackVersion


def certificate_expiry(
    document: "ProgramDocument",
    track: str,
    version: str | None,
    passed_on: date,
    *,
    on: date | None = None,
) -> date | None:
    """The first day on which a certificate no longer counts; None if it never ends.

    Anchor `exam`: the day passed + months. Anchor `course_release`: the release of the version
    taken (course or delta) + months, however late it was passed. Raises ProgramError if the
    version is unknown or was not out yet, or if the certificate would have ended when it was
    passed, or by `on` where given.
    """
    found = document.tracks.get(track)
    path = f"tracks.{track}"
    if found is None:
        raise ProgramError([problem for _, problem in document.missing("tracks", track, ())])
    edition = _edition(path, found, version, passed_on)
    if found.months is None:
        return None
    if found.months == NOT_STATED:
        raise ProgramError.one(
            "validity_not_stated", path, "the program does not state how long this track is valid",
            remedy="Record the certificate with the end that its issuer printed",
        )  # fmt: skip
    start = edition.released if edition and found.anchor == "course_release" else passed_on
    expires = add_months(start, found.months)
    if expires <= max(passed_on, on or passed_on):
        raise ProgramError.one(
            "already_expired", path,
            f"a certificate of version {version}, passed on {passed_on}, would have ended on "
            f"{expires}" if version else f"passed on {passed_on}, it would have ended on {expires}",
            remedy=_newer(found, passed_on),
        )  # fmt: skip
    return expires


def _edition(
    path: str, track: "Track", version: str | None, passed_on: date
) -> "TrackVersion | None":
    if version is None:
        if track.anchor == "course_release":
            raise ProgramError.one(
                "version_needed", path, "this track expires with its version: name the version",
                remedy=f"Known: {', '.join(known.code for known in track.versions)}",
            )  # fmt: skip
        return None
    edition = track.version(version)
    if edition is None:
        raise ProgramError.one(
            "unknown_version", path, f"there is no version {version!r}",
            remedy=f"Known: {', '.join(known.code for known in track.versions) or 'none'}",
        )  # fmt: skip
    if passed_on < edition.released:
        raise ProgramError.one(
            "passed_before_release", path,
            f"passed on {passed_on}, but version {version} was released on {edition.released}",
            remedy="Check the day and the version",
        )  # fmt: skip
    return edition


def _newer(track: "Track", passed_on: date) -> str:
    newest = max(track.versions, key=lambda known: known.released, default=None)
    if newest is None or newest.released > passed_on:
        return "Check the day"
    return f"The newest version is {newest.code}, released on {newest.released}"
