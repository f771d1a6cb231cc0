"""A verdict's tree as pages draw it: each requirement down to the people and papers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from licensing.rules import Verdict
from licensing.rules.reasons import Names
from partners.words import words_of
from programs.document import GENERAL
from programs.rules import Counted, Node

GROUPS = ("all", "any", "at_least")


@dataclass(frozen=True)
class RequirementLine:
    """One requirement: what ``web/_requirement.html`` reads, its records and what is inside."""

    label: str
    met: bool | None
    have: Any = ""
    need: Any = None
    value: Any = 0
    total: Any = 0
    note: str = ""
    records: tuple[dict[str, Any], ...] = ()
    children: tuple[RequirementLine, ...] = ()


@dataclass(frozen=True)
class RequirementSection:
    """What one environment class asks, or what applies everywhere."""

    title: str
    met: bool | None
    lines: tuple[RequirementLine, ...]


def sections_of(verdict: Verdict, names: Names) -> list[RequirementSection]:
    """The basics first, then one section per class."""
    basics = [child for child in verdict.tree.children if child.id is None]
    classes = [child for child in verdict.tree.children if child.id is not None]
    found = [_basics(basics, names)] if basics else []
    for node in classes:
        title = _("In every environment") if node.id == GENERAL else words_of(node.id or "")
        if node.children:
            found.append(_section(title, list(node.children), names))
    return found


def _basics(nodes: list[Node], names: Names) -> RequirementSection:
    """What is fulfilled here is nobody's work: one line for all of it."""
    kept = [node for node in nodes if node.truth is not True]
    passed = [_label(node) for node in nodes if node.truth is True]
    lines = [_line(node, names) for node in kept]
    if passed:
        lines.append(RequirementLine(label=" · ".join(passed), met=True))
    return RequirementSection(_("Always"), not kept, tuple(lines))


def _section(title: str, nodes: list[Node], names: Names) -> RequirementSection:
    # A list of requirements inside a class is the class's own list: one level less to read.
    flat = [inner for node in nodes for inner in (node.children if _plain(node) else (node,))]
    truths = [node.truth for node in flat]
    met = False if False in truths else None if None in truths else True
    return RequirementSection(title, met, tuple(_line(node, names) for node in flat))


def _plain(node: Node) -> bool:
    return node.kind == "all" and bool(node.children)


def _line(node: Node, names: Names) -> RequirementLine:
    group = node.kind in GROUPS
    counts = node.kind in ("people", "of_them", "metric") and node.need is not None
    return RequirementLine(
        label=_label(node),
        met=node.truth,
        have=node.have if counts else "",
        need=node.need if counts else None,
        value=node.have if counts else 0,
        total=node.need if counts and node.kind != "metric" else 0,
        note=_note(node),
        records=_records(node, names),
        children=tuple(_line(child, names) for child in node.children) if group else (),
    )


def _label(node: Node) -> str:
    if node.kind == "requires":
        return _("Builds on %(product)s") % {"product": node.words}
    if node.kind == "any" and " | " in node.words:
        return _("One of these")
    return node.words


def _note(node: Node) -> str:
    if node.truth is None:
        return _("Data is missing: %(why)s.") % {"why": "; ".join(node.unknown)}
    if node.truth is False and node.kind == "metric":
        return f"{node.missing}."
    if node.truth is False and node.missing and node.kind not in GROUPS:
        return _("Missing: %(what)s.") % {"what": node.missing}
    return ""


def _records(node: Node, names: Names) -> tuple[dict[str, Any], ...]:
    if node.kind in GROUPS:
        return ()
    return tuple(
        [_record(row, names, True) for row in node.counted]
        + [_record(row, names, False) for row in node.lapsed]
    )


def _record(row: Counted, names: Names, counts: bool) -> dict[str, Any]:
    return {
        "name": names.get(row.key) or row.name or row.key,
        "number": row.number,
        "until": row.until,
        "counts": counts,
    }
