"""What of a requirement tree exams can still bring about, and which people are missing for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from programs.rules.base import Requirement, walk
from programs.rules.case import Case
from programs.rules.choices import ByCountry, Phased
from programs.rules.matching import short_of
from programs.rules.people import People, Selection
from programs.rules.score import Score
from programs.rules.selection import Criteria
from programs.rules.steps import StepDone
from programs.rules.trees import All, AnyOf, AtLeast

Asked = frozenset[int]  # of selections, by `id`
NOBODY: Asked = frozenset()


@dataclass(frozen=True)
class Wanted:
    """Somebody has to come to count: `of` gives, for a person, in one of which selections."""

    of: Callable[[str], Asked]


class Goal:
    """A requirement that fails and that exams can move. `whole`: exams alone complete it."""

    whole: bool = True

    def met(self, case: Case) -> bool:
        """Whether it passes."""
        raise NotImplementedError

    def short(self, case: Case) -> int:
        """At least so many exams are missing."""
        raise NotImplementedError

    def selections(self) -> Iterator[Criteria]:
        """Whose people it counts."""
        raise NotImplementedError


@dataclass
class Leaf(Goal):
    """People, or a score that gives points for people."""

    tree: Requirement

    def met(self, case: Case) -> bool:
        return self.tree.holds(case) is True

    def short(self, case: Case) -> int:
        if self.met(case):
            return 0
        if isinstance(self.tree, People):
            return max([1, *(short for short, _ in shortages(self.tree, case))])
        return 1

    def selections(self) -> Iterator[Criteria]:
        for _, node in walk(self.tree):
            if isinstance(node, People):
                yield from node.selections


@dataclass
class Several(Goal):
    """So many of these have to pass."""

    need: int
    of: list[Goal]
    whole: bool = True

    def met(self, case: Case) -> bool:
        return sum(goal.met(case) for goal in self.of) >= self.need

    def short(self, case: Case) -> int:
        # One exam may serve several: no sum.
        return sorted(goal.short(case) for goal in self.of)[self.need - 1]

    def selections(self) -> Iterator[Criteria]:
        for goal in self.of:
            yield from goal.selections()


def goal_of(tree: Requirement, case: Case) -> Goal | bool:
    """What is left to do by exams; True where it passes as it stands, False where no exam helps.

    Of several requirements as many as exams can bring about: those that ask for something else are
    other gaps. Of alternatives those that exams alone complete go before the others.
    """
    if tree.holds(case) is True:
        return True
    if isinstance(tree, Phased):
        asked = tree.asked(case)
        return goal_of(asked, case) if asked else True
    if isinstance(tree, ByCountry):
        for_us = tree._asked(case)
        return goal_of(for_us, case) if for_us else False
    if isinstance(tree, StepDone):
        return goal_of(tree.met, case) if tree.met else False
    if isinstance(tree, People):
        return Leaf(tree) if _moves(tree, case) else False
    if isinstance(tree, Score):
        return Leaf(tree) if any(isinstance(node, People) for _, node in walk(tree)) else False
    if isinstance(tree, All | AnyOf | AtLeast):
        return _several(tree, case)
    return False


def _several(tree: All | AnyOf | AtLeast, case: Case) -> Goal | bool:
    found = [goal_of(child, case) for child in tree.children]
    goals = [one for one in found if isinstance(one, Goal)]
    left = tree.need - sum(one is True for one in found)
    whole = [goal for goal in goals if goal.whole]
    if not goals:
        return False
    if left <= len(whole):
        return Several(left, whole)
    return Several(min(left, len(goals)), goals, whole=False)


def _moves(tree: People, case: Case) -> bool:
    """Whether certificates decide it: not where the number or the companies are unknown, nor
    where only a role is asked for."""
    if tree.holds(case) is None:
        return False
    return any(selection.match.tracks is not None for selection in tree.selections)


def needed(goal: Goal, case: Case) -> Iterator[Wanted]:
    """Who may be missing: every set of exams that reaches the goal brings one of these."""
    if goal.met(case):
        return
    if isinstance(goal, Several):
        left = [one for one in goal.of if not one.met(case)]
        if goal.need - (len(goal.of) - len(left)) == len(left):  # each of them: one by one
            left = [max(left, key=lambda one: one.short(case))]
        for one in left:
            yield from needed(one, case)
    elif isinstance(goal, Leaf) and isinstance(goal.tree, People):
        yield next(wanted for short, wanted in shortages(goal.tree, case) if short)
    else:
        everything = frozenset(id(selection) for selection in goal.selections())
        yield Wanted(lambda key: everything)


def shortages(tree: People, case: Case) -> Iterator[tuple[int, Wanted]]:
    """Of each count in the requirement how many people it misses, and who could be the next."""
    people = tree.people
    among = case.people(people.match) or frozenset()
    me = id(people)
    if people.at_least is not None:
        need = (people._total.needed(case) if people._total else None) or 0
        yield (
            max(0, need - len(among)),
            Wanted(lambda key: NOBODY if key in among else frozenset({me})),
        )
    for subset in people.of_them:
        yield _of_them(subset, among, me, case)
    if people.disjoint:
        yield _apart(people.disjoint, among, me, case)


def _of_them(subset: Selection, among: frozenset[str], me: int, case: Case) -> tuple[int, Wanted]:
    inside = case.people(subset.match) or frozenset()
    both = among & inside

    def of(key: str) -> Asked:
        if key in both:
            return NOBODY
        lacks = set() if key in inside else {id(subset)}
        return frozenset(lacks | (set() if key in among else {me}))

    return max(0, (subset.needed(case) or 0) - len(both)), Wanted(of)


def _apart(
    disjoint: tuple[Selection, ...], among: frozenset[str], me: int, case: Case
) -> tuple[int, Wanted]:
    inside = [case.people(subset.match) or frozenset() for subset in disjoint]
    groups = [keys & among for keys in inside]
    gap, places = short_of(groups, [subset.needed(case) or 0 for subset in disjoint])
    serving = frozenset().union(*(groups[place] for place in places))

    def of(key: str) -> Asked:
        if key in serving:
            return NOBODY
        lacks = {id(disjoint[place]) for place in places if key not in inside[place]}
        return frozenset(lacks | (set() if key in among else {me}))

    return gap, Wanted(of)
