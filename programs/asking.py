"""Facts as far as requirement trees ask for them: what no tree looks at is not read.

The reviews, the trials and the pages of levels ask here, with the document whose trees they hold.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from programs.document import ProgramDocument
from programs.gathering import Kind, facts_of
from programs.rules import Facts, Requirement
from programs.rules.base import walk
from programs.rules.mentions import subjects
from programs.rules.people import People
from programs.rules.quantity import Agreed

_KIND_OF: dict[str, Kind] = {
    "tracks": "people", "people": "people", "metrics": "metrics", "records": "records",
    "attestations": "attestations", "addenda": "agreements", "agreement": "agreements",
    "types": "held", "onboarding": "onboarding",
    "agreed": "agreed", "country": "organisation", "since": "organisation",
}  # fmt: skip

Asked = Iterable[tuple[Requirement, ProgramDocument]]
"""Trees, each with the document that it is of."""
Needs = tuple[frozenset[Kind], frozenset[str]]
"""Kinds of facts, and the codes of the records among them."""


def level_trees(document: ProgramDocument) -> Iterator[tuple[Requirement, ProgramDocument]]:
    """What the levels of a document ask to come in and to stay."""
    for *_, level in document.levels():
        for tree in (level.entry_tree, level.retain):
            if tree is not None:
                yield tree, document


def asked_by(trees: Asked) -> Needs:
    """What these trees may look at."""
    asked = {subject for tree, document in trees for subject in subjects(tree, document)}
    kinds = frozenset(_KIND_OF[section] for section, _ in asked if section in _KIND_OF)
    return kinds, frozenset(code for section, code in asked if section == "records")


def roles_in(document: ProgramDocument) -> frozenset[str]:
    """The roles of people that requirements of the document ask for, products' gates included."""
    nodes = (node for _, tree in document.trees() for _, node in walk(tree))
    counts = (node for node in nodes if isinstance(node, People))
    return frozenset(role for node in counts for who in node.selections for role in who.role or ())


def agreed_in(document: ProgramDocument) -> dict[str, list[Agreed]]:
    """The numbers that the document leaves to an agreement with each partner, by their code, each
    in the ranges in which it may lie."""
    found: dict[str, list[Agreed]] = defaultdict(list)
    for _, tree in document.trees():
        for one in _agreed(tree):
            if one not in found[one.agreed]:
                found[one.agreed].append(one)
    return dict(found)


def _agreed(value: Any) -> Iterator[Agreed]:
    if isinstance(value, Agreed):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _agreed(getattr(value, name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _agreed(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _agreed(inner)


def facts_for(
    trees: Asked, partner_ids: Collection[int], on: dt.date, *, besides: Collection[Kind] = ()
) -> dict[int, Facts]:
    """The facts of ``facts_of`` as far as these trees ask for them, and all of the kinds
    ``besides``, records excepted."""
    kinds, records = asked_by(trees)
    return facts_of(partner_ids, on, kinds=kinds.union(besides), records=records)
