"""What a certificate is good for: the products whose gates ask for its track, and their seats."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from partners.words import quantity_words
from programs.document import GENERAL, ProgramDocument
from programs.gathering import Deployed, deployed
from programs.rules import Requirement
from programs.rules.people import People
from programs.rules.trees import Group


@dataclass(frozen=True)
class Stake:
    """A product whose gate asks for a track, in the environment classes named. ``seats`` run there
    at one partner, in the product's own ``unit``."""

    product: str
    title: str
    environments: tuple[str, ...]
    seats: int = 0
    unit: str = "seat"

    @property
    def runs(self) -> str:
        """What runs there, in words: "407 seats"."""
        return quantity_words(self.seats, self.unit)

    @property
    def everywhere(self) -> bool:
        """Whether every use of the product asks for the track."""
        return GENERAL in self.environments


def stakes_of(document: ProgramDocument, track: str) -> tuple[Stake, ...]:
    """The products whose gates need people with ``track``: what is lost where it lapses."""
    found = []
    for code, product in document.products.items():
        asking = tuple(
            environment
            for environment, gate in product.gates.items()
            if gate.add and track in set(tracks_in(gate.add))
        )
        if asking:
            title = document.title_of("products", code)
            found.append(Stake(code, title, asking, unit=product.unit))
    return tuple(found)


def tracks_in(tree: Requirement) -> Iterator[str]:
    """The track codes that a requirement tree asks people to hold."""
    if isinstance(tree, Group):
        for child in tree.children:
            yield from tracks_in(child)
    elif isinstance(tree, People):
        for selection in tree.selections:
            yield from selection.subject  # resolved from every criterion when bound


def products_needing(
    document: ProgramDocument, tracks: Iterable[str]
) -> dict[str, tuple[Stake, ...]]:
    """``stakes_of`` for several tracks."""
    return {track: stakes_of(document, track) for track in dict.fromkeys(tracks)}


def stakes_at(
    document: ProgramDocument, wanted: Collection[tuple[int, str]]
) -> dict[tuple[int, str], tuple[Stake, ...]]:
    """Per (partner id, track) what hangs on people with the track: products with the seats that
    run where their gate asks for it, those with the most seats first. One query."""
    running = deployed({partner for partner, _ in wanted})
    products = products_needing(document, (track for _, track in wanted))
    return {
        (partner, track): tuple(
            sorted(
                (
                    replace(one, seats=_seats(document, one, running.get(partner, ())))
                    for one in products[track]
                ),
                key=lambda stake: (-stake.seats, stake.title),
            )
        )
        for partner, track in wanted
    }


def _seats(document: ProgramDocument, stake: Stake, rows: Iterable[Deployed]) -> int:
    asking = set(stake.environments)
    return sum(
        row.seats
        for row in rows
        if (document.successor("products", row.product) or row.product) == stake.product
        and (stake.everywhere or asking & set(row.environments))
    )
