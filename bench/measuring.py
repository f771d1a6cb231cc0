"""How a row is declared, and how two things are timed fairly: in turns, in the same minutes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Measured:
    """What a row found: the ratio, how many measurements it rests on, a word on what they were."""

    ratio: float
    n: int
    note: str = ""


@dataclass(frozen=True)
class Row:
    name: str
    target: float
    better: Better
    measure: Callable[[Any], Measured]

    def ok(self, ratio: float) -> bool:
        return ratio >= self.target if self.better == "higher" else ratio <= self.target


rows: dict[str, Row] = {}


def row(name: str, *, target: float, better: Better) -> Callable[[Any], Any]:
    """Declare a row: ``@row("certificates.list", target=0.20, better="higher")``.

    The function takes the ``World`` (``bench/world.py``) and returns ``Measured``.
    """

    def declare(measure: Callable[[Any], Measured]) -> Callable[[Any], Measured]:
        rows[name] = Row(name, target, better, measure)
        return measure

    return declare


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_turns(
    ours: Callable[[], float], limit: Callable[[], float], rounds: int
) -> tuple[float, float]:
    """The medians of ``rounds`` measurements of each, taken alternately after one unmeasured."""
    ours(), limit()
    found = [(ours(), limit()) for _ in range(rounds)]
    return statistics.median(a for a, _ in found), statistics.median(b for _, b in found)
