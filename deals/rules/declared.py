"""Whether the codes that somebody names are the program's, and which there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from programs.document import DealPolicy, ProgramDocument
from tenants.writing import Reason

if TYPE_CHECKING:
    from deals.models import Registration


def undeclared(
    row: Registration, policy: DealPolicy, document: ProgramDocument
) -> tuple[Reason, ...]:
    """Every code of the registration that neither the program nor its policy declares, each with
    its field and what there is."""
    return (
        *wrong_families(row.families, document),
        *_wrong(
            row.products, document.products, "unknown_product", "products",
            _("There is no product “%(code)s”."), document.successors.get("products", {}),
        ),
        *_wrong(
            row.stated, policy.states, "unknown_statement", "stated",
            _("The policy asks for no confirmation “%(code)s”."), {},
        ),
    )  # fmt: skip


def wrong_families(
    families: Collection[str], document: ProgramDocument | None
) -> tuple[Reason, ...]:
    """Those that are not product families of the program; without one, none is."""
    words = _("There is no product family “%(code)s”.")
    known: Collection[str] = document.families if document else ()
    successors = document.successors["families"] if document else {}
    return tuple(_wrong(families, known, "unknown_family", "families", words, successors))


def _wrong(
    named: Collection[str], known: Collection[str], code: str, pointer: str, words: str,
    successors: Mapping[str, str],
) -> Iterator[Reason]:  # fmt: skip
    there = sorted(known)
    for one in sorted(set(named) - set(known)):
        successor = successors.get(one)
        near = [successor] if successor else get_close_matches(one, there, n=1, cutoff=0.6)
        fix = _("Known: %(known)s.") % {"known": ", ".join(there) or "–"}
        if near:
            fix = _("Did you mean “%(name)s”? %(fix)s") % {"name": near[0], "fix": fix}
        yield Reason(code, words % {"code": one[:60]}, fix=fix, pointer=pointer)
