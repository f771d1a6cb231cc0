"""`score`: points of several parts against a need, as an interval while something is unknown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr, model_validator

from programs.errors import Problem
from programs.fields import Base, Code, Text
from programs.rules.base import Path, Problems, Requirement, first_other, walk
from programs.rules.case import Case
from programs.rules.metrics import Metric
from programs.rules.outcome import Node, Truth, every, outcome_of, plain
from programs.rules.quantity import Quantity

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.rules.readers import Reader
    from programs.rules.trees import Tree

ZERO = Decimal(0)
Interval = tuple[Decimal, Decimal | None]  # certain points, and at most (None: no bound is known)
NOTHING: Interval = (ZERO, ZERO)


class Part(Base):
    """Points for a requirement that passes, or for a metric.

    Of a metric `points` count once for each full `each` (without `each`, in proportion to the
    value), at most `cap`, never below 0. Under its `minimum` the whole score fails.
    """

    title: Text | None = None
    points: Quantity
    if_: "Tree | None" = Field(None, alias="if")
    metric: Code | None = None
    each: Quantity | None = None
    cap: Quantity | None = None
    minimum: Quantity | None = None

    _reader: "Reader | None" = PrivateAttr(None)

    @model_validator(mode="after")
    def _of_one_thing(self) -> "Part":
        if (self.if_ is None) == (self.metric is None):
            raise ValueError("a part counts either a metric or an if")
        if self.if_ is not None and any((self.each, self.cap, self.minimum)):
            raise ValueError("each, cap and minimum belong to a metric")
        return self

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        """Resolve the references; returns those that lead nowhere, and what no score may count."""
        problems: Problems = []
        for name in ("points", "each", "cap", "minimum"):
            quantity: Quantity | None = getattr(self, name)
            if quantity is not None:
                problems += quantity.bind(document, (*path, name))
        if self.points.fixed is not None and self.points.fixed < 0:
            message = "points are 0 or more"
            problems.append(((*path, "points"), Problem("points", "", message)))
        if self.each and self.each.fixed is not None and self.each.fixed <= 0:
            message = "each is more than 0"
            problems.append(((*path, "each"), Problem("points", "", message)))
        if self.metric is not None:
            return problems + self._bind_metric(document, self.metric, (*path, "metric"))
        assert self.if_ is not None  # the model allows exactly one
        problems += self.if_.bind(document, (*path, "if"))
        return problems + vendor_metrics(document, self.if_, (*path, "if"))

    def _bind_metric(self, document: "ProgramDocument", code: str, path: Path) -> Problems:
        found = document.metrics.get(code)
        if found is None:
            return document.missing("metrics", code, path)
        self._reader = found.reader(document, code)
        return [_vendors(code, path)] if found.about == "vendor" else []

    def words(self) -> str:
        """`5 for each 10 of Managed seats, at most 50`."""
        if self.title:
            return self.title
        points = self.points.words()
        if self.if_:
            return f"{points} if {self.if_.words()}"
        name = self._reader.title if self._reader else ""
        each = f"for each {self.each.words()} of {name}" if self.each else f"times {name}"
        words = [f"{points} {each}"]
        if self.cap:
            words.append(f"at most {self.cap.words()}")
        if self.minimum:
            words.append(f"from {self.minimum.words()}")
        return ", ".join(words)

    def reached(self, case: Case) -> Truth:
        """Whether the metric is at its minimum; always so without one."""
        if self.minimum is None or self._reader is None:
            return True
        value, minimum = self._reader.value(case), self.minimum.value(case)
        return None if value is None or minimum is None else value >= minimum

    def interval(self, case: Case) -> Interval:
        """The points that are certain, and those that may be."""
        points = self.points.value(case)
        if self.if_ is not None:
            truth = self.if_.holds(case)
            if truth is False:
                return NOTHING
            return (ZERO if truth is None or points is None else points), points
        earned = self._points(case, points)
        if self.cap is None:
            return (ZERO, None) if earned is None else (earned, earned)
        cap = self.cap.value(case)
        if earned is None or cap is None:
            return ZERO, cap if earned is None else earned
        found = min(earned, cap)
        return found, found

    def _points(self, case: Case, points: Decimal | None) -> Decimal | None:
        """The metric's points before the cap; None is unknown."""
        assert self._reader is not None  # bound
        value = self._reader.value(case)
        if value is None or points is None:
            return None
        if self.each is not None:
            each = self.each.value(case)
            if each is None or each <= 0:
                return None
            value = value // each
        return max(ZERO, value * points)

    def why(self, case: Case) -> str:
        """Why its points are not known; "" where they are."""
        for quantity in (self.points, self.each, self.cap, self.minimum):
            if quantity is not None and quantity.value(case) is None:
                return quantity.why(case)
        if self._reader is not None and self._reader.value(case) is None:
            return self._reader.answer(case).why
        return "" if self.each is None else f"{self.each.words()} is not more than 0"

    def explain(self, case: Case) -> Node:
        """Its points; it passes where it gives any and its minimum is reached."""
        least, most = self.interval(case)
        reached = self.reached(case)
        known = least == most and reached is not None
        truth: Truth = None
        if reached is False or most == 0:
            truth = False
        elif known:
            truth = True
        inside = self.if_.explain(case) if self.if_ else None
        unknown = ()
        if truth is None:
            unknown = tuple(filter(None, (self.why(case),))) or (inside.unknown if inside else ())
        return Node(
            kind="part",
            outcome=outcome_of(truth),
            words=self.words(),
            subject=(self.metric,) if self.metric else (),
            have=plain(least),
            unit="points",
            missing=self._missing(case, inside) if truth is False else "",
            unknown=unknown,
            children=(inside,) if inside else (),
            have_at_most=None if most is None or least == most else plain(most),
        )

    def below(self, case: Case) -> str:
        """The sentence of a metric under its minimum; "" where it is not."""
        if self.minimum is None or self._reader is None or self.reached(case) is not False:
            return ""
        return f"{self._reader.title}: at least {self.minimum.words()} in any case"

    def _missing(self, case: Case, inside: Node | None) -> str:
        if inside:
            return inside.missing or inside.words
        name = self._reader.title if self._reader else ""
        return self.below(case) or f"{name}: no points yet"


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
            raise ValueError("give either parts or best_of, with something in it")
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

    def children_at(self) -> Iterable[tuple[Path, Requirement]]:
        if self.score.gate:
            yield ("score", "gate"), self.score.gate
        for below, part in self._parts():
            if part.if_:
                yield ("score", *below, "if"), part.if_

    def turns(self, case: Case) -> Iterable[date]:
        for _, part in self._parts():
            if part._reader is not None:
                yield from part._reader.turns(case)
        for _, child in self.children_at():
            yield from child.turns(case)

    def words(self) -> str:
        if self.title:
            return self.title
        routes = [route.parts for route in self.score.best_of] or [self.score.parts]
        ways = [", ".join(part.words() for part in parts) for parts in routes]
        inside = f"the best of ({' | '.join(ways)})" if self.score.best_of else f"({ways[0]})"
        gate = f", and {self.score.gate.words()}" if self.score.gate else ""
        return f"{self.score.at_least.words()} points of {inside}{gate}"

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
        children = (*([gate] if gate else []), *self._nodes(case, sums, need))
        reasons = [reason for child in children for reason in child.unknown]
        if need is None:
            reasons.insert(0, self.score.at_least.why(case))
        return Node(
            kind="score",
            outcome=outcome_of(truth),
            words=self.words(),
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
        words.append(f"{plain(need - found.least):,} more points ({plain(found.least):,} now)")
    return "; ".join(words)


def vendor_metrics(document: "ProgramDocument", tree: Requirement, path: Path) -> Problems:
    """A metric of the vendor's own work inside a score is refused."""
    problems: Problems = []
    for below, node in walk(tree, path):
        if isinstance(node, Metric):
            found = document.metrics.get(node.metric.code)
            if found is not None and found.about == "vendor":
                problems.append(_vendors(node.metric.code, (*below, "metric", "code")))
    return problems


def _vendors(code: str, path: Path) -> tuple[Path, Problem]:
    message = f"the metric {code!r} is about the vendor's own work"
    remedy = "A partner's score counts the partner's work only: take it out"
    return path, Problem("vendor_metric", "", message, remedy=remedy)
