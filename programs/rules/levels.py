"""Which levels of a type a partner meets and holds, and a whole program for one partner."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from programs.rules.case import Case
from programs.rules.facts import OWN, TIER, Facts
from programs.rules.gates import gate_tree
from programs.rules.outcome import Node, Outcome, either, outcome_of
from programs.rules.periods import add_months

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

_RELATION = {"best_child": "child", "from_parent": "parent"}


@dataclass(frozen=True, slots=True)
class TierResult:
    """A level's entry and retain sets; `retained` passes when either does."""

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
    """All levels of an axis, lowest first.

    On a ladder `met` is the highest level whose entry set passes, `held` the level held on the day
    with `kept` its retain outcome, `next` the level above the best of these and what is inherited.
    A set has none of these: there each level stands for itself. `all_met`, `all_held` and
    `inherited` (held by the family, where the type inherits) are the levels of either kind.
    """

    type: str
    tiers: tuple[TierResult, ...]
    met: str | None
    held: str | None
    kept: Outcome | None
    next: str | None
    axis: str = TIER
    kind: Literal["ladder", "set"] = "ladder"
    all_met: tuple[str, ...] = ()
    all_held: tuple[str, ...] = ()
    inherited: tuple[str, ...] = ()

    def tier(self, code: str) -> TierResult:
        """The result of one level."""
        return next(tier for tier in self.tiers if tier.tier == code)

    @property
    def effective(self) -> tuple[str, ...]:
        """What the partner stands on, its own or inherited: on a ladder the higher of both."""
        both = {*self.all_held, *self.inherited}
        found = tuple(tier.tier for tier in self.tiers if tier.tier in both)
        return found[-1:] if self.kind == "ladder" else found

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values."""
        values: dict[str, Any] = {
            "type": self.type,
            "axis": self.axis,
            "kind": self.kind,
            "tiers": [tier.to_dict() for tier in self.tiers],
        }
        if self.kind == "ladder":
            values |= {"met": self.met, "held": self.held, "kept": self.kept, "next": self.next}
        else:
            values |= {"met": list(self.all_met), "held": list(self.all_held)}
        return values | {"inherited": list(self.inherited)}


def evaluate_level(
    document: "ProgramDocument", type_code: str, facts: Facts, on: date, axis: str = TIER
) -> LevelResult:
    """Every level of the axis, explained; an unknown entry set is not met.

    Raises ProgramError where the document has no such type or axis.
    """
    case, found = Case(facts, on), document.type_of(type_code)
    results = tuple(
        _tier_result(document, type_code, axis, code, case)
        for code in document.ladder(type_code, axis)
    )
    all_met = tuple(r.tier for r in results if r.entry.outcome == "pass")
    all_held = levels_held(facts, type_code, on, axis)
    inherited = levels_inherited(document, type_code, facts, on, axis)
    if found.kind_of(axis) == "set":
        return LevelResult(
            type_code, results, None, None, None, None, axis, "set", all_met, all_held, inherited
        )
    rank = {r.tier: r.rank for r in results}
    reached = max([rank.get(code, 0) for code in (*all_met, *all_held, *inherited)], default=0)
    held = next((r for r in results if r.tier in all_held), None)
    return LevelResult(
        type=type_code,
        tiers=results,
        met=all_met[-1] if all_met else None,
        held=all_held[0] if all_held else None,
        kept=held.retained if held else None,
        next=next((r.tier for r in results if r.rank > reached), None),
        axis=axis,
        all_met=all_met[-1:],
        all_held=all_held,
        inherited=inherited,
    )


def level_met(
    document: "ProgramDocument", type_code: str, facts: Facts, on: date, axis: str = TIER
) -> str | None:
    """The highest level whose entry set passes, without explanations: for many partners."""
    levels, case = document.ladder(type_code, axis), Case(facts, on)
    passing = (code for code in reversed(levels) if levels[code].entry_tree.holds(case))
    return next(passing, None)


def levels_met(
    document: "ProgramDocument", type_code: str, case: Case, axis: str = TIER
) -> tuple[str, ...]:
    """The levels of the axis that the partner meets: on a ladder the highest, of a set each."""
    levels = document.ladder(type_code, axis)
    passing = (code for code in reversed(levels) if levels[code].entry_tree.holds(case))
    if document.type_of(type_code).kind_of(axis) == "ladder":
        return tuple(code for code in (next(passing, None),) if code)
    return tuple(reversed(tuple(passing)))


def held_tier(facts: Facts, type_code: str, on: date) -> str | None:
    """The tier of this type that the partner holds on the day."""
    return next(iter(levels_held(facts, type_code, on)), None)


def levels_held(facts: Facts, type_code: str, on: date, axis: str = TIER) -> tuple[str, ...]:
    """The levels of the axis that the partner itself holds on the day."""
    return _held(facts, type_code, on, axis, (OWN,))


def levels_inherited(
    document: "ProgramDocument", type_code: str, facts: Facts, on: date, axis: str = TIER
) -> tuple[str, ...]:
    """What the family hands on: of a ladder the best level that a company below (or above, as the
    type says) holds on the day, of a set each."""
    found = document.type_of(type_code)
    if found.inherit is None or not facts.family:
        return ()
    relation = _RELATION[found.inherit]
    members = [member.key for member in facts.family if member.relation == relation]
    held = set(_held(facts, type_code, on, axis, members))
    listed = tuple(code for code in document.ladder(type_code, axis) if code in held)
    return listed[-1:] if found.kind_of(axis) == "ladder" else listed


def _held(
    facts: Facts, type_code: str, on: date, axis: str, members: Iterable[str]
) -> tuple[str, ...]:
    return tuple(
        row.tier
        for row in facts.held.get(type_code, ())
        if row.axis == axis
        and row.member in members
        and row.from_ <= on
        and (row.until is None or on < row.until)
    )


def falls_of(
    spans: Iterable[tuple[str, date, date | None]], rank: Callable[[str | None], int] | None
) -> dict[str, date]:
    """Per level the last day on which it was lost: by falling to a lower rank, or, where no
    ``rank`` is given (of a set), by ending.

    ``spans`` are the ``(level, since, until)`` of one partner and axis, oldest first.
    """
    held = list(spans)
    lost: dict[str, date] = {}
    for place, (code, _since, until) in enumerate(held):
        if until is None:
            continue
        follows = next((other for other, since, _ in held[place + 1 :] if since == until), None)
        if rank is None or rank(follows) < rank(code):
            lost[code] = until
    return lost


def locked_out(lost: date | None, months: int | str | None, on: date) -> bool:
    """Whether a level lost on that day is still closed by its ``lockout_months``."""
    return lost is not None and isinstance(months, int) and on < add_months(lost, months)


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
            code: evaluate_level(document, code, facts, on).to_dict()
            | {
                "axes": {
                    a: evaluate_level(document, code, facts, on, a).to_dict() for a in found.axes
                }
            }
            for code, found in document.types.items()
        },
        "products": {
            product: _product_result(document, product, facts, on) for product in document.products
        },
    }


def _tier_result(
    document: "ProgramDocument", type_code: str, axis: str, code: str, case: Case
) -> TierResult:
    found = document.types[type_code]
    level = found.levels_of(axis)[code]
    entry = level.entry_tree.explain(case)
    retain = level.retain_tree.explain(case) if level.retain or level.steps else entry
    return TierResult(
        tier=code,
        title=found.level_title(code),
        rank=level.rank,
        entry=entry,
        retain=retain,
        retained=outcome_of(either(level.own_entry.holds(case), retain.truth)),
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
