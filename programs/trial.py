"""What a document would say of partners, without keeping anything: one partner, or all. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from programs.document import Level, PartnerType, ProgramDocument
from programs.effects import enrolled
from programs.effects.levels import Held, Moved, axis_in_both, rungs_of, stands
from programs.effects.trees import Trial
from programs.gathering import NOTHING_DECIDED, Decided
from programs.rules import Case, Facts, Node, Requirement
from programs.rules.outcome import Truth

NOBODY = ""  # no level at all
Known = tuple[Mapping[int, Facts], Mapping[int, Decided]]
"""Of some partners the facts, and what people decided about them."""


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
    """A partner that would stand on another level than by the program in force."""

    partner_id: int
    name: str
    before: str
    after: str
    up: bool


@dataclass
class AxisForAll:
    """One axis for all partners: counts per level before and after, who moves where.

    ``enrolled`` is False for a type that nobody can be of yet: then all partners were tried.
    ``matrix`` counts partners of a ladder by (level before, level after), as codes.
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
    chunks: Iterable[Known],
    names: Mapping[int, str],
    on: dt.date,
) -> list[AxisForAll]:
    """Every level of the new document, and of the same types in the old one, for all partners as
    the plan judges them: who holds a level by what it asks to stay, everybody else by what it asks
    to come in. Their facts come a chunk at a time, and none is kept."""
    axes = [
        _Axis(old, new, code, axis)
        for code, kind in new.types.items()
        for axis in kind.axis_codes()
    ]
    trees = {id(tree): tree for one in axes for tree in one.trees}
    for facts, decided in chunks:
        for pk, known in facts.items():
            trial = Trial.of(known, on, old or new, new, trees)
            for one in axes:
                one.count(pk, names[pk], trial, decided.get(pk, NOTHING_DECIDED))
    for one in axes:
        one.found.movers.sort(key=lambda mover: (mover.up, mover.name))
    return [one.found for one in axes]


class _Axis:
    """One axis under both documents, and what was counted of it so far."""

    def __init__(
        self, old: ProgramDocument | None, new: ProgramDocument, code: str, axis: str
    ) -> None:
        self.kind = kind = new.types[code]
        self.axis = axis
        self.held_as = held_as = _former(old, new, code)
        self.former = former = old.types.get(held_as) if old else None
        if old and former:
            self.both = axis_in_both(old, new, held_as, code, axis)
            before, after, ladder = self.both.old, self.both.new, self.both.ladder
        else:
            before, ladder = (), kind.kind_of(axis) == "ladder"
            after = tuple(reversed(rungs_of(new, code, axis).values()))
            self.both = Moved(held_as, code, axis, "", before, after, {}, ladder)
        self.found = AxisForAll(
            new.title_of("types", code), kind.axis_title(axis), former is not None,
            levels=[(one.code, kind.level_title(one.code)) for one in reversed(after)],
            before={one.code: Counts() for one in before},
            after={one.code: Counts() for one in after},
            old_levels=(
                [(one.code, former.level_title(one.code)) for one in reversed(before)]
                if former else []
            ),
        )  # fmt: skip

    @property
    def trees(self) -> Iterator[Requirement]:
        """What its levels ask in either document."""
        for rung in (*self.both.old, *self.both.new):
            yield from rung.trees

    def count(self, pk: int, name: str, trial: Trial, decided: Decided) -> None:
        """Count one partner, if it is of the type or nobody can be yet."""
        former, found, both = self.former, self.found, self.both
        held = Held()
        if former is not None:
            if not (self.held_as in trial.old.facts.held and enrolled(trial.old, self.held_as)):
                return
            held = Held.of(trial.old, self.held_as, self.axis, decided)
        found.partners += 1
        then = held.renamed(both.heirs)
        for rungs, ask, holds, counts in (
            (both.old, trial.before, held, found.before),
            (both.new, trial.after, then, found.after),
        ):
            for rung in rungs:
                counts[rung.code].count(rung.met(ask, holds))
        if former is None:
            return
        if both.ladder:
            on = trial.old.on
            before = stands(both.old, trial.before, held, True, on)
            after = stands(both.new, trial.after, then, True, on)
            found.matrix["".join(before), "".join(after)] += 1
        for step in both.steps(trial, held):
            was, now = step
            titles = (
                former.level_title(was) if was else NOBODY,
                self.kind.level_title(now) if now else NOBODY,
            )
            found.movers.append(Mover(pk, name, *titles, both.kind(step) == "rises"))


def _former(old: ProgramDocument | None, new: ProgramDocument, code: str) -> str:
    """The code under which the old document has this type: its own, or one that it follows."""
    if old is None or code in old.types:
        return code
    followed = (was for was, to in new.successors["types"].items() if to == code)
    return next((was for was in followed if was in old.types), code)
