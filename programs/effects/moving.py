"""A partner's levels as they will be once versions that come first have taken effect. Pure.

A version that comes second meets the levels that the first one leaves: a fall that the first causes
is not the second's, and a level lost by it may still be closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from programs.document import ProgramDocument
from programs.rules import Facts, Held
from programs.rules.facts import OWN


@dataclass(frozen=True)
class Move:
    """A level that a partner leaves, and the one it comes to, on a day (None: none)."""

    type_code: str
    axis: str
    was: str | None
    now: str | None
    on: dt.date

    def named_by(self, document: ProgramDocument) -> Move:
        """The same under the codes of a document that came later."""
        kind = document.successor("types", self.type_code) or self.type_code
        was, now = (
            (document.level_successor(self.type_code, code) or (kind, code))[1] if code else None
            for code in (self.was, self.now)
        )
        known = document.types.get(kind)
        axis = known.axis_of(now or was or "") if known else None
        return Move(kind, axis or self.axis, was, now, self.on)


def after_moves(facts: Facts, moves: Iterable[Move]) -> Facts:
    """The facts with the levels held as these moves leave them."""
    held = dict(facts.held)
    for move in moves:
        spans = tuple(_left(one, move) for one in held.get(move.type_code, ()))
        if move.now is not None:
            spans = (*spans, Held(move.now, move.on, None, move.axis))
        held[move.type_code] = spans
    return replace(facts, held=held)


def _left(span: Held, move: Move) -> Held:
    """The span, ended on the day if it is that of the level that is left."""
    ours = (span.member, span.axis, span.tier) == (OWN, move.axis, move.was)
    runs = span.from_ <= move.on and (span.until is None or move.on < span.until)
    return replace(span, until=move.on) if ours and runs else span
