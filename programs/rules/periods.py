"""Arithmetic of `[from, until)` periods in days; None stands for open ends."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

Span = tuple[date, date]  # [from, until), open ends as date.min and date.max


@lru_cache(maxsize=16_384)
def add_months(day: date, months: int) -> date:
    """The same day of the month later, or that month's last: 2024-02-29 + 12 is 2025-02-28."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def span(start: date | None, until: date | None) -> Span:
    """A span with open ends made explicit."""
    return start or date.min, until or date.max


def merge(spans: Iterable[Span]) -> list[Span]:
    """Sorted spans, those that touch or overlap joined, empty ones dropped."""
    merged: list[Span] = []
    for start, until in sorted(spans):
        if start >= until:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((start, until))
    return merged


def intersect(left: list[Span], right: list[Span]) -> list[Span]:
    """The days in both; each side merged."""
    common = ((max(a, c), min(b, d)) for a, b in left for c, d in right)
    return merge(common)


def end_of(spans: list[Span], on: date) -> date | None:
    """The first uncovered day after `on`; None if the span is open or does not cover `on`."""
    for start, until in spans:
        if start <= on < until:
            return None if until == date.max else until
    return None


def first_below(spans_of_each: Iterable[list[Span]], need: int, on: date) -> date | None:
    """First day after `on` on which fewer than `need` of the merged span lists cover the day."""
    count = 0
    changes: dict[date, int] = {}
    for spans in spans_of_each:
        for start, until in spans:
            if start <= on < until:
                count += 1
            if start > on:
                changes[start] = changes.get(start, 0) + 1
            if until > on and until != date.max:
                changes[until] = changes.get(until, 0) - 1
    for day in sorted(changes):
        count += changes[day]
        if count < need:
            return day
    return None
