"""One partner on one day: the facts as the requirements ask for them, indexed once."""

from datetime import date
from functools import cached_property

from programs.rules.facts import Facts, Period, Person
from programs.rules.periods import Span, merge, span


class Case:
    """Facts on a day, for one customer where an addendum is per customer."""

    def __init__(self, facts: Facts, on: date, customer: str | None = None) -> None:
        self.facts = facts
        self.on = on
        self.customer = customer
        self._spans: dict[frozenset[str], dict[str, list[Span]]] = {}

    @cached_property
    def employed(self) -> tuple[Person, ...]:
        """The people employed on the day."""
        return tuple(
            person
            for person in self.facts.people
            if (person.from_ is None or person.from_ <= self.on)
            and (person.until is None or self.on < person.until)
        )

    @cached_property
    def _holders(self) -> dict[str, set[str]]:
        holders: dict[str, set[str]] = {}
        for person in self.employed:
            for held in person.certificates:
                if held.from_ <= self.on and (held.until is None or self.on < held.until):
                    holders.setdefault(held.track, set()).add(person.key)
        return holders

    def holders(self, tracks: frozenset[str]) -> set[str]:
        """Keys of the people employed on the day who hold a valid certificate of a track."""
        found: set[str] = set()
        for track in tracks:
            found |= self._holders.get(track, set())
        return found

    def spans(self, tracks: frozenset[str]) -> dict[str, list[Span]]:
        """Per person the merged days on which they are employed and hold one of the tracks."""
        if tracks not in self._spans:
            self._spans[tracks] = self._merged(tracks)
        return self._spans[tracks]

    def _merged(self, tracks: frozenset[str]) -> dict[str, list[Span]]:
        spans: dict[str, list[Span]] = {}
        for person in self.facts.people:
            employed_from, employed_until = span(person.from_, person.until)
            for held in person.certificates:
                if held.track in tracks:
                    start, until = span(held.from_, held.until)
                    days = max(start, employed_from), min(until, employed_until)
                    spans.setdefault(person.key, []).append(days)
        return {key: merge(found) for key, found in spans.items()}

    def agreements(self, code: str, *, per_customer: bool) -> tuple[Period, ...]:
        """Periods of an agreement or addendum: the vendor's, or those of the case's customer."""
        wanted = self.customer if per_customer else None
        return tuple(
            period
            for period in self.facts.agreements.get(code, ())
            if not per_customer or period.customer == wanted
        )
