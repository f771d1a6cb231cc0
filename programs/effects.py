"""Who rises or falls, and which product opens or closes for whom, between two documents. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from programs.document import GENERAL, ProgramDocument
from programs.rules import Case, Facts, gate_tree, levels_met
from programs.rules.base import Requirement
from programs.rules.facts import OWN
from programs.rules.mentions import same

EffectKind = Literal["rises", "falls", "opens", "closes"]
KINDS: tuple[EffectKind, ...] = ("falls", "closes", "rises", "opens")
"""In the order in which a reader needs them: what somebody loses first."""


@dataclass(frozen=True)
class Effect:
    """One consequence for one partner: a level it would meet or miss, a product that opens or
    closes. ``subject`` is the code of the type or product. For levels ``before`` and ``after`` are
    tiers ("" for none): those the partner would *meet*, since levels change hands at a review,
    not by publishing. For products both are the environment class."""

    kind: EffectKind
    partner_id: int
    partner: str
    subject: str
    before: str
    after: str
    words: str


@dataclass(frozen=True)
class _Gate:
    """The gate of a product for one class, in the old and in the new document."""

    product: str
    environment: str
    title: str
    before: Requirement | None
    after: Requirement | None


def effects(
    old: ProgramDocument,
    new: ProgramDocument,
    facts: Mapping[int, Facts],
    names: Mapping[int, str],
    on: dt.date,
) -> Iterator[Effect]:
    """Every consequence, partner by partner.

    Trees are put together once, and those that answer alike in both are not asked.
    """
    gates, moved = list(_gates(old, new)), _moved(old, new)
    for pk, name in names.items():
        case = Case(facts[pk], on)
        yield from _levels(old, new, moved, case, pk, name)
        yield from _access(gates, case, pk, name)


def _moved(old: ProgramDocument, new: ProgramDocument) -> list[tuple[str, str]]:
    """The axes (type, axis) of the old document's types whose levels are not the same in both."""

    def levels(document: ProgramDocument, code: str, axis: str) -> dict[str, Requirement]:
        found = document.types[code].levels_of(axis) if code in document.types else {}
        return {level: held.entry_tree for level, held in found.items()}

    def alike(code: str, axis: str) -> bool:
        before, after = levels(old, code, axis), levels(new, code, axis)
        return list(before) == list(after) and all(
            same(before[level], after[level], old, new) for level in before
        )

    def axes(code: str) -> dict[str, None]:
        types = [document.types[code] for document in (old, new) if code in document.types]
        return dict.fromkeys(axis for found in types for axis in found.axis_codes())

    return [
        (code, axis)
        for code in old.types
        for axis in axes(code)
        if not alike(code, axis)
    ]


def _levels(
    old: ProgramDocument,
    new: ProgramDocument,
    moved: list[tuple[str, str]],
    case: Case,
    pk: int,
    name: str,
) -> Iterator[Effect]:
    for code, axis in moved:
        if code not in case.facts.held or not enrolled(case, code):
            continue
        before, after = _met(old, code, axis, case), _met(new, code, axis, case)
        for was, now in _pairs(old, new, code, axis, before, after):
            kind: EffectKind = "rises" if _higher(old, new, code, axis, was, now) else "falls"
            words = _("%(partner)s meets %(after)s as %(type)s, before: %(before)s") % {
                "partner": name,
                "after": tier_title(new, code, now),
                "type": (new if code in new.types else old).title_of("types", code),
                "before": tier_title(old, code, was),
            }
            yield Effect(kind, pk, name, code, was or "", now or "", words)


def _pairs(
    old: ProgramDocument,
    new: ProgramDocument,
    code: str,
    axis: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
) -> Iterator[tuple[str | None, str | None]]:
    """What is met before and after where it differs: of a ladder one pair, of a set each level."""
    if all(_on_ladder(document, code, axis) for document in (old, new)):
        if before != after:
            yield next(iter(before), None), next(iter(after), None)
        return
    yield from ((level, None) for level in before if level not in after)
    yield from ((None, level) for level in after if level not in before)


def _on_ladder(document: ProgramDocument, code: str, axis: str) -> bool:
    found = document.types.get(code)
    return not found or not found.levels_of(axis) or found.kind_of(axis) == "ladder"


def enrolled(case: Case, code: str) -> bool:
    """Whether the partner is of this type on the day; one without any level yet is."""
    spans = case.facts.held[code]
    return not spans or any(
        span.from_ <= case.on and (span.until is None or case.on < span.until)
        for span in spans
        if span.member == OWN
    )


def _met(document: ProgramDocument, code: str, axis: str, case: Case) -> tuple[str, ...]:
    """The levels whose entry set passes; none where the type or the axis was taken out."""
    found = document.types.get(code)
    return levels_met(document, code, case, axis) if found and found.levels_of(axis) else ()


def _higher(
    old: ProgramDocument,
    new: ProgramDocument,
    code: str,
    axis: str,
    before: str | None,
    after: str | None,
) -> bool:
    """Whether ``after`` stands above ``before``: on the new ladder, else on the old one.

    Ranks count from the bottom, so that a tier put in below moves all others: ranks of two
    documents cannot be compared where one ladder holds both tiers.
    """
    if after is None or before is None:
        return before is None
    for document in (new, old):
        levels = document.types[code].levels_of(axis)
        if before in levels and after in levels:
            return levels[after].rank > levels[before].rank
    return new.ladder(code, axis)[after].rank > old.ladder(code, axis)[before].rank


def tier_title(document: ProgramDocument, type_code: str, tier: str | None) -> str:
    """A level's title, or words for none."""
    return document.types[type_code].level_title(tier) if tier else _("no tier")


def _gates(old: ProgramDocument, new: ProgramDocument) -> Iterator[_Gate]:
    """Per product the general gate, and every class that has a gate of its own in either: those
    that differ."""
    for product in dict.fromkeys([*old.products, *new.products]):
        title = (new if product in new.products else old).title_of("products", product)
        own = [
            env for d in (old, new) if product in d.products for env in d.products[product].gates
        ]
        for environment in dict.fromkeys([GENERAL, *own]):
            before, after = (gate_of(d, product, environment) for d in (old, new))
            if not same(before, after, old, new):
                yield _Gate(product, environment, title, before, after)


def gate_of(document: ProgramDocument, product: str, environment: str) -> Requirement | None:
    """What the partner alone must pass (customers' own addenda left out); None: not offered."""
    known = environment == GENERAL or environment in document.environments
    if product not in document.products or not known:
        return None
    return gate_tree(document, product, [environment], with_customer=False)


def _access(gates: list[_Gate], case: Case, pk: int, name: str) -> Iterator[Effect]:
    """Unknown never opens."""
    for gate in gates:
        before = gate.before is not None and gate.before.holds(case) is True
        after = gate.after is not None and gate.after.holds(case) is True
        if before == after:
            continue
        found = {"product": gate.title, "class": gate.environment, "partner": name}
        if after:
            words = _("%(product)s (%(class)s) opens for %(partner)s") % found
        else:
            words = _("%(product)s (%(class)s) closes for %(partner)s") % found
        kind: EffectKind = "opens" if after else "closes"
        yield Effect(kind, pk, name, gate.product, gate.environment, gate.environment, words)
