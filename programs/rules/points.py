"""A part of a score: its points as an interval while something is unknown."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from pydantic import Field, PrivateAttr, model_validator

from programs.errors import Problem
from programs.fields import Base, Code, Text
from programs.rules.base import Path, Problems, Requirement, walk
from programs.rules.case import Case
from programs.rules.metrics import Metric
from programs.rules.outcome import Node, Truth, outcome_of, plain
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
            raise ValueError(_("a part counts either a metric or an if"))
        if self.if_ is not None and any((self.each, self.cap, self.minimum)):
            raise ValueError(_("each, cap and minimum belong to a metric"))
        return self

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        """Resolve the references; returns those that lead nowhere, and what no score may count."""
        problems: Problems = []
        for name in ("points", "each", "cap", "minimum"):
            quantity: Quantity | None = getattr(self, name)
            if quantity is not None:
                problems += quantity.bind(document, (*path, name))
        if self.points.fixed is not None and self.points.fixed < 0:
            message = _("points are 0 or more")
            problem = Problem("points", "", message, remedy=_("Write 0 or a larger number"))
            problems.append(((*path, "points"), problem))
        if self.each and self.each.fixed is not None and self.each.fixed <= 0:
            message = _("each is more than 0")
            problem = Problem("points", "", message, remedy=_("Write a number above 0"))
            problems.append(((*path, "each"), problem))
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
        if self.if_:
            return self._if(self.if_.words())
        points = self.points.words()
        name = self._reader.title if self._reader else ""
        said = {"points": points, "name": name, "each": self.each.words() if self.each else ""}
        words = [_("%(points)s times %(name)s") % said]
        if self.each:
            words = [_("%(points)s for each %(each)s of %(name)s") % said]
        if self.cap:
            words.append(_("at most %(number)s") % {"number": self.cap.words()})
        if self.minimum:
            words.append(_("from %(number)s") % {"number": self.minimum.words()})
        return ", ".join(words)

    def _if(self, asked: str) -> str:
        return self.title or _("%(points)s if %(asked)s") % {
            "points": self.points.words(), "asked": asked,
        }  # fmt: skip

    def quantities(self) -> tuple[Quantity, ...]:
        """The numbers it is made of."""
        return tuple(q for q in (self.points, self.each, self.cap, self.minimum) if q is not None)

    def most(self) -> Decimal | None:
        """The most points it can give any partner; None if that is not bounded."""
        bound = self.points if self.if_ is not None else self.cap
        return bound.bounds()[1] if bound is not None else None

    def turns(self, case: Case) -> Iterable[date]:
        """Days on which its points may change though nobody acts."""
        days = {day for quantity in self.quantities() for day in quantity.turns(case)}
        if self._reader is not None:
            days.update(self._reader.turns(case))
        return days.union(self.if_.turns(case) if self.if_ is not None else ())

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
        for quantity in self.quantities():
            if quantity.value(case) is None:
                return quantity.why(case)
        if self._reader is not None and self._reader.value(case) is None:
            return self._reader.answer(case).why
        return (
            ""
            if self.each is None
            else _("%(number)s is not more than 0") % {"number": self.each.words()}
        )

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
        unknown: tuple[str, ...] = ()
        if truth is None:
            unknown = tuple(filter(None, (self.why(case),))) or (inside.unknown if inside else ())
        return Node(
            kind="part",
            outcome=outcome_of(truth),
            words=self._if(inside.words) if inside else self.words(),
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
        return _("%(title)s: at least %(number)s in any case") % {
            "title": self._reader.title, "number": self.minimum.words(),
        }  # fmt: skip

    def _missing(self, case: Case, inside: Node | None) -> str:
        if inside:
            return inside.missing or inside.words
        name = self._reader.title if self._reader else ""
        return self.below(case) or _("%(name)s: no points yet") % {"name": name}


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
    message = _("the metric %(code)s is about the vendor's own work") % {"code": repr(code)}
    remedy = _("A partner's score counts the partner's work only: take it out")
    return path, Problem("vendor_metric", "", message, remedy=remedy)
