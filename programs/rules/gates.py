"""What must hold to deploy a product in environments: the union of their gates."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from programs.errors import ProgramError
from programs.rules.base import Requirement
from programs.rules.leaves import Addendum, Agreement
from programs.rules.trees import All
from web.codes import words_of

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.document.products import Gate

GENERAL = "general"
AGREEMENT_IN_FORCE = Agreement(agreement="in_force")
"""What stands before every gate: nobody deploys without an agreement."""


def gate_tree(
    document: "ProgramDocument",
    product: str,
    environments: Iterable[str],
    *,
    with_customer: bool = True,
) -> All | None:
    """The gate of a product for all classes at once, the strictest combination.

    The `general` gate always applies, a class without an own gate adds nothing. None if the
    product has neither a general gate nor one for any of the classes: it is not offered there.
    `with_customer=False` leaves out the addenda that are attested for each customer, to answer for
    the partner alone. Raises ProgramError on an unknown product or class.
    """
    gates = _product_gates(document, product)
    asked = {GENERAL, *environments}
    for environment in sorted(asked - {GENERAL}):
        if environment not in document.environments:
            found = document.missing("environments", environment, ())
            raise ProgramError([problem for _, problem in found])
    classes = [name for name in _ordered(document) if name in asked and name in gates]
    if not classes:
        return None
    seen: set[str] = set()
    parts = [_class_gate(document, name, gates[name], seen, with_customer) for name in classes]
    return All.model_construct(all=tuple(parts))


def required_by(document: "ProgramDocument", product: str) -> list[str]:
    """What the product builds on, and what that builds on in turn."""
    found: list[str] = []
    ahead = list(document.products[product].requires or ())
    while ahead:
        code = ahead.pop(0)
        if code != product and code not in found:
            found.append(code)
            ahead += document.products[code].requires or ()
    return found


def partner_tree(
    document: "ProgramDocument", product: str, environments: Iterable[str]
) -> All | None:
    """All that an active partner must pass by itself to deploy a product in these classes: the
    agreement, the gates, and those of what the product builds on. None where one of them is not
    offered."""
    if product not in document.products:
        return None
    asked = tuple(environments)
    if not {GENERAL, *document.environments}.issuperset(asked):
        return None
    parts: list[Requirement] = [AGREEMENT_IN_FORCE]
    for code in (product, *required_by(document, product)):
        gate = gate_tree(document, code, asked, with_customer=False)
        if gate is None:
            return None
        parts += gate.all
    return All.model_construct(all=tuple(parts))


def must_classify(
    document: "ProgramDocument", vertical: str | None, recorded: Iterable[str]
) -> str | None:
    """The class to look at before anything is deployed at an unclassified regulated customer."""
    return None if set(recorded) else document.regulated_verticals.get(vertical or "")


def _product_gates(document: "ProgramDocument", product: str) -> "dict[str, Gate]":
    found = document.products.get(product)
    if found is None:
        raise ProgramError([p for _, p in document.missing("products", product, ())])
    return found.gates


def _ordered(document: "ProgramDocument") -> list[str]:
    """The classes in the document's order, the general one first."""
    return [GENERAL, *(name for name in document.environments if name != GENERAL)]


class _ClassGate(All):
    """What one environment class adds; compiled once, and read in any language."""

    @property
    def heading(self) -> str:
        if self.id == GENERAL:
            return _("General environment")
        return _("%(name)s environment") % {"name": words_of(self.id or "")}


def _class_gate(
    document: "ProgramDocument", name: str, gate: "Gate", seen: set[str], with_customer: bool
) -> All:
    parts: list[Requirement] = [gate.add] if gate.add else []
    for code in gate.addenda or ():
        addendum = Addendum(addendum=code)
        addendum.bind(document, ())
        if code not in seen and (with_customer or not addendum.per_customer):
            parts.append(addendum)
        seen.add(code)
    return _ClassGate.model_construct(all=tuple(parts), id=name)
