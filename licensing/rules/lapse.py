"""When did a gate close, why, and how far has that gone? Pure: the history is given.

A lapse is looked for on the request itself: the last day on which this very request would have
passed. So grace gives what would have been allowed had nothing ended, and never more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from programs.document import ProgramDocument
from programs.document.lapse import STAGES, Cause, Stage
from programs.rules import AGREEMENT, Case, Facts, Node, Requirement

MOST_TURNS = 400
"""Days looked back over on which anything changed: years of a large partner, in a bounded time."""
_DAY = dt.timedelta(days=1)
_SIGNED = frozenset({AGREEMENT, "addendum"})


@dataclass(frozen=True, slots=True)
class Lost:
    """What ended: ``key`` is the person's, or the code of the agreement or attestation; ``what``
    the track of a certificate, empty for other things and for somebody who left."""

    cause: Cause
    key: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Lapse:
    """Since which day the gate has been closed to a request that it had let pass, and what ended on
    that day."""

    since: dt.date
    lost: tuple[Lost, ...]

    @property
    def causes(self) -> tuple[Cause, ...]:
        return tuple(dict.fromkeys(one.cause for one in self.lost))

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        lost = [[one.cause, one.key, one.what] for one in self.lost]
        return {"since": self.since.isoformat(), "lost": lost}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Lapse:
        lost = tuple(Lost(*row) for row in values["lost"])
        return cls(dt.date.fromisoformat(values["since"]), lost)


@dataclass(frozen=True)
class Era:
    """A program version over the days from ``since`` on: what it asked of this request, and the
    facts under its codes, people who left included. ``trees`` is None where it did not offer it."""

    since: dt.date
    trees: Sequence[Requirement] | None
    facts: Facts
    revoked: frozenset[tuple[str, str, dt.date]] = frozenset()
    """(person, track, day) of certificates that ended by revocation."""

    def case(self, day: dt.date, customer: str | None) -> Case:
        return Case(self.facts, day, customer)

    def holds(self, day: dt.date, customer: str | None) -> bool:
        if self.trees is None:
            return False
        case = self.case(day, customer)
        return all(tree.holds(case) is True for tree in self.trees)


def find(eras: Iterable[Era], on: dt.date, customer: str | None) -> Lapse | None:
    """The lapse of a request that does not pass on the day ``on``; None where it never passed.

    ``eras`` from the one in force on the day backwards, each beginning before the one before it;
    no more of them are asked for than it takes.
    """
    ahead = iter(eras)
    era, end, looked = next(ahead, None), on, 0
    while era is not None:
        case = era.case(on, customer)
        turns = {day for tree in era.trees or () for day in tree.turns(case)}
        for day in sorted((day for day in turns if era.since < day <= end), reverse=True):
            if era.holds(day - _DAY, customer):
                return Lapse(day, tuple(_lost(era, era, day, customer)))
            looked += 1
            if looked == MOST_TURNS:
                return None
        before = next(ahead, None)
        if before is not None and before.holds(era.since - _DAY, customer):
            return Lapse(era.since, tuple(_lost(before, era, era.since, customer)))
        end = era.since - _DAY
        era = before
    return None


def _lost(was: Era, era: Era, day: dt.date, customer: str | None) -> Iterator[Lost]:
    """What ended on the day; a new version alone, where the former one would still let pass."""
    if was is not era and was.holds(day, customer):
        yield Lost("program_change")
        return
    then, now = was.case(day - _DAY, customer), was.case(day, customer)
    found = dict.fromkeys(
        lost
        for tree in was.trees or ()
        for before, after in _closed(tree.explain(then), tree.explain(now))
        for lost in _ended(was, before, after, day)
    )
    yield from found or [Lost("program_change" if was is not era else "expiry")]


def _closed(before: Node, after: Node) -> Iterator[tuple[Node, Node]]:
    """The nodes that passed and no longer do, each with what it became."""
    if before.outcome == "pass" and after.outcome != "pass":
        yield before, after
    for pair in zip(before.children, after.children, strict=False):
        yield from _closed(*pair)


def _ended(era: Era, before: Node, after: Node, day: dt.date) -> Iterator[Lost]:
    still = {(row.key, row.track) for row in after.counted}
    for row in before.counted:
        if (row.key, row.track) in still:
            continue
        if not row.track:
            signed = before.kind in _SIGNED
            yield Lost("agreement_end" if signed else "expiry", row.key)
            continue
        yield from _person_ended(era, row.key, row.track, day)


def _person_ended(era: Era, key: str, track: str, day: dt.date) -> Iterator[Lost]:
    people = [person for person in era.facts.people if person.key == key]
    stays = any(person.from_ == day for person in people)  # in other roles
    if not stays and any(person.until == day for person in people):
        yield Lost("departure", key)
    certificates = (held for person in people for held in person.certificates)
    if any(held.track == track and held.until == day for held in certificates):
        revoked = (key, track, day) in era.revoked
        yield Lost("revocation" if revoked else "expiry", key, track)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lapse stands on a day: the stage, what comes next and when (None: it stays so)."""

    stage: Stage
    cause: Cause
    since: dt.date
    next_stage: Stage | None = None
    next_on: dt.date | None = None
    lost: tuple[Lost, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "stage": self.stage,
            "cause": self.cause,
            "since": self.since.isoformat(),
            "next_stage": self.next_stage,
            "next_on": self.next_on and self.next_on.isoformat(),
            "lost": [[one.cause, one.key, one.what] for one in self.lost],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Standing:
        coming = values["next_on"]
        return cls(
            values["stage"],
            values["cause"],
            dt.date.fromisoformat(values["since"]),
            values["next_stage"],
            dt.date.fromisoformat(coming) if coming else None,
            tuple(Lost(*row) for row in values["lost"]),
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that a lapse reaches on a day."""

    day: dt.date
    stage: Stage
    cause: Cause
    lapse: Lapse

    @property
    def rank(self) -> int:
        return STAGES.index(self.stage)


def steps_of(document: ProgramDocument, product: str, lapse: Lapse) -> list[Step]:
    """Every stage that the lapse reaches, by all its causes; empty where the program knows none."""
    steps = []
    for cause in lapse.causes:
        policy = document.lapse_policy(product, cause)
        if policy is not None:
            steps.append(Step(lapse.since, "grace", cause, lapse))
            for stage, after in policy.stages:
                day = lapse.since + dt.timedelta(days=after)
                steps.append(Step(day, stage, cause, lapse))
    return steps


def standing_on(steps: Sequence[Step], on: dt.date) -> Standing | None:
    """Where these stand together on the day: the strictest stage reached. None without steps."""
    reached = [step for step in steps if step.day <= on]
    if not reached:
        return None
    now = max(reached, key=lambda step: (step.rank, -step.day.toordinal()))
    ahead = [step for step in steps if step.day > on and step.rank > now.rank]
    coming = min(ahead, key=lambda step: (step.day, -step.rank), default=None)
    if now.stage == "grace" and coming is not None:
        now = Step(coming.lapse.since, "grace", coming.cause, coming.lapse)
    return Standing(
        now.stage,
        now.cause,
        now.lapse.since,
        coming.stage if coming else None,
        coming.day if coming else None,
        tuple(one for one in now.lapse.lost if one.cause == now.cause),
    )
