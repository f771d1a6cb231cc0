"""Who rises or falls, wins or loses, and which product opens or closes for whom, between two
documents. Pure: facts and what runs are passed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from programs.asking import Needs, asked_by
from programs.document import ProgramDocument
from programs.effects.access import Access, moved_access
from programs.effects.benefits import (
    Benefits,
    Standing,
    benefit_words,
    benefits_differ,
    compared,
)
from programs.effects.effect import ACCESS, HARM, KINDS, LEVELS, Effect, EffectKind
from programs.effects.levels import Held, Moved, Step, enrolled, level_words, moved_axes
from programs.effects.stakes import Hit, Stake, Total, hardest_hit, of_partner, of_product, total
from programs.effects.trees import Trial
from programs.gathering import NOTHING_DECIDED, Decided, Deployed, Kind
from programs.rules import Facts, Requirement
from programs.rules.facts import OWN

__all__ = [
    "ACCESS", "HARM", "KINDS", "LEVELS", "Comparison", "Effect", "EffectKind", "Hit", "Total",
    "effects", "enrolled", "hardest_hit", "total",
]  # fmt: skip

_ALWAYS: tuple[Kind, ...] = ("held", "metrics")  # who is of the type, and how many seats run

Climb = tuple[Moved, Step, EffectKind]


def effects(
    old: ProgramDocument,
    new: ProgramDocument,
    facts: Mapping[int, Facts],
    names: Mapping[int, str],
    on: dt.date,
    running: Mapping[int, tuple[Deployed, ...]] | None = None,
    decided: Mapping[int, Decided] | None = None,
) -> Iterator[Effect]:
    """Every consequence, partner by partner; ``running`` is what each of them runs, ``decided``
    what people decided about it."""
    asked = Comparison.of(old, new)
    for pk, name in names.items():
        about = (decided or {}).get(pk, NOTHING_DECIDED)
        yield from asked.effects(pk, name, facts[pk], on, (running or {}).get(pk, ()), about)


@dataclass(frozen=True)
class Comparison:
    """Two documents put side by side once: what answers alike in both is never asked."""

    old: ProgramDocument
    new: ProgramDocument
    axes: tuple[Moved, ...]
    access: tuple[Access, ...]
    given: tuple[Benefits, Benefits] | None
    trees: dict[int, Requirement] = field(repr=False)

    @classmethod
    def of(cls, old: ProgramDocument, new: ProgramDocument) -> Comparison:
        axes, access = tuple(moved_axes(old, new)), tuple(moved_access(old, new))
        trees = [tree for axis in axes for rung in (*axis.old, *axis.new) for tree in rung.trees]
        trees += [tree for one in access for tree in (one.before, one.after) if tree]
        given = None
        if axes or benefits_differ(old, new):
            given = Benefits(old), Benefits(new)
        return cls(old, new, axes, access, given, {id(tree): tree for tree in trees})

    @property
    def answers_alike(self) -> bool:
        """Whether no partner can be concerned."""
        return not self.axes and not self.access and self.given is None

    def facts_needed(self) -> Needs:
        """The kinds of facts and the codes of the records that the comparison looks at."""
        before = [tree for axis in self.axes for rung in axis.old for tree in rung.trees]
        after = [tree for axis in self.axes for rung in axis.new for tree in rung.trees]
        before += [one.before for one in self.access if one.before]
        after += [one.after for one in self.access if one.after]
        known = {id(tree) for tree in before}
        kinds, records = asked_by(
            [
                *((tree, self.old) for tree in before),
                *((tree, self.new) for tree in after if id(tree) not in known),
            ]
        )
        return kinds.union(_ALWAYS), records

    def effects(
        self,
        pk: int,
        name: str,
        facts: Facts,
        on: dt.date,
        running: tuple[Deployed, ...],
        decided: Decided = NOTHING_DECIDED,
    ) -> list[Effect]:
        """Every consequence for one partner on the day, beside what people decided about it."""
        trial = Trial.of(facts, on, self.old, self.new, self.trees)
        found, climbs = [], []
        whole: Stake | None = None
        for axis in self.axes:
            if axis.type_code in trial.old.facts.held and enrolled(trial.old, axis.type_code):
                held = Held.of(trial.old, axis.type_code, axis.axis, decided)
                climbs += [(axis, step, axis.kind(step)) for step in axis.steps(trial, held)]
        won = self._benefits(trial, climbs) if self.given else []
        if climbs or won:
            whole = of_partner(self.old, trial.old.facts, running)
            found += [self._level(pk, name, *climb, whole, trial) for climb in climbs]
            found += [self._benefit(pk, name, *one, whole) for one in won]
        return [*found, *self._access(pk, name, trial, running)]

    def _level(
        self, pk: int, name: str, axis: Moved, step: Step, kind: EffectKind, stake: Stake,
        trial: Trial,
    ) -> Effect:  # fmt: skip
        was, now = step
        return Effect(
            kind, pk, name, axis.type_code, was or "", now or "", axis.title,
            level_words(self.old, axis.type_code, axis.axis, was),
            level_words(self.new, axis.new_type, axis.axis, now),
            axis.axis, *stake, axis.closed_for(step),
            trial.after.waits(axis.lost(step)) if kind == "falls" else (),
        )  # fmt: skip

    def _benefit(
        self, pk: int, name: str, kind: EffectKind, code: str, to: str, was: object, now: object,
        stake: Stake,
    ) -> Effect:  # fmt: skip
        document, known = (self.new, to) if to in self.new.benefits else (self.old, code)
        words = benefit_words(self.old, code, was), benefit_words(self.new, to, now)
        return Effect(
            kind, pk, name, code, *words, document.title_of("benefits", known), *words, "", *stake
        )

    def _access(
        self, pk: int, name: str, trial: Trial, running: tuple[Deployed, ...]
    ) -> Iterator[Effect]:
        """Unknown never opens."""
        for one in self.access:
            before, after = trial.before.passes(one.before), trial.after.passes(one.after)
            if before != after:
                place = one.environment
                yield Effect(
                    "opens" if after else "closes", pk, name, one.product, place, place,
                    one.title, place, place, "",
                    *of_product(self.old, one.product, place, running),
                    waits=() if after else trial.after.waits(one.after),
                )  # fmt: skip

    def _benefits(
        self, trial: Trial, climbs: list[Climb]
    ) -> list[tuple[EffectKind, str, str, object, object]]:
        """What the partner's levels give before and after.

        It stands on the levels that it holds. Where the document changes what it meets, it goes
        there at a review, but a fall never lifts it and a rise never lowers it.
        """
        before, after = self._standing(trial)
        for axis, (was, now), kind in climbs:
            place = axis.type_code, axis.axis
            held = next((one[2] for one in before if one[:2] == place), None)
            if axis.ladder:
                if held is None and was is not None:
                    before = before | {(*place, was)}
                level = held or was
                if level is not None and now is not None:
                    lifts = axis.above(now, level)
                    if lifts != (kind == "rises"):
                        continue
                elif kind == "falls" and now is None and level is None:
                    continue
                to = axis.new_type, axis.axis
                after = frozenset(one for one in after if one[:2] != to)
            else:
                to = axis.new_type, axis.axis
                if was is not None:
                    before = before | {(*place, was)}
                    after = after - {(*to, axis.heirs.get(was, was))}
            if now is not None:
                after = after | {(*to, now)}
        assert self.given is not None
        return compared(self.new, self.given[0].of(before), self.given[1].of(after))

    def _standing(self, trial: Trial) -> tuple[Standing, Standing]:
        """The levels held, as both documents name them."""
        before, after = set(), set()
        for code, spans in trial.old.facts.held.items():
            for one in spans:
                if one.member != OWN or not one.from_ <= trial.old.on:
                    continue
                if one.until is not None and one.until <= trial.old.on:
                    continue
                before.add((code, one.axis, one.tier))
                heir = self.new.level_successor(code, one.tier)
                kind = self.new.types.get(heir[0]) if heir else None
                if heir and kind:
                    after.add((heir[0], kind.axis_of(heir[1]) or one.axis, heir[1]))
        return frozenset(before), frozenset(after)
