"""How a metric of the document gets its value from the facts: supplied, or derived from others.

Those computed from dated rows stand in `programs.rules.records`. A reader is made once for each
metric of a document and asked for any number of partners.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from programs.rules.case import Case
from programs.rules.evidence import Evidence
from programs.rules.facts import MetricValue
from programs.rules.outcome import plain
from programs.rules.periods import add_months

Found = tuple[Decimal | None, str]  # the value, or None and why it is unknown


class Reader:
    """A metric's value for a partner on a day; None where it is unknown."""

    def __init__(self, code: str, title: str, unit: str, source: str) -> None:
        self.code = code
        self.title = title
        self.unit = unit
        self.source = source

    def value(self, case: Case) -> Decimal | None:
        """The value, found once for each case."""
        return self.found(case)[0]

    def found(self, case: Case) -> Found:
        """The value and, where it is unknown, why."""
        held = case.values.get(self)
        if held is None:
            held = case.values[self] = self.read(case)
        return held

    def read(self, case: Case) -> Found:
        """The value as the facts give it."""
        raise NotImplementedError

    def answer(self, case: Case) -> Evidence:
        """The value with all that it rests on."""
        raise NotImplementedError

    def turns(self, case: Case) -> Iterable[date]:
        """Days on which the value may change though nobody acts."""
        raise NotImplementedError


class Supplied(Reader):
    """The latest value that a source gives; too old is unknown, as is another currency."""

    def __init__(
        self, code: str, title: str, unit: str, source: str, currency: str, months: int | None
    ) -> None:
        super().__init__(code, title, unit, source)
        self.currency = currency
        self.months = months

    def value(self, case: Case) -> Decimal | None:
        held = case.facts.metrics.get(self.code)
        if held is None or held.value is None:
            return None
        if self.months is not None and self._stale(held, case.on):
            return None
        return held.value if held.currency in ("", self.currency) else None

    def stale_value(self, case: Case) -> Decimal | None:
        """The value as it stands in the facts, also where it is too old to use."""
        held = case.facts.metrics.get(self.code)
        return held.value if held else None

    def found(self, case: Case) -> Found:
        return self.read(case)

    def read(self, case: Case) -> Found:
        value = self.value(case)
        return (value, "") if value is not None else (None, self._why(case))

    def _stale(self, held: MetricValue, on: date) -> bool:
        if self.months is None:
            return False
        return held.as_of is None or add_months(held.as_of, self.months) <= on

    def _why(self, case: Case) -> str:
        held = case.facts.metrics.get(self.code)
        source = (held and held.source) or self.source
        if held is None or held.value is None:
            return _("%(title)s: no value from %(source)s") % {
                "title": self.title,
                "source": source,
            }
        if self._stale(held, case.on):
            since = held.as_of.isoformat() if held.as_of else _("a day nobody recorded")
            return _("%(title)s: the value from %(source)s is of %(day)s, too old") % {
                "title": self.title, "source": source, "day": since,
            }  # fmt: skip
        return _("%(title)s: the value from %(source)s is in %(given)s, not %(currency)s") % {
            "title": self.title, "source": source, "given": held.currency,
            "currency": self.currency,
        }  # fmt: skip

    def answer(self, case: Case) -> Evidence:
        held = case.facts.metrics.get(self.code)
        value, why = self.read(case)
        source, as_of = (held.source or self.source, held.as_of) if held else (self.source, None)
        return Evidence(self.code, self.title, value, self.unit, why, source, as_of)

    def turns(self, case: Case) -> Iterable[date]:
        held = case.facts.metrics.get(self.code)
        if held is None or held.as_of is None or self.months is None:
            return ()
        return (add_months(held.as_of, self.months),)


class Missing(Reader):
    """Stands in for a metric that the document does not have; such a document is refused."""

    def read(self, case: Case) -> Found:
        return None, _("%(title)s: not in the program") % {"title": self.title}

    def answer(self, case: Case) -> Evidence:
        return Evidence(self.code, self.title, None, why=self.read(case)[1])

    def turns(self, case: Case) -> Iterable[date]:
        return ()


Operation = Literal["ratio", "sum", "difference"]


class Term:
    """A metric, so many times."""

    def __init__(self, reader: Reader, times: Decimal) -> None:
        self.reader = reader
        self.times = times
        self.readers = (reader,)

    def found(self, case: Case) -> Found:
        value, why = self.reader.found(case)
        return (None, why) if value is None else (value * self.times, "")


class Combination:
    """A ratio, sum or difference of what stands inside; any unknown makes it unknown."""

    def __init__(
        self,
        title: str,
        operation: Operation,
        inside: tuple["Term | Combination", ...],
        percent: bool = False,
        minimum: Decimal | None = None,
    ) -> None:
        self.title = title
        self.operation = operation
        self.inside = inside
        self.percent = percent
        self.minimum = minimum
        listed = (reader for part in inside for reader in part.readers)
        self.readers: tuple[Reader, ...] = tuple(dict.fromkeys(listed))

    def found(self, case: Case) -> Found:
        values: list[Decimal] = []
        for part in self.inside:
            value, why = part.found(case)
            if value is None:
                return None, why
            values.append(value)
        if self.operation == "sum":
            return sum(values, Decimal(0)), ""
        if self.operation == "difference":
            return values[0] - values[1], ""
        return self._ratio(values[0], values[1])

    def _ratio(self, above: Decimal, below: Decimal) -> Found:
        if self.minimum is not None and below < self.minimum:
            few, needed = plain(below), plain(self.minimum)
            return None, _("%(title)s: %(few)s to divide by, at least %(needed)s are needed") % {
                "title": self.title,
                "few": f"{few:,}",
                "needed": f"{needed:,}",
            }
        if below == 0:
            return None, _("%(title)s: nothing to divide by") % {"title": self.title}
        return above / below * (100 if self.percent else 1), ""


class Derived(Reader):
    """Computed from other metrics of the document."""

    def __init__(self, code: str, title: str, unit: str, formula: Term | Combination) -> None:
        super().__init__(code, title, unit, "")
        self.formula = formula

    def read(self, case: Case) -> Found:
        return self.formula.found(case)

    def answer(self, case: Case) -> Evidence:
        value, why = self.found(case)
        inputs = tuple(reader.answer(case) for reader in self.formula.readers)
        days = [held.as_of for held in inputs if held.as_of]
        oldest = min(days) if days else None
        return Evidence(
            self.code, self.title, value, self.unit, why, as_of=oldest, inputs=inputs
        )  # fmt: skip

    def turns(self, case: Case) -> Iterable[date]:
        return {day for reader in self.formula.readers for day in reader.turns(case)}
