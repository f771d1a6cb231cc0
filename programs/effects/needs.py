"""Which facts the comparison of two documents asks for: the others need not be read."""

from __future__ import annotations

from programs.asking import Asked, Needs, asked_by
from programs.gathering import Kind

_ALWAYS: tuple[Kind, ...] = ("held", "metrics")  # who is of the type, and how many seats run


def facts_needed(trees: Asked) -> Needs:
    """The kinds of facts, and the codes of the records, that these trees may look at."""
    kinds, records = asked_by(trees)
    return kinds.union(_ALWAYS), records
