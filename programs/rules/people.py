"""`people`: how many distinct persons hold a certificate, with minimums for subsets of them.

Persons are distinct within one requirement; the same person may serve several requirements and
several subsets.
"""

from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import PrivateAttr, model_validator

from programs.errors import Problem
from programs.fields import NOT_STATED, Base, Codes, Count, NotStated, or_words
from programs.rules.base import NOT_STATED_REASON, Path, Problems, Requirement
from programs.rules.case import Case
from programs.rules.outcome import Counted, Node, Truth, at_least, outcome_of
from programs.rules.periods import Span, end_of, first_below, intersect

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

CRITERIA: tuple[Literal["track", "level", "function", "scope", "kind"], ...] = (
    "track", "level", "function", "scope", "kind",
)  # fmt: skip


class Selection(Base):
    """Which certificates count: those of tracks that meet every criterion given."""

    track: Codes | None = None
    level: Codes | None = None
    function: Codes | None = None
    scope: Codes | None = None
    kind: Codes | None = None
    at_least: Count | NotStated

    _tracks: frozenset[str] = PrivateAttr()
    _what: str = PrivateAttr()

    @model_validator(mode="after")
    def _selects_something(self) -> "Selection":
        if not any(getattr(self, name) for name in CRITERIA):
            raise ValueError(f"name at least one of {or_words(CRITERIA)}")
        return self

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        """Resolve the criteria to track codes; a criterion that no track meets is a problem."""
        problems: Problems = []
        found = set(document.tracks)
        for name in CRITERIA:
            for wanted in getattr(self, name) or ():
                problems += document.missing_track(name, wanted, (*path, name))
            if wanted_any := getattr(self, name):
                found &= document.tracks_with(name, wanted_any)
        if not problems and not found:
            problem = Problem(
                "no_track", "", "no track meets all these criteria together",
                remedy="Remove a criterion or add a track",
            )  # fmt: skip
            problems.append((path, problem))
        self._tracks = frozenset(found)
        self._what = self._phrase(document)
        return problems

    def _phrase(self, document: "ProgramDocument") -> str:
        if self.track and not (self.level or self.function or self.scope or self.kind):
            return or_words(document.title_of("tracks", code) for code in self.track)
        words = [f"a {or_words(self.kind)} certificate" if self.kind else "a certificate"]
        if self.track:
            words = [or_words(document.title_of("tracks", code) for code in self.track)]
        if self.level:
            words.append(f"of level {or_words(self.level)}")
        if self.function:
            words.append(f"to {or_words(self.function)}")
        if self.scope:
            words.append(f"in {or_words(self.scope)}")
        return " ".join(words)

    def words(self) -> str:
        """`2 people with Endpoint Deploy`."""
        count = "a number (not stated) of" if self.at_least == NOT_STATED else f"{self.at_least:,}"
        return f"{count} {_people(self.at_least)} with {self._what}"

    def enough(self, have: int) -> Truth:
        """Whether so many persons are enough; unknown when the need is not stated."""
        return None if self.at_least == NOT_STATED else have >= self.at_least

    def node(self, kind: str, case: Case, spans: dict[str, list[Span]]) -> Node:
        """The explained count over these days per person."""
        ends = {key: end_of(found, case.on) for key, found in spans.items()}
        valid = {key for key, found in spans.items() if _covers(found, case.on)}
        need = None if self.at_least == NOT_STATED else self.at_least
        truth = self.enough(len(valid))
        missing = ""
        if truth is False and need:
            short = need - len(valid)
            missing = f"{short:,} more {_people(short)} with {self._what}"
        return Node(
            kind=kind,
            outcome=outcome_of(truth),
            words=self.words(),
            subject=tuple(sorted(self._tracks)),
            need=need,
            have=len(valid),
            unit="people",
            missing=missing,
            unknown=(NOT_STATED_REASON,) if truth is None else (),
            until=first_below(spans.values(), need, case.on) if truth and need else None,
            counted=self._rows(case, valid, ends),
            lapsed=self._lapsed(case, valid),
        )

    def _rows(
        self, case: Case, valid: set[str], ends: dict[str, date | None]
    ) -> tuple[Counted, ...]:
        """One row per person who counts: the certificate that lasts longest."""
        rows, tracks = [], self._tracks
        for person in case.employed:
            held = [
                c for c in person.certificates
                if c.track in tracks
                and c.from_ <= case.on
                and (c.until is None or case.on < c.until)
            ]  # fmt: skip
            if person.key in valid and held:
                best = max(held, key=lambda c: (c.until or date.max, c.number))
                end = ends[person.key]
                rows.append(Counted(person.key, person.name, best.track, best.number, end))
        return tuple(sorted(rows, key=lambda row: row.key))

    def _lapsed(self, case: Case, valid: set[str]) -> tuple[Counted, ...]:
        """People still employed whose certificate ended: the nearest way back."""
        rows, tracks = [], self._tracks
        for person in case.employed:
            ended = [
                c for c in person.certificates
                if c.track in tracks and c.until is not None and c.until <= case.on
            ]  # fmt: skip
            if person.key not in valid and ended:
                last = max(ended, key=lambda c: (c.until or date.max, c.number))
                rows.append(Counted(person.key, person.name, last.track, last.number, last.until))
        return tuple(sorted(rows, key=lambda row: row.key))


class PeopleCount(Selection):
    """A count of people, and of them so many who also hold something else."""

    of_them: tuple[Selection, ...] = ()


class People(Requirement):
    """`{people: {track: endpoint-deploy, at_least: 2, of_them: [{track: infra, at_least: 1}]}}`."""

    people: PeopleCount

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        here = (*path, "people")
        problems = self.people.bind(document, here)
        for index, subset in enumerate(self.people.of_them):
            problems += subset.bind(document, (*here, "of_them", index))
        return problems

    def words(self) -> str:
        if self.title:
            return self.title
        subsets = [f"of them {subset.words()}" for subset in self.people.of_them]
        return ", ".join([self.people.words(), *subsets])

    def holds(self, case: Case) -> Truth:
        people = case.holders(self.people._tracks)
        total = self.people.enough(len(people))
        if not self.people.of_them or total is False:
            return total
        subsets = (
            subset.enough(len(people & case.holders(subset._tracks)))
            for subset in self.people.of_them
        )
        return at_least((total, *subsets), 1 + len(self.people.of_them))

    def explain(self, case: Case) -> Node:
        spans = case.spans(self.people._tracks)
        total = self.people.node("people", case, spans)
        if not self.people.of_them:
            return _named(total, self)
        parts = [total]
        for subset in self.people.of_them:
            inner = case.spans(subset._tracks)
            both = {key: intersect(days, inner.get(key, [])) for key, days in spans.items()}
            parts.append(subset.node("of_them", case, both))
        truth = at_least((part.truth for part in parts), len(parts))
        ends = [part.until for part in parts if part.until]
        reasons = [reason for part in parts for reason in part.unknown]
        node = Node(
            kind="people",
            outcome=outcome_of(truth),
            words=self.words(),
            subject=total.subject,
            need=total.need,
            have=total.have,
            unit="people",
            missing="; of them ".join(part.missing for part in parts if part.missing),
            unknown=tuple(dict.fromkeys(reasons)) if truth is None else (),
            until=min(ends) if truth and ends else None,
            counted=total.counted,
            lapsed=total.lapsed,
            children=tuple(parts),
        )
        return _named(node, self)


def _named(node: Node, requirement: Requirement) -> Node:
    return node.labelled(requirement.id, requirement.title)


def _people(count: int | str) -> str:
    return "person" if count == 1 else "people"


def _covers(spans: list[Span], on: date) -> bool:
    return any(start <= on < until for start, until in spans)
