"""Which term of a service contract runs, and by when its customer decides; pure."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Protocol

from programs.rules.periods import add_months

YEAR = 12


class Agreed(Protocol):
    """What is read of ``ContractTerms``; a plain value with these names does as well."""

    @property
    def ends_on(self) -> dt.date | None: ...
    @property
    def months(self) -> int | None: ...
    @property
    def notice_days(self) -> int: ...
    @property
    def auto_renews(self) -> bool: ...


def term_end(terms: Agreed, on: dt.date) -> dt.date | None:
    """The first day after the term that runs on the day ``on``; ``None`` if evergreen.

    A contract that renews by itself goes on in steps of ``months``, counted from the agreed end;
    any other keeps its end, also once the day has passed.
    """
    end = terms.ends_on
    if end is None or not terms.auto_renews or end > on:
        return end
    step = terms.months or YEAR
    whole = (on.year - end.year) * 12 + on.month - end.month
    first = max(whole // step, 0)
    return next(day for n in count(first) if (day := add_months(end, n * step)) > on)


def decision_date(terms: Agreed, end: dt.date) -> dt.date:
    """By when it is decided whether another term follows the one that ends on ``end``: the notice
    day if the contract renews by itself and has a notice period, else the end."""
    if terms.auto_renews and terms.notice_days:
        return end - dt.timedelta(days=terms.notice_days)
    return end


def next_decision(terms: Agreed, since: dt.date, on: dt.date) -> dt.date | None:
    """The first decision date on or after the day ``on``; ``None`` where the last one has passed.

    An evergreen contract has a checkpoint each year on the day of its start ``since``.
    """
    if terms.ends_on is None:
        return next(
            day
            for n in count(max(on.year - since.year, 1))
            if (day := add_months(since, n * YEAR)) >= on
        )
    end = term_end(terms, on)
    while end is not None:
        decided = decision_date(terms, end)
        if decided >= on:
            return decided
        later = term_end(terms, end)
        end = later if later != end else None
    return None
