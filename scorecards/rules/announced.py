"""What announced versions of the program say before they are in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from programs.compiled import program_numbered
from programs.models import ProgramVersion
from programs.rules import Certificate, Facts, counts_until
from scorecards.rules.preview import Coming


def coming_versions(on: dt.date) -> list[Coming]:
    """The versions announced by the day and in force later, the nearest first; of several for one
    day the last published, which is the one that will be in force."""
    rows = ProgramVersion.objects.filter(announced_on__lte=on, effective_from__gt=on)
    last = rows.order_by("effective_from", "-number").distinct("effective_from")
    return [
        Coming(number, announced, day, program_numbered(number).document)
        for number, announced, day in last.values_list("number", "announced_on", "effective_from")
    ]


def ended_by_releases(facts: Facts, coming: Sequence[Coming]) -> Facts:
    """The facts with certificates that end by the releases which these versions announce: on the
    day by which people recertify, but not before the version is in force."""
    if not coming:
        return facts

    def ended(one: Certificate) -> Certificate:
        days = [one.until] if one.until else []
        for version in coming:
            day = counts_until(version.document, one.track, one.version, None)
            days += [max(day, version.effective_from)] if day else []
        return replace(one, until=min(days, default=None))

    people = [
        replace(person, certificates=tuple(map(ended, person.certificates)))
        for person in facts.people
    ]
    return replace(facts, people=tuple(people))
