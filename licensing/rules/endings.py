"""Because of what and whom a gate would close, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from licensing.rules.gate import Verdict
from partners.requirements import name_of
from programs.rules import Node

Names = Mapping[str, str]


def because(verdict: Verdict, names: Names) -> list[str]:
    """What ends on the day the gate would close: "Ana Ruiz and Tom Ellis: Operations Analyst"."""
    people: dict[str, list[str]] = {}
    if verdict.opens_until is not None:
        for what, *whose in dict.fromkeys(_endings(verdict.tree, verdict.opens_until, names)):
            people.setdefault(what, []).extend(whose)
    return [
        ": ".join(filter(None, [get_text_list(who, _("and")), what]))
        for what, who in people.items()
    ]


def _endings(node: Node, day: dt.date, names: Names) -> Iterator[tuple[str, ...]]:
    if node.until != day:
        return
    inner = [child for child in node.children if child.until == day]
    for child in inner:
        yield from _endings(child, day, names)
    if inner:
        return
    ending = [row for row in node.counted if row.until == day and row.track]
    if ending:
        yield from ((_what(node), name_of(row, names)) for row in ending)
    elif node.kind == "requires":
        yield (_("%(product)s closes") % {"product": node.words},)
    else:
        yield (node.words,)


def _what(node: Node) -> str:
    """The certificate of "2 people with X", which is what the person loses."""
    return node.words.split(" with ", 1)[-1]
