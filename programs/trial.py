"""What a document would say of partners, without keeping anything: one partner, or all. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from programs.document import Level, PartnerType, ProgramDocument
from programs.effects import enrolled
from programs.rules import Case, Facts, Node
from programs.rules.outcome import Truth

NOBODY = ""  # no level at all


@dataclass(frozen=True)
class LevelTried:
    """One level of one type for one partner, with the trees explained."""

    code: str
    title: str
    entry: Node
    retain: Node | None


@dataclass(frozen=True)
class AxisTried:
    """All levels of an axis for one partner; ``met`` is the title of the highest whose entry set
    passes. ``enrolled``: the partner is of this type."""

    enrolled: bool
    type_title: str
    axis_title: str
    met: str
    levels: tuple[LevelTried, ...]


def try_partner(document: ProgramDocument, facts: Facts, on: dt.date) -> list[AxisTried]:
    """Every level explained for one partner on the day, the lowest first; the types that the
    partner is of come before all others."""
    case = Case(facts, on)
    found = []
    for code, kind in document.types.items():
        for axis in kind.axis_codes():
            levels = tuple(_tried(kind, one, level, case) for one, level in _levels(kind, axis))
            met = next((one.title for one in reversed(levels) if one.entry.truth), NOBODY)
            found.append(
                AxisTried(
                    code in facts.held and enrolled(case, code),
                    document.title_of("types", code), kind.axis_title(axis), met, levels,
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: not one.enrolled)


def _tried(kind: PartnerType, code: str, level: Level, case: Case) -> LevelTried:
    retain = level.retain.explain(case) if level.retain else None
    return LevelTried(code, kind.level_title(code), level.entry_tree.explain(case), retain)


def _levels(kind: PartnerType, axis: str) -> Iterator[tuple[str, Level]]:
    yield from kind.levels_of(axis).items()


@dataclass
class Counts:
    """How many partners pass, fail or are unknown."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0

    def count(self, truth: Truth) -> None:
        if truth is None:
            self.unknown += 1
        elif truth:
            self.passed += 1
        else:
            self.failed += 1


@dataclass(frozen=True)
class Mover:
    """A partner that would meet another level than today."""

    partner_id: int
    name: str
    before: str
    after: str
    up: bool


@dataclass
class AxisForAll:
    """One axis for all partners: counts per level before and after, who moves where.

    ``enrolled`` is False for a type that nobody can be of yet: then all partners were tried.
    ``matrix`` counts partners by (level met before, level met after), as codes.
    """

    type_title: str
    axis_title: str
    enrolled: bool
    partners: int = 0
    levels: list[tuple[str, str]] = field(default_factory=list)
    before: dict[str, Counts] = field(default_factory=dict)
    after: dict[str, Counts] = field(default_factory=dict)
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    movers: list[Mover] = field(default_factory=list)
    old_levels: list[tuple[str, str]] = field(default_factory=list)


def try_all(
    old: ProgramDocument | None,
    new: ProgramDocument,
    chunks: Iterable[Mapping[int, Facts]],
    names: Mapping[int, str],
    on: dt.date,
) -> list[AxisForAll]:
    """Every level of the new document, and of the same types in the old one, for all partners:
    their facts come a chunk at a time, and none is kept."""
    axes = [
        _Axis(old, new, code, axis)
        for code, kind in new.types.items()
        for axis in kind.axis_codes()
    ]
    for facts in chunks:
        for pk, known in facts.items():
            case = Case(known, on)
            for one in axes:
                one.count(pk, names[pk], case)
    for one in axes:
        one.found.movers.sort(key=lambda mover: (mover.up, mover.name))
    return [one.found for one in axes]


class _Axis:
    """One axis under both documents, and what was counted of it so far."""

    def __init__(
        self, old: ProgramDocument | None, new: ProgramDocument, code: str, axis: str
    ) -> None:
        self.kind = kind = new.types[code]
        self.held_as = _former(old, new, code)
        self.former = former = old.types.get(self.held_as) if old else None
        self.ladder = kind.kind_of(axis) == "ladder"
        self.levels = dict(_levels(kind, axis))
        self.was = dict(_levels(former, axis)) if former else {}
        self.successors = {level.was: one for one, level in self.levels.items() if level.was}
        self.found = AxisForAll(
            new.title_of("types", code), kind.axis_title(axis), former is not None,
            levels=[(one, kind.level_title(one)) for one in self.levels],
            before={one: Counts() for one in self.was},
            after={one: Counts() for one in self.levels},
            old_levels=[(one, former.level_title(one)) for one in self.was] if former else [],
        )  # fmt: skip

    def count(self, pk: int, name: str, case: Case) -> None:
        """Count one partner, if it is of the type or nobody can be yet."""
        former, found = self.former, self.found
        held_as = self.held_as
        if former is not None and not (held_as in case.facts.held and enrolled(case, held_as)):
            return
        found.partners += 1
        before = _met(self.was, case, found.before)
        after = _met(self.levels, case, found.after)
        if former is None or not self.ladder:
            return
        found.matrix[before, after] += 1
        heir = self.successors.get(before, before)
        if after != heir:
            titles = (
                former.level_title(before) if before else NOBODY,
                self.kind.level_title(after) if after else NOBODY,
            )
            up = _place(self.levels, after) > _place(self.levels, heir)
            found.movers.append(Mover(pk, name, *titles, up))


def _former(old: ProgramDocument | None, new: ProgramDocument, code: str) -> str:
    """The code under which the old document has this type."""
    was = new.types[code].was
    return was if was and old and code not in old.types else code


def _met(levels: Mapping[str, Level], case: Case, counts: Mapping[str, Counts]) -> str:
    """The highest level whose entry set passes; every level is counted on the way."""
    met = NOBODY
    for code, level in levels.items():
        truth = level.entry_tree.holds(case)
        counts[code].count(truth)
        if truth:
            met = code
    return met


def _place(levels: Mapping[str, Level], code: str) -> int:
    return list(levels).index(code) if code in levels else -1
