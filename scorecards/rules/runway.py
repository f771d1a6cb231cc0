"""The runway: what a partner has today and loses on which day if nobody acts. Pure.

The facts are given, read once for a whole set of partners; the days tried are those on which the
requirements themselves say that they may turn. The same rule answers what happens if somebody
leaves: on facts in which that person is not employed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from licensing.rules.inputs import ACTIVE
from licensing.rules.lapse import Era, Lapse, Lost, find, steps_of
from programs.document import ProgramDocument
from programs.rules import Case, Facts, Person, Requirement, partner_tree
from programs.rules.closing import ExamSet, smallest_exam_set
from programs.rules.facts import OWN
from programs.rules.levels import levels_held
from programs.rules.trees import AnyOf
from scorecards.rules.signals import RunningGroup

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Asset:
    """What a partner has and may lose: the gate of a product in the classes it runs in, with the
    seats there; or a level it holds, which either of its sets keeps."""

    kind: Literal["gate", "level"]
    code: str
    """The product's code; of a level the type's."""
    tree: Requirement = field(repr=False, compare=False)
    environments: tuple[str, ...] = ()
    seats: int = 0
    axis: str = ""
    level: str = ""


@dataclass(frozen=True, eq=False)
class Loss:
    """An asset that goes on the day ``on``: the first on which its requirement fails."""

    partner_id: int
    asset: Asset
    on: dt.date
    today: dt.date
    document: ProgramDocument = field(repr=False)
    facts: Facts = field(repr=False)
    colleagues: tuple[Person, ...] = field(default=(), repr=False)

    @property
    def days(self) -> int:
        """Days left; 0 where it is gone today."""
        return (self.on - self.today).days

    @cached_property
    def because(self) -> tuple[Lost, ...]:
        """What ends on the day."""
        found = self._lapse
        return found.lost if found else ()

    @property
    def people(self) -> tuple[str, ...]:
        """Keys of the people because of whom it goes."""
        return tuple(dict.fromkeys(
            one.key for one in self.because if one.what or one.cause == "departure"
        ))  # fmt: skip

    @property
    def hangs_on(self) -> str | None:
        """The key of the one person because of whom it goes; None where it is several, or papers
        and figures."""
        alone = len(self.people) == 1 and all(one.key in self.people for one in self.because)
        return self.people[0] if alone else None

    @cached_property
    def stops_on(self) -> dt.date | None:
        """The day on which the program's grace is over and new seats are refused; None for levels,
        and where nothing is refused."""
        if self.asset.kind == "level":
            return None
        lapse = self._lapse
        steps = steps_of(self.document, self.asset.code, lapse) if lapse else []
        if not steps:
            return self.on
        return min((step.day for step in steps if step.stage != "grace"), default=None)

    @cached_property
    def exams(self) -> ExamSet | None:
        """The fewest exams, passed on the eve of the day, that prevent it; None where exams do not
        help. Of a loss that is there today: passed today."""
        people = (*self.facts.people, *self.colleagues)
        eve = max(self.on - ONE_DAY, self.today)
        case = Case(replace(self.facts, people=people), eve, today=self.today)
        return smallest_exam_set(self.asset.tree, case, self.document, by=self.on)

    @cached_property
    def _lapse(self) -> Lapse | None:
        era = Era(dt.date.min, [self.asset.tree], self.facts)
        return find([era], self.on, None)


@dataclass(frozen=True)
class Runway:
    """One partner's next months: what it loses, the next first; what nobody can tell, each with the
    day from which on; what is closed already and so cannot be lost."""

    partner_id: int
    on: dt.date
    until: dt.date
    losses: tuple[Loss, ...] = ()
    unknown: tuple[tuple[Asset, dt.date], ...] = ()
    closed: tuple[Asset, ...] = ()
    kept: int = 0

    @property
    def first_day(self) -> dt.date | None:
        return self.losses[0].on if self.losses else None


def assets_of(
    document: ProgramDocument,
    facts: Facts,
    on: dt.date,
    groups: Iterable[RunningGroup] = (),
    trees: dict[object, Requirement | None] | None = None,
) -> list[Asset]:
    """What the partner uses and holds on the day: the gates of what runs, and its own levels.
    ``trees`` keeps what was put together, for the next partner."""
    found = [*_gates(document, groups, {} if trees is None else trees)]
    for code, kind in document.types.items():
        if code not in facts.held:
            continue
        for axis in kind.axis_codes():
            for level in levels_held(facts, code, on, axis):
                rule = kind.levels_of(axis).get(level)
                if rule is None:
                    continue
                either = (rule.retain_tree, rule.own_entry) if rule.retain else ()
                tree = AnyOf.model_construct(any=either) if either else rule.own_entry
                found.append(Asset("level", code, tree, axis=axis, level=level))
    return found


def _gates(
    document: ProgramDocument,
    groups: Iterable[RunningGroup],
    trees: dict[object, Requirement | None],
) -> Iterator[Asset]:
    seats: dict[tuple[str, tuple[str, ...]], int] = {}
    for group in groups:
        key = document.successor("products", group.product) or group.product, group.special
        seats[key] = seats.get(key, 0) + group.seats
    for key, running in seats.items():
        if key not in trees:
            trees[key] = partner_tree(document, *key)
        if (tree := trees[key]) is not None:  # else it is not offered: closed, and no requirement
            yield Asset("gate", key[0], tree, key[1], running)


def runway_of(
    document: ProgramDocument,
    facts: Facts,
    assets: Sequence[Asset],
    on: dt.date,
    until: dt.date,
    *,
    partner_id: int = 0,
    status: str = ACTIVE,
    without: Collection[str] = (),
    colleagues: tuple[Person, ...] = (),
) -> Runway:
    """What of the assets is lost in [``on``, ``until``) if nobody acts; ``without`` are the keys of
    people who leave on ``on``. ``colleagues`` are people without any certificate: they could take
    exams as well. The gates of a partner that is not active are closed."""
    after = facts_without(facts, without, on) if without else facts
    cases: dict[dt.date, Case] = {}
    start = Case(after, on)
    today = Case(facts, on)
    losses, unknown, closed, kept = [], [], [], 0
    for asset in assets:
        truth = asset.tree.holds(today)
        if truth is False or (asset.kind == "gate" and status != ACTIVE):
            closed.append(asset)
            continue
        if truth is None:  # what nobody knows that it is there cannot be lost
            unknown.append((asset, on))
            continue
        lost, unsure = _turn(asset.tree, start, until, cases)
        if unsure is not None:
            unknown.append((asset, unsure))
        if lost is not None:
            losses.append(Loss(partner_id, asset, lost, on, document, after, colleagues))
        elif unsure is None:
            kept += 1
    losses.sort(key=lambda loss: (loss.on, -loss.asset.seats, loss.asset.code))
    return Runway(partner_id, on, until, tuple(losses), tuple(unknown), tuple(closed), kept)


def _turn(
    tree: Requirement,
    start: Case,
    until: dt.date,
    cases: dict[dt.date, Case],
) -> tuple[dt.date | None, dt.date | None]:
    """The first day on which it fails, and the first before that on which nobody can tell."""
    unsure = None
    days = {day for day in tree.turns(start) if start.on < day < until}
    for day in (start.on, *sorted(days)):
        case = cases.get(day)
        if case is None:
            case = cases[day] = start if day == start.on else start.later(day)
        truth = tree.holds(case)
        if truth is False:
            return day, unsure
        if truth is None and unsure is None:
            unsure = day
    return None, unsure


def facts_without(facts: Facts, people: Collection[str], on: dt.date) -> Facts:
    """The facts once these people, by key, leave the partner on the day."""
    gone = frozenset(people)

    def left(person: Person) -> Person:
        if person.key not in gone or person.member != OWN:
            return person
        if person.until and person.until <= on:
            return person
        return replace(person, until=max(on, person.from_ or on))  # roles to come: no day left

    return replace(facts, people=tuple(map(left, facts.people)))


def leavers(
    facts: Facts, assets: Sequence[Asset], on: dt.date, *, status: str = ACTIVE
) -> dict[str, tuple[Asset, ...]]:
    """By key the people on whose staying something hangs alone, with all that goes at once if they
    leave on the day; who takes the most seats along comes first."""
    today = Case(facts, on)
    standing = [
        asset
        for asset in assets
        if asset.tree.holds(today) is True and (asset.kind == "level" or status == ACTIVE)
    ]
    found: dict[str, tuple[Asset, ...]] = {}
    for key in dict.fromkeys(person.key for person in today.employed):
        case = Case(facts_without(facts, (key,), on), on)
        gone = tuple(asset for asset in standing if asset.tree.holds(case) is False)
        if gone:
            found[key] = gone
    return dict(
        sorted(found.items(), key=lambda item: (-sum(one.seats for one in item[1]), -len(item[1])))
    )


def by_month(losses: Iterable[Loss], on: dt.date, until: dt.date) -> dict[dt.date, list[Loss]]:
    """The losses under the first day of their month, for every month of [``on``, ``until``)."""
    months: dict[dt.date, list[Loss]] = {}
    first = on.replace(day=1)
    while first < until:
        months[first] = []
        first = (first + dt.timedelta(days=32)).replace(day=1)
    for loss in losses:
        months[loss.on.replace(day=1)].append(loss)
    return months
