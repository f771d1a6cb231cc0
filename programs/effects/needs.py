"""Which facts the comparison of two documents asks for: the others need not be read."""

from __future__ import annotations

from collections.abc import Iterable

from programs.document import ProgramDocument
from programs.gathering import Kind
from programs.rules import Requirement
from programs.rules.mentions import subjects

_KIND_OF: dict[str, Kind] = {
    "tracks": "people", "people": "people", "metrics": "metrics", "records": "records",
    "attestations": "attestations", "addenda": "agreements", "agreement": "agreements",
    "types": "held", "agreed": "agreed", "country": "organisation", "since": "organisation",
}  # fmt: skip
_ALWAYS: tuple[Kind, ...] = ("held", "metrics")  # who is of the type, and how many seats run


def facts_needed(
    trees: Iterable[tuple[Requirement, ProgramDocument]],
) -> tuple[frozenset[Kind], frozenset[str]]:
    """The kinds of facts, and the codes of the records, that these trees may look at."""
    asked = {subject for tree, document in trees for subject in subjects(tree, document)}
    kinds = {_KIND_OF[section] for section, _ in asked if section in _KIND_OF}
    return frozenset(kinds.union(_ALWAYS)), frozenset(c for s, c in asked if s == "records")
