"""How often a client may ask: a fixed window per process, told in every answer.

A guard against runaway loops, not a bill: each web process counts for itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

SECONDS = 60
_counts: dict[tuple[object, int], int] = {}


@dataclass(frozen=True)
class Standing:
    """What is left of the window: requests, and seconds until the next one."""

    limit: int
    remaining: int
    reset: int

    @property
    def exceeded(self) -> bool:
        return self.remaining < 0

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"client";q={self.limit};w={SECONDS}',
            "RateLimit": f'"client";r={max(self.remaining, 0)};t={self.reset}',
        }


def count(who: object, limit: int) -> Standing:
    """Count one request of ``who`` (hashable) and say what is left."""
    now = time.time()
    window = int(now // SECONDS)
    if len(_counts) > 10_000:
        _counts.clear()
    used = _counts[who, window] = _counts.get((who, window), 0) + 1
    return Standing(limit, limit - used, SECONDS - int(now % SECONDS))


def forget() -> None:
    """Begin anew (between tests)."""
    _counts.clear()
