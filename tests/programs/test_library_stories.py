"""The stories of the library: partners through reviews in a row, by the reviews' own decision."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from programs import library
from programs.document import ProgramDocument
from programs.rules import Case, Certificate, Facts, Held, Person, facts_from
from reviews.rules import (
    AxisRules,
    Outcome,
    Standing,
    axis_rules,
    decide,
    due_days,
    explained,
    falls_of,
    is_continuous,
    next_due,
)
from reviews.rules.ground import WARN_AHEAD

ONE_DAY = timedelta(days=1)
STORIES = [
    pytest.param(name, story, id=f"{name}: {story['title']}")
    for name in library.with_stories()
    for story in library.stories(name)
]


@dataclass
class Partner:
    """What is on record of the story's partner on its axis: what applying a run would leave."""

    rules: AxisRules
    facts: Facts
    joined: date
    spans: list[tuple[str, date, date | None]] = field(default_factory=list)
    cures: dict[str, date] = field(default_factory=dict)
    exceptions: dict[str, date] = field(default_factory=dict)

    def holds(self) -> tuple[str, ...]:
        return tuple(level for level, _, until in self.spans if until is None)

    def give(self, level: str | None, on: date, instead_of: str | None = None) -> None:
        ended = self.holds() if self.rules.kind == "ladder" else (instead_of,)
        self.spans = [
            (held, since, on if until is None and held in ended else until)
            for held, since, until in self.spans
        ]
        for held in ended:
            self.cures.pop(held or "", None)
        if level is not None:
            self.spans.append((level, on, None))

    def apply(self, outcome: Outcome) -> None:
        if outcome.moves:
            self.give(outcome.to, outcome.on, outcome.from_)
        elif outcome.kind == "cure" and outcome.to and outcome.until:
            self.cures.setdefault(outcome.to, outcome.until)
        elif outcome.cured:
            self.cures.pop(outcome.to or "")

    def standing(self) -> Standing:
        return Standing(
            held=self.holds(),
            before=frozenset(level for level, _, _ in self.spans),
            lost=falls_of(self.rules, self.spans),
            cures=dict(self.cures),
            exceptions=dict(self.exceptions),
        )

    def case(self, on: date) -> Case:
        own = [Held(level, since, until, self.rules.axis) for level, since, until in self.spans]
        others = self.facts.held.get(self.rules.type_code, ())
        held = {**self.facts.held, self.rules.type_code: (*others, *own)}
        return Case(replace(known_on(self.facts, on), held=held), on)

    def horizon(self, on: date) -> date:
        rule = self.rules.review
        if rule is None or is_continuous(rule):
            return on + WARN_AHEAD
        return min(on + WARN_AHEAD, next_due(rule, self.joined, on))


def known_on(facts: Facts, on: date) -> Facts:
    """The facts without what nobody can know on the day: what began later, customers lost later."""
    return replace(
        facts,
        people=tuple(
            replace(person, certificates=tuple(c for c in person.certificates if c.from_ <= on))
            for person in facts.people
            if person.from_ is None or person.from_ <= on
        ),
        attestations={
            code: tuple(period for period in periods if period.from_ <= on)
            for code, periods in facts.attestations.items()
        },
        records={
            code: tuple(
                replace(row, until=row.until if row.until and row.until <= on else None)
                for row in rows
                if row.on <= on
            )
            for code, rows in facts.records.items()
        },
    )


def words(outcome: Outcome) -> str:
    """`promote silver to gold`, `cure gold until 2026-07-01`, `keep gold, cured`."""
    said = f"{outcome.kind} {outcome.from_ or 'none'}"
    if outcome.moves:
        said += f" to {outcome.to or 'none'}"
    if outcome.until:
        said += f" until {outcome.until}"
    return f"{said}, cured" if outcome.cured else said


def review(partner: Partner, step: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What the review says, and what is missing; the outcomes are applied."""
    on = date.fromisoformat(step["on"])
    rule = partner.rules.review
    full = not step.get("between")
    if full and rule is not None and not step.get("by_hand"):
        assert due_days(rule, partner.joined, on, on + ONE_DAY) == (on,), f"no review is due {on}"
    case = partner.case(on)
    found = decide(
        partner.rules, case, partner.standing(), review=full, horizon=partner.horizon(on)
    )
    gaps = [leaf for one in found for leaf in explained(partner.rules, case, one).gap]
    for outcome in found:
        partner.apply(outcome)
    missing = [text for leaf in gaps for text in (leaf.missing, *leaf.unknown) if text]
    return [words(outcome) for outcome in found], missing


def facts_of(story: dict[str, Any]) -> Facts:
    facts = library.partner(story["partner"]) if "partner" in story else facts_from(story["facts"])
    return replace(facts, people=(*facts.people, *crowd(story.get("certified", {}))))


def crowd(certified: dict[str, Any]) -> tuple[Person, ...]:
    """`{track: [6, 2022-12-01, "16.0"]}`: so many people with a certificate of the track."""
    return tuple(
        Person(
            f"{track}-{place}",
            certificates=(Certificate(track, date.fromisoformat(since), None, *version),),
        )
        for track, (number, since, *version) in certified.items()
        for place in range(number)
    )


def begin(document: ProgramDocument, story: dict[str, Any]) -> Partner:
    rules = axis_rules(document, story["type"], story.get("axis", "tier"))
    joined = date.fromisoformat(story["joined"])
    partner = Partner(rules, facts_of(story), joined)
    partner.facts = replace(partner.facts, since=joined)
    return partner


@pytest.mark.parametrize(("name", "story"), STORIES)
def test_story(name: str, story: dict[str, Any]) -> None:
    partner = begin(library.program(name), story)
    for step in story["steps"]:
        on = date.fromisoformat(step["on"])
        if metrics := step.get("metrics"):
            newer = facts_from({"metrics": metrics}).metrics
            partner.facts = replace(partner.facts, metrics={**partner.facts.metrics, **newer})
        if "gives" in step:
            assert step["gives"] in partner.rules.levels
            partner.give(step["gives"], on)
        if spared := step.get("exception"):
            partner.exceptions[spared["level"]] = date.fromisoformat(spared["until"])
        if "expect" not in step:
            continue
        said, missing = review(partner, step)
        expected = step["expect"]
        assert (on, said) == (on, [expected] if isinstance(expected, str) else expected)
        if "missing" in step:
            assert (on, missing) == (on, step["missing"])


@pytest.mark.parametrize("name", [n for n in library.names() if n not in {"aurora", "borealis"}])
def test_published_program_has_a_story_of_four_reviews_in_a_row(name: str) -> None:
    reviews = [
        sum("expect" in step and not step.get("between") for step in story["steps"])
        for story in library.stories(name)
    ]
    assert max(reviews) >= 4


def test_the_stories_tell_every_kind_of_outcome() -> None:
    told = set()
    for name in library.with_stories():
        for story in library.stories(name):
            for step in story["steps"]:
                expected = step.get("expect", [])
                listed = [expected] if isinstance(expected, str) else expected
                told |= {text.split()[0] for text in listed}
    assert told == {"promote", "warn", "cure", "demote", "keep", "exception", "unknown"}
