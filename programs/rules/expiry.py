"""When a certificate ends, and until when it counts: the one home of both."""

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from programs.errors import ProgramError
from programs.fields import NOT_STATED
from programs.rules.periods import add_months

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.document.tracks import Track, TrackVersion


def counts_until(
    document: "ProgramDocument",
    track: str,
    version: str | None,
    expires_on: date | None,
    revoked_on: date | None = None,
) -> date | None:
    """The first day on which a certificate no longer counts; None if no end is known.

    The earliest of its own end, its revocation and the day by which a newer version of its track
    has people recertify. The document is the one in force on the day that is asked about: nothing
    is rewritten when a release is announced, moved or taken back. `track` may be a former code.
    """
    code = document.successor("tracks", track)
    superseded = document.tracks[code].version_ends(version) if code is not None else None
    return min(filter(None, (expires_on, revoked_on, superseded)), default=None)


def certificate_expiry(
    document: "ProgramDocument",
    track: str,
    version: str | None,
    passed_on: date,
    *,
    on: date | None = None,
    held_until: date | None = None,
    months: int | None = None,
) -> date | None:
    """The first day on which a certificate is over by the track's own time; None if never.

    Anchor `exam` and `requirement_met`: the day passed (for parts and composites: the day on which
    the last was met) + months. `course_release`: the release of the version taken (course or
    delta) + months, however late it was passed. `old_expiry`: `held_until`, the end of the
    certificate that is renewed, + months while it counted on the day; else as `exam`. `months` is
    given where another track's certificate carries this one on: from the day passed, or the old
    end. Raises ProgramError if the version is unknown or was not out yet, or if the certificate
    would have ceased to count when it was passed, or by `on` where given.
    """
    edition = edition_taken(document, track, version, passed_on)
    found, path = document.tracks[track], f"tracks.{track}"
    lasts = months if months is not None else found.months
    if lasts == NOT_STATED:
        raise ProgramError.one(
            "validity_not_stated", path,
            _("the program does not state how long this track is valid"),
            remedy=_("Record the certificate with the end that its issuer printed"),
        )  # fmt: skip
    start = _start(found, edition if months is None else None, passed_on, held_until)
    expires = add_months(start, lasts) if lasts is not None else None
    ends = counts_until(document, track, version, expires)
    if ends is not None and ends <= max(passed_on, on or passed_on):
        words = _("passed on %(day)s, it would have ended on %(end)s")
        if version:
            words = _(
                "a certificate of version %(version)s, passed on %(day)s, would have ended on "
                "%(end)s"
            )
        raise ProgramError.one(
            "already_expired", path,
            words % {"version": version, "day": passed_on, "end": ends},
            remedy=_newer(found, passed_on),
        )  # fmt: skip
    return expires


def _start(
    track: "Track", edition: "TrackVersion | None", passed_on: date, held_until: date | None
) -> date:
    """The day from which the months count."""
    if track.anchor == "course_release" and edition is not None:
        return edition.released
    if track.anchor == "old_expiry" and held_until is not None:
        return max(held_until, passed_on)
    return passed_on


def edition_taken(
    document: "ProgramDocument", code: str, version: str | None, passed_on: date
) -> "TrackVersion | None":
    """The version that somebody took; None where the track asks for none. Raises ProgramError if
    there is no such track or version, if it was not out yet, or if it must be named."""
    track, path = document.tracks.get(code), f"tracks.{code}"
    if track is None:
        raise ProgramError([problem for _path, problem in document.missing("tracks", code, ())])
    listed = ", ".join(known.code for known in track.versions) or _("none")
    known = _("Known: %(known)s") % {"known": listed}
    if version is None:
        if track.anchor == "course_release" or track.superseded_by:
            raise ProgramError.one(
                "version_needed", path, _("this track expires with its version: name the version"),
                remedy=known,
            )  # fmt: skip
        return None
    edition = track.version(version)
    if edition is None:
        raise ProgramError.one(
            "unknown_version", path,
            _("there is no version %(version)s") % {"version": repr(version)}, remedy=known,
        )  # fmt: skip
    if passed_on < edition.released:
        raise ProgramError.one(
            "passed_before_release", path,
            _("passed on %(day)s, but version %(version)s was released on %(released)s")
            % {"day": passed_on, "version": version, "released": edition.released},
            remedy=_("Check the day and the version"),
        )  # fmt: skip
    return edition


def _newer(track: "Track", passed_on: date) -> str:
    newest = max(track.versions, key=lambda known: known.released, default=None)
    if newest is None or newest.released > passed_on:
        return _("Check the day")
    words = _("The newest version is %(code)s, released on %(released)s")
    return words % {"code": newest.code, "released": newest.released}
