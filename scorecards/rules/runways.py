"""The runways of a set of partners: the facts read once for all of them, whatever their number."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from licensing.rules.standing import needs_of
from partners.models import Employment, Partner
from programs.asking import asked_by, level_trees
from programs.compiled import program_on
from programs.document import ProgramDocument
from programs.gathering import Kind, facts_of
from programs.rules import Facts, Person, Requirement, add_months
from programs.rules.facts import OWN
from scorecards.rules.announced import coming_versions, ended_by_releases
from scorecards.rules.runway import Asset, Loss, Runway, assets_of, leavers, runway_of
from scorecards.rules.signals import RunningGroup, running_groups

MONTHS = 12
HELD: frozenset[Kind] = frozenset({"held", "organisation"})


@dataclass(frozen=True)
class Outlook:
    """Some partners, what each has on the day, and its runway of so many months."""

    on: dt.date
    until: dt.date
    document: ProgramDocument
    partners: Mapping[int, Partner]
    facts: Mapping[int, Facts]
    assets: Mapping[int, list[Asset]]
    groups: Mapping[int, list[RunningGroup]]
    runways: Mapping[int, Runway]
    without: Collection[str] = ()

    @property
    def losses(self) -> list[Loss]:
        """Those of all partners, the next first."""
        found = (loss for runway in self.runways.values() for loss in runway.losses)
        return sorted(found, key=lambda loss: (loss.on, -loss.asset.seats))

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of people by key, as far as the reader may see them."""
        known = (person for facts in self.facts.values() for person in facts.people)
        return {person.key: person.name for person in known if person.name}

    def leavers(self, partner_id: int) -> dict[str, tuple[Asset, ...]]:
        """On whose staying something of the partner's hangs alone."""
        status = self.partners[partner_id].status
        return leavers(self.facts[partner_id], self.assets[partner_id], self.on, status=status)


def outlook(
    partners: Iterable[Partner],
    on: dt.date,
    *,
    months: int = MONTHS,
    without: Collection[str] = (),
    team: bool = False,
) -> Outlook:
    """What these partners lose in the months from ``on`` if nobody acts.

    Under the program in force on the day; certificates end by the releases of announced versions
    as well. ``without``: the public ids of people who leave on it. ``team``: people without any
    certificate may take exams as well (one query more). Constant queries;
    ``Refused("no_program")`` where no program is in force.
    """
    held = {partner.pk: partner for partner in partners}
    program = program_on(on)
    document, until = program.document, add_months(on, months)
    kinds, records = needs_of(program)
    level_kinds, level_records = asked_by(level_trees(document))
    read = facts_of(held, on, kinds=kinds | level_kinds | HELD, records=records | level_records)
    coming = coming_versions(on)
    facts = {pk: ended_by_releases(found, coming) for pk, found in read.items()}
    groups = running_groups(held)
    others = colleagues_of(facts, on) if team else {}
    trees: dict[object, Requirement | None] = {}
    assets = {pk: assets_of(document, facts[pk], on, groups.get(pk, ()), trees) for pk in held}
    runways = {
        pk: runway_of(
            document, facts[pk], assets[pk], on, until,
            partner_id=pk, status=partner.status, without=without,
            colleagues=others.get(pk, ()),
        )
        for pk, partner in held.items()
    }  # fmt: skip
    return Outlook(on, until, document, held, facts, assets, groups, runways, without)


def colleagues_of(facts: Mapping[int, Facts], on: dt.date) -> dict[int, tuple[Person, ...]]:
    """The partners' own people of whom the facts say nothing, since they hold no certificate and
    have no role. One query."""
    known = {
        (pk, person.key)
        for pk, held in facts.items()
        for person in held.people
        if person.member == OWN
    }
    found: dict[int, dict[str, Person]] = defaultdict(dict)
    rows = Employment.objects.current(on).filter(partner_id__in=list(facts))
    for row in rows.select_related("person"):
        ref = row.person.ref
        if (row.partner_id, ref) not in known:
            found[row.partner_id][ref] = Person(
                ref, row.person.name, from_=row.since, until=row.until
            )
    return {pk: tuple(people.values()) for pk, people in found.items()}
