"""What a certificate is good for: the products whose gates ask for its track."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from programs.document import ProgramDocument
from programs.rules import Requirement
from programs.rules.people import People
from programs.rules.trees import Group


@dataclass(frozen=True)
class Stake:
    """A product whose gate asks for a track, in the environment classes named."""

    product: str
    title: str
    environments: tuple[str, ...]


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
            found.append(Stake(code, document.title_of("products", code), asking))
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
