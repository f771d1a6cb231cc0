"""What keeps a requirement from passing, the least effort first. Pure.

A signature costs less than a statement with evidence, that less than a figure to deliver, then come
exams (the fewest first), then figures to reach (the nearest first, in percent of what is needed),
then what nobody can hasten: days, countries, levels held. Of alternatives the cheapest is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from programs.rules.base import Requirement, walk
from programs.rules.case import Case
from programs.rules.choices import ByCountry, Phased
from programs.rules.closing import ExamSet, smallest_exam_set
from programs.rules.outcome import Node
from programs.rules.people import People
from programs.rules.steps import StepDone
from programs.rules.trees import All, AnyOf, AtLeast

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

Effort = Literal["signature", "attestation", "missing", "exams", "figure", "other"]
ORDER: tuple[Effort, ...] = ("signature", "attestation", "missing", "exams", "figure", "other")
_KIND: dict[str, Effort] = {
    "agreement": "signature", "addendum": "signature", "attestation": "attestation",
    "metric": "figure", "score": "figure",
}  # fmt: skip
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Gap:
    """A requirement that does not pass, what kind of work closes it, and how much of it: of exams
    their number, of figures the distance in percent of what is needed; None where nobody knows."""

    node: Node
    effort: Effort
    amount: Decimal | None = None
    exams: ExamSet | None = None

    @property
    def order(self) -> tuple[int, Decimal]:
        """Sorts the least effort first; an unknown amount comes last among its kind."""
        most = Decimal("Infinity")
        return ORDER.index(self.effort), most if self.amount is None else self.amount

    def to_dict(self) -> dict[str, Any]:
        """The gap as JSON values."""
        return {
            "effort": self.effort,
            "amount": None if self.amount is None else str(self.amount),
            "exams": self.exams.to_dict() if self.exams else None,
            "requirement": self.node.to_dict(),
        }


def ranked_gaps(tree: Requirement, case: Case, document: ProgramDocument) -> list[Gap]:
    """The cheapest way to make the tree pass: its gaps, the least effort first; none where it
    passes."""
    found = _gaps(tree, tree.explain(case), case, document)
    return sorted(found, key=lambda gap: gap.order)


def total(gaps: Sequence[Gap]) -> tuple[tuple[int, Decimal], ...]:
    """Compares ways: by their hardest gap, then by the next hardest, and so on."""
    return tuple(sorted((gap.order for gap in gaps), reverse=True))


def _gaps(tree: Requirement, node: Node, case: Case, document: ProgramDocument) -> list[Gap]:
    if node.outcome == "pass":
        return []
    inside = _inside(tree, case)
    if inside is None:
        return [_gap(tree, node, case, document)]
    pairs = zip(inside, node.children, strict=True)
    ways = [_gaps(child, below, case, document) for child, below in pairs]
    if not isinstance(tree, AnyOf | AtLeast):
        return [gap for way in ways for gap in way]
    left = tree.need - sum(below.outcome == "pass" for below in node.children)
    open_ways = sorted((way for way in ways if way), key=total)
    return [gap for way in open_ways[:left] for gap in way]


def _inside(tree: Requirement, case: Case) -> Sequence[Requirement] | None:
    """The requirements that the node's children explain; None for a leaf."""
    if isinstance(tree, All | AnyOf | AtLeast):
        return tree.children
    if isinstance(tree, Phased):
        asked = tree.asked(case)
        return [asked] if asked else None
    if isinstance(tree, ByCountry):
        for_us = tree._asked(case)
        return [for_us] if for_us else None
    if isinstance(tree, StepDone):
        return [tree.met] if tree.met else None
    return None


def _gap(tree: Requirement, node: Node, case: Case, document: ProgramDocument) -> Gap:
    asks_people = any(isinstance(inner, People) for _, inner in walk(tree))
    exams = smallest_exam_set(tree, case, document) if asks_people else None
    if exams is not None:
        return Gap(node, "exams", Decimal(len(exams.exams)), exams)
    if node.outcome == "unknown":
        return Gap(node, "missing")
    effort = _KIND.get(node.kind, "other")
    return Gap(node, effort, _distance(node) if effort == "figure" else None)


def _distance(node: Node) -> Decimal | None:
    """How far the value is from what is needed, in percent of it."""
    if node.need is None or node.have is None:
        return None
    need, have = Decimal(node.need), Decimal(node.have)
    if not need:
        return None
    return (abs(need - have) / abs(need) * HUNDRED).quantize(Decimal("0.1"))
