"""How a certificate is renewed: the versions whose result would carry it further."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from certifications.models import Certificate
from programs.document import ProgramDocument, ProgramError, TrackVersion
from programs.document import Track as TrackRule
from programs.rules import certificate_expiry


@dataclass(frozen=True)
class Way:
    """An exam that would renew a certificate; ``until`` is the new end if it is passed today.

    ``until`` is ``None`` where the new certificate would not end.
    """

    version: str
    delta: bool
    until: dt.date | None


def ways_to_renew(
    document: ProgramDocument, certificate: Certificate, on: dt.date
) -> tuple[Way, ...]:
    """The exams that, passed on ``on``, end later than the certificate does; the longest first.

    A delta is offered only while the certificate counts and is of the version it extends.
    """
    rule = document.tracks.get(certificate.track.code)
    if rule is None or certificate.expires_on is None:
        return ()
    found = []
    # The newest first: where several end on one day (an exam's anchor), it is the one to take.
    newest = sorted(rule.versions, key=lambda edition: edition.released, reverse=True)
    for edition in newest or (None,):
        if edition is not None and not _open(edition, certificate, on):
            continue
        version = edition.code if edition else None
        try:
            until = certificate_expiry(document, certificate.track.code, version, on, on=on)
        except ProgramError:
            continue
        if until is None or until > certificate.expires_on:
            found.append(Way(version or "", bool(edition and edition.kind == "delta"), until))
    found.sort(key=lambda way: way.until or dt.date.max, reverse=True)
    return tuple(found) if _by_release(rule) else tuple(found[:1])


def _open(edition: TrackVersion, certificate: Certificate, on: dt.date) -> bool:
    if edition.kind != "delta":
        return edition.released <= on
    lapsed = certificate.expires_on is not None and certificate.expires_on <= on
    return not lapsed and edition.of in (None, certificate.version)


def _by_release(rule: TrackRule) -> bool:
    """Versions differ in their end only where it counts from their release."""
    return rule.anchor == "course_release"
