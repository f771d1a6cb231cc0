"""A partner's levels as they will be once versions that come first have taken effect. Pure.

A version that comes second meets the levels that the first one leaves: a fall that the first causes
is not the second's, and a level lost by it may still be closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from programs.document import ProgramDocument
from programs.effects import Comparison
from programs.effects.levels import Held as HeldLevels
from programs.effects.levels import Moved, Step, enrolled
from programs.effects.trees import Trial
from programs.gathering import Decided
from programs.rules import Facts, Held, add_months
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


def moves_by(comparison: Comparison, facts: Facts, on: dt.date, decided: Decided) -> Iterator[Move]:
    """How the new document moves a partner if a review looks on its first day: a rise at once, a
    fall once the cure is over, none where levels do not fall by themselves."""
    trial = Trial.of(facts, on, comparison.old, comparison.new, comparison.trees)
    for axis in comparison.axes:
        if axis.type_code not in trial.old.facts.held or not enrolled(trial.old, axis.type_code):
            continue
        held = HeldLevels.of(trial.old, axis.type_code, axis.axis, decided)
        for step in axis.steps(trial, held):
            day = _day_of(comparison.new, axis, step, on)
            if day is not None:
                yield from _moved(axis, step, held.renamed(axis.heirs).levels, day)


def _day_of(new: ProgramDocument, axis: Moved, step: Step, on: dt.date) -> dt.date | None:
    """When the step is taken; None: only by somebody's hand."""
    if axis.kind(step) == "rises":
        return on
    kind = new.types.get(axis.new_type)
    review = kind.review_of(axis.axis) if kind else None
    if review is None or review.down != "review":
        return None
    return add_months(on, review.cure.months) if review.cure else on


def _moved(axis: Moved, step: Step, levels: frozenset[str], day: dt.date) -> Iterator[Move]:
    """From what the partner holds, as the new document names it, to where the step leads."""
    was, now = step
    held = axis.heirs.get(was, was) if was else None
    if axis.ladder:
        held = next(iter(levels), None)
    if held != now and (held in levels or held is None):
        yield Move(axis.new_type, axis.axis, held, now, day)
