"""The sections `metrics` and `attestations` of the document: what is known of a partner."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Discriminator, Field, PrivateAttr, StrictBool, Tag, model_validator

from programs.errors import Problem
from programs.fields import Base, Code, Codes, Count, Months, NotStated, Number, Text
from programs.rules.base import Path, Problems
from programs.rules.case import Org
from programs.rules.readers import Combination, Derived, Missing, Operation, Reader, Supplied, Term
from programs.rules.records import Aggregate, Computed
from programs.rules.windows import MetricWindow

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

Unit = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{0,30}$")]
Plain = Literal["count", "sum", "avg", "median", "min", "max", "latest", "change", "open"]

_CURRENCY = re.compile("[A-Z]{3}")


class Distinct(Base):
    """`{distinct: customer}`: how many different values of a tag."""

    distinct: Code


class Multiple(Base):
    """`{metric: a, times: 2}`."""

    metric: Code
    times: Number = Decimal(1)


class Ratio(Base):
    """`{ratio: [retained, acquired], percent: true, minimum: 5}`: unknown below the minimum."""

    ratio: tuple["Operand", "Operand"]
    percent: StrictBool = False
    minimum: Number | None = None


class Sum(Base):
    """`{sum: [a, b]}`."""

    sum: tuple["Operand", ...] = Field(min_length=1)


class Difference(Base):
    """`{difference: [a, b]}`: the first less the second."""

    difference: tuple["Operand", "Operand"]


_OPERATIONS: dict[Operation, type[Base]] = {"ratio": Ratio, "sum": Sum, "difference": Difference}


def _operand(value: Any) -> str:
    if isinstance(value, str):
        return "<code>"
    if isinstance(value, dict):
        return next((f"<{key}>" for key in _OPERATIONS if key in value), "<multiple>")
    return next(
        (f"<{k}>" for k, model in _OPERATIONS.items() if type(value) is model), "<multiple>"
    )


Operand = Annotated[
    Annotated[Code, Tag("<code>")]
    | Annotated[Multiple, Tag("<multiple>")]
    | Annotated[Ratio, Tag("<ratio>")]
    | Annotated[Sum, Tag("<sum>")]
    | Annotated[Difference, Tag("<difference>")],
    Discriminator(_operand),
]
Formula = Annotated[
    Annotated[Ratio, Tag("<ratio>")]
    | Annotated[Sum, Tag("<sum>")]
    | Annotated[Difference, Tag("<difference>")]
    | Annotated[Multiple, Tag("<multiple>")],
    Discriminator(_operand),
]
for _model in (Ratio, Sum, Difference):
    _model.model_rebuild()


class MetricRule(Base):
    """A number about a partner: its unit, where it comes from, when it is too old to use.

    Without more it is a value that `source` supplies. With `records` it is computed from the dated
    rows of that code (a metric's own code: its history of values), with `derived` from other
    metrics. `minimum` is the fewest rows that it says anything of. A unit that is a currency makes
    it money: a row in another currency makes it unknown. `about: vendor` marks the vendor's work.
    `supplied_by` says whose task a missing value is. `complete` says that the source delivers the
    rows of every partner: no row then means none, and without it unknown.
    """

    title: Text | None = None
    unit: Unit = ""
    source: Text | None = None
    supplied_by: Literal["vendor", "partner"] = "vendor"
    fresh_months: Months | None = None
    about: Literal["partner", "vendor"] = "partner"
    records: Code | None = None
    where: dict[Code, Codes] = {}
    aggregate: Plain | Distinct = "count"
    window: MetricWindow | None = None
    org: Org = "own"
    minimum: Count | None = None
    complete: StrictBool = False
    derived: Formula | None = None

    _reader: Reader | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _one_way(self) -> "MetricRule":
        if self.records is not None and self.derived is not None:
            raise ValueError(_("give either records or derived"))
        if self.records is None:
            for name in ("where", "aggregate", "window", "org", "minimum", "complete"):
                if getattr(self, name) != type(self).model_fields[name].default:
                    raise ValueError(
                        _("%(name)s is about rows: give records, too") % {"name": name}
                    )
        if self.derived is not None and self.fresh_months is not None:
            raise ValueError(_("a derived metric is as fresh as those it is made of"))
        if self.derived is not None and self.supplied_by != "vendor":
            raise ValueError(_("nobody supplies a derived metric: say it of those it is made of"))
        if self.complete and self.fresh_months is not None:
            raise ValueError(_("where no row means none, no row is too old: give only one of both"))
        if self.aggregate == "change" and self.window is None:
            raise ValueError(_("change is over a window: give one"))
        return self

    @property
    def supplied(self) -> bool:
        """Whether a source gives the value itself."""
        return self.records is None and self.derived is None

    @property
    def inputs(self) -> tuple[str, ...]:
        """Codes of the metrics that it is derived from."""
        return tuple(code for _, code in _codes(self.derived, ("derived",)))

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        """What leads nowhere, and a metric that is derived from itself. `path` ends with its
        code."""
        problems: Problems = []
        for below, code in _codes(self.derived, ("derived",)):
            if code not in document.metrics:
                problems += document.missing("metrics", code, (*path, *below))
        if path[-1] in _reached(document, self):
            message = _("is derived from itself, directly or through others")
            remedy = _("Derive it from metrics that are not made of it")
            problems.append(((*path, "derived"), Problem("cycle", "", message, remedy=remedy)))
        return problems

    def reader(self, document: "ProgramDocument", code: str) -> Reader:
        """How the value of a partner is found; made once."""
        if self._reader is None:
            title = document.title_of("metrics", code)
            self._reader = Missing(code, title, self.unit, "")  # ends a cycle, which is refused
            self._reader = self._made(document, code, title)
        return self._reader

    def _made(self, document: "ProgramDocument", code: str, title: str) -> Reader:
        if self.derived is not None:
            percent = isinstance(self.derived, Ratio) and self.derived.percent
            formula = _term(document, title, self.derived)
            return Derived(code, title, self.unit or ("%" if percent else ""), formula)
        currency = self.unit if _CURRENCY.fullmatch(self.unit) else document.currency
        source = self.source or self.records or code
        if self.records is None:
            return Supplied(code, title, self.unit, source, currency, self.fresh_months)
        kind = self.aggregate
        aggregate: Aggregate = "distinct" if isinstance(kind, Distinct) else kind
        return Computed(
            code, title, self.unit, source,
            currency=currency,
            records=self.records,
            where={tag: frozenset(values) for tag, values in self.where.items()},
            aggregate=aggregate,
            tag=kind.distinct if isinstance(kind, Distinct) else "",
            window=self.window,
            org=self.org,
            regions=document.group_of_country,
            minimum=self.minimum,
            months=self.fresh_months,
            complete=self.complete,
        )  # fmt: skip


def _parts(formula: Any) -> tuple[Operation, tuple[Any, ...]]:
    operation = next(name for name, model in _OPERATIONS.items() if type(formula) is model)
    return operation, getattr(formula, operation)


def _codes(formula: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The codes of the metrics inside a formula, each with its path."""
    if formula is None:
        return
    if isinstance(formula, str):
        yield path, formula
    elif isinstance(formula, Multiple):
        yield (*path, "metric"), formula.metric
    else:
        operation, parts = _parts(formula)
        for index, part in enumerate(parts):
            yield from _codes(part, (*path, operation, index))


def _reached(document: "ProgramDocument", rule: MetricRule) -> set[str]:
    """Codes of all metrics that it is derived from, through any number of others."""
    reached: set[str] = set()
    pending = list(rule.inputs)
    while pending:
        code = pending.pop()
        if code not in reached and code in document.metrics:
            reached.add(code)
            pending += document.metrics[code].inputs
    return reached


def _term(document: "ProgramDocument", title: str, formula: Any) -> Term | Combination:
    if isinstance(formula, str):
        return Term(_reader(document, formula), Decimal(1))
    if isinstance(formula, Multiple):
        return Term(_reader(document, formula.metric), formula.times)
    operation, parts = _parts(formula)
    inside = tuple(_term(document, title, part) for part in parts)
    if isinstance(formula, Ratio):
        return Combination(title, operation, inside, formula.percent, formula.minimum)
    return Combination(title, operation, inside)


def _reader(document: "ProgramDocument", code: str) -> Reader:
    found = document.metrics.get(code)
    return found.reader(document, code) if found else Missing(code, code, "", "")


def record_codes(document: "ProgramDocument") -> frozenset[str]:
    """The codes of the records that the document's metrics look at: what has to be loaded."""
    return frozenset(rule.records for rule in document.metrics.values() if rule.records)


def record_tags(document: "ProgramDocument") -> dict[str, dict[str, set[str]]]:
    """Per code of records the tags that metrics look at, each with the values they ask for; none
    where every value counts for itself."""
    found: dict[str, dict[str, set[str]]] = {}
    for rule in document.metrics.values():
        tags = found.setdefault(rule.records, {}) if rule.records else {}
        for tag, values in rule.where.items():
            tags.setdefault(tag, set()).update(values)
        if isinstance(rule.aggregate, Distinct):
            tags.setdefault(rule.aggregate.distinct, set())
    return found


class AttestationRule(Base):
    """Something a person attests with evidence, valid so many months from its day."""

    title: Text | None = None
    months: Months | NotStated | None = None
