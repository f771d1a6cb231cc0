"""Which facts the comparison of two documents asks for: the others need not be read."""

from __future__ import annotations

from collections.abc import Iterable

from programs.asking import asked_by
from programs.document import ProgramDocument
from programs.gathering import Kind
from programs.rules import Requirement

_ALWAYS: tuple[Kind, ...] = ("held", "metrics")  # who is of the type, and how many seats run


def facts_needed(
    trees: Iterable[tuple[Requirement, ProgramDocument]],
) -> tuple[frozenset[Kind], frozenset[str]]:
    """The kinds of facts, and the codes of the records, that these trees may look at."""
    kinds, records = asked_by(trees)
    return kinds.union(_ALWAYS), records
