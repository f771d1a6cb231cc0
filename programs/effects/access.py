"""Which product opens or closes for whom, class by class: the gate's own trees, and the steps of
onboarding that open it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from programs.document import GENERAL, ProgramDocument
from programs.rules import All, partner_tree, required_by
from programs.rules.mentions import same
from programs.rules.steps import steps_to, waiting_for


@dataclass(frozen=True)
class Access:
    """A product in one class under both documents; None: not offered there. The code is the old
    document's where it has the product."""

    product: str
    environment: str
    title: str
    before: All | None
    after: All | None


def moved_access(old: ProgramDocument, new: ProgramDocument) -> list[Access]:
    """Per product the general class, and every class that asks for more than it in either
    document: those that do not answer alike."""
    found = []
    for code in _products(old, new):
        to = new.successor("products", code) or code
        title = (new if to in new.products else old).title_of(
            "products", to if to in new.products else code
        )
        for environment in dict.fromkeys([GENERAL, *_classes(old, code), *_classes(new, to)]):
            before = _asked(old, code, environment)
            after = _asked(new, to, environment)
            if not same(before, after, old, new):
                found.append(Access(code, environment, title, before, after))
    return found


def _asked(document: ProgramDocument, product: str, environment: str) -> All | None:
    """The gate, and the steps of onboarding that open it."""
    tree = partner_tree(document, product, [environment])
    if tree is None:
        return None
    steps = steps_to(document, (product, *required_by(document, product)))
    return waiting_for(steps, tree) if steps else tree


def _products(old: ProgramDocument, new: ProgramDocument) -> list[str]:
    """Every product once: those that only changed their code stand under the old one."""
    heirs = {new.successor("products", code) for code in old.products}
    return [*old.products, *(code for code in new.products if code not in heirs)]


def _classes(document: ProgramDocument, product: str) -> Iterator[str]:
    if product in document.products:
        for code in (product, *required_by(document, product)):
            yield from document.products[code].gates
