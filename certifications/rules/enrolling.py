"""Which exam somebody should take next, and why it may not be now."""

from __future__ import annotations

import datetime as dt

from certifications.models import Certificate, Result
from certifications.rules.refusals import composite_reason, retired, waiting
from certifications.rules.renewal import held_on
from programs.document import ProgramDocument
from programs.models import Track
from programs.rules.earning import Attempt
from tenants.models import Person
from tenants.writing import Reason


def why_not(document: ProgramDocument, person: Person, track: Track, on: dt.date) -> Reason | None:
    """Why nobody can prepare for this exam now; with the first day where one has to wait."""
    rule = document.tracks.get(track.code)
    if rule is None:
        return retired(track.name)
    if rule.composite:
        return composite_reason(document, rule)
    taken = Result.objects.filter(person=person, track=track).values_list(
        "version", "part", "passed_on", "passed"
    )
    attempts = [Attempt(track.code, *values) for values in taken]
    reasons = [waiting(rule, part, attempts, on) for part in rule.parts or ("",)]
    # Of a track in parts another part may be taken meanwhile.
    return reasons[0] if all(reasons) else None


def next_version(document: ProgramDocument, person: Person, track: str, on: dt.date) -> str:
    """The delta on what the person holds, where it is as new as the newest course; else that."""
    rule = document.tracks[track]
    codes = document.former("tracks", track)
    rows = Certificate.objects.counting(on).filter(person=person, track__code__in=codes)
    held = {held_on(document, row).version for row in rows.select_related("track")}
    course = rule.newest(on)
    deltas = [
        version
        for version in rule.versions
        if version.of in held and version.released <= on and rule.renewed_by("delta")
    ]
    best = max(deltas, key=lambda version: version.released, default=None)
    if best is not None and (course is None or rule.version_ends(best.code) is None):
        return best.code
    return course.code if course else ""
