"""The fewest exams that close the people gaps of a requirement tree. Pure.

Whether a set of exams suffices is asked of the requirements themselves, on facts to which the
certificates were added, so that versions, roles, companies, subsets and people kept apart count
here exactly as they do when the program is applied. The search goes from the fewest exams up (A*);
its lower bound is the number of people that the requirements still miss.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from programs.rules.base import Requirement
from programs.rules.case import Case
from programs.rules.courses import Exam, Table
from programs.rules.facts import Facts
from programs.rules.goals import Goal, goal_of, needed

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

# Looked at before the answer is a good one instead of the best: a page waits for it.
MOST_STATES = 1500
MOST_TRIED = 1500
MOST_STEPS = 100  # of which a good answer takes the best, exam after exam, while it looks at few
MOST_NEW = 60  # people that a partner may have to hire

Taken = frozenset[tuple[str, str]]  # (person, track)
# Exams, their effort (a delta before a renewal before a first exam), then who is nearest to several
# certificates at once: a person is finished before another one begins.
Cost = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ExamSet:
    """Who takes which exam, prerequisites first. `new_people` of them are yet to be hired.

    `exact` is false where the search ended early: the set suffices, but may not be the smallest.
    """

    exams: tuple[Exam, ...]
    new_people: int = 0
    exact: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The set as JSON values."""
        return asdict(self) | {"exams": [asdict(exam) for exam in self.exams]}


def smallest_exam_set(
    tree: Requirement, case: Case, document: ProgramDocument, *, by: date | None = None
) -> ExamSet | None:
    """The fewest exams, passed on the case's day, that close the people gaps of the tree; with
    ``by``, those that it has on that later day.

    Nobody is hired whom the partner's own people can replace; of equally many exams those with the
    least effort. What does not ask for people stays as it is: of alternatives those that exams
    alone complete are taken, where there are any. None where no exam changes anything.
    """
    day = by or case.on
    then = case.later(day)
    goal = goal_of(tree, then)
    if not isinstance(goal, Goal):
        return None
    table = Table(goal.selections(), case, document, day)
    new = _hired(goal, table, then)
    if new is None:
        return None
    table.hire(new)
    search = _Search(goal, table, then)
    taken, exact = search.best()
    return ExamSet(tuple(table.in_order(taken)), new, exact)


def _hired(goal: Goal, table: Table, case: Case) -> int | None:
    """How many new people it takes even if everybody takes every exam; None: nothing helps."""
    low, high = 0, 0
    while not goal.met(_with(table, table.all_of(high), case, high)):
        low, high = high + 1, max(1, high * 2)
        if high > MOST_NEW:
            return None
    while low < high:
        middle = (low + high) // 2
        if goal.met(_with(table, table.all_of(middle), case, middle)):
            high = middle
        else:
            low = middle + 1
    return high


def _with(table: Table, taken: Taken, case: Case, new: int) -> Case:
    """The case once these exams are passed."""
    people = table.people_after(taken, new)
    facts: Facts = replace(case.facts, people=people)
    return Case(facts, case.on, case.customer, case.today)


class _Search:
    """One search over sets of exams, from none upwards."""

    def __init__(self, goal: Goal, table: Table, case: Case) -> None:
        self.goal = goal
        self.table = table
        self.case = case
        self.tried = 0

    def best(self) -> tuple[Taken, bool]:
        """The smallest set and True, or a set that suffices and False."""
        order = count()
        start: Taken = frozenset()
        here = self._after(start)
        queue = [(self._bound(here, start), next(order), start)]
        seen: set[Hashable] = set()
        nearest = start
        while queue:
            _cost, _turn, taken = heapq.heappop(queue)
            here = self._after(taken)
            if self.goal.met(here):
                return taken, True
            key = self.table.alike(taken)
            if key in seen:
                continue
            seen.add(key)
            if len(seen) > MOST_STATES or self.tried > MOST_TRIED:
                return self._greedy(nearest), False
            for more in self._steps(here, taken):
                queue_at = self._bound(self._after(more), more), next(order), more
                heapq.heappush(queue, queue_at)
            nearest = taken
        return self._greedy(start), False

    def _after(self, taken: Taken) -> Case:
        self.tried += 1
        return _with(self.table, taken, self.case, self.table.new)

    def _bound(self, here: Case, taken: Taken) -> Cost:
        exams, effort = self.table.cost(taken)
        return exams + self.goal.short(here), effort, -self.table.progress(taken)

    def _steps(self, here: Case, taken: Taken) -> Iterator[Taken]:
        """Every set with one exam more (and what it needs) that a missing person may take; of
        people who are alike only the first."""
        done: set[Hashable] = set()
        for wanted in needed(self.goal, here):
            for key in self.table.keys:
                asked = wanted.of(key)
                if not asked:
                    continue
                twin = self.table.profile(key, taken), asked
                if twin in done:
                    continue
                done.add(twin)
                for track in self.table.useful(key, asked, taken):
                    yield taken | self.table.closure(key, track, taken)

    def _greedy(self, taken: Taken) -> Taken:
        """Exam after exam the one that leaves the least to do; then without those that turn out
        not to be needed."""
        while not self.goal.met(here := self._after(taken)):
            most = MOST_STEPS if self.tried < 2 * MOST_TRIED else 1
            steps = list(islice(self._steps(here, taken), most))
            taken = min(
                steps, key=lambda more: (self._bound(self._after(more), more), sorted(more))
            )
        for exam in sorted(taken):
            fewer = self.table.without(taken, exam)
            if self.goal.met(self._after(fewer)):
                taken = fewer
        return taken
