"""Which tiers of a type a partner meets, and a whole program evaluated for one partner."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from programs.errors import ProgramError
from programs.rules.case import Case
from programs.rules.facts import Facts
from programs.rules.gates import gate_tree
from programs.rules.outcome import Node, Outcome, either, outcome_of

if TYPE_CHECKING:
    from programs.document.models import PartnerType, ProgramDocument


@dataclass(frozen=True, slots=True)
class TierResult:
    """A tier's entry and retain sets; `retained` passes when either does."""

    tier: str
    title: str
    rank: int
    entry: Node
    retain: Node
    retained: Outcome

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {
            "tier": self.tier,
            "title": self.title,
            "rank": self.rank,
            "entry": self.entry.to_dict(),
            "retain": self.retain.to_dict(),
            "retained": self.retained,
        }


@dataclass(frozen=True, slots=True)
class LevelResult:
    """All tiers of a type, lowest first.

    `met` is the highest tier whose entry set passes, `held` the tier held on the day with `kept`
    its retain outcome, `next` the tier above the better of both.
    """

    type: str
    tiers: tuple[TierResult, ...]
    met: str | None
    held: str | None
    kept: Outcome | None
    next: str | None

    def tier(self, code: str) -> TierResult:
        """The result of one tier."""
        return next(tier for tier in self.tiers if tier.tier == code)

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {
            "type": self.type,
            "tiers": [tier.to_dict() for tier in self.tiers],
            "met": self.met,
            "held": self.held,
            "kept": self.kept,
            "next": self.next,
        }


def evaluate_level(
    document: "ProgramDocument", type_code: str, facts: Facts, on: date
) -> LevelResult:
    """Every tier of the type, explained; an unknown entry set is not met."""
    case = Case(facts, on)
    results = tuple(
        _tier_result(document, type_code, code, case) for code in _type(document, type_code).tiers
    )
    met = next((r for r in reversed(results) if r.entry.outcome == "pass"), None)
    held_code = held_tier(facts, type_code, on)
    held = next((r for r in results if r.tier == held_code), None)
    reached = max(met.rank if met else 0, held.rank if held else 0)
    following = next((r.tier for r in results if r.rank > reached), None)
    return LevelResult(
        type=type_code,
        tiers=results,
        met=met.tier if met else None,
        held=held_code,
        kept=held.retained if held else None,
        next=following,
    )


def level_met(document: "ProgramDocument", type_code: str, facts: Facts, on: date) -> str | None:
    """The highest tier whose entry set passes, without explanations: for many partners."""
    case = Case(facts, on)
    tiers = _type(document, type_code).tiers
    passing = (code for code in reversed(tiers) if tiers[code].entry_tree.holds(case))
    return next(passing, None)


def held_tier(facts: Facts, type_code: str, on: date) -> str | None:
    """The tier of this type that the partner holds on the day."""
    for held in facts.held.get(type_code, ()):
        if held.from_ <= on and (held.until is None or on < held.until):
            return held.tier
    return None


def evaluate_program(document: "ProgramDocument", facts: Facts, on: date) -> dict[str, Any]:
    """All types and all products in every class, as JSON; customers' own addenda are left out."""
    from programs.document.texts import digest  # the document builds on this package

    return {
        "program": document.program,
        "document_digest": digest(document),
        "partner": facts.partner,
        "facts_digest": facts.digest(),
        "on": on.isoformat(),
        "types": {
            code: evaluate_level(document, code, facts, on).to_dict() for code in document.types
        },
        "products": {
            product: _product_result(document, product, facts, on) for product in document.products
        },
    }


def _type(document: "ProgramDocument", code: str) -> "PartnerType":
    found = document.types.get(code)
    if found is None:
        raise ProgramError([problem for _, problem in document.missing("types", code, ())])
    return found


def _tier_result(document: "ProgramDocument", type_code: str, code: str, case: Case) -> TierResult:
    tier = document.types[type_code].tiers[code]
    entry = tier.entry_tree.explain(case)
    retain = tier.retain_tree.explain(case) if tier.retain else entry
    return TierResult(
        tier=code,
        title=tier.title or code.replace("_", " ").replace("-", " ").capitalize(),
        rank=tier.rank,
        entry=entry,
        retain=retain,
        retained=outcome_of(either(entry.truth, retain.truth)),
    )


def _product_result(
    document: "ProgramDocument", product: str, facts: Facts, on: date
) -> dict[str, Any]:
    """One explained gate per class in which the product is offered."""
    case = Case(facts, on)
    results = {}
    for environment in document.environments:
        tree = gate_tree(document, product, [environment], with_customer=False)
        if tree is not None:
            results[environment] = tree.explain(case).to_dict()
    return results
