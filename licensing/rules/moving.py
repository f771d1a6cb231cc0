"""What a move of a customer, or a merge of two partners, would do. Read-only.

Asked for the page that somebody reads first, and again under the lock by the verb itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from licensing.models import CustomerMove, Deployment
from licensing.rules.running import Running, as_named_by, running_at
from licensing.rules.standing import ground_for
from partners.models import Customer, CustomField, Employment, Partner, ServiceContract
from partners.rules import regulated_verticals
from partners.rules.carrying import carried
from programs.compiled import program_on
from programs.document import GENERAL


@dataclass(frozen=True)
class Taken:
    """Seats of a product that go along, and whether the next partner's gate is ``open`` to more."""

    product: str
    title: str
    seats: int
    open: bool


@dataclass(frozen=True)
class Pair:
    """A customer of the partner that goes, and the one of the partner that stays that it is."""

    customer: Customer
    twin: Customer | None


@dataclass(frozen=True)
class MergePlan:
    """What merging would do; ``colliding`` are pairs whose contracts overlap, ``moving`` customers
    with a move already scheduled: both have to be settled first. ``values`` counts the values of
    custom fields that go along, ``staying`` is what stays behind: whose, and the field's label."""

    pairs: tuple[Pair, ...]
    people: int
    contracts: int
    seats: int
    colliding: tuple[Pair, ...]
    moving: int
    values: int = 0
    staying: tuple[tuple[Pair | None, str], ...] = ()

    @property
    def joined(self) -> tuple[Pair, ...]:
        """The pairs in which two customers become one."""
        return tuple(pair for pair in self.pairs if pair.twin is not None)

    @property
    def blocked(self) -> bool:
        return bool(self.colliding or self.moving)


def runs_at(customer: Customer, on: dt.date) -> dict[str, Running]:
    """What runs at the customer, by the product's present code."""
    found = as_named_by(program_on(on), running_at([customer.pk]).get(customer.pk, {}))
    return {code: one for code, one in found.items() if one.seats}


def classes_of(customer: Customer, runs: Mapping[str, Running]) -> list[str]:
    """Every class that counts at the customer: recorded, or of something that runs there."""
    running = {code for one in runs.values() for code in one.environments} - {GENERAL}
    return [*customer.environments, *sorted(running - set(customer.environments))]


def joined_vertical(former: Customer, into: Customer, on: dt.date) -> str:
    """The vertical of ``into`` once what runs at ``former`` runs there: a regulated one wins."""
    regulated = regulated_verticals(on)
    wins = former.vertical in regulated and into.vertical not in regulated
    return former.vertical if wins or not into.vertical else into.vertical


def taken_over(customer: Customer, to: Partner, on: dt.date) -> list[Taken]:
    """What runs at the customer, and what the gate of the partner ``to`` says to more of it."""
    runs, ground = runs_at(customer, on), ground_for([to], on)
    document, classes = ground.program.document, classes_of(customer, runs) or [GENERAL]
    return [
        Taken(
            code,
            document.title_of("products", code),
            one.seats,
            ground.is_open(to.pk, code, classes),
        )
        for code, one in sorted(runs.items())
    ]


def twins(customers: Iterable[Customer], among: Iterable[Customer]) -> list[Pair]:
    """Which customers are the same company: by the digest of the domain, else by name where the
    countries do not differ. Nobody is the twin of two."""
    free = sorted(among, key=lambda row: row.pk)
    found = []
    for customer in sorted(customers, key=lambda row: row.pk):
        twin = next((row for row in free if _same(customer, row)), None)
        if twin is not None:
            free.remove(twin)
        found.append(Pair(customer, twin))
    return found


def _same(one: Customer, other: Customer) -> bool:
    if one.domain_digest and other.domain_digest:
        return one.domain_digest == other.domain_digest
    named = _name(one) == _name(other)
    return named and (not one.country or not other.country or one.country == other.country)


def _name(customer: Customer) -> str:
    return (customer.private_name or customer.name).casefold().strip()


def merge_plan(gone: Partner, kept: Partner, on: dt.date) -> MergePlan:
    """What merging ``gone`` into ``kept`` on the day would do."""
    rows = Customer.objects.current(on).filter(partner__in=[gone, kept])
    of = {gone.pk: [], kept.pk: []}  # type: dict[int, list[Customer]]
    for row in rows:
        of[row.partner_id].append(row)
    pairs = tuple(twins(of[gone.pk], of[kept.pk]))
    contracts = open_contracts({row.pk for rows in of.values() for row in rows}, on)
    going = [contract for pair in pairs for contract in contracts.get(pair.customer.pk, ())]
    deployed = Deployment.objects.filter(customer__in=[pair.customer for pair in pairs])
    own = carried([(gone, kept)], CustomField.Subject.PARTNER, kept)
    theirs = carried(
        [(pair.customer, pair.twin) for pair in pairs], CustomField.Subject.CUSTOMER, kept
    )
    return MergePlan(
        values=sum(one.count for one in (*own, *theirs)),
        staying=tuple(
            (whose, label)
            for whose, one in zip((None, *pairs), (*own, *theirs), strict=True)
            for label in one.staying
        ),
        pairs=pairs,
        people=Employment.objects.current(on).filter(partner=gone).count(),
        contracts=len(going),
        seats=sum(deployed.values_list("seats", flat=True)),
        colliding=tuple(
            pair
            for pair in pairs
            if pair.twin is not None
            and overlap(contracts.get(pair.customer.pk, ()), contracts.get(pair.twin.pk, ()))
        ),
        moving=CustomerMove.objects.filter(
            customer__partner=gone, state=CustomerMove.State.SCHEDULED
        ).count(),
    )


def open_contracts(
    customer_ids: Collection[int], on: dt.date
) -> dict[int, tuple[ServiceContract, ...]]:
    """The contracts of each customer that run on the day or begin later."""
    found: dict[int, tuple[ServiceContract, ...]] = {}
    rows = ServiceContract.objects.filter(customer_id__in=customer_ids).exclude(until__lte=on)
    for row in rows.select_related("terms").order_by("pk"):
        found[row.customer_id] = (*found.get(row.customer_id, ()), row)
    return found


def overlap(these: Iterable[ServiceContract], those: Iterable[ServiceContract]) -> bool:
    """Whether two contracts would run for one service on one day."""
    others = list(those)
    return any(
        {*one.scopes} & {*other.scopes} and _meets(one, other) for one in these for other in others
    )


def _meets(one: ServiceContract, other: ServiceContract) -> bool:
    late = dt.date.max
    return one.since < (other.until or late) and other.since < (one.until or late)
