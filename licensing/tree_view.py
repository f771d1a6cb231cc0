"""A verdict's tree as pages draw it: each requirement down to the people and papers behind it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from licensing.rules import Verdict
from licensing.rules.reasons import Names
from partners.requirements import RequirementView, label_of, requirement_view
from programs.document import GENERAL
from programs.rules import Node
from web.codes import words_of


@dataclass(frozen=True)
class RequirementSection:
    """What one environment class asks, or what applies everywhere."""

    title: str
    met: bool | None
    lines: tuple[RequirementView, ...]


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
    lines = [requirement_view(node, names, label=_label) for node in kept]
    if passed:
        lines.append(RequirementView(label=" · ".join(passed), met=True))
    return RequirementSection(_("Always"), not kept, tuple(lines))


def _section(title: str, nodes: list[Node], names: Names) -> RequirementSection:
    # A list of requirements inside a class is the class's own list: one level less to read.
    flat = [inner for node in nodes for inner in (node.children if _plain(node) else (node,))]
    truths = [node.truth for node in flat]
    met = False if False in truths else None if None in truths else True
    lines = tuple(requirement_view(node, names, label=_label) for node in flat)
    return RequirementSection(title, met, lines)


def _plain(node: Node) -> bool:
    return node.kind == "all" and bool(node.children)


def _label(node: Node) -> str:
    if node.kind == "requires":
        return _("Builds on %(product)s") % {"product": node.words}
    return label_of(node)
