"""Everything a review needs to know, read for a chunk of partners at a time.

The number of queries depends on the number of chunks, and memory on the size of one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from partners.models import Enrolment, Partner
from programs.asking import facts_for
from programs.compiled import Program
from programs.document.types import TIER
from programs.models import Level, PartnerType
from programs.rules import Case, Facts
from reviews.models import Cure, LevelException, ReviewOutcome, ReviewRun, Sanction
from reviews.rules.clock import ONE_DAY, due_days, is_continuous, next_due, window_before
from reviews.rules.deciding import (
    AxisRules,
    Outcome,
    Standing,
    axis_rules,
    best_of,
    decide,
    explained,
    falls_of,
)
from web.statements import Keys

CHUNK = 1_000
WARN_AHEAD = dt.timedelta(days=90)
"""A warning looks ahead to the next review, and never further than this."""


@dataclass(frozen=True)
class Question:
    """One axis of one type, reviewed by the facts of ``due_on``; ``full`` at a review, else only
    what may happen between two. ``on`` is today: what began or ended after the due day, or is to
    begin later, was decided by somebody else and is left alone.
    ``by_clock``: an anniversary reviews those whose day it is, and not everybody."""

    program: Program
    partner_type: PartnerType
    rules: AxisRules
    due_on: dt.date
    on: dt.date
    full: bool = True
    by_clock: bool = False
    levels: Mapping[str, int] = field(default_factory=dict)
    """The key of each level's row by its code."""
    heirs: Mapping[str, str] = field(default_factory=dict)
    """The level that follows one which the program took out: what was held or lost under the old
    code counts for the new one."""
    former: Mapping[int, str] = field(default_factory=dict)
    """The types that the program took out and that this one follows: their codes by key."""
    inherited: Mapping[int, str] = field(default_factory=dict)
    """What the family gives, by partner."""


@dataclass(frozen=True)
class Member:
    """A partner under review: its open enrolments on the axis by level, and its standing."""

    partner_id: int
    joined_on: dt.date
    rows: Mapping[str | None, int]
    standing: Standing


@dataclass(frozen=True)
class Judged:
    """What a review says of one member, explained where something changes."""

    member: Member
    outcome: Outcome

    @property
    def held_id(self) -> int | None:
        """The enrolment that was judged. On a ladder without a level that is the bare one."""
        return self.member.rows.get(self.outcome.from_)


def question_for(
    program: Program,
    partner_type: PartnerType,
    axis: str,
    due_on: dt.date,
    on: dt.date,
    *,
    full: bool = True,
    by_clock: bool = False,
) -> Question:
    """The question with its levels and, where companies inherit, what the families hold."""
    rules = axis_rules(program.document, partner_type.code, axis)
    levels = dict(Level.objects.filter(partner_type=partner_type).values_list("code", "pk"))
    heirs = {
        code: heir[1]
        for code in levels
        if (heir := program.document.level_successor(partner_type.code, code)) is not None
        and heir[0] == partner_type.code
    }
    document = program.document
    named = {code for code, to in document.successors["types"].items() if to == partner_type.code}
    kinds = PartnerType.objects.filter(code__in=list(named)) if named else ()
    former = {kind.pk: kind.code for kind in kinds}
    asked = Question(
        program, partner_type, rules, due_on, on, full, by_clock, levels, heirs, former
    )
    return replace(asked, inherited=_inherited(asked))


def members_of(question: Question) -> list[tuple[int, dt.date]]:
    """(partner, day it joined) of every active partner that was of the type on the due day and
    still is, by key.

    Without ``full`` and where levels only rise at a review, just those with an open cure or
    exception.
    """
    of_type = Enrolment.objects.filter(partner_type=question.partner_type, axis=TIER)
    rows = of_type.filter(
        until__isnull=True,
        partner_id__in=of_type.current(question.due_on).values("partner_id"),
        partner__joined_on__lte=question.due_on,
        partner__status=Partner.Status.ACTIVE,
    )
    review = question.rules.review
    if not question.full and (review is None or review.up != "any_time"):
        own = {"partner_type": question.partner_type, "axis": question.rules.axis}
        cures = Cure.objects.filter(ended_on__isnull=True, **own).values("partner_id")
        excepted = LevelException.objects.filter(ended_on__isnull=True, **own).values("partner_id")
        rows = rows.filter(partner_id__in=cures) | rows.filter(partner_id__in=excepted)
    found = list(rows.order_by("partner_id").values_list("partner_id", "partner__joined_on"))
    if not (question.by_clock and review is not None and review.clock == "anniversary"):
        return found
    day, next_day = question.due_on, question.due_on + ONE_DAY
    return [(pk, joined) for pk, joined in found if due_days(review, joined, day, next_day)]


def judged(question: Question, members: Sequence[tuple[int, dt.date]]) -> Iterator[list[Judged]]:
    """The outcomes of all members, a chunk at a time."""
    for start in range(0, len(members), CHUNK):
        found = _members(question, members[start : start + CHUNK])
        facts = _facts(question, [member.partner_id for member in found], question.due_on)
        chunk: list[Judged] = []
        horizons = {day: _horizon(question, day) for day in {one.joined_on for one in found}}
        for member in found:
            horizon = horizons[member.joined_on]
            chunk += _judged(question, member, facts[member.partner_id], horizon)
        yield _in_window(question, chunk)


def _facts(question: Question, partner_ids: Collection[int], on: dt.date) -> dict[int, Facts]:
    """What the levels under review ask about; whatever else is known changes no outcome."""
    document, levels = question.program.document, question.rules.levels.values()
    trees = [tree for level in levels for tree in (level.entry_tree, level.retain) if tree]
    return facts_for(((tree, document) for tree in trees), partner_ids, on)


def _judged(question: Question, member: Member, facts: Facts, horizon: dt.date) -> list[Judged]:
    rules, case = question.rules, Case(facts, question.due_on)
    found = decide(rules, case, member.standing, review=question.full, horizon=horizon)
    return [Judged(member, _explained(rules, case, outcome)) for outcome in found]


def _explained(rules: AxisRules, case: Case, outcome: Outcome) -> Outcome:
    """The outcome with its tree as it is stored: without names, which a partner may read that does
    not see the people, and which stay when a person is erased."""
    if outcome.kind == "keep":
        return outcome
    return explained(rules, Case(case.facts.unnamed, case.on), outcome)


def _horizon(question: Question, joined_on: dt.date) -> dt.date:
    review, ahead = question.rules.review, question.due_on + WARN_AHEAD
    if review is None or is_continuous(review):
        return ahead
    return min(ahead, next_due(review, joined_on, question.due_on))


def _in_window(question: Question, chunk: list[Judged]) -> list[Judged]:
    """Where the clock is a window: what the best of its days says of those who would not keep
    their level on the due day, or not rise then."""
    review = question.rules.review
    if review is None or not question.full:
        return chunk
    days = window_before(review, question.due_on)
    if days == (question.due_on,):
        return chunk
    top = next(reversed([*question.rules.levels]), None)
    best = {_key(one): one for one in chunk}
    for day in days:
        open_ = [one for one in best.values() if _could_be_better(one, top, review.up)]
        ids = {one.member.partner_id for one in open_}
        if not ids:
            break
        facts = _facts(question, ids, day)
        for one in open_:
            case = Case(facts[one.member.partner_id], day)
            for outcome in decide(question.rules, case, one.member.standing):
                if outcome.kind not in ("promote", "keep"):
                    continue
                _better(
                    question, best, Judged(one.member, _explained(question.rules, case, outcome))
                )
    return list(best.values())


def _better(question: Question, best: dict[tuple[int, str | None], Judged], other: Judged) -> None:
    """Keep the better of two days. Cures begin on the due day, whatever day was looked at."""
    held = best.get(_key(other))
    if held is None:
        best[_key(other)] = other
    elif best_of(question.rules, (held.outcome, other.outcome)) is other.outcome:
        best[_key(other)] = Judged(other.member, replace(other.outcome, on=question.due_on))


def _could_be_better(one: Judged, top: str | None, up: str) -> bool:
    if one.outcome.kind in ("cure", "demote", "unknown"):
        return True
    return up == "review" and one.outcome.to != top


def _key(one: Judged) -> tuple[int, str | None]:
    return one.member.partner_id, one.outcome.from_ or one.outcome.judged


def _members(question: Question, chunk: Sequence[tuple[int, dt.date]]) -> list[Member]:
    ids = [pk for pk, _ in chunk]
    own = {
        "partner_id__any": Keys(ids),
        "partner_type": question.partner_type,
        "axis": question.rules.axis,
    }
    spans = _as_judged(question, _spans(own))
    former = _former_spans(question, ids) if question.former else {}
    named = ("partner_id", "level__code", "until")
    open_cures = Cure.objects.filter(ended_on__isnull=True, **own)
    cures = _by_partner(open_cures.values_list(*named))
    begun_since = _by_partner(open_cures.filter(since__gt=question.due_on).values_list(*named))
    exceptions = _by_partner(
        LevelException.objects.filter(
            ended_on__isnull=True, since__lte=question.on, **own
        ).values_list("partner_id", "level__code", "until")
    )
    locked = locked_out(ids, question.on, question.partner_type)
    found = []
    for pk, joined_on in chunk:
        rows = spans.get(pk, [])
        standing = _standing(
            question,
            [*former.get(pk, ()), *rows],
            cures=cures.get(pk, {}),
            exceptions=exceptions.get(pk, {}),
            locked_until=locked.get(pk),
            inherited=question.inherited.get(pk),
            settled=_settled(rows, question.due_on).union(begun_since.get(pk, ())),
        )
        open_rows = {level: key for key, level, _, until in rows if until is None}
        found.append(Member(pk, joined_on, open_rows, standing))
    return found


_Row = tuple[int, str | None, dt.date, dt.date | None]


def _spans(own: Mapping[str, object]) -> dict[int, list[_Row]]:
    """Per partner every enrolment on the axis, oldest first."""
    rows: dict[int, list[_Row]] = defaultdict(list)
    named = Enrolment.objects.filter(**own).order_by("since", "pk")
    for row in named.values_list("partner_id", "pk", "level__code", "since", "until"):
        rows[row[0]].append(row[1:])
    return rows


def _former_spans(question: Question, ids: Sequence[int]) -> dict[int, list[_Row]]:
    """Per partner what it held as one of the types that this one follows, as levels of this one:
    a lock-out goes on under a new name."""
    document, levels = question.program.document, question.rules.levels
    rows: dict[int, list[_Row]] = defaultdict(list)
    held = Enrolment.objects.filter(
        partner_id__any=Keys(list(ids)),
        partner_type_id__in=list(question.former),
        until__isnull=False,
        level__isnull=False,
    ).order_by("since", "pk")
    named = ("partner_id", "pk", "partner_type_id", "level__code", "since", "until")
    for partner_id, pk, kind, level, since, until in held.values_list(*named):
        heir = document.level_successor(question.former[kind], level)
        if heir is not None and heir[1] in levels:
            rows[partner_id].append((pk, heir[1], since, until))
    return rows


def _as_judged(question: Question, spans: dict[int, list[_Row]]) -> dict[int, list[_Row]]:
    """The spans with what reviews did on the day that they judged: after a downtime several are
    made up for on one day, and each goes on from what those of earlier days decided."""
    due_on = question.due_on
    late = [row[0] for rows in spans.values() for row in rows if _touched(row, due_on)]
    if not late:
        return spans
    done = ReviewOutcome.objects.filter(
        run__state=ReviewRun.State.APPLIED,
        run__trigger=ReviewRun.Trigger.CLOCK,
        due_on__lte=due_on,
        applied_on__gt=due_on,
        kind__in=[ReviewOutcome.Kind.PROMOTE, ReviewOutcome.Kind.DEMOTE],
    )
    begun = dict(done.filter(made_id__in=late).values_list("made_id", "due_on"))
    ended = dict(done.filter(held_id__in=late).values_list("held_id", "due_on"))
    return {
        pk: [
            (key, level, begun.get(key, since), ended.get(key, until))
            for key, level, since, until in rows
        ]
        for pk, rows in spans.items()
    }


def _touched(row: _Row, due_on: dt.date) -> bool:
    """Whether it began or ended after the day."""
    _key, _level, since, until = row
    return since > due_on or (until is not None and until > due_on)


def _settled(rows: Iterable[_Row], due_on: dt.date) -> frozenset[str | None]:
    return frozenset(row[1] for row in rows if _touched(row, due_on))


def _standing(question: Question, rows: Sequence[_Row], **more: Any) -> Standing:
    spans = [
        (question.heirs.get(level, level) if until else level, since, until)
        for _, level, since, until in rows
        if level is not None
    ]
    lasted = [span for span in spans if span[2] is None or span[2] > span[1]]
    return Standing(
        held=tuple(level for level, _, until in spans if until is None),
        before=frozenset(level for level, _, _ in lasted),
        lost=falls_of(question.rules, lasted),
        **more,
    )


def _by_partner(
    rows: Iterable[tuple[int, str, dt.date]],
) -> dict[int, dict[str, dt.date]]:
    found: dict[int, dict[str, dt.date]] = defaultdict(dict)
    for partner_id, level, until in rows:
        found[partner_id][level] = until
    return found


def locked_out(
    partner_ids: Collection[int], on: dt.date, partner_type: PartnerType | None = None
) -> dict[int, dt.date]:
    """The partners that may not rise on the day, with the day on which that ends."""
    rows = Sanction.objects.current(on).filter(
        partner_id__any=Keys(partner_ids), kind=Sanction.Kind.LOCK_OUT, lifted_on__isnull=True
    )
    if partner_type is not None:
        rows = rows.filter(partner_type__isnull=True) | rows.filter(partner_type=partner_type)
    ends: dict[int, dt.date] = {}
    for partner_id, until in rows.values_list("partner_id", "until"):
        ends[partner_id] = max(ends.get(partner_id, dt.date.min), until or dt.date.max)
    return ends


def _inherited(question: Question) -> dict[int, str]:
    """The best level below each company, or the level of the company above it."""
    found = question.program.document.types.get(question.partner_type.code)
    if found is None or found.inherit is None or question.rules.kind == "set":
        return {}
    held = dict(
        Enrolment.objects.filter(
            partner_type=question.partner_type,
            axis=question.rules.axis,
            until__isnull=True,
            since__lte=question.on,
            level__isnull=False,
        ).values_list("partner_id", "level__code")
    )
    parents = dict(Partner.objects.filter(parent__isnull=False).values_list("pk", "parent_id"))
    rank = question.rules.rank
    if found.inherit == "from_parent":
        return {pk: held[above] for pk, above in parents.items() if above in held}
    best: dict[int, str] = {}
    for pk, level in held.items():
        above, seen = parents.get(pk), {pk}
        while above is not None and above not in seen:
            if rank(level) > rank(best.get(above)):
                best[above] = level
            seen.add(above)
            above = parents.get(above)
    return best
