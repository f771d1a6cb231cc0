"""The leaves that ask for a number, an attestation or a signature."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import PrivateAttr, model_validator

from programs.fields import NOT_STATED, Base, Code, NotStated, Number
from programs.rules.base import NOT_STATED_REASON, Path, Problems, Requirement
from programs.rules.case import Case
from programs.rules.facts import AGREEMENT, MetricValue, Period
from programs.rules.outcome import Counted, Node, Truth, outcome_of, plain
from programs.rules.periods import Span, add_months, end_of, merge, span

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument


class MetricBound(Base):
    """A metric of the registry and one bound, both inclusive."""

    code: Code
    at_least: Number | NotStated | None = None
    at_most: Number | NotStated | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> "MetricBound":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give either at_least or at_most")
        return self


class Metric(Requirement):
    """`{metric: {code: seats, at_least: 25}}`; a missing or too old value is unknown."""

    metric: MetricBound

    _name: str = PrivateAttr()
    _unit: str = PrivateAttr()
    _source: str = PrivateAttr()
    _fresh_months: int | None = PrivateAttr()

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        code = self.metric.code
        found = document.metrics.get(code)
        if found is None:
            return document.missing("metrics", code, (*path, "metric", "code"))
        self._name, self._unit = document.title_of("metrics", code), found.unit
        self._source, self._fresh_months = found.source or code, found.fresh_months
        return []

    @property
    def _bound(self) -> Decimal | NotStated:
        bound = self.metric.at_most if self.metric.at_least is None else self.metric.at_least
        assert bound is not None  # the model allows exactly one
        return bound

    def words(self) -> str:
        side = "at most" if self.metric.at_least is None else "at least"
        bound = "a value that is not stated" if self._bound == NOT_STATED else self._amount()
        return self.title or f"{self._name} {side} {bound}"

    def _amount(self) -> str:
        return _with_unit(Decimal(self._bound), self._shown_unit)

    @property
    def _shown_unit(self) -> str:
        """`Managed seats at least 25`: the name often says the unit already."""
        return "" if self._unit.lower() in self._name.lower() else self._unit

    def holds(self, case: Case) -> Truth:
        held = case.facts.metrics.get(self.metric.code)
        bound = self._bound
        if bound == NOT_STATED or held is None or held.value is None or self._stale(held, case.on):
            return None
        if self.metric.at_least is None:
            return held.value <= Decimal(bound)
        return held.value >= Decimal(bound)

    def _goes_stale(self, held: MetricValue) -> date | None:
        if self._fresh_months is None or held.as_of is None:
            return None
        return add_months(held.as_of, self._fresh_months)

    def _stale(self, held: MetricValue, on: date) -> bool:
        months = self._fresh_months
        if months is None:
            return False
        return held.as_of is None or add_months(held.as_of, months) <= on

    def explain(self, case: Case) -> Node:
        truth = self.holds(case)
        held = case.facts.metrics.get(self.metric.code)
        value = held.value if held else None
        return Node(
            kind="metric",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            subject=(self.metric.code,),
            need=None if self._bound == NOT_STATED else plain(Decimal(self._bound)),
            have=None if value is None else plain(value),
            unit=self._unit,
            missing=self._missing(value) if truth is False and value is not None else "",
            unknown=(self._why_unknown(held),) if truth is None else (),
            until=self._goes_stale(held) if truth and held else None,
        )

    def _missing(self, value: Decimal) -> str:
        gap = _with_unit(abs(Decimal(self._bound) - value), self._shown_unit)
        side = "too much" if self.metric.at_least is None else "more"
        return f"{self._name}: {gap} {side} ({_with_unit(value, self._shown_unit)} now)"

    def _why_unknown(self, held: MetricValue | None) -> str:
        if self._bound == NOT_STATED:
            return NOT_STATED_REASON
        source = (held and held.source) or self._source
        if held is None or held.value is None:
            return f"{self._name}: no value from {source}"
        since = held.as_of.isoformat() if held.as_of else "a day nobody recorded"
        return f"{self._name}: the value from {source} is of {since}, too old"


class Attestation(Requirement):
    """`{attestation: business_plan}`: attested, and not longer ago than it stays valid."""

    attestation: Code

    _name: str = PrivateAttr()
    _months: int | NotStated | None = PrivateAttr()

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        found = document.attestations.get(self.attestation)
        if found is None:
            return document.missing("attestations", self.attestation, (*path, "attestation"))
        self._name = document.title_of("attestations", self.attestation)
        self._months = found.months
        return []

    def words(self) -> str:
        months = self._months if isinstance(self._months, int) else None
        return self.title or (
            f"{self._name}, not older than {months} months" if months else self._name
        )

    def _spans(self, case: Case) -> list[Span]:
        periods = case.facts.attestations.get(self.attestation, ())
        return merge(span(period.from_, self._end(period)) for period in periods)

    def _end(self, period: Period) -> date | None:
        if not isinstance(self._months, int):
            return period.until
        limit = add_months(period.from_, self._months)
        return min(limit, period.until) if period.until else limit

    def _undated(self, period: Period, on: date) -> bool:
        """Attested once without an end, while the source does not say how long that counts."""
        return self._months == NOT_STATED and period.until is None and period.from_ <= on

    def holds(self, case: Case) -> Truth:
        unknown = False
        for period in case.facts.attestations.get(self.attestation, ()):
            if self._undated(period, case.on):
                unknown = True
                continue
            end = self._end(period)
            if period.from_ <= case.on and (end is None or case.on < end):
                return True
        return None if unknown else False

    def explain(self, case: Case) -> Node:
        truth = self.holds(case)
        spans = self._spans(case)
        end = end_of(spans, case.on) if truth else None
        past = [until for _, until in spans if until <= case.on]
        lapsed = f" (ended {max(past).isoformat()})" if past else ""
        why = f"{self._name}: the program does not state how long it counts"
        return Node(
            kind="attestation",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            subject=(self.attestation,),
            need=1,
            have=1 if truth else 0,
            missing=f"{self._name} is not attested{lapsed}" if truth is False else "",
            unknown=(why,) if truth is None else (),
            until=end,
            counted=(Counted(self.attestation, self._name, until=end),) if truth else (),
        )


class Signature(Requirement):
    """Shared by the agreement and its addenda: signed, and in force on the day."""

    def _answer(self, code: str, name: str, case: Case, *, per_customer: bool) -> Node:
        periods = case.agreements(code, per_customer=per_customer)
        spans = merge(span(period.from_, period.until) for period in periods)
        truth = self.holds(case)
        end = end_of(spans, case.on) if truth else None
        return Node(
            kind=AGREEMENT if code == AGREEMENT else "addendum",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            subject=(code,),
            need=1,
            have=1 if truth else 0,
            missing=f"{name} is not in force" if truth is False else "",
            unknown=(f"{name}: no customer is named",) if truth is None else (),
            until=end,
            counted=(Counted(code, name, until=end),) if truth else (),
        )


class Agreement(Signature):
    """`{agreement: in_force}`: the partner agreement with the vendor."""

    agreement: Literal["in_force"]

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        return []

    def words(self) -> str:
        return self.title or "Partner agreement in force"

    def holds(self, case: Case) -> Truth:
        periods = case.agreements(AGREEMENT, per_customer=False)
        return any(period.covers(case.on) for period in periods)

    def explain(self, case: Case) -> Node:
        return self._answer(AGREEMENT, "The partner agreement", case, per_customer=False)


class Addendum(Signature):
    """`{addendum: baa_vendor}`: signed with the vendor, or attested for the case's customer."""

    addendum: Code

    _name: str = PrivateAttr()
    _per_customer: bool = PrivateAttr()

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        found = document.addenda.get(self.addendum)
        if found is None:
            return document.missing("addenda", self.addendum, (*path, "addendum"))
        self._name = document.title_of("addenda", self.addendum)
        self._per_customer = found.with_ == "customer"
        return []

    @property
    def per_customer(self) -> bool:
        """Whether it is a fact of each customer rather than of the partner."""
        return self._per_customer

    def words(self) -> str:
        return self.title or self._name

    def holds(self, case: Case) -> Truth:
        if self._per_customer and case.customer is None:
            return None
        periods = case.agreements(self.addendum, per_customer=self._per_customer)
        return any(period.covers(case.on) for period in periods)

    def explain(self, case: Case) -> Node:
        return self._answer(self.addendum, self._name, case, per_customer=self._per_customer)


def _with_unit(value: Decimal, unit: str) -> str:
    number = f"{plain(value):,}"
    if unit == "%":
        return f"{number} %"
    return f"{number} {unit}" if unit else number
