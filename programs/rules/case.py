"""One partner on one day: the facts as the requirements ask for them, indexed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, reduce
from typing import Any, Literal
from weakref import WeakValueDictionary

from django.utils.translation import gettext as _

from programs.rules.facts import OWN, Certificate, Facts, Period, Person
from programs.rules.periods import Span, intersect, merge, span

Org = Literal["own", "family", "country", "region"]
Members = frozenset[str]

OWN_ONLY: Members = frozenset({OWN})


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Match:
    """Which people count: those who hold one of the tracks, or, where `tracks` is None, anybody.

    `accepted` says, where only some versions of a track count, of each the first day on which it
    no longer does. `regions` gives the country group of a country. `also` are those that each
    person meets, instead: `tracks` and `accepted` are then of all of them together. `shared` gives
    equal ones as one object, so that a case looks for the same people once.
    """

    tracks: frozenset[str] | None
    accepted: Mapping[str, Mapping[str, date]] | None = None
    roles: frozenset[str] | None = None
    org: Org = "own"
    regions: Mapping[str, str] | None = None
    also: tuple["Match", ...] = ()

    def shared(self) -> "Match":
        """The one object for all that are equal to this."""
        accepted = self.accepted and frozenset(
            (track, frozenset(ends.items())) for track, ends in self.accepted.items()
        )
        regions = self.regions and frozenset(self.regions.items())
        key = (self.tracks, accepted, self.roles, self.org, regions, self.also)
        return _matches.setdefault(key, self)

    def span_of(self, held: Certificate) -> Span | None:
        """The days on which a certificate counts; None if it never does."""
        if self.also:
            spans = (part.span_of(held) for part in self.also)
            return next((days for days in spans if days is not None), None)
        if self.tracks is None or held.track not in self.tracks:
            return None
        start, until = span(held.from_, held.until)
        if self.accepted is None:
            return start, until
        last = self.accepted.get(held.track, {}).get(held.version or "")
        return None if last is None else (start, min(until, last))


_matches: WeakValueDictionary[Any, Match] = WeakValueDictionary()


class Case:
    """Facts on a day, for one customer where an addendum is per customer.

    `today` is the day from which a later one is looked at: what is announced after it is not yet
    told. `values` is where the metrics' readers keep what they found.
    """

    def __init__(
        self, facts: Facts, on: date, customer: str | None = None, today: date | None = None
    ) -> None:
        self.facts = facts
        self.on = on
        self.customer = customer
        self.today = today or on
        self.values: dict[Any, tuple[Decimal | None, str]] = {}
        self._found: dict[Match, frozenset[str] | None] = {}
        self._by_track: dict[Members, dict[str, frozenset[str]]] = {}

    def later(self, day: date) -> "Case":
        """The same on a later day, looked at from the same one."""
        return Case(self.facts, day, self.customer, self.today)

    def members(self, org: Org, regions: Mapping[str, str] | None = None) -> Members | None:
        """Whose rows count: keys of the family's companies; None if a country is not known."""
        if org == "own" or not self.facts.family:
            return OWN_ONLY
        others = [member for member in self.facts.family if member.relation != "self"]
        if org == "family":
            return OWN_ONLY.union(member.key for member in others)
        if not self.facts.country or not all(member.country for member in others):
            return None
        place = {} if org == "country" else regions or {}
        own = place.get(self.facts.country, self.facts.country)
        return OWN_ONLY.union(m.key for m in others if place.get(m.country, m.country) == own)

    def employed_by(self, members: Members) -> tuple[Person, ...]:
        """The people whom these companies employ on the day."""
        on = self.on
        return tuple(
            person
            for person in self.facts.people
            if person.member in members
            and (person.from_ is None or person.from_ <= on)
            and (person.until is None or on < person.until)
        )

    @cached_property
    def employed(self) -> tuple[Person, ...]:
        """The partner's own people on the day."""
        return self.employed_by(OWN_ONLY)

    def people(self, match: Match) -> frozenset[str] | None:
        """Keys of those who count on the day; None if the companies are not known."""
        try:
            return self._found[match]
        except KeyError:
            found = self._found[match] = self._people(match)
            return found

    def _people(self, match: Match) -> frozenset[str] | None:
        members = self.members(match.org, match.regions)
        if members is None:
            return None
        if match.also:
            return reduce(_both, (self.people(part) for part in match.also))
        if match.tracks is not None and match.accepted is None and match.roles is None:
            by_track = self._holders(members)
            found = [by_track[track] for track in match.tracks if track in by_track]
            return found[0] if len(found) == 1 else frozenset().union(*found)
        return frozenset(
            person.key
            for person in self.employed_by(members)
            if (match.roles is None or not match.roles.isdisjoint(person.roles))
            and (match.tracks is None or self._holds_one(person, match))
        )

    def _holds_one(self, person: Person, match: Match) -> bool:
        spans = (match.span_of(held) for held in person.certificates)
        return any(days is not None and days[0] <= self.on < days[1] for days in spans)

    def _holders(self, members: Members) -> dict[str, frozenset[str]]:
        """Per track who holds a valid certificate of it."""
        if members not in self._by_track:
            on = self.on
            holders: dict[str, set[str]] = {}
            for person in self.employed if members is OWN_ONLY else self.employed_by(members):
                for held in person.certificates:
                    if held.from_ <= on and (held.until is None or on < held.until):
                        holders.setdefault(held.track, set()).add(person.key)
            self._by_track[members] = {track: frozenset(keys) for track, keys in holders.items()}
        return self._by_track[members]

    def spans(self, match: Match) -> dict[str, list[Span]]:
        """Per person the merged days on which they are employed and count."""
        if match.also:
            return reduce(_common, (self.spans(part) for part in match.also))
        members = self.members(match.org, match.regions) or frozenset()
        spans: dict[str, list[Span]] = {}
        for person in self.facts.people:
            if person.member not in members:
                continue
            if match.roles is not None and match.roles.isdisjoint(person.roles):
                continue
            first, last = span(person.from_, person.until)
            if match.tracks is None:
                spans.setdefault(person.key, []).append((first, last))
                continue
            for held in person.certificates:
                days = match.span_of(held)
                if days is not None:
                    both = max(days[0], first), min(days[1], last)
                    spans.setdefault(person.key, []).append(both)
        return {key: merge(found) for key, found in spans.items()}

    def agreements(self, code: str, *, per_customer: bool) -> tuple[Period, ...]:
        """Periods of an agreement or addendum: the vendor's, or those of the case's customer."""
        wanted = self.customer if per_customer else None
        return tuple(
            period
            for period in self.facts.agreements.get(code, ())
            if not per_customer or period.customer == wanted
        )


def _both(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str] | None:
    return None if left is None or right is None else left & right


def _common(left: dict[str, list[Span]], right: dict[str, list[Span]]) -> dict[str, list[Span]]:
    """Of those in both the days in both."""
    return {key: intersect(days, right[key]) for key, days in left.items() if key in right}


def org_reason(org: Org) -> str:
    """Why the companies that count are not known."""
    if org == "region":
        return _("the country of a company of the family is not known, so its region is not")
    return _("the country of a company of the family is not known")
