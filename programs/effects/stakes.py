"""What hangs on a consequence: seats that run today, and what they are a month. Pure.

Seats x price of the program in force (``price_month``), in its currency: no statement is behind
it, so it is never called revenue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from programs.document import GENERAL, ProgramDocument
from programs.effects.effect import ACCESS, HARM, Effect, EffectKind
from programs.gathering import Deployed
from programs.rules import Facts

MANAGED = "managed_seats"
Stake = tuple[int, Decimal | None]
"""Seats, and what they are a month; None: seats run, and no price is stated or nobody says of
which product."""


def of_partner(document: ProgramDocument, facts: Facts, running: Iterable[Deployed]) -> Stake:
    """All that the partner runs: its managed seats, and every product at its price."""
    known = facts.metrics.get(MANAGED)
    seats = int(known.value) if known is not None and known.value is not None else 0
    rows = list(running)
    return seats, _worth(document, rows) if rows or not seats else None


def of_product(
    document: ProgramDocument, product: str, environment: str, running: Iterable[Deployed]
) -> Stake:
    """What the partner runs of a product in a class; everything stands in the general one."""
    rows = [
        one for one in running
        if one.product == product and (environment == GENERAL or environment in one.environments)
    ]  # fmt: skip
    found = document.products.get(product)
    counts = found is None or found.unit == "seat"
    return sum(one.seats for one in rows) if counts else 0, _worth(document, rows)


def _worth(document: ProgramDocument, rows: list[Deployed]) -> Decimal | None:
    """Products without a price are left out; None where none of what runs has one."""
    prices = {code: product.price_month for code, product in document.products.items()}
    priced = [(one.seats, price) for one in rows if (price := prices.get(one.product)) is not None]
    if rows and not priced:
        return None
    return sum((Decimal(seats) * price for seats, price in priced), Decimal(0))


@dataclass(frozen=True)
class Total:
    """What a kind of consequence concerns: partners, their seats and what these are a month.

    ``unpriced`` counts the partners of whose seats no price is stated.
    """

    partners: int = 0
    seats: int = 0
    worth: Decimal = Decimal(0)
    unpriced: int = 0


@dataclass(frozen=True)
class Hit:
    """A partner that loses, and what hangs on it."""

    partner_id: int
    partner: str
    seats: int
    worth: Decimal | None
    effects: tuple[Effect, ...]


def total(effects: Iterable[Effect]) -> Total:
    """Each partner's stake once: of a product in several classes the largest."""
    stakes = [_stake(several) for several in _by_partner(effects).values()]
    return Total(
        partners=len(stakes),
        seats=sum(seats for seats, _ in stakes),
        worth=sum((worth for _, worth in stakes if worth is not None), Decimal(0)),
        unpriced=sum(worth is None for _, worth in stakes),
    )


def hardest_hit(effects: Iterable[Effect], most: int) -> list[Hit]:
    """The partners that lose most: by money, then by seats, then by name."""
    harmed = _by_partner(one for one in effects if one.kind in HARM)
    hits = [
        Hit(pk, several[0].partner, *_stake(several), tuple(several))
        for pk, several in harmed.items()
    ]
    hits.sort(key=lambda hit: (-(hit.worth or 0), -hit.seats, hit.partner, hit.partner_id))
    return hits[:most]


def _by_partner(effects: Iterable[Effect]) -> dict[int, list[Effect]]:
    found: dict[int, list[Effect]] = {}
    for one in effects:
        found.setdefault(one.partner_id, []).append(one)
    return found


def _stake(effects: list[Effect]) -> Stake:
    """All of one partner's, once: a level or benefit concerns everything it runs."""
    whole = next((one for one in effects if one.kind not in ACCESS), None)
    if whole is not None:
        return whole.seats, whole.worth
    of_each: dict[str, Effect] = {}
    for one in effects:
        held = of_each.get(one.subject)
        if held is None or one.seats > held.seats or (one.worth or 0) > (held.worth or 0):
            of_each[one.subject] = one
    known = [one.worth for one in of_each.values() if one.worth is not None]
    seats = sum(one.seats for one in of_each.values())
    return seats, sum(known, Decimal(0)) if known else None


def kinds_of(effects: Iterable[Effect]) -> dict[EffectKind, list[Effect]]:
    """The effects by kind."""
    found: dict[EffectKind, list[Effect]] = {}
    for one in effects:
        found.setdefault(one.kind, []).append(one)
    return found
