"""How often somebody may ask: a fixed window a minute long, told in every answer.

A guard against runaway loops, not a bill. Processes count together over the cache where it is
shared (Redis), each for itself where it is not. They tell each other once a second or at each
hundredth of the limit, whichever is first, so that hardly any request waits for the cache, and
the limit may be overrun by a hundredth per process.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache

SECONDS = 60
TELL_SECONDS = 1.0


@dataclass(frozen=True)
class Standing:
    """What is left of the window of ``name``: requests, and seconds until the next one."""

    name: str
    limit: int
    remaining: int
    reset: int

    @property
    def exceeded(self) -> bool:
        return self.remaining < 0


def headers(standings: Sequence[Standing]) -> dict[str, str]:
    """``RateLimit-Policy`` and ``RateLimit``, one item for each limit that holds."""
    policies = (f'"{one.name}";q={one.limit};w={SECONDS}' for one in standings)
    left = (f'"{one.name}";r={max(one.remaining, 0)};t={one.reset}' for one in standings)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}


class _Window:
    """One minute of one asker, as this process knows it."""

    __slots__ = ("known", "number", "told_at", "untold")

    def __init__(self, number: int) -> None:
        self.number = number
        self.known = 0  # all processes' requests at ``told_at``, ours included
        self.untold = 0  # ours since
        self.told_at = 0.0


_windows: dict[tuple[str, object], _Window] = {}


def count(name: str, who: object, limit: int) -> Standing:
    """Count one request of ``who`` (a number or text) under the limit ``name``; what is left."""
    now = time.time()
    number = int(now // SECONDS)
    held = _windows.get((name, who))
    if held is None or held.number != number:
        if len(_windows) > 10_000:
            _windows.clear()
        held = _windows[name, who] = _Window(number)
    held.untold += 1
    if held.untold >= limit // 100 or now - held.told_at >= TELL_SECONDS:
        _tell(f"{name}:{who}", held, now)
    used = held.known + held.untold
    return Standing(name, limit, limit - used, SECONDS - int(now % SECONDS))


def _tell(who: str, held: _Window, now: float) -> None:
    untold, held.untold, held.told_at = held.untold, 0, now
    # Hashed: part of it may be what a stranger sent for a client's id.
    key = f"rate:{hashlib.blake2b(who.encode(), digest_size=16).hexdigest()}:{held.number}"
    try:
        cache.add(key, 0, 2 * SECONDS)
        held.known = cache.incr(key, untold)
    except Exception:  # whatever the cache's client raises: a limit must not stop the work
        held.known += untold


def forget() -> None:
    """Begin anew (between tests)."""
    _windows.clear()
    cache.clear()
