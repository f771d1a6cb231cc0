"""Metrics computed from dated rows: which rows count on a day, and what they come to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Literal

from django.utils.translation import gettext as _

from programs.rules.case import Case, Members, Org, org_reason
from programs.rules.evidence import MOST_ROWS, Evidence, Row
from programs.rules.facts import Record
from programs.rules.periods import add_months
from programs.rules.readers import Found, Reader
from programs.rules.windows import MetricWindow

Aggregate = Literal[
    "count", "distinct", "sum", "avg", "median", "min", "max", "latest", "change", "open"
]
Rows = Sequence[Record]

COUNTING: frozenset[Aggregate] = frozenset({"count", "distinct", "open"})
EMPTY: frozenset[Aggregate] = COUNTING | {"sum"}  # of nothing they are 0; the others unknown

_OF_VALUES: Mapping[str, Callable[[list[Decimal]], Decimal]] = {
    "sum": lambda values: sum(values, Decimal(0)),
    "avg": lambda values: sum(values, Decimal(0)) / len(values),
    "median": median,
    "min": min,
    "max": max,
}
_ONE = timedelta(days=1)


class Computed(Reader):
    """An aggregate of the rows of one code, of those whose tags fit, in a window."""

    def __init__(
        self,
        code: str,
        title: str,
        unit: str,
        source: str,
        *,
        currency: str,
        records: str,
        where: Mapping[str, frozenset[str]],
        aggregate: Aggregate,
        tag: str = "",
        window: MetricWindow | None = None,
        org: Org = "own",
        regions: Mapping[str, str] | None = None,
        minimum: int | None = None,
        months: int | None = None,
        complete: bool = False,
    ) -> None:
        super().__init__(code, title, unit, source)
        self.currency = currency
        self.records = records
        self.where = tuple(where.items())
        self.aggregate = aggregate
        self.tag = tag
        self.window = window
        self.org = org
        self.regions = regions
        self.minimum = minimum
        self.months = months
        self.complete = complete
        self._bounds: tuple[date, tuple[date, date]] | None = None  # of the day asked last

    def bounds(self, on: date) -> tuple[date, date]:
        """The first and the last day whose rows count."""
        if self.window is None:
            return date.min, on
        if self._bounds is None or self._bounds[0] != on:
            self._bounds = on, self.window.bounds(on)
        return self._bounds[1]

    def read(self, case: Case) -> Found:
        members = case.members(self.org, self.regions)
        if members is None:
            return None, f"{self.title}: {org_reason(self.org)}"
        rows = self._delivered(case, members)
        if rows is None:
            return None, _("%(title)s: no rows from %(source)s") % {
                "title": self.title,
                "source": self.source,
            }
        if self.months is not None and (why := self._stale(rows, members, case.on)):
            return None, why
        if self.aggregate == "change":
            return self._change(rows, members, case.on)
        counted = self._counted(rows, members, case.on)
        if self.minimum is not None and len(counted) < self.minimum:
            few, needed = f"{len(counted):,}", f"{self.minimum:,}"
            return None, _("%(title)s: %(few)s rows, at least %(needed)s are needed") % {
                "title": self.title,
                "few": few,
                "needed": needed,
            }
        return self._aggregate(counted)

    def _delivered(self, case: Case, members: Members) -> Rows | None:
        """The rows of the code; None where nobody delivered any of those whose rows count and
        nobody said that there are none."""
        rows = case.facts.records.get(self.records)
        if not rows:
            return () if self.complete else rows
        known = self.complete or any(row.member in members for row in rows)
        return rows if known else None

    def _stale(self, rows: Rows, members: Members, on: date) -> str:
        """Why the rows are too old to say anything, if they are."""
        assert self.months is not None
        newest = max(
            (row.on for row in rows if row.on <= on and row.member in members), default=None
        )
        if newest is None:
            return _("%(title)s: no rows from %(source)s") % {
                "title": self.title,
                "source": self.source,
            }
        if add_months(newest, self.months) <= on:
            return _("%(title)s: the newest row from %(source)s is of %(day)s, too old") % {
                "title": self.title, "source": self.source, "day": newest,
            }  # fmt: skip
        return ""

    def _counted(self, rows: Rows, members: Members, on: date) -> Rows:
        """The rows that count on the day."""
        first, last = self.bounds(on)
        counted = [
            row for row in rows if first <= row.on <= last and row.member in members
        ]  # fmt: skip
        for tag, wanted in self.where:
            counted = [row for row in counted if row.tags.get(tag) in wanted]
        if self.aggregate == "open":
            counted = [row for row in counted if row.until is None or on < row.until]
        elif self.aggregate == "latest":
            counted = list(_newest(counted).values())
        return counted

    def _aggregate(self, counted: Rows) -> Found:
        if self.aggregate == "distinct":
            return Decimal(len({row.tags[self.tag] for row in counted if self.tag in row.tags})), ""
        if self.aggregate in COUNTING:
            return Decimal(len(counted)), ""
        if not counted and self.aggregate != "sum":
            said = {"title": self.title, "source": self.source, "days": self._days}
            if not self._days:
                return None, _("%(title)s: no rows from %(source)s") % said
            return None, _("%(title)s: no rows from %(source)s %(days)s") % said
        values, why = self._values(counted)
        if why:
            return None, why
        return _OF_VALUES["sum" if self.aggregate == "latest" else self.aggregate](values), ""

    @property
    def _days(self) -> str:
        return self.window.words() if self.window else ""

    def _values(self, counted: Iterable[Record]) -> tuple[list[Decimal], str]:
        """The values of the rows, or why they cannot be put together."""
        values = []
        for row in counted:
            if row.value is None:
                return [], _("%(title)s: the row of %(on)s has no value") % {
                    "title": self.title,
                    "on": row.on,
                }
            if row.currency not in ("", self.currency):
                words = _("%(title)s: the row of %(on)s is in %(given)s, not %(currency)s")
                said = {"title": self.title, "on": row.on, "given": row.currency}
                return [], words % {**said, "currency": self.currency}
            values.append(row.value)
        return values, ""

    def _change(self, rows: Rows, members: Members, on: date) -> Found:
        """The newest value on the window's last day less that of the day before its first."""
        now, before = self._ends(rows, members, on)
        first, _last = self.bounds(on)
        if not before or set(now) != set(before):
            return None, _("%(title)s: no value from %(source)s of %(day)s or before") % {
                "title": self.title, "source": self.source, "day": first - _ONE,
            }  # fmt: skip
        (later, why), (earlier, why_before) = (
            self._values(found.values()) for found in (now, before)
        )
        if why or why_before:
            return None, why or why_before
        return sum(later, Decimal(0)) - sum(earlier, Decimal(0)), ""

    def _ends(
        self, rows: Rows, members: Members, on: date
    ) -> tuple[dict[str, Record], dict[str, Record]]:
        first, last = self.bounds(on)
        fitting = [
            row for row in rows
            if row.member in members and all(row.tags.get(tag) in v for tag, v in self.where)
        ]  # fmt: skip
        return (
            _newest(row for row in fitting if row.on <= last),
            _newest(row for row in fitting if row.on < first),
        )

    def answer(self, case: Case) -> Evidence:
        value, why = self.found(case)
        rows = case.facts.records.get(self.records, ())
        members = case.members(self.org, self.regions) or frozenset()
        if self.aggregate == "change":
            counted = [r for end in self._ends(rows, members, case.on) for r in end.values()]
        else:
            counted = list(self._counted(rows, members, case.on))
        counted.sort(key=_order, reverse=True)
        first, last = self.bounds(case.on)
        sources = sorted({row.source for row in counted if row.source}) or [self.source]
        return Evidence(
            self.code,
            self.title,
            value,
            self.unit,
            why,
            source=", ".join(sources),
            as_of=counted[0].on if counted else None,
            since=first if self.window else None,
            through=last,
            rows=len(counted),
            counted=tuple(map(_row, counted[:MOST_ROWS])),
        )

    def turns(self, case: Case) -> Iterable[date]:
        days: set[date] = set()
        for row in case.facts.records.get(self.records, ()):
            days |= self.window.turns(row.on) if self.window else {row.on}
            if row.until is not None and self.aggregate == "open":
                days.add(row.until)
            if self.months is not None:
                days |= {row.on, add_months(row.on, self.months)}
        return days


def _newest(rows: Iterable[Record]) -> dict[str, Record]:
    """Of each company its newest row; of one day the one with the highest value."""
    newest: dict[str, Record] = {}
    for row in rows:
        held = newest.get(row.member)
        if held is None or _order(row) > _order(held):
            newest[row.member] = row
    return newest


def _order(row: Record) -> tuple[date, Decimal, str]:
    return row.on, row.value if row.value is not None else Decimal("-Infinity"), row.member


def _row(record: Record) -> Row:
    words = ", ".join(f"{tag} {value}" for tag, value in sorted(record.tags.items()))
    return Row(
        record.on, record.until, record.value, record.currency, words, record.source, record.member
    )
