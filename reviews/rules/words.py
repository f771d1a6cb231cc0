"""What is missing, as stored beside an outcome and shown to people."""

from __future__ import annotations

from typing import Any

from programs.rules import Node
from reviews.rules.deciding import Outcome


def gap_of(outcome: Outcome) -> list[dict[str, Any]]:
    """The missing leaves as ``{words, missing, unknown, need, have, unit}``, without empty ones;
    nothing for a rise, whose set is met."""
    return [] if outcome.kind in ("promote", "keep") else [_leaf(node) for node in outcome.gap]


def _leaf(node: Node) -> dict[str, Any]:
    values = {
        "words": node.words,
        "missing": node.missing,
        "unknown": list(node.unknown),
        "need": None if node.need is None else str(node.need),
        "have": None if node.have is None else str(node.have),
        "unit": node.unit,
        "subject": list(node.subject),
    }
    return {key: value for key, value in values.items() if value not in (None, "", [])}
