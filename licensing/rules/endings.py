"""Because of what and whom a gate would close, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from licensing.rules.gate import Verdict
from partners.requirements import name_of
from programs.document import ProgramDocument
from programs.rules import Node

Names = Mapping[str, str]


def because(verdict: Verdict, names: Names, document: ProgramDocument) -> list[str]:
    """What ends on the day the gate would close: "Ana Ruiz and Tom Ellis: Operations Analyst"."""
    people: dict[str, list[str]] = {}
    if verdict.opens_until is not None:
        found = _endings(verdict.tree, verdict.opens_until, names, document)
        for what, *whose in dict.fromkeys(found):
            people.setdefault(what, []).extend(whose)
    return [
        ": ".join(filter(None, [get_text_list(who, _("and")), what]))
        for what, who in people.items()
    ]


def _endings(
    node: Node, day: dt.date, names: Names, document: ProgramDocument
) -> Iterator[tuple[str, ...]]:
    if node.until != day:
        return
    inner = [child for child in node.children if child.until == day]
    for child in inner:
        yield from _endings(child, day, names, document)
    if inner:
        return
    ending = [row for row in node.counted if row.until == day and row.track]
    if ending:
        for row in ending:
            yield document.title_of("tracks", row.track), name_of(row, names)
    elif node.kind == "requires":
        yield (_("%(product)s closes") % {"product": node.words},)
    else:
        yield (node.words,)
