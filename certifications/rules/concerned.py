"""Whom a release concerns: people who count and would have to recertify because of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from certifications.models import Certificate
from partners.models import Employment
from programs.document import ProgramDocument
from programs.releases import Key
from programs.rules import counts_until


def concerned(
    before: ProgramDocument, after: ProgramDocument, releases: Collection[Key], on: dt.date
) -> dict[Key, tuple[int, int]]:
    """Per (track, version) how many employed people hold nothing of the track that counts longer
    than the day by which they recertify, and how many partners employ them. Two queries."""
    codes = [old for track, _ in releases for old in after.former("tracks", track)]
    rows = Certificate.objects.counting(on).of_employees(on).filter(track__code__in=codes)
    best: dict[tuple[int, str], tuple[dt.date, dt.date, str]] = {}
    for person, named, version, expires in rows.values_list(
        "person_id", "track__code", "version", "expires_on"
    ):
        track = after.successor("tracks", named)
        if track is None:
            continue
        later = counts_until(after, track, version, expires) or dt.date.max
        sooner = counts_until(before, named, version, expires) or dt.date.max
        ends = after.tracks[track].superseded_by
        newer = ends.get(version, ends.get(""))
        found = (later, sooner, newer.code if newer else "")
        best[person, track] = max(best.get((person, track), found), found)
    people: dict[Key, set[int]] = defaultdict(set)
    for (person, track), (later, sooner, version) in best.items():
        if later < sooner and (track, version) in releases:
            people[track, version].add(person)
    everybody = set().union(*people.values())
    employers: dict[int, set[int]] = defaultdict(set)
    employed = Employment.objects.current(on).filter(person_id__in=everybody)
    for person, partner in employed.values_list("person_id", "partner_id"):
        employers[person].add(partner)
    return {
        key: (len(found), len(set().union(*(employers[person] for person in found))))
        for key, found in people.items()
    }
