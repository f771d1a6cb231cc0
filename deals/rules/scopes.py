"""What a registration is about, as the scopes that one partner alone can hold; pure.

Scopes are compared as a document names them: a family or product that went is the one that follows
it (``mapping``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deals.models import Protection, Registration
    from programs.document import ProgramDocument

FAMILY, PRODUCT, OPPORTUNITY = "family", "product", "opportunity"


@dataclass(frozen=True)
class Scope:
    """``key`` is ``family:endpoint``, ``product:edr`` or ``opportunity:<number>``; ``family`` the
    product family it lies in, empty where the program has none for it."""

    key: str
    family: str = ""

    @property
    def whole_family(self) -> bool:
        return self.key.startswith(f"{FAMILY}:")


def scopes_of(row: Registration, document: ProgramDocument, about: str) -> list[Scope]:
    """The scopes of a registration whose policy protects ``about`` (family, product, opportunity),
    each once."""
    products = named(document, "products", row.products)
    if about == PRODUCT:
        return [Scope(f"{PRODUCT}:{code}", document.family_of(code)) for code in products]
    wanted = [*named(document, "families", row.families), *map(document.family_of, products)]
    each = list(dict.fromkeys(wanted))
    if about == FAMILY:
        return [Scope(f"{FAMILY}:{code}", code) for code in each]
    return [Scope(f"{OPPORTUNITY}:{row.public_id.hex}:{code}", code) for code in each]


def every_family(document: ProgramDocument) -> list[Scope]:
    """A scope for each product family: what is meant where nobody said which."""
    return [Scope(f"{FAMILY}:{code}", code) for code in sorted(document.families)]


def scope_held(held: Protection, document: ProgramDocument | None) -> Scope:
    """What a protection is of, as the document names it; without one, as it was granted."""
    if document is None:
        return Scope(held.scope, held.family)
    kind, _colon, code = held.scope.partition(":")
    if kind == PRODUCT:
        (code,) = named(document, "products", [code])
        family = document.family_of(code) if code in document.products else held.family
    else:
        (family,) = named(document, "families", [held.family])
        code = family if kind == FAMILY else code
    return Scope(f"{kind}:{code}", family)


def products_in(scopes: Iterable[Scope], document: ProgramDocument) -> set[str]:
    """Codes, former ones included, of the products that the scopes are about: of an opportunity
    those of its family."""
    codes = [code for one in scopes for code in _products(one, document)]
    return {name for code in codes for name in document.former("products", code)}


def _products(one: Scope, document: ProgramDocument) -> Sequence[str]:
    kind, _colon, code = one.key.partition(":")
    return [code] if kind == PRODUCT else document.families.get(one.family, ())


def named(document: ProgramDocument, section: str, codes: Iterable[str]) -> list[str]:
    """The codes, each once, as the document names them; what it does not know, as it is."""
    return list(dict.fromkeys(document.successor(section, code) or code for code in codes))


def blocks(held: Scope, wanted: Scope) -> bool:
    """Whether what is held leaves no room for another partner's ``wanted``: the same scope, or
    anything of a family that is held or wanted as a whole."""
    if held.key == wanted.key:
        return True
    same = bool(held.family) and held.family == wanted.family
    return same and (held.whole_family or wanted.whole_family)


def blocked(held: Iterable[Scope], wanted: Iterable[Scope]) -> bool:
    """Whether any of the held scopes blocks any of the wanted ones."""
    asked = list(wanted)
    return any(blocks(one, other) for one in held for other in asked)
