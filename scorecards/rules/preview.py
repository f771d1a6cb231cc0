"""What an announced version of the program will mean for one partner. Pure.

Levels by the rule that reviews decide with, products and benefits by the comparison that the
vendor's own plan shows: both sides read the same consequences.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from programs.document import ProgramDocument
from programs.document.types import Level
from programs.effects import LEVELS, Effect, effects, enrolled
from programs.gathering import Deployed
from programs.rules import Case, Facts, Person, Requirement
from programs.rules.closing import ExamSet, smallest_exam_set
from programs.rules.effort import Gap, ranked_gaps, total
from programs.rules.facts import OWN
from programs.rules.levels import levels_held, levels_inherited
from programs.rules.succession import as_named_by
from reviews.decisions import Open, Place
from reviews.rules.deciding import (
    AxisRules,
    Kind,
    Outcome,
    Standing,
    axis_rules,
    decide,
    falls_of,
)

NOTHING = Open()
FALLING: frozenset[Kind] = frozenset({"cure", "demote", "warn", "exception"})


@dataclass(frozen=True)
class Coming:
    """A version that is announced and not in force yet."""

    number: int
    announced_on: dt.date
    effective_from: dt.date
    document: ProgramDocument


@dataclass(frozen=True)
class AxisPreview:
    """One axis of one of the partner's types under the coming version.

    ``held`` is today's level, as the coming version names it, or with ``moved_before`` the one that
    the versions before this one leave; ``was_title`` is its title until then where that is another;
    ``outcome`` what a review on the first day would say, ``falls_to`` where a fall would end,
    ``in_cure`` that a cure runs already.
    ``asked`` is the level whose requirements ``gaps`` and ``exams`` are about: the one to keep,
    else the next one up. A level lost by that fall stays closed for ``lockout_months``.
    """

    type_code: str
    axis: str
    type_title: str
    axis_title: str
    held: str | None
    held_title: str
    outcome: Kind
    to: str | None
    to_title: str
    until: dt.date | None
    falls_to: str | None
    falls_to_title: str
    asked: str | None
    asked_title: str
    gaps: tuple[Gap, ...] = ()
    exams: ExamSet | None = None
    in_cure: bool = False
    was_title: str = ""
    lockout_months: int = 0
    moved_before: bool = False

    @property
    def at_risk(self) -> bool:
        return self.outcome in FALLING

    def to_dict(self) -> dict[str, Any]:
        """The preview as JSON values."""
        return {
            "type": self.type_code,
            "axis": self.axis,
            "held": self.held,
            "moved_before": self.moved_before,
            "outcome": self.outcome,
            "level": self.to,
            "until": self.until and self.until.isoformat(),
            "falls_to": self.falls_to,
            "lockout_months": self.lockout_months,
            "asked": self.asked,
            "gaps": [gap.to_dict() for gap in self.gaps],
            "exams": self.exams.to_dict() if self.exams else None,
        }


@dataclass(frozen=True)
class Preview:
    """A coming version for one partner: its levels, products that open or close, benefits."""

    coming: Coming
    axes: tuple[AxisPreview, ...]
    access: tuple[Effect, ...] = field(default=())
    benefits: tuple[Effect, ...] = field(default=())
    moves: bool = False
    """Whether the benefits are those of a level that only a review brings."""

    @property
    def at_risk(self) -> bool:
        """Whether something is lost if nobody acts."""
        return any(axis.at_risk for axis in self.axes) or any(
            effect.kind in ("closes", "loses") for effect in (*self.access, *self.benefits)
        )

    def to_dict(self) -> dict[str, Any]:
        """The preview as JSON values."""
        return {
            "version": self.coming.number,
            "announced_on": self.coming.announced_on.isoformat(),
            "effective_from": self.coming.effective_from.isoformat(),
            "levels": [axis.to_dict() for axis in self.axes],
            "products": [
                {"kind": one.kind, "product": one.subject, "environment": one.now,
                 "seats": one.seats}
                for one in self.access
            ],
            "benefits": [
                {"kind": one.kind, "benefit": one.subject, "title": one.title,
                 "before": one.was, "after": one.now}
                for one in self.benefits
            ],
        }  # fmt: skip


def preview(
    before: ProgramDocument,
    coming: Coming,
    facts: Facts,
    running: tuple[Deployed, ...] = (),
    colleagues: tuple[Person, ...] = (),
    decided: Open = NOTHING,
    today: dt.date | None = None,
) -> Preview:
    """What changes on the first day. ``facts`` are those known for that day, under the codes of
    ``before``, the version in force until then; ``running`` is what the partner runs now,
    ``colleagues`` its people without any certificate, who could take exams as well, ``decided``
    what people decided about it. What is announced after ``today`` is not told."""
    day, after = coming.effective_from, coming.document
    about = {0: decided.on(day)}
    found = list(effects(before, after, {0: facts}, {0: ""}, day, {0: running}, about))
    case = Case(as_named_by(after, facts), day, today=today)
    axes = _axes(after, case, colleagues, decided)
    return Preview(
        coming,
        tuple(replace(one, was_title=_was_title(before, after, facts, one)) for one in axes),
        tuple(one for one in found if one.kind in ("opens", "closes")),
        tuple(one for one in found if one.kind in ("wins", "loses", "changes")),
        any(one.kind in LEVELS for one in found),
    )


def _was_title(
    before: ProgramDocument, after: ProgramDocument, facts: Facts, axis: AxisPreview
) -> str:
    """What the level held is called until then; empty where its title stays."""
    titles = (
        before.types[code].level_title(one.tier)
        for code, spans in facts.held.items()
        for one in spans
        if one.member == OWN
        and code in before.types
        and before.types[code].axis_of(one.tier) is not None
        and after.level_successor(code, one.tier) == (axis.type_code, axis.held)
    )
    return next((title for title in titles if title != axis.held_title), "")


def _axes(
    document: ProgramDocument, case: Case, colleagues: tuple[Person, ...], decided: Open
) -> Iterator[AxisPreview]:
    facts = case.facts
    everybody = replace(facts, people=(*facts.people, *colleagues))
    team = Case(everybody, case.on, today=case.today)
    for code, kind in document.types.items():
        if code in facts.held and enrolled(case, code):
            for axis in kind.axis_codes():
                rules = axis_rules(document, code, axis)
                standing = _standing(document, rules, case, decided)
                yield from _axis(document, rules, standing, case, team)


def _axis(
    document: ProgramDocument, rules: AxisRules, standing: Standing, case: Case, team: Case
) -> Iterator[AxisPreview]:
    for outcome in decide(rules, case, standing):
        falls_to = None
        if outcome.kind == "cure" and outcome.judged:
            over = replace(standing, cures={outcome.judged: case.on})
            falls_to = next((one.to for one in decide(rules, case, over)
                             if one.from_ == outcome.from_), None)  # fmt: skip
        shown = _shown(document, rules, team, outcome, falls_to)
        yield replace(shown, in_cure=outcome.judged in standing.cures)


def _standing(document: ProgramDocument, rules: AxisRules, case: Case, decided: Open) -> Standing:
    """What is held and was held, as far as the facts say it, and what was decided about it."""
    facts, code = case.facts, rules.type_code
    rows = sorted(facts.held[code], key=lambda one: one.from_)
    spans = [one for one in rows if one.axis == rules.axis and one.member == OWN]
    ended = [(one.tier, one.from_, one.until) for one in spans]

    def open_(places: Mapping[Place, dt.date]) -> dict[str, dt.date]:
        return dict(_named(document, rules, places))

    inherited = levels_inherited(document, code, facts, case.on, rules.axis)
    return Standing(
        held=levels_held(facts, code, case.on, rules.axis),
        before=frozenset(one.tier for one in spans),
        lost=falls_of(rules, ended),
        cures=open_(decided.cures),
        exceptions=open_(decided.exceptions),
        locked_until=max(
            (
                until
                for kind, until in decided.locked.items()
                if not kind or (document.successor("types", kind) or kind) == code
            ),
            default=None,
        ),
        inherited=inherited[-1] if inherited and rules.kind == "ladder" else None,
    )


def _named(
    document: ProgramDocument, rules: AxisRules, places: Mapping[Place, dt.date]
) -> Iterator[tuple[str, dt.date]]:
    """What of these is about a level of the axis, under the document's codes."""
    for (kind, _axis_code, level), until in places.items():
        to, code = document.level_successor(kind, level) or (kind, level)
        if to == rules.type_code and code in rules.levels:
            yield code, until


def _shown(
    document: ProgramDocument,
    rules: AxisRules,
    case: Case,
    outcome: Outcome,
    falls_to: str | None,
) -> AxisPreview:
    kind = document.types[rules.type_code]
    asked, trees = _asked(rules, outcome)
    ways = [(ranked_gaps(tree, case, document), tree) for tree in trees]
    gaps, tree = min(ways, key=lambda way: total(way[0])) if ways else ([], None)

    def title(level: str | None) -> str:
        return kind.level_title(level) if level else ""

    return AxisPreview(
        type_code=rules.type_code,
        axis=rules.axis,
        type_title=document.title_of("types", rules.type_code),
        axis_title=kind.axis_title(rules.axis),
        held=outcome.from_,
        held_title=title(outcome.from_),
        outcome=outcome.kind,
        to=outcome.to,
        to_title=title(outcome.to),
        until=outcome.until,
        falls_to=falls_to if falls_to is not None else outcome.to,
        falls_to_title=title(falls_to if outcome.kind == "cure" else outcome.to),
        asked=asked,
        asked_title=title(asked),
        gaps=tuple(gaps),
        exams=smallest_exam_set(tree, case, document) if tree is not None else None,
        lockout_months=_lockout_months(rules, outcome),
    )


def _lockout_months(rules: AxisRules, outcome: Outcome) -> int:
    """How long the level stays closed once it is lost; 0 where it is not about to be."""
    if outcome.kind not in ("cure", "demote") or outcome.from_ is None:
        return 0
    months = rules.levels[outcome.from_].lockout_months
    return months if isinstance(months, int) else 0


def _asked(rules: AxisRules, outcome: Outcome) -> tuple[str | None, Sequence[Requirement]]:
    """The level to work for and its ways: one that would be lost is kept by either set, one that
    would be won needs the entry set."""
    if outcome.kind in FALLING or (outcome.kind == "unknown" and outcome.from_):
        code = outcome.judged
        level = rules.levels.get(code) if code else None
        return code, _ways(level) if level else ()
    if rules.kind == "set":
        return None, ()
    above = rules.above(outcome.to)
    if not above:
        return None, ()
    code, level = above[-1]
    return code, (level.entry_tree,)


def _ways(level: Level) -> Sequence[Requirement]:
    return (level.retain_tree, level.own_entry) if level.retain else (level.own_entry,)
