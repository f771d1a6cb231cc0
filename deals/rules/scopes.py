"""What a registration is about, as the scopes that one partner alone can hold; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deals.models import Registration
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
    each once. A product without a family is a family of its own."""
    families = {code: rule.family or code for code, rule in document.products.items()}
    if about == PRODUCT:
        return [Scope(f"{PRODUCT}:{code}", families.get(code, code)) for code in row.products]
    wanted = [*row.families, *(families.get(code, code) for code in row.products)]
    each = list(dict.fromkeys(wanted))
    if about == FAMILY:
        return [Scope(f"{FAMILY}:{code}", code) for code in each]
    return [Scope(f"{OPPORTUNITY}:{row.public_id.hex}:{code}", code) for code in each]


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
