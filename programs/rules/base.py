"""What every requirement primitive answers."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from programs.errors import Problem
from programs.fields import Base, Code, Text
from programs.rules.case import Case
from programs.rules.outcome import Node, Truth

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument


def not_stated_reason() -> str:
    """Why a value that the program leaves open is unknown."""
    return _("the published program does not state this value")


Path = tuple[str | int, ...]
Problems = list[tuple[Path, Problem]]


class Requirement(Base):
    """A node of a requirement tree, with an optional own id and title.

    `bind` looks up what the node refers to in its document, once; without it a node cannot answer.
    `holds` and `explain` give the same outcome, the one fast and the other in full.
    """

    id: Code | None = None
    title: Text | None = None

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        """Resolve the references; returns those that lead nowhere."""
        raise NotImplementedError

    def words(self) -> str:
        """The requirement as a phrase: `2 people with Endpoint Deploy`."""
        raise NotImplementedError

    def holds(self, case: Case) -> Truth:
        """The outcome alone."""
        raise NotImplementedError

    def explain(self, case: Case) -> Node:
        """The outcome with need, have, what is missing and what counts."""
        raise NotImplementedError

    def children_at(self) -> Iterable[tuple[Path, "Requirement"]]:
        """The requirements inside, each with its path below this one."""
        return ()

    def turns(self, case: Case) -> Iterable[date]:
        """Days, perhaps past, on which the outcome may change though nobody acts; by default the
        days on which people come, leave, win and lose certificates."""
        return people_days(case)


def walk(tree: Requirement, path: Path = ()) -> Iterator[tuple[Path, Requirement]]:
    """The requirement and all inside it, each with its path."""
    yield path, tree
    for below, child in tree.children_at():
        yield from walk(child, (*path, *below))


def people_days(case: Case) -> set[date]:
    """The first and the end of every employment and certificate."""
    days: set[date | None] = set()
    for person in case.facts.people:
        days |= {person.from_, person.until}
        for held in person.certificates:
            days |= {held.from_, held.until}
    return {day for day in days if day is not None}


def first_other(tree: Requirement, case: Case) -> date | None:
    """The first day after the case's on which the outcome is another one, if nobody acts."""
    now = tree.holds(case)
    for day in sorted({day for day in tree.turns(case) if day > case.on}):
        if tree.holds(case.later(day)) is not now:
            return day
    return None
