"""What the palette finds by name: apps register where to look, the scope says who finds what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tenants import scope
from tenants.capabilities import PARTNER_ROLES

LEAST, MOST, EACH = 2, 80, 6
"""Characters that a search needs and reads, and rows that each kind shows."""


@dataclass(frozen=True)
class Hit:
    """A row to go to: its name, its address, and what it is ("Customer")."""

    name: str
    url: str
    what: Any
    icon: str


Look = Callable[[str], Iterable[Hit]]
_looks: list[tuple[str, Look]] = []


def register_look(capability: str, look: Look) -> None:
    """``look(words)`` gives the rows whose names begin with ``words``, at most ``EACH``, through
    scoped managers; it is asked for whoever holds the capability, and "" stands for the partner's
    people."""
    _looks.append((capability, look))


def found(words: str) -> list[Hit]:
    """What the reader may open that begins with ``words``; nothing for a single letter."""
    words = words.strip()[:MOST]
    if len(words) < LEAST:
        return []
    held = scope.current()
    return [
        hit
        for capability, look in _looks
        if (held.can(capability) if capability else held.role in PARTNER_ROLES)
        for hit in look(words)
    ]
