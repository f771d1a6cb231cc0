"""`score`: points of several parts against a need, as an interval while something is unknown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from programs.fields import Base, Text
from programs.rules.base import Path, Problems, Requirement, first_other
from programs.rules.case import Case
from programs.rules.outcome import Node, Truth, every, outcome_of, plain
from programs.rules.points import ZERO, Part, vendor_metrics
from programs.rules.quantity import Quantity

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.rules.trees import Tree


class Route(Base):
    """One of several ways to collect points."""

    title: Text
    parts: tuple[Part, ...] = Field(min_length=1)


class Points(Base):
    """What is needed, behind which gate, and which parts count."""

    at_least: Quantity
    gate: "Tree | None" = None
    parts: tuple[Part, ...] = ()
    best_of: tuple[Route, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> "Points":
        if bool(self.parts) == bool(self.best_of):
            raise ValueError(_("give either parts or best_of, with something in it"))
        return self


@dataclass(frozen=True, slots=True)
class _Sum:
    """The parts of one route counted together."""

    parts: tuple[Part, ...]
    least: Decimal
    most: Decimal | None
    minimums: Truth

    def enough(self, need: Decimal | None) -> Truth:
        if need is None:
            return False if self.minimums is False else None
        passes: Truth = None
        if self.least >= need:
            passes = True
        elif self.most is not None and self.most < need:
            passes = False
        return every((passes, self.minimums))


class Score(Requirement):
    """`{score: {at_least: 60, gate: TREE, parts: [...]}}`, or `best_of: [{title, parts}]`.

    Unknown while the need lies inside the interval; a closed gate or a part under its minimum
    fails, however many points there are.
    """

    score: Points

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        here = (*path, "score")
        problems = self.score.at_least.bind(document, (*here, "at_least"))
        if self.score.gate:
            problems += self.score.gate.bind(document, (*here, "gate"))
            problems += vendor_metrics(document, self.score.gate, (*here, "gate"))
        for below, part in self._parts():
            problems += part.bind(document, (*here, *below))
        return problems

    def _parts(self) -> Iterable[tuple[Path, Part]]:
        for index, part in enumerate(self.score.parts):
            yield ("parts", index), part
        for place, route in enumerate(self.score.best_of):
            for index, part in enumerate(route.parts):
                yield ("best_of", place, "parts", index), part

    def all_parts(self) -> tuple[Part, ...]:
        """The parts of every route."""
        return tuple(part for _, part in self._parts())

    def most(self) -> Decimal | None:
        """The most points that any partner can reach; None if that is not bounded."""
        routes = [route.parts for route in self.score.best_of] or [self.score.parts]
        found = [[part.most() for part in parts] for parts in routes]
        if any(points is None for route in found for points in route):
            return None
        return max(sum((points or ZERO for points in route), ZERO) for route in found)

    def children_at(self) -> Iterable[tuple[Path, Requirement]]:
        if self.score.gate:
            yield ("score", "gate"), self.score.gate
        for below, part in self._parts():
            if part.if_:
                yield ("score", *below, "if"), part.if_

    def turns(self, case: Case) -> Iterable[date]:
        yield from self.score.at_least.turns(case)
        if self.score.gate:
            yield from self.score.gate.turns(case)
        for part in self.all_parts():
            yield from part.turns(case)

    def words(self) -> str:
        gate = self.score.gate.words() if self.score.gate else ""
        return self._phrase([part.words() for part in self.all_parts()], gate)

    def _phrase(self, parts: Iterable[str], asked: str) -> str:
        """The score in words, from those of its parts and of its gate."""
        if self.title:
            return self.title
        routes = [route.parts for route in self.score.best_of] or [self.score.parts]
        said = iter(parts)
        ways = [", ".join(islice(said, len(route))) for route in routes]
        parts_of = {"points": self.score.at_least.words(), "parts": " | ".join(ways)}
        if self.score.best_of:
            words = _("%(points)s points of the best of (%(parts)s)") % parts_of
        else:
            words = _("%(points)s points of (%(parts)s)") % parts_of
        return _("%(points)s, and %(gate)s") % {"points": words, "gate": asked} if asked else words

    def _sums(self, case: Case) -> list[_Sum]:
        routes = [route.parts for route in self.score.best_of] or [self.score.parts]
        return [_sum(parts, case) for parts in routes]

    def _truth(self, gate: Truth, sums: list[_Sum], need: Decimal | None) -> Truth:
        reached: Truth = False
        for found in sums:
            enough = found.enough(need)
            if enough:
                reached = True
                break
            if enough is None:
                reached = None
        return every((gate, reached))

    def holds(self, case: Case) -> Truth:
        gate = self.score.gate.holds(case) if self.score.gate else True
        if gate is False:
            return False
        return self._truth(gate, self._sums(case), self.score.at_least.value(case))

    def explain(self, case: Case) -> Node:
        need, sums = self.score.at_least.value(case), self._sums(case)
        gate = self.score.gate.explain(case) if self.score.gate else None
        truth = self._truth(gate.truth if gate else True, sums, need)
        best = max(sums, key=lambda found: (found.minimums is not False, found.least))
        most = None if any(s.most is None for s in sums) else max(s.most or ZERO for s in sums)
        nodes = self._nodes(case, sums, need)
        children = (*([gate] if gate else []), *nodes)
        parts = [one for node in nodes for one in (node.children if self.score.best_of else [node])]
        reasons = [reason for child in children for reason in child.unknown]
        if need is None:
            reasons.insert(0, self.score.at_least.why(case))
        return Node(
            kind="score",
            outcome=outcome_of(truth),
            words=self._phrase([part.words for part in parts], gate.words if gate else ""),
            id=self.id,
            need=None if need is None else plain(need),
            have=plain(best.least),
            unit="points",
            missing=_missing(gate, best, need, case) if truth is False else "",
            unknown=tuple(dict.fromkeys(reasons)) if truth is None else (),
            until=first_other(self, case) if truth else None,
            children=children,
            have_at_most=None if most is None or most == best.least else plain(most),
        )

    def _nodes(self, case: Case, sums: list[_Sum], need: Decimal | None) -> list[Node]:
        """The parts, under their route where there are several."""
        if self.score.parts:
            return [part.explain(case) for part in self.score.parts]
        nodes = []
        for route, found in zip(self.score.best_of, sums, strict=True):
            parts = tuple(part.explain(case) for part in route.parts)
            truth = found.enough(need)
            reasons = [self.score.at_least.why(case)] if need is None else []
            reasons += [reason for part in parts for reason in part.unknown]
            node = Node(
                kind="route", outcome=outcome_of(truth), words=route.title, unit="points",
                need=None if need is None else plain(need), have=plain(found.least),
                missing=_missing(None, found, need, case) if truth is False else "",
                unknown=tuple(dict.fromkeys(reasons)) if truth is None else (), children=parts,
            )  # fmt: skip
            nodes.append(node)
        return nodes


def _sum(parts: tuple[Part, ...], case: Case) -> _Sum:
    least, most = ZERO, ZERO
    bounded = True
    minimums: Truth = True
    for part in parts:
        if part.minimum is not None and minimums is not False:
            reached = part.reached(case)
            minimums = reached if reached is not True else minimums
        low, high = part.interval(case)
        least += low
        if high is None:
            bounded = False
        else:
            most += high
    return _Sum(parts, least, most if bounded else None, minimums)


def _missing(gate: Node | None, found: _Sum, need: Decimal | None, case: Case) -> str:
    """What keeps it from passing: the gate, the minimums, the points."""
    words = [gate.missing or gate.words] if gate and gate.truth is False else []
    words += filter(None, (part.below(case) for part in found.parts))
    if need is not None and found.most is not None and found.most < need:
        words.append(
            _("%(points)s more points (%(now)s now)")
            % {
                "points": f"{plain(need - found.least):,}",
                "now": f"{plain(found.least):,}",
            }
        )
    return "; ".join(words)
