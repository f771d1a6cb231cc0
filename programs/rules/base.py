"""What every requirement primitive answers."""

from typing import TYPE_CHECKING

from programs.errors import Problem
from programs.fields import Base, Code, Text
from programs.rules.case import Case
from programs.rules.outcome import Node, Truth

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

NOT_STATED_REASON = "the published program does not state this value"

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
