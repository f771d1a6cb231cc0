"""Whether the codes that somebody names are the program's, and which there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from programs.document import DealPolicy, ProgramDocument
from tenants.writing import Reason

if TYPE_CHECKING:
    from deals.models import Registration


def families_of(document: ProgramDocument) -> set[str]:
    """The program's product families; a product without one is a family of its own."""
    return {rule.family or code for code, rule in document.products.items()}


def undeclared(
    row: Registration, policy: DealPolicy, document: ProgramDocument
) -> tuple[Reason, ...]:
    """Every code of the registration that neither the program nor its policy declares, each with
    its field and what there is."""
    return (
        *wrong_families(row.families, families_of(document)),
        *_wrong(
            row.products, document.products, "unknown_product", "products",
            _("There is no product “%(code)s”."), document.successors.get("products", {}),
        ),
        *_wrong(
            row.stated, policy.states, "unknown_statement", "stated",
            _("The policy asks for no confirmation “%(code)s”."), {},
        ),
    )  # fmt: skip


def wrong_families(families: Collection[str], known: Collection[str]) -> tuple[Reason, ...]:
    """Those that are not among the ``known`` families of the program."""
    words = _("There is no product family “%(code)s”.")
    return tuple(_wrong(families, known, "unknown_family", "families", words, {}))


def _wrong(
    named: Collection[str], known: Collection[str], code: str, pointer: str, words: str,
    successors: dict[str, str],
) -> Iterator[Reason]:  # fmt: skip
    there = sorted(known)
    for one in sorted(set(named) - set(known)):
        successor = successors.get(one)
        near = [successor] if successor else get_close_matches(one, there, n=1, cutoff=0.6)
        fix = _("Known: %(known)s.") % {"known": ", ".join(there) or "–"}
        if near:
            fix = _("Did you mean “%(name)s”? %(fix)s") % {"name": near[0], "fix": fix}
        yield Reason(code, words % {"code": one[:60]}, fix=fix, pointer=pointer)
