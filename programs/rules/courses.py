"""Which exams people could take on a day, and for which selections each would make them count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from programs.errors import ProgramError
from programs.rules.case import Case, Match
from programs.rules.earning import Attempt, Held, earned_by, renewable_from
from programs.rules.expiry import counts_until
from programs.rules.facts import OWN, Certificate, Person
from programs.rules.selection import Criteria

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.document.tracks import Track

Kind = Literal["delta", "renewal", "first"]
EFFORT: dict[Kind, int] = {"delta": 1, "renewal": 2, "first": 3}
Asked = frozenset[int]
Met = frozenset[tuple[int, int]]
"""Parts of selections: where one person holds several certificates at once (`all_of`), each of
them is a part; otherwise there is one. Who meets all parts of a selection counts for it."""
Taken = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Exam:
    """Somebody takes an exam: a delta on a course that still counts, a renewal of what they held
    before, or their first of the track. `version` is empty where the track has none; the key of
    somebody yet to be hired is `new-1`, `new-2` and so on."""

    person: str
    name: str
    track: str
    version: str
    kind: Kind
    new_person: bool = False


@dataclass(frozen=True, slots=True)
class _Offer:
    """An exam with the certificates that it brings and the parts that these meet; `free` for a
    composite, which comes of itself with the last of its members."""

    exam: Exam
    certificates: tuple[Certificate, ...]
    counts: Met
    free: bool = False


class Table:
    """Per person the exams within reach on the case's day, and what they would count for.

    Only the partner's own people take exams. New ones have no certificate and fill any role. They
    count on the day `by`, which may be later than that of the exams.
    """

    def __init__(
        self,
        selections: Iterable[Criteria],
        case: Case,
        document: ProgramDocument,
        by: date | None = None,
    ) -> None:
        self.document = document
        self.case = case
        self.by = by or case.on
        self.matches: dict[int, Match] = {id(one): one.match for one in selections}
        self.parts = {
            one: tuple(part for part in match.also or (match,) if part.tracks is not None)
            for one, match in self.matches.items()
        }
        self.new = 0
        self._roles = frozenset().union(*(m.roles or () for m in self.matches.values()))
        self._tracks = self._relevant()
        self._prerequisites = {n for t in self._tracks for n in self._needs(t)}
        self._people = {person.key: person for person in case.employed}
        self.keys = sorted(self._people, key=lambda key: (self._people[key].name, key))
        self._of: dict[str, dict[str, _Offer]] = {}
        self._base: dict[str, tuple[Met, frozenset[str]]] = {}
        for key in self.keys:
            self._look(self._people[key], new=False)

    def hire(self, new: int) -> None:
        """Let so many new people take exams, too."""
        for number in range(self.new + 1, new + 1):
            self.keys.append(self._newcomer(number).key)
            self._look(self._newcomer(number), new=True)
        self.new = new

    def all_of(self, new: int) -> Taken:
        """Every exam within reach, with so many new people."""
        if new > self.new:
            self.hire(new)
        later = {self._newcomer(number).key for number in range(new + 1, self.new + 1)}
        return frozenset(
            (key, track)
            for key in self.keys
            if key not in later
            for track in self._of[key]
            if self.closure(key, track, frozenset())
        )

    def people_after(self, taken: Taken, new: int) -> tuple[Person, ...]:
        """The people of the facts, and the new ones, with what they passed."""
        passed: dict[str, list[Certificate]] = {}
        for key, track in taken:
            passed.setdefault(key, []).extend(self._of[key][track].certificates)
        people = [
            replace(person, certificates=(*person.certificates, *passed[person.key]))
            if person.key in passed and person.key in self._people and person.member == OWN
            else person
            for person in self.case.facts.people
        ]
        for number in range(1, new + 1):
            newcomer = self._newcomer(number)
            if newcomer.key in passed:
                people.append(replace(newcomer, certificates=tuple(passed[newcomer.key])))
        return tuple(people)

    def useful(self, key: str, asked: Asked, taken: Taken) -> list[str]:
        """Tracks whose exam makes the person count for something of what is asked, or brings it
        nearer to that, without those that another exam is as good as."""
        counted = self._counted(key, taken)
        gains = {
            track: offer.counts - counted
            for track, offer in self._of[key].items()
            if (key, track) not in taken
            and not asked.isdisjoint(one for one, _part in offer.counts - counted)
            and self.closure(key, track, taken)
        }
        return [
            track for track in gains
            if not any(self._beats(key, other, track, gains, taken) for other in gains)
        ]  # fmt: skip

    def _beats(self, key: str, other: str, track: str, gains: dict[str, Met], taken: Taken) -> bool:
        if other == track or track in self._prerequisites or not gains[track] <= gains[other]:
            return False
        here, there = self.closure(key, track, taken), self.closure(key, other, taken)
        if not there - {(key, other)} <= here - {(key, track)}:
            return False
        mine, its = (EFFORT[self._of[key][t].exam.kind] for t in (track, other))
        if its > mine:
            return False
        same = gains[track] == gains[other] and its == mine and len(here) == len(there)
        return not same or other < track

    def closure(self, key: str, track: str, taken: Taken) -> Taken:
        """The exam with those it needs first and the person has not; empty where one of them is
        out of reach."""
        found: set[tuple[str, str]] = set()
        pending = [track]
        while pending:
            one = pending.pop()
            if one not in self._of[key]:
                return frozenset()
            found.add((key, one))
            pending += [
                need for need in self._needs(one)
                if need not in self._base[key][1] and (key, need) not in taken | found
            ]  # fmt: skip
        return frozenset(found)

    def without(self, taken: Taken, exam: tuple[str, str]) -> Taken:
        """The set without an exam and without those of the person that build on it."""
        key, track = exam
        gone, pending = {exam}, [track]
        while pending:
            need = pending.pop()
            if need in self._base[key][1]:
                continue  # held before: what builds on it stays
            more = {one for one in taken - gone if one[0] == key and need in self._needs(one[1])}
            gone |= more
            pending += [code for _, code in more]
        return taken - gone

    def cost(self, taken: Taken) -> tuple[int, int]:
        """How many exams, and their effort."""
        kinds = [self._of[key][track].exam.kind for key, track in self._paid(taken)]
        return len(kinds), sum(EFFORT[kind] for kind in kinds)

    def progress(self, taken: Taken) -> int:
        """How many parts of selections of several parts the exams meet."""
        met = {(key, part) for key, track in taken for part in self._of[key][track].counts}
        return sum(len(self.parts[one]) > 1 for _key, (one, _part) in met)

    def profile(self, key: str, taken: Taken) -> Hashable:
        """Equal for people who are alike in all that counts here."""
        offers = frozenset(
            (track, offer.exam.kind, offer.counts) for track, offer in self._of[key].items()
        )
        mine = frozenset(track for other, track in taken if other == key)
        return offers, self._base[key], mine

    def alike(self, taken: Taken) -> Hashable:
        """Equal for sets that differ only in which of several people alike takes what."""
        return frozenset(Counter(self.profile(key, taken) for key in self.keys).items())

    def in_order(self, taken: Taken) -> list[Exam]:
        """The exams, person by person, prerequisites first."""
        place = {key: number for number, key in enumerate(self.keys)}
        paid = self._paid(taken)
        ordered = sorted(paid, key=lambda one: (place[one[0]], self._depth(one[1]), one[1]))
        return [self._of[key][track].exam for key, track in ordered]

    def _look(self, person: Person, *, new: bool) -> None:
        valid = frozenset(c.track for c in person.certificates if self._valid(c))
        counted = self._counts(person, person.certificates)
        self._base[person.key] = counted, valid & self._tracks
        offers = ((track, self._offer(person, track, new)) for track in sorted(self._tracks))
        self._of[person.key] = {track: offer for track, offer in offers if offer is not None}

    def _paid(self, taken: Taken) -> list[tuple[str, str]]:
        return [(key, track) for key, track in taken if not self._of[key][track].free]

    def _offer(self, person: Person, track: str, new: bool) -> _Offer | None:
        """The exam to take: a delta where it counts for as much as the newest course."""
        rule = self.document.tracks.get(track)
        if rule is None:
            return None
        if rule.composite:
            return self._composite(person, track, rule.composite, new)
        held = [c for c in person.certificates if c.track == track]
        valid = [certificate for certificate in held if self._valid(certificate)]
        on = self.case.on
        course = rule.newest(on)
        ways: list[tuple[str, Kind]] = []
        if not valid or rule.renewed_by("exam"):
            ways.append((course.code if course else "", "renewal" if held else "first"))
        if rule.renewed_by("delta") and (delta := _delta(rule, valid, on)) is not None:
            ways.append((delta, "delta"))
        found = []
        for version, kind in ways:
            certificates = self._brings(person, track, version)
            if certificates:
                exam = Exam(person.key, person.name, track, version, kind, new)
                found.append(_Offer(exam, certificates, self._counts(person, certificates)))
        found.sort(key=lambda offer: (-len(offer.counts), EFFORT[offer.exam.kind]))
        return found[0] if found else None

    def _composite(
        self, person: Person, track: str, members: Iterable[str], new: bool
    ) -> _Offer | None:
        """What holding all members gives; where they are held, one of them has to be renewed."""
        valid = {c.track for c in person.certificates if self._valid(c)}
        held = any(c.track == track for c in person.certificates)
        exam = Exam(person.key, person.name, track, "", "renewal" if held else "first", new)
        certificate = Certificate(track, self.case.on)
        counts = self._counts(person, [certificate])
        return _Offer(exam, (certificate,), counts, free=not valid.issuperset(members))

    def _brings(self, person: Person, track: str, version: str) -> tuple[Certificate, ...]:
        """The certificates of a pass on the case's day; none where it may not be taken."""
        on, rule = self.case.on, self.document.tracks[track]
        held = [Held(c.track, c.version or "", c.from_, c.until) for c in person.certificates]
        for one in held:
            if one.track == track and one.counts(on):
                first = renewable_from(rule, one, version)
                if first is not None and on < first:
                    return ()
        *parts, last = rule.parts or ("",)
        others = [Attempt(track, version, part, on) for part in parts]
        attempt = Attempt(track, version, last, on)
        try:
            earned = earned_by(self.document, attempt, held, others, on=on)
        except ProgramError as error:
            unstated = error.problems[0].code == "validity_not_stated"
            return (Certificate(track, on, None, version or None),) if unstated else ()
        document = self.document
        return tuple(
            Certificate(
                one.track,
                one.earned_on,
                counts_until(document, one.track, one.version, one.expires_on),
                one.version or None,
            )
            for one in earned
        )

    def _counts(self, person: Person, certificates: Iterable[Certificate]) -> Met:
        """The parts of selections that the person meets by one of these certificates."""
        held = list(certificates)
        return frozenset(
            (one, place)
            for one, match in self.matches.items()
            if match.roles is None or not match.roles.isdisjoint(person.roles)
            for place, part in enumerate(self.parts[one])
            if any(self._covers(part, certificate) for certificate in held)
        )

    def _covers(self, match: Match, certificate: Certificate) -> bool:
        days = match.span_of(certificate)
        return days is not None and days[0] <= self.by < days[1]

    def _counted(self, key: str, taken: Taken) -> Met:
        more = (self._of[key][track].counts for other, track in taken if other == key)
        return self._base[key][0].union(*more)

    def _valid(self, held: Certificate) -> bool:
        return held.from_ <= self.case.on and (held.until is None or self.case.on < held.until)

    def _newcomer(self, number: int) -> Person:
        return Person(f"new-{number}", "", roles=tuple(sorted(self._roles)))

    def _needs(self, track: str) -> tuple[str, ...]:
        rule = self.document.tracks.get(track)
        return ((rule.needs or ()) + (rule.composite or ())) if rule else ()

    def _relevant(self) -> frozenset[str]:
        found: set[str] = set()
        pending = [t for match in self.matches.values() for t in match.tracks or ()]
        while pending:
            track = pending.pop()
            if track not in found:
                found.add(track)
                pending += self._needs(track)
        return frozenset(found)

    def _depth(self, track: str, above: frozenset[str] = frozenset()) -> int:
        inside = [n for n in self._needs(track) if n not in above]
        return max((1 + self._depth(n, above | {track}) for n in inside), default=0)


def _delta(rule: Track, valid: list[Certificate], on: date) -> str | None:
    """The newest delta that builds on what the person holds."""
    held = {certificate.version for certificate in valid}
    out = [
        v for v in rule.versions
        if v.kind == "delta" and v.released <= on and v.code not in held
        and (v.of in held or (v.of is None and valid))
    ]  # fmt: skip
    return max(out, key=lambda version: version.released).code if out else None
