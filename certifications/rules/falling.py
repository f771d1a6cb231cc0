"""What falls with a certificate that is revoked."""

from __future__ import annotations

import datetime as dt

from certifications.models import Certificate
from programs.compiled import program_or_none


def fallen_with(first: Certificate, on: dt.date) -> list[Certificate]:
    """The certificate and, of the same person, every one that was built on it: those of the same
    result where its own track falls, and composites that count and lose a member. Two queries."""
    others = Certificate.objects.counting(on).filter(person_id=first.person_id)
    standing = list(others.exclude(pk=first.pk).select_related("track", "result"))
    program = program_or_none(on)
    tracks = program.document.tracks if program else {}
    fallen, place = [first], 0
    while place < len(fallen):
        one = fallen[place]
        own = one.track_id == one.result.track_id
        held = {other.track.code for other in standing}
        gone = []
        for other in standing:
            rule = tracks.get(other.track.code)
            members = (rule.composite or ()) if rule else ()
            built = own and other.result_id == one.result_id
            broken = one.track.code in members and not held.issuperset(members)
            if built or broken:
                gone.append(other)
        standing = [other for other in standing if other not in gone]
        fallen += gone
        place += 1
    return fallen
