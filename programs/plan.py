"""What a document would change if it were published: in words, and for today's partners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import Max

from programs import usage
from programs.compiled import Program, program_numbered, program_or_none
from programs.differences import Change, diff
from programs.document import ProgramDocument
from programs.effects import KINDS, Comparison, Effect, EffectKind, Hit, Total, hardest_hit, total
from programs.effects.moving import Move, after_moves, moves_by
from programs.gathering import (
    NOTHING_DECIDED,
    Decided,
    Deployed,
    active_partners,
    decided,
    deployed,
    facts_of,
)
from programs.models import ProgramVersion
from programs.releases import Release, releases
from programs.usage import Retired

NAMES_SHOWN = 20  # per consequence; nobody reads two thousand names
HARDEST = 10  # partners named one by one
CHUNK = 1_000  # partners whose facts are in memory at once


@dataclass(frozen=True)
class Scheduled:
    """A version that takes over after the effective day, and what of this plan it would undo."""

    number: int
    effective_from: dt.date
    announced_on: dt.date
    overrides: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The differences to the version in force on the day, and who is concerned on that day.

    ``base`` is the number of the newest version when the plan was made (0: none): publishing is
    held to it, so that nobody publishes over a version that the plan never saw. ``announced_on``
    is the day on which partners hear of it.
    """

    document: ProgramDocument
    based_on: Program | None
    base: int
    effective_from: dt.date
    announced_on: dt.date
    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = field(default=())
    partners: int = 0
    later: tuple[Scheduled, ...] = ()
    retired: tuple[Retired, ...] = ()
    """Codes in use that the document no longer has, settled or not."""
    passed: tuple[int, ...] = ()
    """Versions that are scheduled before it, and whose effect on levels is taken for granted."""
    releases: tuple[Release, ...] = ()
    """New versions of tracks by whose day people have to recertify."""

    @property
    def empty(self) -> bool:
        return self.based_on is not None and not self.changes

    @property
    def unsettled(self) -> tuple[Retired, ...]:
        """What keeps it from being published: nothing follows, and somebody would lose by it."""
        return tuple(one for one in self.retired if not one.settled)

    def effects_of(self, kind: EffectKind) -> list[Effect]:
        return [effect for effect in self.effects if effect.kind == kind]

    @property
    def counts(self) -> dict[str, int]:
        """How many partners each kind of consequence concerns."""
        return {kind: found.partners for kind, found in self.totals.items()}

    @property
    def totals(self) -> dict[EffectKind, Total]:
        """What each kind of consequence concerns: partners, seats and their monthly price."""
        return {kind: total(self.effects_of(kind)) for kind in KINDS}

    @property
    def hardest(self) -> list[Hit]:
        """The partners that lose most, by money, then by seats."""
        return hardest_hit(self.effects, HARDEST)

    @property
    def currency(self) -> str:
        """Of the prices by which the effects are weighed: those in force before."""
        return (self.based_on.document if self.based_on else self.document).currency


@dataclass(frozen=True)
class Group:
    """The same consequence for several partners: one line of a table."""

    kind: EffectKind
    subject: str
    before: str
    after: str
    partners: tuple[str, ...]
    total: Total

    @property
    def shown(self) -> tuple[str, ...]:
        return self.partners[:NAMES_SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.partners) - NAMES_SHOWN)


def plan_program(
    document: ProgramDocument,
    *,
    effective_from: dt.date,
    announced_on: dt.date | None = None,
    today: dt.date | None = None,
) -> Plan:
    """Compare with the version that would be in force on ``effective_from`` (vendor's day), and
    evaluate both for every active partner with that day's facts. Writes nothing. The number of
    queries depends on the number of chunks of partners, and memory on the size of one.
    ``announced_on`` is by default the effective day. Versions that take over after ``today`` and
    before this one have moved levels by then (``passed`` names them); by default there are none."""
    latest = ProgramVersion.objects.aggregate(Max("number"))["number__max"] or 0
    based_on = program_or_none(effective_from)
    names = active_partners(effective_from)
    changes = tuple(diff(based_on.document, document)) if based_on else ()
    plan = Plan(
        document,
        based_on,
        latest,
        effective_from,
        min(announced_on or effective_from, effective_from),
        changes=changes,
        partners=len(names),
        later=tuple(_scheduled(document, changes, effective_from)),
    )
    if based_on is None or not changes:
        return plan
    earlier = _earlier(today, effective_from) if today else []
    return replace(
        plan,
        effects=tuple(_effects(based_on.document, document, names, effective_from, earlier)),
        passed=tuple(one.number for one in earlier),
        retired=tuple(usage.retired(based_on.document, document, effective_from)),
        releases=releases(based_on.document, document, effective_from),
    )


@dataclass(frozen=True)
class _Earlier:
    """A scheduled version beside the one that it replaces."""

    number: int
    on: dt.date
    comparison: Comparison


def _earlier(today: dt.date, on: dt.date) -> list[_Earlier]:
    """The versions that take over after today and by the day, the nearest first; of several for
    one day the last published."""
    rows = ProgramVersion.objects.filter(effective_from__gt=today, effective_from__lte=on)
    last = rows.order_by("effective_from", "-number").distinct("effective_from")
    program, found = program_or_none(today), []
    for number, day in last.values_list("number", "effective_from"):
        follows = program_numbered(number)
        if program is not None:
            compared = Comparison.of(program.document, follows.document)
            found.append(_Earlier(number, day, compared))
        program = follows
    return found


def _as_moved(
    chunk: list[int], on: dt.date, earlier: list[_Earlier]
) -> tuple[dict[int, list[Move]], dict[int, Decided]]:
    """What the versions before move of these partners, under the codes of the last of them, and
    what is decided about them on the day: a fall that waits for the end of a cure is one."""
    moves: dict[int, list[Move]] = {pk: [] for pk in chunk}
    about = dict(decided(chunk, on))
    for one in earlier:
        kinds, records = one.comparison.facts_needed()
        # The day before: under the codes of the version that is in force until then.
        known = facts_of(chunk, one.on - dt.timedelta(days=1), kinds=kinds, records=records)
        then = decided(chunk, one.on)
        for pk in chunk:
            facts, mine = after_moves(known[pk], moves[pk]), then.get(pk, NOTHING_DECIDED)
            new = list(moves_by(one.comparison, facts, one.on, mine))
            judged = {(move.type_code, move.axis) for move in new}
            kept = (move.named_by(one.comparison.new) for move in moves[pk])
            moves[pk] = [
                move for move in kept
                if move.on <= one.on or (move.type_code, move.axis) not in judged
            ] + new  # fmt: skip
    for pk, found in moves.items():
        waits = {(move.type_code, move.axis, move.was) for move in found if move.on > on}
        if waits:
            mine = about.get(pk, NOTHING_DECIDED)
            spared = frozenset((kind, axis, was) for kind, axis, was in waits if was)
            about[pk] = replace(mine, spared=mine.spared | spared)
    return moves, about


def _effects(
    old: ProgramDocument,
    new: ProgramDocument,
    names: Mapping[int, str],
    on: dt.date,
    earlier: list[_Earlier],
) -> Iterator[Effect]:
    asked = Comparison.of(old, new)
    if asked.answers_alike:
        return
    kinds, records = asked.facts_needed()
    ids = list(names)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        facts = facts_of(chunk, on, kinds=kinds, records=records)
        running = deployed(chunk)
        moves, about = _as_moved(chunk, on, earlier)
        for pk in chunk:
            rows = tuple(_named(old, running.get(pk, ())))
            one = about.get(pk, NOTHING_DECIDED)
            known = after_moves(facts[pk], moves[pk]) if moves[pk] else facts[pk]
            yield from asked.effects(pk, names[pk], known, on, rows, one)


def _named(document: ProgramDocument, rows: tuple[Deployed, ...]) -> Iterator[Deployed]:
    """What runs, under the codes of the program in force."""
    for row in rows:
        yield replace(row, product=document.successor("products", row.product) or row.product)


def _scheduled(
    document: ProgramDocument, changes: tuple[Change, ...], after: dt.date
) -> Iterator[Scheduled]:
    """The versions to come; each overrides what it has otherwise at a place that changes now."""
    rows = ProgramVersion.objects.filter(effective_from__gt=after).order_by("effective_from")
    for number, day, announced in rows.values_list("number", "effective_from", "announced_on"):
        there = {one.path for one in diff(document, program_numbered(number).document)}
        yield Scheduled(number, day, announced, tuple(c for c in changes if c.path in there))


def groups(plan: Plan) -> list[Group]:
    """The effects put together: one line per tier change, gate or benefit, however many the
    partners."""
    held: dict[tuple[EffectKind, str, str, str], list[Effect]] = {}
    for effect in plan.effects:
        key = (effect.kind, effect.title, effect.was, effect.result)
        held.setdefault(key, []).append(effect)
    found = [
        Group(kind, title, was, now, tuple(sorted(one.partner for one in several)), total(several))
        for (kind, title, was, now), several in held.items()
    ]
    return sorted(found, key=lambda group: (KINDS.index(group.kind), -len(group.partners)))
