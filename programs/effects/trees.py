"""Trees asked for one partner under both documents, each at most once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from programs.document import ProgramDocument
from programs.rules import All, Case, Facts, Requirement
from programs.rules.outcome import Truth
from programs.rules.steps import StepDone
from programs.rules.succession import as_named_by


class Answers(dict[int, Truth]):
    """Whether a tree passes, by the tree's identity; asked when first looked up.

    Trees are shared between levels, classes and documents, so most are looked up several times.
    """

    def __init__(self, case: Case, trees: dict[int, Requirement]) -> None:
        super().__init__()
        self._case, self._trees = case, trees

    def __missing__(self, key: int) -> Truth:
        found = self[key] = self._trees[key].holds(self._case)
        return found

    def passes(self, tree: Requirement | None) -> bool:
        """Whether the tree is met for certain; none asked for never is."""
        return tree is not None and self[id(tree)] is True

    def waits(self, tree: Requirement | None) -> tuple[str, ...]:
        """The titles of the steps of onboarding, first in the tree, that keep it closed."""
        steps = (
            [one for one in tree.all if isinstance(one, StepDone)] if isinstance(tree, All) else []
        )
        return tuple(one.title or one.step for one in steps if one.holds(self._case) is not True)

    def fails(self, tree: Requirement) -> bool:
        """Whether it is missed for certain."""
        return self[id(tree)] is False


@dataclass(frozen=True)
class Trial:
    """A partner as either document sees it: under its own codes."""

    old: Case
    before: Answers
    after: Answers

    @classmethod
    def of(
        cls,
        facts: Facts,
        on: dt.date,
        old: ProgramDocument,
        new: ProgramDocument,
        trees: dict[int, Requirement],
    ) -> Trial:
        """``facts`` carry the codes of whatever stored them."""
        mine = as_named_by(old, facts)
        theirs = as_named_by(new, mine)
        case = Case(mine, on)
        before = Answers(case, trees)
        if theirs is mine:
            return cls(case, before, before)
        return cls(case, before, Answers(Case(theirs, on), trees))
