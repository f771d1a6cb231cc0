"""Where a partner would stand under either document, axis by axis: as a review would put it, a
level is reached by its entry set and kept by its retain set. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from programs.document import ProgramDocument
from programs.effects.effect import EffectKind
from programs.effects.trees import Answers, Trial
from programs.fields import TIER
from programs.gathering import Decided
from programs.rules import Case, Requirement
from programs.rules.facts import OWN
from programs.rules.levels import falls_of, levels_held, locked_out
from programs.rules.mentions import same
from programs.rules.outcome import Truth, at_least

Step = tuple[str | None, str | None]
"""The level stood on by the old document, and by the new; None: no level."""
Span = tuple[str, dt.date, dt.date | None]


@dataclass(frozen=True)
class Rung:
    """One level: what it asks to come in, and the sets of which either keeps it. One that is only
    given by hand is never reached by itself."""

    code: str
    entry: Requirement
    stay: tuple[Requirement, ...]
    automatic: bool
    lockout_months: int | None = None

    @property
    def trees(self) -> tuple[Requirement, ...]:
        return (self.entry, *(tree for tree in self.stay if tree is not self.entry))

    def met(self, ask: Answers, held: Held) -> Truth:
        """Whether who holds it keeps it, or anybody else comes in; unknown stays unknown."""
        if self.code not in held.levels:
            return ask[id(self.entry)]
        if self.code in held.spared:
            return True
        return at_least((ask[id(tree)] for tree in self.stay), 1)

    def reached(self, ask: Answers) -> bool:
        return self.automatic and ask.passes(self.entry)

    def catches(self, ask: Answers, held: Held) -> bool:
        """Whether who falls from above lands here: nobody falls through a level that data is
        missing for, and one held before is met by what it asks to stay."""
        if any(self.code == code for code, *_days in held.spans):
            return self.kept(ask)
        return self.automatic and not ask.fails(self.entry)

    def open_to(self, lost: Mapping[str, dt.date], on: dt.date) -> bool:
        """Whether who lost it on one of these days may rise to it again."""
        return not locked_out(lost.get(self.code), self.lockout_months, on)

    def kept(self, ask: Answers) -> bool:
        """Whether who holds it keeps it: unknown takes nothing away."""
        return not all(ask.fails(tree) for tree in self.stay)


@dataclass(frozen=True)
class Held:
    """The levels that a partner holds on an axis under the old document's codes; of these it keeps
    ``spared`` whatever is missing (by a cure or an exception). ``locked``: nothing rises. ``spans``
    are the ``(level, since, until)`` ever held, oldest first: what was lost may be locked out."""

    levels: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()
    locked: bool = False
    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, case: Case, type_code: str, axis: str, decided: Decided) -> Held:
        """What the partner holds and held on the axis, beside what people decided about it."""
        spans = (
            (one.tier, one.from_, one.until)
            for one in case.facts.held.get(type_code, ())
            if one.axis == axis and one.member == OWN and one.from_ != one.until
        )
        return cls(
            frozenset(levels_held(case.facts, type_code, case.on, axis)),
            frozenset(one[2] for one in decided.spared if one[:2] == (type_code, axis)),
            not decided.locked.isdisjoint({type_code, ""}),
            tuple(spans),
        )

    def renamed(self, heirs: Mapping[str, str]) -> Held:
        """The same under the new document's codes."""
        levels, spared = (
            frozenset(heirs.get(code, code) for code in codes)
            for codes in (self.levels, self.spared)
        )
        spans = tuple((heirs.get(code, code), *days) for code, *days in self.spans)
        return Held(levels, spared, self.locked, spans)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Moved:
    """An axis whose levels do not answer alike in both documents; levels the highest first.

    ``type_code`` and ``axis`` are the old document's, ``heirs`` the new code of each old level.
    """

    type_code: str
    new_type: str
    axis: str
    title: str
    old: tuple[Rung, ...]
    new: tuple[Rung, ...]
    heirs: Mapping[str, str]
    ladder: bool

    def steps(self, trial: Trial, held: Held) -> Iterator[Step]:
        """Where it stands before and after, if it differs: of a ladder one pair, of a set each."""
        before = stands(self.old, trial.before, held, self.ladder, trial.old.on)
        after = stands(self.new, trial.after, held.renamed(self.heirs), self.ladder, trial.old.on)
        kept = [self.heirs.get(level, level) for level in before]
        if self.ladder:
            if kept != after:
                yield next(iter(before), None), next(iter(after), None)
            return
        yield from ((level, None) for level in before if self.heirs.get(level, level) not in after)
        yield from ((None, level) for level in after if level not in kept)

    def closed_for(self, step: Step) -> int:
        """For how many months the level that is lost stays closed after the fall; 0: not at all."""
        rung = self._left(step)
        months = rung.lockout_months if rung else None
        return (months or 0) if self.kind(step) == "falls" else 0

    def lost(self, step: Step) -> Requirement | None:
        """What the new document asks to come in to the level before; None where it has none."""
        rung = self._left(step)
        return rung.entry if rung else None

    def _left(self, step: Step) -> Rung | None:
        code = self.heirs.get(step[0], step[0]) if step[0] else None
        return next((rung for rung in self.new if rung.code == code), None)

    def kind(self, step: Step) -> EffectKind:
        """Whether the level after stands above the one before: on the new ladder, else on the old.

        Ranks count from the bottom, so that a tier put in below moves all others: ranks of two
        documents cannot be compared where one ladder holds both tiers.
        """
        before, after = step
        if before is None or after is None:
            return "rises" if before is None else "falls"
        return "rises" if self.above(after, before) else "falls"

    def above(self, after: str, before: str) -> bool:
        """Whether a level of the new document stands above one of the old."""
        new, old = _places(self.new), _places(self.old)
        heir = self.heirs.get(before, before)
        if heir in new:
            return new[after] > new[heir]
        former = next((code for code, to in self.heirs.items() if to == after), after)
        if former in old:
            return old[former] > old[before]
        return new[after] > old[before]


def stands(rungs: Sequence[Rung], ask: Answers, held: Held, ladder: bool, on: dt.date) -> list[str]:
    """The levels of an axis (rungs the highest first) that a partner stands on if a review looks
    on the day: of a ladder one or none, of a set each, the lowest first."""
    passing = _passing(rungs, ask, held, ladder, on)
    if ladder:
        return [code for code in (next(passing, None),) if code]
    return list(reversed(tuple(passing)))


def _passing(
    rungs: Sequence[Rung], ask: Answers, held: Held, ladder: bool, on: dt.date
) -> Iterator[str]:
    """The levels that it may stand on, the highest first."""
    lost = _lost(rungs, held, ladder)
    falls = False
    for rung in rungs:
        if rung.code in held.levels:
            if rung.code in held.spared or rung.kept(ask):
                yield rung.code
            falls = ladder
        elif falls:
            if rung.catches(ask, held):
                yield rung.code
        elif not held.locked and rung.open_to(lost, on) and rung.reached(ask):
            yield rung.code


def _lost(rungs: Sequence[Rung], held: Held, ladder: bool) -> dict[str, dt.date]:
    """When levels were lost, as far as one of them locks out."""
    if not held.spans or all(rung.lockout_months is None for rung in rungs):
        return {}
    places = _places(rungs)
    return falls_of(held.spans, (lambda code: places.get(code or "", -1)) if ladder else None)


def _places(rungs: Sequence[Rung]) -> dict[str, int]:
    return {rung.code: place for place, rung in enumerate(reversed(rungs))}


def moved_axes(old: ProgramDocument, new: ProgramDocument) -> list[Moved]:
    """The axes of the old document's types whose levels are not the same in both."""
    found = []
    for code in old.types:
        to = new.successor("types", code) or code
        for axis in _axes(old, new, code, to):
            one = _moved(old, new, code, to, axis)
            if one is not None:
                found.append(one)
    return found


def _axes(old: ProgramDocument, new: ProgramDocument, code: str, to: str) -> dict[str, None]:
    types = [d.types[c] for d, c in ((old, code), (new, to)) if c in d.types]
    return dict.fromkeys(axis for found in types for axis in found.axis_codes())


def _moved(
    old: ProgramDocument, new: ProgramDocument, code: str, to: str, axis: str
) -> Moved | None:
    found, alike = _paired(old, new, code, to, axis)
    return None if alike else found


def axis_in_both(
    old: ProgramDocument, new: ProgramDocument, code: str, to: str, axis: str
) -> Moved:
    """An axis of the old document's type beside that of the type that follows it, even where they
    are the same."""
    return _paired(old, new, code, to, axis)[0]


def _paired(
    old: ProgramDocument, new: ProgramDocument, code: str, to: str, axis: str
) -> tuple[Moved, bool]:
    """The axis in both, and whether everybody stands on it alike."""
    before, after = rungs_of(old, code, axis), rungs_of(new, to, axis)
    heirs = heirs_of(old, new, code, to)
    kept = [heirs.get(level, level) for level in before]
    alike = {
        level for level in after if level in kept
        and _alike(before[list(before)[kept.index(level)]], after[level], old, new)
    }  # fmt: skip
    names = dict(zip(kept, before, strict=True))
    # What answers alike is asked once: both documents get the same trees.
    shared = [
        replace(before[names[one]], code=one) if one in alike else rung
        for one, rung in after.items()
    ]
    found = Moved(
        code, to, axis, axis_title(new if to in new.types else old, to, code, axis),
        tuple(reversed(before.values())), tuple(reversed(shared)), heirs,
        all(_on_ladder(d, c, axis) for d, c in ((old, code), (new, to))),
    )  # fmt: skip
    return found, kept == list(after) and len(alike) == len(after)


def heirs_of(old: ProgramDocument, new: ProgramDocument, code: str, to: str) -> dict[str, str]:
    """The new code of each level of a type that has another one, within the type that follows."""
    found = old.types.get(code)
    pairs = (
        (level, new.level_successor(code, level))
        for axis in (found.axis_codes() if found else ())
        for level in (found.levels_of(axis) if found else ())
    )
    return {
        level: heir[1] for level, heir in pairs
        if heir is not None and heir[0] == to and heir[1] != level
    }  # fmt: skip


def rungs_of(document: ProgramDocument, code: str, axis: str) -> dict[str, Rung]:
    """The levels of an axis, the lowest first; none where the document has no such type."""
    found = document.types[code].levels_of(axis) if code in document.types else {}
    return {
        level: Rung(
            level,
            rule.entry_tree,
            (rule.own_entry, rule.retain) if rule.retain else (rule.own_entry,),
            rule.automatic,
            rule.lockout_months if isinstance(rule.lockout_months, int) else None,
        )
        for level, rule in found.items()
    }


def _alike(one: Rung, other: Rung, old: ProgramDocument, new: ProgramDocument) -> bool:
    """Whether everybody comes in and stays alike."""
    if (one.automatic, one.lockout_months) != (other.automatic, other.lockout_months):
        return False
    if (len(one.stay), len(one.trees)) != (len(other.stay), len(other.trees)):
        return False
    pairs = zip(one.trees, other.trees, strict=True)
    return all(same(before, after, old, new) for before, after in pairs)


def _on_ladder(document: ProgramDocument, code: str, axis: str) -> bool:
    found = document.types.get(code)
    return not found or not found.levels_of(axis) or found.kind_of(axis) == "ladder"


def axis_title(document: ProgramDocument, to: str, code: str, axis: str) -> str:
    """The type's title, with the axis where it is not that of the tiers."""
    known = to if to in document.types else code
    title = document.title_of("types", known)
    if axis == TIER:
        return title
    return f"{title}, {document.types[known].axis_title(axis)}"


def level_words(document: ProgramDocument, type_code: str, axis: str, level: str | None) -> str:
    """A level's title, or words for none."""
    if level:
        return document.types[type_code].level_title(level)
    return _("no tier") if axis == TIER else _("none")


def enrolled(case: Case, code: str) -> bool:
    """Whether the partner is of this type on the day; one without any level yet is."""
    spans = case.facts.held[code]
    return not spans or any(
        span.from_ <= case.on and (span.until is None or case.on < span.until)
        for span in spans
        if span.member == OWN
    )
