"""What a review says of one partner on one axis: up, down, warned, in cure, kept or unknown. Pure.

The decision itself asks for truths only; whoever stores or shows an outcome asks ``explained`` for
the tree behind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from programs.document import ProgramDocument
from programs.document.types import AxisKind, Level, Review
from programs.rules import Case, Node, add_months, levels
from programs.rules.outcome import Truth, either

Kind = Literal["promote", "warn", "cure", "demote", "keep", "exception", "unknown"]
KINDS: tuple[Kind, ...] = ("demote", "cure", "warn", "unknown", "exception", "promote", "keep")
"""In the order in which a reader needs them: what somebody loses first."""


@dataclass(frozen=True)
class AxisRules:
    """The levels of one axis of a type, lowest first, and its review."""

    type_code: str
    axis: str
    kind: AxisKind
    levels: Mapping[str, Level]
    review: Review | None

    def below(self, code: str | None) -> list[tuple[str, Level]]:
        """The levels under this one, the highest first; none under no level."""
        rank = self.rank(code)
        return [pair for pair in reversed([*self.levels.items()]) if pair[1].rank < rank]

    def above(self, code: str | None) -> list[tuple[str, Level]]:
        """The levels over this one, the highest first; all of them over no level."""
        rank = self.rank(code)
        return [pair for pair in reversed([*self.levels.items()]) if pair[1].rank > rank]

    def rank(self, code: str | None) -> int:
        """The place from the bottom; -1 for no level and for one the program took out."""
        found = self.levels.get(code) if code else None
        return found.rank if found else -1


@dataclass(frozen=True)
class Standing:
    """What is on record of one partner on one axis when it is reviewed.

    ``held`` are the levels held (at most one on a ladder), ``before`` those ever held, ``lost`` the
    last day on which a level was lost by falling, ``cures`` and ``exceptions`` the day on which
    each open one is over (it stays open until a run has judged it), ``locked_until`` the end of a
    lock-out, ``inherited`` what the family holds. ``settled`` are the levels that somebody gave,
    took or put in cure since: they are not judged (on a ladder: nothing is).
    """

    held: tuple[str, ...] = ()
    before: frozenset[str] = frozenset()
    lost: Mapping[str, dt.date] = field(default_factory=dict)
    cures: Mapping[str, dt.date] = field(default_factory=dict)
    exceptions: Mapping[str, dt.date] = field(default_factory=dict)
    locked_until: dt.date | None = None
    inherited: str | None = None
    settled: frozenset[str | None] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """One partner's outcome. ``from_`` and ``to`` are levels (``None``: none).

    ``until`` by kind: warn, the first day on which the level is no longer met; cure and exception,
    the day on which it is over. ``judged`` is the level whose set decided, ``cured`` says that an
    open cure ended well.
    """

    kind: Kind
    from_: str | None
    to: str | None
    judged: str | None
    on: dt.date
    until: dt.date | None = None
    cured: bool = False
    node: Node | None = None

    @property
    def gap(self) -> list[Node]:
        """The leaves that are missing; none where nothing is."""
        return self.node.open_leaves() if self.node else []

    @property
    def moves(self) -> bool:
        return self.from_ != self.to


def axis_rules(document: ProgramDocument, type_code: str, axis: str) -> AxisRules:
    """The axis as the document has it; no levels where it has no such type or axis."""
    found = document.types.get(type_code)
    if found is None or axis not in set(found.axis_codes()):
        return AxisRules(type_code, axis, "ladder", {}, None)
    return AxisRules(
        type_code, axis, found.kind_of(axis), found.levels_of(axis), found.review_of(axis)
    )


def decide(
    rules: AxisRules,
    case: Case,
    standing: Standing,
    *,
    review: bool = True,
    horizon: dt.date | None = None,
) -> list[Outcome]:
    """The outcomes on ``case.on``: one on a ladder, one for each level held or won of a set.

    Without ``review`` (a day between two reviews) levels only rise, and only where the program
    lets them at any time; cures and exceptions that are over are judged as at a review.
    ``horizon`` is how far ahead a warning looks.
    """  # fmt: skip
    judge = _Judge(rules, case, standing, review, horizon)
    if rules.kind == "ladder":
        held = standing.held[0] if standing.held else None
        return [] if standing.settled else judge.ladder(held)
    judged = [code for code in rules.levels if code not in standing.settled]
    return [found for code in judged if (found := judge.member(code)) is not None]


@dataclass(frozen=True)
class _Judge:
    rules: AxisRules
    case: Case
    standing: Standing
    review: bool
    horizon: dt.date | None

    @property
    def on(self) -> dt.date:
        return self.case.on

    def ladder(self, held: str | None) -> list[Outcome]:
        if held is not None and held not in self.rules.levels:
            return []  # a level that the program took out moves by its mapping, not by a review
        for code, level in self.rules.above(held):
            if self._rises(code, level):
                return [Outcome("promote", held, code, code, self.on)]
        if held is not None:
            found = self._judged(held)
            return [found] if found else []
        if not self.review:
            return []
        lowest = next(iter(self.rules.levels), None)
        unknown = lowest is not None and self._entry(self.rules.levels[lowest]) is None
        return [Outcome("unknown" if unknown else "keep", None, None, lowest, self.on)]

    def member(self, code: str) -> Outcome | None:
        """One level of a set, which is held or not for itself."""
        if code in self.standing.held:
            return self._judged(code)
        if self._rises(code, self.rules.levels[code]):
            return Outcome("promote", None, code, code, self.on)
        return None

    def _judged(self, code: str) -> Outcome | None:
        """A held level: at every review; between two, when its cure or exception is over, or when
        its cure ends well."""
        if self.review:
            return self._held(code)
        ends = (self.standing.cures.get(code), self.standing.exceptions.get(code))
        if any(end is not None and end <= self.on for end in ends):
            return self._held(code)
        if code in self.standing.cures and self._kept(code) is True:
            return Outcome("keep", code, code, code, self.on, cured=True)
        return None

    def _held(self, code: str) -> Outcome:
        kept = self._kept(code)
        if kept is True:
            return self._keeps(code)
        if kept is None:
            return Outcome("unknown", code, code, code, self.on)
        until = self.standing.exceptions.get(code)
        if until is not None and self.on < until:
            return Outcome("exception", code, code, code, self.on, until)
        rule = self.rules.review
        if rule is None or rule.down != "review":
            return Outcome("warn", code, code, code, self.on)
        cure = self.standing.cures.get(code)
        if cure is None and rule.cure is not None:
            until = add_months(self.on, rule.cure.months)
            return Outcome("cure", code, code, code, self.on, until)
        if cure is not None and self.on < cure:
            return Outcome("cure", code, code, code, self.on, cure)
        return Outcome("demote", code, self._landing(code), code, self.on)

    def _keeps(self, code: str) -> Outcome:
        cured = code in self.standing.cures
        kept = Outcome("keep", code, code, code, self.on, cured=cured)
        missed = self._first_missed(code)
        return kept if missed is None else replace(kept, kind="warn", until=missed)

    def _first_missed(self, code: str) -> dt.date | None:
        """The first day up to the horizon on which the level is known not to be met, if nobody
        acts; a level that is met again before the horizon is missed all the same."""
        if self.horizon is None or self._inherits(code):
            return None
        for day in sorted(_turns(self.rules.levels[code], self.case, self.horizon)):
            if kept(self.rules.levels[code], self.case.later(day)) is False:
                return day
        return None

    def _rises(self, code: str, level: Level) -> bool:
        rule, locked = self.rules.review, self.standing.locked_until
        if locked is not None and self.on < locked:
            return False
        if not self.review and (rule is None or rule.up != "any_time"):
            return False
        if self._locked_out(code, level):
            return False
        if self._inherits(code):
            return True
        return level.automatic and self._entry(level) is True

    def _locked_out(self, code: str, level: Level) -> bool:
        return levels.locked_out(self.standing.lost.get(code), level.lockout_months, self.on)

    def _inherits(self, code: str) -> bool:
        inherited = self.standing.inherited
        return inherited is not None and self.rules.rank(code) <= self.rules.rank(inherited)

    def _entry(self, level: Level) -> Truth:
        return level.entry_tree.holds(self.case)

    def _kept(self, code: str) -> Truth:
        """Whether the level is kept: by its retain set, by its entry set or by the family."""
        return True if self._inherits(code) else kept(self.rules.levels[code], self.case)

    def _landing(self, code: str) -> str | None:
        """The highest level below that is met: nobody falls through one that data is missing for.

        A level that is only given by hand is met where it was held before.
        """
        if self.rules.kind == "set":
            return None
        for lower, level in self.rules.below(code):
            if lower in self.standing.before:
                truth = self._kept(lower)
            else:
                truth = self._entry(level) if level.automatic else False
            if truth is not False:
                return lower
        return None


def kept(level: Level, case: Case) -> Truth:
    """Three-valued: the retain set or the entry set."""
    truth = level.retain_tree.holds(case)
    if truth is True or level.retain is None:
        return truth
    return either(level.own_entry.holds(case), truth)


def _turns(level: Level, case: Case, until: dt.date) -> set[dt.date]:
    """The days after the case's, up to ``until``, on which it may change whether it is kept."""
    trees = (level.retain_tree, level.own_entry) if level.retain else (level.own_entry,)
    return {day for tree in trees for day in tree.turns(case) if case.on < day <= until}


def explained(rules: AxisRules, case: Case, outcome: Outcome) -> Outcome:
    """The outcome with the tree behind it: what was met for a rise, what is missing otherwise.

    A warning is explained for the day on which the level would be missed.
    """
    level = rules.levels.get(outcome.judged) if outcome.judged else None
    if level is None or outcome.kind == "keep":
        return outcome
    if outcome.kind == "warn" and outcome.until is not None:
        case = case.later(outcome.until)
    up = outcome.kind == "promote" or outcome.from_ is None
    tree = level.entry_tree if up else level.retain_tree
    return replace(outcome, node=tree.explain(case))


def best_of(rules: AxisRules, outcomes: Iterable[Outcome]) -> Outcome:
    """The best of the outcomes of several days for one level: the highest level it leads to, and
    of equals the kinder kind."""
    kinder: tuple[Kind, ...] = (
        "promote", "keep", "warn", "exception", "unknown", "cure", "demote",
    )  # fmt: skip
    return min(outcomes, key=lambda o: (-rules.rank(o.to), kinder.index(o.kind)))


def falls_of(
    rules: AxisRules, spans: Iterable[tuple[str, dt.date, dt.date | None]]
) -> dict[str, dt.date]:
    """Per level the last day on which it was lost by falling (or, of a set, by ending).

    ``spans`` are the ``(level, since, until)`` of one partner and axis, oldest first.
    """
    return levels.falls_of(spans, None if rules.kind == "set" else rules.rank)
