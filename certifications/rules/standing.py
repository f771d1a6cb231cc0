"""Who counts: standing of partners in a track, and the people's facts for requirement trees.

Every rule takes a set of partners and a day of the vendor (past or future), and costs the same
queries whatever the number of partners. A certificate that a newer version supersedes ends on the
day that the program in force on that day says.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from partners.models import Employment, role_spans
from programs.compiled import program_or_none
from programs.rules import Certificate as CertificateFact
from programs.rules import Person as PersonFact
from programs.rules import counts_until
from programs.rules.periods import end_of, merge
from tenants.models import Person
from tenants.rows import format_public_id
from web.statements import Keys

_OPEN = dt.date.max


@dataclass(frozen=True)
class Holder:
    """A person who counts: by which certificate, and the first day on which they no longer do.

    ``until`` is the earliest of expiry, revocation and leaving, over all certificates that follow
    one another without a gap; ``None`` where no end is known.
    """

    person_id: int
    ref: str
    name: str
    number: str
    until: dt.date | None


@dataclass(frozen=True)
class Standing:
    """A partner's people who hold a track on a day."""

    partner_id: int
    track: str
    on: dt.date
    holders: tuple[Holder, ...] = ()

    @property
    def count(self) -> int:
        return len(self.holders)

    @cached_property
    def drops_on(self) -> dt.date | None:
        """The next day on which fewer people count, if nobody acts."""
        return min((h.until for h in self.holders if h.until), default=None)

    @property
    def because(self) -> tuple[Holder, ...]:
        """Those who stop counting on that day."""
        return tuple(h for h in self.holders if h.until and h.until == self.drops_on)


class _Row(NamedTuple):
    """One employment with one certificate of the person."""

    partner_id: int
    person_id: int
    public_id: str
    name: str
    since: dt.date
    until: dt.date | None
    track: str
    version: str
    number: str
    earned_on: dt.date
    expires_on: dt.date | None
    revoked_on: dt.date | None

    @property
    def ends(self) -> dt.date | None:
        """The first day on which the certificate itself no longer counts."""
        if self.revoked_on is None or self.expires_on is None:
            return self.expires_on or self.revoked_on
        return min(self.expires_on, self.revoked_on)

    @property
    def empty(self) -> bool:
        """Revoked on the very day it was earned: it never counted."""
        return self.ends is not None and self.ends <= self.earned_on


def standing(partners: Collection[int], track: str, on: dt.date) -> dict[int, Standing]:
    """Each partner's standing in ``track`` (its code) on the day ``on``, past or future.

    Only people employed by the partner on the day count, whatever the number of
    partners; a partner that the scope may not see has no holders. Two queries.
    """
    people: dict[tuple[int, int], list[_Row]] = defaultdict(list)
    employed = Employment.objects.current(on)
    found = _rows(partners, employed, person__certificates__track__code=track)
    for row in _superseded(found, on):
        people[row.partner_id, row.person_id].append(row)
    holders: dict[int, list[Holder]] = defaultdict(list)
    for (partner_id, _), rows in people.items():
        holder = _holder(rows, on)
        if holder is not None:
            holders[partner_id].append(holder)
    return {
        pk: Standing(pk, track, on, tuple(sorted(holders[pk], key=_soonest))) for pk in partners
    }


def _holder(rows: list[_Row], on: dt.date) -> Holder | None:
    """The person of ``rows`` (one employment) as a holder, unless nothing counts on ``on``."""
    counting = [r for r in rows if r.earned_on <= on < (r.ends or _OPEN)]
    if not counting:
        return None
    best = max(counting, key=lambda r: (r.ends or _OPEN, r.number))
    leaves = max(r.until or _OPEN for r in rows)
    spans = merge((r.earned_on, min(r.ends or _OPEN, leaves)) for r in rows)
    ref = _ref(best)
    return Holder(best.person_id, ref, best.name, best.number, end_of(spans, on))


def _soonest(holder: Holder) -> tuple[dt.date, str]:
    return holder.until or _OPEN, holder.name


def people_facts(partners: Collection[int], on: dt.date) -> dict[int, tuple[PersonFact, ...]]:
    """The source ``people`` of ``programs.gathering``: employed people with their certificates.

    Lapsed certificates are there as well, so that an explanation can name them; those earned
    after ``on`` are not known on that day. Tracks' level, function, scope and kind are the compiled
    program's to resolve. Who holds nothing is there with the roles that requirements may ask for.
    Whose roles change is there once for each span of them, with the span as the days employed, so
    that a later day of the same facts counts by the roles of that day. Three queries.
    """
    found: dict[int, list[PersonFact]] = defaultdict(list)
    placed = _placed(partners, on)
    rows = _rows(partners, Employment.objects.current(on), person__certificates__earned_on__lte=on)
    for (partner_id, person_id), held in groupby(_superseded(rows, on), key=_EMPLOYED):
        person = _person_fact([row for row in held if not row.empty])
        if person is not None:
            inside = placed.pop((partner_id, person_id), None) or [person]
            certified = person.certificates
            found[partner_id] += [replace(one, certificates=certified) for one in inside]
    for (partner_id, _person), inside in placed.items():
        found[partner_id] += inside
    return {pk: tuple(people) for pk, people in found.items()}


def _placed(partners: Collection[int], on: dt.date) -> dict[tuple[int, int], list[PersonFact]]:
    """Those who have, had or will have a role, by partner and person, without their certificates:
    one fact for each span of the same roles. One query."""
    rows = (
        Employment.objects.current(on)
        .filter(partner_id__any=Keys(partners))
        .exclude(roles=[], earlier_roles=[])
        .order_by("partner_id", "person_id")
        .values_list("partner_id", "person_id", _PUBLIC_ID, "person__name", *_ROLES)
    )
    return {
        (partner_id, person_id): [
            PersonFact(
                format_public_id(Person.prefix, UUID(ref)),
                name,
                from_=since,
                until=until,
                roles=tuple(roles),
            )
            for since, until, roles in role_spans(*kept)
        ]
        for partner_id, person_id, ref, name, *kept in rows
    }


_ROLES = ("since", "until", "roles", "earlier_roles")


@dataclass(frozen=True)
class PeopleHistory:
    """A partner's people with every employment they ever had there, one row each, and which of
    their certificates ended by revocation: ``(person, track, day)``."""

    people: tuple[PersonFact, ...] = ()
    revoked: frozenset[tuple[str, str, dt.date]] = frozenset()


def people_history(partners: Collection[int], on: dt.date) -> dict[int, PeopleHistory]:
    """Who worked for the partners up to ``on``, those who left included: to tell why a gate closed.
    Nobody who left counts today; whoever shows a name asks whether the reader may see it. One
    query."""
    people: dict[int, list[PersonFact]] = defaultdict(list)
    revoked: dict[int, set[tuple[str, str, dt.date]]] = defaultdict(set)
    employed = Employment.objects.filter(since__lte=on)
    rows = _rows(partners, employed, person__certificates__earned_on__lte=on)
    rows = _superseded(rows, on)
    for (partner_id, _person, since, until), held in groupby(rows, key=_EMPLOYMENT):
        certified = [row for row in held if not row.empty]
        person = _person_fact(certified)
        if person is not None:
            people[partner_id].append(replace(person, from_=since, until=until))
            revoked[partner_id] |= {
                (person.key, row.track, row.revoked_on)
                for row in certified
                if row.revoked_on is not None and row.revoked_on == row.ends
            }
    return {pk: PeopleHistory(tuple(found), frozenset(revoked[pk])) for pk, found in people.items()}


def _superseded(rows: Iterator[_Row], on: dt.date) -> Iterator[_Row]:
    """The rows with the ends that newer versions set, by the program in force on the day. One
    query."""
    program = program_or_none(on)
    if program is None:
        return rows
    document = program.document
    ending = {
        code
        for track, rule in document.tracks.items()
        if rule.superseded_by
        for code in document.former("tracks", track)
    }
    if not ending:
        return rows
    return (
        row._replace(expires_on=counts_until(document, row.track, row.version, row.expires_on))
        if row.track in ending
        else row
        for row in rows
    )


def _person_fact(rows: list[_Row]) -> PersonFact | None:
    """The person of these rows, which are of one partner; ``None`` where no certificate counts."""
    if not rows:
        return None
    # Somebody employed twice has every certificate twice.
    certificates = {(r.track, r.earned_on, r.ends, r.version or None, r.number) for r in rows}
    ends = [row.until for row in rows]
    return PersonFact(
        _ref(rows[0]),
        rows[0].name,
        tuple(CertificateFact(*held) for held in sorted(certificates, key=_EARNED)),
        min(row.since for row in rows),
        None if None in ends else max(ends),  # type: ignore[type-var]
    )


def _ref(row: _Row) -> str:
    return format_public_id(Person.prefix, UUID(row.public_id))


# As text: making a UUID of it takes longer than all else of a row, and one a person is enough.
_PUBLIC_ID = Cast("person__public_id", TextField())
_EMPLOYED = itemgetter(0, 1)  # partner and person of a row
_EMPLOYMENT = itemgetter(0, 1, 4, 5)  # and from when until when
_EARNED = itemgetter(1, 4)  # the day and the number of a certificate


def _rows(
    partners: Collection[int], employed: QuerySet[Employment], **wanted: Any
) -> Iterator[_Row]:
    """These employments at the partners, joined with the people's certificates: one query."""
    found = (
        employed.filter(
            partner_id__any=Keys(partners),
            # The vendor leads every index; the composite keys already tie the two rows to it.
            person__certificates__vendor_id=F("vendor_id"),
            **wanted,
        )
        .order_by("partner_id", "person_id", "since")
        .values_list(
            "partner_id",
            "person_id",
            _PUBLIC_ID,
            "person__name",
            "since",
            "until",
            "person__certificates__track__code",
            "person__certificates__version",
            "person__certificates__number",
            "person__certificates__earned_on",
            "person__certificates__expires_on",
            "person__certificates__revoked_on",
        )
    )
    return map(_Row._make, found)
