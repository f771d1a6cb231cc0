"""The days that a metric looks at: `{months: 12}`, `{last: quarter, count: 2}`, `{year_from: ..}`.

Both ends of a window count.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import Field, model_validator

from programs.fields import Base, Count, Months
from programs.rules.periods import add_months

_LENGTH = {"month": 1, "quarter": 3, "year": 12}
_ONE = timedelta(days=1)
MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")]


class MetricWindow(Base):
    """Up to the day (`months`, `year_from`) or full calendar periods before it (`last`).

    `year_from` is the first day of the fiscal year; beside `last` it moves quarters and years.
    """

    months: Months | None = None
    last: Literal["month", "quarter", "year"] | None = None
    count: Count = 1
    year_from: MonthDay | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "MetricWindow":
        if (self.months is not None) + (self.last is not None) > 1:
            raise ValueError(_("give either months or last"))
        if self.months is None and self.last is None and self.year_from is None:
            raise ValueError(_("give months, last or year_from"))
        if self.months is not None and self.year_from is not None:
            raise ValueError(_("months are counted back from the day: leave out year_from"))
        if self.count > 1 and self.last is None:
            raise ValueError(_("count says how many of last: give last, too"))
        return self

    def bounds(self, on: date) -> tuple[date, date]:
        """The first and the last day that count on this day."""
        if self.months is not None:
            return add_months(on, -self.months) + _ONE, on
        begun = self._begun(on)
        if self.last is None:
            return begun, on
        return add_months(begun, -self.count * _LENGTH[self.last]), begun - _ONE

    def _begun(self, on: date) -> date:
        """The first day of the period (month, quarter or fiscal year) that the day lies in."""
        month, day = map(int, (self.year_from or "01-01").split("-"))
        first = date(on.year, month, day)
        if first > on:
            first = add_months(first, -12)
        length = _LENGTH[self.last or "year"]
        while (later := add_months(first, length)) <= on:
            first = later
        return first

    def turns(self, day: date) -> set[date]:
        """The days on which something dated `day` may come into the window or leave it."""
        if self.months is not None:
            left = add_months(day, self.months)
            return {day, left, left + _ONE}
        begun = self._begun(day)
        length = _LENGTH[self.last or "year"]
        came = add_months(begun, length)
        if self.last is None:
            return {day, came}
        return {came, add_months(came, self.count * length)}

    def words(self) -> str:
        """`in the last 12 months`, `in the last 2 full quarters`."""
        if self.months is not None:
            words = ngettext("in the last month", "in the last %(n)s months", self.months)
            return words % {"n": self.months}
        if self.last is None:
            return _("since %(day)s") % {"day": self.year_from}
        full = {
            "month": ngettext(
                "in the last full month", "in the last %(n)s full months", self.count
            ),
            "quarter": ngettext(
                "in the last full quarter", "in the last %(n)s full quarters", self.count
            ),
            "year": ngettext("in the last full year", "in the last %(n)s full years", self.count),
        }
        return full[self.last] % {"n": self.count}
