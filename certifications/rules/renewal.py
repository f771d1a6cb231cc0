"""How a certificate is renewed: the exams whose result would carry it further, and from when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from certifications.models import Certificate
from programs.document import ProgramDocument, ProgramError, TrackVersion
from programs.document import Track as TrackRule
from programs.rules import certificate_expiry, counts_until
from programs.rules.earning import Held, renewable_from


@dataclass(frozen=True)
class Way:
    """An exam that would renew a certificate; ``until`` is the new end if it is passed today, or
    on the first day on which it may be.

    ``until`` is ``None`` where the new certificate would not end. ``track`` is the title of another
    track whose certificate carries this one on; ``opens_on`` the first day, where that is to come.
    """

    version: str
    delta: bool
    until: dt.date | None
    track: str = ""
    opens_on: dt.date | None = None
    exam: str = ""
    course: str = ""


def held_on(document: ProgramDocument, certificate: Certificate) -> Held:
    """A certificate as the pure rules see it, by the document in force."""
    code = document.successor("tracks", certificate.track.code) or certificate.track.code
    until = counts_until(
        document, code, certificate.version, certificate.expires_on, certificate.revoked_on
    )
    return Held(code, certificate.version, certificate.earned_on, until)


def ways_to_renew(
    document: ProgramDocument, certificate: Certificate, on: dt.date
) -> tuple[Way, ...]:
    """The exams that, passed on ``on`` or as soon as they may be, count longer than the
    certificate does; the longest first.

    A delta, or another track, is offered only while the certificate counts.
    """
    held = held_on(document, certificate)
    rule = document.tracks.get(held.track)
    if rule is None or held.until is None:
        return ()
    found = [*_by_exam(document, rule, held, on), *_by_tracks(document, rule, held, on)]
    found.sort(key=lambda way: way.until or dt.date.max, reverse=True)
    return tuple(found)


def _by_exam(document: ProgramDocument, rule: TrackRule, held: Held, on: dt.date) -> list[Way]:
    if rule.composite:
        return []
    found = []
    # The newest first: where several end on one day (an exam's anchor), it is the one to take.
    newest = sorted(rule.versions, key=lambda edition: edition.released, reverse=True)
    for edition in newest or (None,):
        if not _open(rule, edition, held, on):
            continue
        version = edition.code if edition else None
        opens_on = _opens(rule, held, version, on)
        until = _until(document, held, version, opens_on or on, on)
        if until is not None and until > (held.until or dt.date.min):
            links = [link for link in (edition and edition.links, rule.links) if link]
            found.append(
                Way(
                    version or "",
                    bool(edition and edition.kind == "delta"),
                    None if until == dt.date.max else until,
                    opens_on=opens_on,
                    exam=next((link.exam for link in links if link.exam), ""),
                    course=next((link.course for link in links if link.course), ""),
                )
            )
    found.sort(key=lambda way: way.until or dt.date.max, reverse=True)
    return found if _by_release(rule) else found[:1]


def _until(
    document: ProgramDocument, held: Held, version: str | None, day: dt.date, on: dt.date
) -> dt.date | None:
    """The end of what a pass would earn, ``date.max`` without one; None where none may be taken."""
    current = held.until if held.counts(day) else None
    try:
        expires = certificate_expiry(document, held.track, version, day, on=on, held_until=current)
    except ProgramError:
        return None
    return counts_until(document, held.track, version, expires) or dt.date.max


def _by_tracks(
    document: ProgramDocument, rule: TrackRule, held: Held, on: dt.date
) -> Iterator[Way]:
    """Other tracks that carry it on, while it counts."""
    if not held.counts(on):
        return
    latest = rule.latest(on)
    version = latest.code if latest else None
    opens_on = _opens(rule, held, version, on)
    day = opens_on or on
    for way in rule.by_tracks:
        try:
            until = certificate_expiry(
                document, held.track, version, day, held_until=held.until, months=way.months
            )
        except ProgramError:
            continue
        if until is None or until > (held.until or dt.date.max):
            title, links = document.title_of("tracks", way.track), document.tracks[way.track].links
            yield Way(
                "", False, until, title, opens_on,
                (links.exam if links else None) or "", (links.course if links else None) or "",
            )  # fmt: skip


def _opens(rule: TrackRule, held: Held, version: str | None, on: dt.date) -> dt.date | None:
    """The first day of a renewal, where it is to come."""
    first = renewable_from(rule, held, version) if held.counts(on) else None
    return first if first is not None and first > on else None


def _open(rule: TrackRule, edition: TrackVersion | None, held: Held, on: dt.date) -> bool:
    if edition is not None and edition.released > on:
        return False
    if edition is None or edition.kind != "delta":
        return not held.counts(on) or rule.renewed_by("exam")
    return held.counts(on) and rule.renewed_by("delta") and edition.of in (None, held.version)


def _by_release(rule: TrackRule) -> bool:
    """Versions differ in their end where it counts from their release, or one ends another."""
    return rule.anchor == "course_release" or bool(rule.superseded_by)
