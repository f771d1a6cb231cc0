"""What a document would change if it were published: in words, and for today's partners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from programs.compiled import Program, program_or_none
from programs.document import GENERAL, Change, ProgramDocument, diff
from programs.gathering import active_partners, facts_of
from programs.rules import Case, Facts, gate_tree, level_met

EffectKind = Literal["rises", "falls", "opens", "closes"]


@dataclass(frozen=True)
class Effect:
    """One consequence for one partner: a level it would meet or miss, a product that opens or
    closes. ``before`` and ``after`` are codes; levels are what the partner would *meet*, since
    levels change hands at a review, not by publishing."""

    kind: EffectKind
    partner_id: int
    partner: str
    subject: str
    before: str
    after: str
    words: str


@dataclass(frozen=True)
class Plan:
    """The differences to the version in force, and who is concerned on the effective day."""

    based_on: Program | None
    effective_from: dt.date
    changes: tuple[Change, ...]
    effects: tuple[Effect, ...] = field(default=())
    partners: int = 0

    @property
    def empty(self) -> bool:
        return self.based_on is not None and not self.changes

    def effects_of(self, kind: EffectKind) -> list[Effect]:
        return [effect for effect in self.effects if effect.kind == kind]


def plan_program(document: ProgramDocument, *, effective_from: dt.date) -> Plan:
    """Compare with the version that would be in force on ``effective_from``, and evaluate both
    for every active partner with that day's facts. Writes nothing."""
    base = program_or_none(effective_from)
    names = active_partners(effective_from)
    if base is None:
        return Plan(None, effective_from, (), (), len(names))
    changes = tuple(diff(base.document, document))
    if not changes:
        return Plan(base, effective_from, (), (), len(names))
    facts = facts_of(list(names), effective_from)
    found = effects(base.document, document, facts, names, effective_from)
    return Plan(base, effective_from, changes, tuple(found), len(names))


def effects(
    old: ProgramDocument,
    new: ProgramDocument,
    facts: Mapping[int, Facts],
    names: Mapping[int, str],
    on: dt.date,
) -> Iterator[Effect]:
    """Who rises or falls, and which product opens or closes for whom. Pure."""
    for pk, name in names.items():
        yield from _levels(old, new, facts[pk], pk, name, on)
        yield from _access(old, new, facts[pk], pk, name, on)


def _levels(
    old: ProgramDocument, new: ProgramDocument, facts: Facts, pk: int, name: str, on: dt.date
) -> Iterator[Effect]:
    for code in facts.held:
        if code not in old.types or code not in new.types:
            continue
        before, after = level_met(old, code, facts, on), level_met(new, code, facts, on)
        if before == after:
            continue
        old_rank = old.types[code].tiers[before].rank if before else 0
        new_rank = new.types[code].tiers[after].rank if after else 0
        kind: EffectKind = "rises" if new_rank > old_rank else "falls"
        title = new.title_of("types", code)
        words = f"{name} would meet {_tier(new, code, after)} as {title}, today {_tier(old, code, before)}"
        yield Effect(kind, pk, name, code, before or "", after or "", words)


def _tier(document: ProgramDocument, type_code: str, tier: str | None) -> str:
    if tier is None:
        return "no tier"
    return document.types[type_code].tiers[tier].title or tier.replace("_", " ").capitalize()


def _access(
    old: ProgramDocument, new: ProgramDocument, facts: Facts, pk: int, name: str, on: dt.date
) -> Iterator[Effect]:
    case = Case(facts, on)
    for product in dict.fromkeys([*old.products, *new.products]):
        for environment in dict.fromkeys([GENERAL, *old.environments, *new.environments]):
            before = is_open(old, product, environment, case)
            after = is_open(new, product, environment, case)
            if before == after:
                continue
            source = new if product in new.products else old
            verb: EffectKind = "opens" if after else "closes"
            words = f"{source.title_of('products', product)} ({environment}) {verb} for {name}"
            yield Effect(verb, pk, name, product, environment, environment, words)


def is_open(document: ProgramDocument, product: str, environment: str, case: Case) -> bool:
    """Whether the partner alone (without customers' own addenda) passes the gate of a class.

    A class for which the product has no gate of its own is answered by the general one; unknown
    never opens.
    """
    found = document.products.get(product)
    if found is None or environment not in found.gates:
        return False
    tree = gate_tree(document, product, [environment], with_customer=False)
    return tree is not None and tree.holds(case) is True
