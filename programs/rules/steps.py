"""The leaf that asks for a step of onboarding. No document writes it: the checklist of a type says
which products and levels a step opens, and these wait for it."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from pydantic import SerializeAsAny

from programs.fields import Code, Day
from programs.rules.base import Path, Problems, Requirement
from programs.rules.case import Case
from programs.rules.facts import Started
from programs.rules.outcome import Node, Truth, outcome_of
from programs.rules.trees import All

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument


def is_asked(started: Iterable[Started], joined_from: date, on: date) -> bool:
    """Whether a checklist is asked of who is of its type on the day: of those that first joined it
    on ``joined_from`` or later. ``started`` are the partner's times as one of that type, or of one
    that it follows."""
    rows = list(started)
    of_type = any(row.from_ <= on and (row.until is None or on < row.until) for row in rows)
    return of_type and min(row.from_ for row in rows) >= joined_from


class StepDone(Requirement):
    """A step that is done, set aside, met by what is known, or not asked of the partner."""

    type: Code
    step: Code
    joined_from: Day
    met: SerializeAsAny[Requirement] | None = None

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        return []  # what it asks is bound where the document has it

    def children_at(self) -> Iterable[tuple[Path, Requirement]]:
        return [(("met",), self.met)] if self.met else []

    def words(self) -> str:
        return _("Onboarding: %(step)s") % {"step": self.title}

    def _passed(self, case: Case) -> bool:
        rows = case.facts.onboarding.get(self.type, ())
        done = any(self.step in row.done for row in rows)
        return done or not is_asked(rows, self.joined_from, case.on)

    def holds(self, case: Case) -> Truth:
        if self._passed(case):
            return True
        return self.met.holds(case) if self.met else False

    def turns(self, case: Case) -> Iterable[date]:
        return self.met.turns(case) if self.met else ()

    def explain(self, case: Case) -> Node:
        asked = None if self._passed(case) or self.met is None else self.met.explain(case)
        truth = self.holds(case)
        missing = _("opens when the step “%(step)s” is done") % {"step": self.title}
        return Node(
            kind="step",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            subject=(self.type, self.step),
            need=1,
            have=1 if truth else 0,
            missing=missing if truth is False else "",
            unknown=asked.unknown if asked and truth is None else (),
            children=(asked,) if asked else (),
        )


class Waiting(All):
    """A tree behind the steps that open it."""

    all: tuple[SerializeAsAny[Requirement], ...]  # type: ignore[assignment]  # wider, and read only


def waiting_for(steps: Iterable[StepDone], tree: Requirement) -> All:
    """The tree behind the steps that open it."""
    plain = isinstance(tree, All) and not (tree.id or tree.title)
    inside = tree.all if isinstance(tree, All) and plain else (tree,)
    return Waiting.model_construct(all=(*steps, *inside))


def steps_to(document: "ProgramDocument", products: Iterable[str]) -> list[StepDone]:
    """The steps, of all types, that open any of the products."""
    opened = frozenset(products)
    return [
        leaf
        for kind in document.types
        for code, leaf in steps_of(document, kind).items()
        if opened.intersection(document.types[kind].onboarding.steps[code].products or ())  # type: ignore[union-attr]
    ]


def steps_of(document: "ProgramDocument", type_code: str) -> dict[str, StepDone]:
    """The steps of a type's checklist as requirements, by code, in their order."""
    found = document.types[type_code].onboarding
    if found is None:
        return {}
    return {
        code: StepDone.model_construct(
            title=step.title, type=type_code, step=code, joined_from=found.joined_from, met=step.met
        )
        for code, step in found.steps.items()
    }
