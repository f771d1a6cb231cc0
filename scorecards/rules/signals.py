"""What is at stake for a partner, found from the same ground that the gate stands on.

One home for the portal's to-do list and the CAM's portfolio: both order signals by seats at stake
times urgency (1 / days left), as the glossary orders money; before statements exist, seats stand
in for money.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from django.db.models import Q

from licensing.models import Deployment
from licensing.rules import Ground, managed_seats
from partners.models import Customer
from partners.rules.asked import Asked, needed_of_partner, unknown_of
from partners.words import unit_of
from programs.document import GENERAL, ProgramDocument
from programs.gathering import deployed
from programs.rules import Person

Key = TypeVar("Key")
AHEAD = 60
"""Days ahead in which an expiry is a signal: the program's earliest warning by default."""


@dataclass(frozen=True)
class RunningGroup:
    """Seats of one product that run under one combination of environment classes."""

    product: str
    environments: tuple[str, ...]
    seats: int

    @property
    def special(self) -> tuple[str, ...]:
        return special_of(self.environments)


def special_of(environments: Iterable[str]) -> tuple[str, ...]:
    """The classes besides the one that always applies, in one order."""
    return tuple(sorted(name for name in environments if name != GENERAL))


@dataclass(frozen=True)
class Signal:
    """One thing that needs somebody. ``days`` are left until ``due``; 0 is now.

    ``kind``: ``blocked`` (seats run whose gate is closed), ``closing`` (a gate closes within 60
    days; with ``in_grace`` it did, and ``who`` says what ended and what comes on the day),
    ``expiring`` (a certificate ends, no gate hangs on it), ``unclassified`` (customers of a
    regulated vertical without a class), ``missing`` (figures that are unknown; ``who`` names them),
    ``suspended``; of a case also ``cure`` (a level ends) and ``unconfirmed`` (deployments wait).
    ``seats`` are in the product's own ``unit``.
    """

    kind: str
    partner_id: int
    seats: int
    days: int
    due: dt.date | None = None
    unit: str = "seat"
    product: str = ""
    product_title: str = ""
    environments: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    count: int = 0
    in_grace: bool = False

    @property
    def urgency(self) -> float:
        """Seats at stake x 1 / days left; things without seats come after those with."""
        return (self.seats + 0.001) / max(self.days, 1)


@dataclass(frozen=True)
class Expiry:
    """A certificate of somebody employed today that ends within the days ahead."""

    partner_id: int
    person_key: str
    person: str
    track: str
    number: str
    until: dt.date


def running_groups(partner_ids: Collection[int]) -> dict[int, list[RunningGroup]]:
    """What runs, per partner: one query, the same that alerts and plans count seats by."""
    return {
        pk: [RunningGroup(one.product, tuple(sorted(one.environments)), one.seats) for one in rows]
        for pk, rows in deployed(partner_ids).items()
    }


def managed_by(ground: Ground, partner_id: int) -> int:
    """Managed seats of the partner (glossary): a user with three products is one seat."""
    held = ground.facts[partner_id].metrics.get("managed_seats")
    return int(held.value or 0) if held else 0


Where = tuple[int, str, tuple[str, ...]]
"""(partner id, product, classes besides the general one)."""


class Place(NamedTuple):
    """Where seats are at stake: a product at a partner, in the classes besides the general one."""

    partner_id: int
    product: str
    special: tuple[str, ...]
    seats: int


def blocked_seats(ground: Ground, blocked: Mapping[int, Collection[Signal]]) -> dict[int, int]:
    """Managed seats that cannot grow, per partner id: never more than the partner manages."""
    places = {
        pk: [Place(pk, one.product, one.environments, one.seats) for one in signals]
        for pk, signals in blocked.items()
    }
    return seats_at_stake(ground.program.document, places)


def seats_at_stake(
    document: ProgramDocument, asked: Mapping[Key, Iterable[Place]]
) -> dict[Key, int]:
    """Seats at stake at these places together, per key: users of several products of a partner are
    counted once. One query, and only where several products of a partner are at stake."""
    found: dict[Key, int] = {}
    open_: list[tuple[Key, tuple[Place, ...]]] = []
    for key, places in asked.items():
        found[key] = 0
        for own in _by_partner(document, places):
            if len(own) == 1:
                found[key] += own[0].seats
            else:
                open_.append((key, own))
    if not open_:
        return found
    there = _at_customers(document, {place[0] for _, places in open_ for place in places})
    for key, places in open_:
        customers: dict[int, dict[str, int]] = defaultdict(dict)
        for place in places:
            for customer_id, seats in there[place[:3]]:
                before = customers[customer_id].get(place.product, 0)
                customers[customer_id][place.product] = before + seats
        found[key] += sum(managed_seats(document, seats) for seats in customers.values())
    return found


def _by_partner(document: ProgramDocument, places: Iterable[Place]) -> Iterable[tuple[Place, ...]]:
    found: dict[int, dict[Where, Place]] = defaultdict(dict)
    for place in places:
        code = document.successor("products", place.product) or place.product
        own = place._replace(product=code)
        found[place.partner_id][own[:3]] = own
    return [tuple(own.values()) for own in found.values()]


def _at_customers(
    document: ProgramDocument, partner_ids: Collection[int]
) -> dict[Where, list[tuple[int, int]]]:
    """Per place the (customer, seats) there."""
    found: dict[Where, list[tuple[int, int]]] = defaultdict(list)
    rows = Deployment.objects.filter(partner_id__in=partner_ids, seats__gt=0)
    for pk, customer_id, named, environments, seats in rows.values_list(
        "partner_id", "customer_id", "product__code", "environments", "seats"
    ):
        code = document.successor("products", named) or named
        found[pk, code, special_of(environments)].append((customer_id, seats))
    return found


def unclassified_customers(
    partner_ids: Collection[int], verticals: Collection[str], on: dt.date
) -> dict[int, list[str]]:
    """Names of customers of regulated verticals without a class of their own, as the gate counts
    them: the general class says nothing of a clinic. Per partner, one query."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = (
        Customer.objects.current(on)
        .filter(partner_id__in=list(partner_ids), vertical__in=list(verticals))
        .filter(Q(environments=[]) | Q(environments=[GENERAL]))
        .values_list("partner_id", "name")
    )
    for partner_id, name in rows:
        found[partner_id].append(name)
    return found


def expiries(ground: Ground, partner_id: int, *, ahead: int = AHEAD) -> list[Expiry]:
    """Certificates that end within ``ahead`` days and are not yet renewed, soonest first."""
    last = ground.on + dt.timedelta(days=ahead)
    found = [
        expiry
        for person in ground.facts[partner_id].own_people
        for expiry in _ends(person, partner_id, ground.on)
        if expiry.until <= last
    ]
    return sorted(found, key=lambda expiry: (expiry.until, expiry.person))


def _ends(person: Person, partner_id: int, on: dt.date) -> Iterator[Expiry]:
    """The day on which each track that the person holds today ends, the longest counting."""
    latest: dict[str, tuple[dt.date, str]] = {}
    held_today = set()
    for certificate in person.certificates:
        until = certificate.until or dt.date.max
        if certificate.from_ <= on < until:
            held_today.add(certificate.track)
        if until > on and until > latest.get(certificate.track, (dt.date.min, ""))[0]:
            latest[certificate.track] = (until, certificate.number)
    for track in held_today:
        until, number = latest[track]
        if until != dt.date.max:
            yield Expiry(partner_id, person.key, person.name, track, number, until)


def signals_of(
    ground: Ground,
    partner_id: int,
    groups: Collection[RunningGroup],
    unclassified: Mapping[int, list[str]],
) -> list[Signal]:
    """Everything at stake for one partner, most urgent first. No queries."""
    found = [*_gates(ground, partner_id, groups)]
    named = {person for signal in found for person in signal.who}
    found += _loose_expiries(ground, partner_id, named)
    names = unclassified.get(partner_id, [])
    if names:
        found.append(Signal("unclassified", partner_id, 0, 0, who=tuple(names), count=len(names)))
    if ground.partners[partner_id].status == "suspended":
        found = [Signal("suspended", partner_id, managed_by(ground, partner_id), 0)]
    return sorted(found, key=lambda signal: (-signal.urgency, signal.days))


def _gates(ground: Ground, partner_id: int, groups: Collection[RunningGroup]) -> Iterator[Signal]:
    soon = ground.on + dt.timedelta(days=AHEAD)
    for group in groups:
        if not ground.is_open(partner_id, group.product, group.environments):
            yield _closed(ground, partner_id, group)
            continue
        if not expiries(ground, partner_id):
            continue
        standing = ground.standing(partner_id, group.product, group.environments)
        until = standing.opens_until
        if until is not None and until <= soon:
            who = tuple(standing.because)
            yield _signal(ground, partner_id, group, "closing", until, who)


def _closed(ground: Ground, partner_id: int, group: RunningGroup) -> Signal:
    """Blocked, or, in the grace of a lapse, closing on the day on which the grace is over."""
    if ground.program.document.lapse is not None:
        standing = ground.standing(partner_id, group.product, group.environments)
        lapse = standing.verdict.standing
        if lapse is not None and lapse.stage == "grace" and lapse.next_on is not None:
            who = (standing.stage_words,)
            made = _signal(ground, partner_id, group, "closing", lapse.next_on, who)
            return replace(made, in_grace=True)
    return _signal(ground, partner_id, group, "blocked", ground.on, ())


def _signal(
    ground: Ground,
    partner_id: int,
    group: RunningGroup,
    kind: str,
    due: dt.date,
    who: tuple[str, ...],
) -> Signal:
    return Signal(
        kind,
        partner_id,
        group.seats,
        max((due - ground.on).days, 0),
        due=due,
        product=group.product,
        unit=unit_of(ground.program.document, group.product),
        product_title=ground.program.document.title_of("products", group.product),
        environments=group.special,
        who=who,
    )


def _loose_expiries(ground: Ground, partner_id: int, named: set[str]) -> Iterator[Signal]:
    """Expiries on which no gate hangs, one signal per person."""
    per_person: dict[str, list[Expiry]] = defaultdict(list)
    for expiry in expiries(ground, partner_id):
        per_person[expiry.person].append(expiry)
    for person, ends in per_person.items():
        if any(person in text for text in named):
            continue
        first = ends[0].until
        yield Signal(
            "expiring",
            partner_id,
            0,
            (first - ground.on).days,
            due=first,
            who=(person,),
            count=len(ends),
            product_title=ground.program.document.title_of("tracks", ends[0].track),
        )


def missing_data(partner_id: int, asked: Collection[Asked], *, staff: bool) -> list[Signal]:
    """One signal for what is unknown: to the partner what it supplies itself, to staff all."""
    found = unknown_of(asked) if staff else needed_of_partner(asked)
    if not found:
        return []
    titles = tuple(one.title for one in found)
    return [Signal("missing", partner_id, 0, 0, who=titles, count=len(found))]
