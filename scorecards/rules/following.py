"""Several coming versions, one after the other: each meets the levels that those before it leave.

It is taken that a review looks on the first day of each, as its preview says. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from programs.document import ProgramDocument
from programs.effects.moving import Move, after_moves
from programs.rules import Facts
from reviews.decisions import Open
from scorecards.rules.preview import NOTHING, AxisPreview, Preview


@dataclass(frozen=True)
class Course:
    """What the versions so far would have moved, under the codes of the last of them, and what is
    open of cures and exceptions then."""

    decided: Open = NOTHING
    moves: tuple[Move, ...] = ()

    def facts(self, facts: Facts) -> Facts:
        """The partner as it would stand by then."""
        return after_moves(facts, self.moves)

    def marked(self, found: Preview) -> Preview:
        """The preview, each axis with whether an earlier version has moved the partner on it."""
        day, document = found.coming.effective_from, found.coming.document
        moved = {(m.type_code, m.axis) for m in _named(self.moves, document) if m.on <= day}
        axes = (
            replace(axis, moved_before=(axis.type_code, axis.axis) in moved) for axis in found.axes
        )
        return replace(found, axes=tuple(axes))

    def followed_by(self, found: Preview) -> Course:
        """The course after this version: what its first review said takes its way."""
        day, document = found.coming.effective_from, found.coming.document
        past = [move for move in _named(self.moves, document) if move.on <= day]
        judged = {(axis.type_code, axis.axis) for axis in found.axes}
        cures = {
            place: until for place, until in self.decided.cures.items() if place[:2] not in judged
        }
        for axis in found.axes:
            if axis.outcome == "cure" and axis.held and axis.until:
                cures[axis.type_code, axis.axis, axis.held] = axis.until
        moves = (*past, *(move for axis in found.axes for move in _moves(axis, day)))
        return Course(replace(self.decided, cures=cures), moves)


def _moves(axis: AxisPreview, day: dt.date) -> Iterator[Move]:
    """A rise or a fall at the first review, or a fall at the end of the cure that it begins."""
    if axis.outcome in ("promote", "demote"):
        yield Move(axis.type_code, axis.axis, axis.held, axis.to, day)
    elif axis.outcome == "cure" and axis.until:
        yield Move(axis.type_code, axis.axis, axis.held, axis.falls_to, max(axis.until, day))


def _named(moves: tuple[Move, ...], document: ProgramDocument) -> list[Move]:
    return [move.named_by(document) for move in moves]
