"""`metric`: a metric of the document against one bound."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from pydantic import PrivateAttr, model_validator

from programs.fields import Base, Code
from programs.rules.base import Path, Problems, Requirement, first_other
from programs.rules.case import Case
from programs.rules.outcome import Node, Truth, outcome_of, plain, with_unit
from programs.rules.quantity import Quantity
from programs.rules.readers import Supplied

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.rules.readers import Reader

_SHOWN = Decimal("0.0001")  # imported values have no more places; a ratio may


class MetricBound(Base):
    """A metric of the registry and one bound, both inclusive."""

    code: Code
    at_least: Quantity | None = None
    at_most: Quantity | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> "MetricBound":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(_("give either at_least or at_most"))
        return self


class Metric(Requirement):
    """`{metric: {code: seats, at_least: 25}}`; a missing or too old value is unknown."""

    metric: MetricBound

    _reader: "Reader" = PrivateAttr()

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        code, here = self.metric.code, (*path, "metric")
        side = "at_most" if self.metric.at_least is None else "at_least"
        problems = self.bound.bind(document, (*here, side))
        found = document.metrics.get(code)
        if found is None:
            return problems + document.missing("metrics", code, (*here, "code"))
        self._reader = found.reader(document, code)
        self.__dict__.pop("test", None)
        return problems

    @property
    def bound(self) -> Quantity:
        """The number that the value is compared with."""
        bound = self.metric.at_most if self.metric.at_least is None else self.metric.at_least
        assert bound is not None  # the model allows exactly one
        return bound

    @property
    def _unit(self) -> str:
        """`Managed seats at least 25`: the name often says the unit already."""
        reader = self._reader
        return "" if reader.unit.lower() in reader.title.lower() else reader.unit

    def words(self) -> str:
        if self.title:
            return self.title
        bound, fixed = self.bound, self.bound.fixed
        shown = bound.words() if fixed is None else with_unit(fixed, self._unit)
        most = self.metric.at_least is None
        words = _("%(title)s at most %(number)s") if most else _("%(title)s at least %(number)s")
        return words % {"title": self._reader.title, "number": shown}

    def holds(self, case: Case) -> Truth:
        return self.test(case)

    @cached_property
    def test(self) -> Callable[[Case], Truth]:
        """`holds`, with all that is the same for every partner looked up before."""
        value_of, bound_of, fixed = self._reader.value, self.bound.value, self.bound.fixed
        most = self.metric.at_least is None

        def compared(case: Case) -> Truth:
            value = value_of(case)
            bound = bound_of(case) if fixed is None else fixed
            if value is None or bound is None:
                return None
            return value <= bound if most else value >= bound

        return compared

    def turns(self, case: Case) -> Iterable[date]:
        return {*self._reader.turns(case), *self.bound.turns(case)}

    def explain(self, case: Case) -> Node:
        reader, truth = self._reader, self.holds(case)
        evidence = reader.answer(case)
        bound = self.bound.value(case)
        have = evidence.value
        if have is None and isinstance(reader, Supplied):
            have = reader.stale_value(case)  # shown beside the reason, never compared
        return Node(
            kind="metric",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            subject=(self.metric.code,),
            need=None if bound is None else plain(bound),
            have=None if have is None else self._rounded(have),
            unit=reader.unit,
            missing=self._missing(evidence.value, bound) if truth is False else "",
            unknown=(self._why(case, evidence.why),) if truth is None else (),
            until=first_other(self, case) if truth else None,
            evidence=evidence,
        )

    def _rounded(self, value: Decimal) -> int | Decimal:
        """A ratio with few places, to the side on which it stays the same outcome."""
        if value == value.quantize(_SHOWN):
            return plain(value)
        side = ROUND_CEILING if self.metric.at_least is None else ROUND_FLOOR
        return plain(value.quantize(_SHOWN, side))

    def _missing(self, value: Decimal | None, bound: Decimal | None) -> str:
        assert value is not None
        assert bound is not None  # else the outcome is unknown
        gap = abs(bound - Decimal(self._rounded(value)))
        words = (
            _("%(title)s: %(gap)s too much (%(now)s now)")
            if self.metric.at_least is None
            else _("%(title)s: %(gap)s more (%(now)s now)")
        )
        return words % {
            "title": self._reader.title,
            "gap": with_unit(gap, self._unit),
            "now": with_unit(self._rounded(value), self._unit),
        }

    def _why(self, case: Case, why: str) -> str:
        """The program's silence first: no source could mend it."""
        if not self.bound.stated or not why:
            return self.bound.why(case)
        return why
