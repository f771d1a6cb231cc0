"""How the benefits of several levels go together: the best, the sum, or one alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from programs.fields import NOT_STATED

if TYPE_CHECKING:
    from programs.document.benefits import BenefitRule
    from programs.document.models import ProgramDocument


@dataclass(frozen=True)
class Given:
    """A benefit's value as one held level gives it; ``rank`` is the level's place on its axis."""

    benefit: str
    type_code: str
    axis: str
    level: str
    rank: int
    value: Any


@dataclass(frozen=True)
class Stacked:
    """What a partner holds of one benefit: one value, and the levels that gave it."""

    benefit: str
    value: Any
    sources: tuple[tuple[str, str, str], ...]
    """(type, axis, level) of each level whose value counts."""


def given_by(document: ProgramDocument, held: Iterable[tuple[str, str, str]]) -> list[Given]:
    """The values of the benefits of these ``(type, axis, level)``, as the document has them."""
    found = []
    for type_code, axis, code in held:
        partner_type = document.types.get(type_code)
        level = partner_type.levels_of(axis).get(code) if partner_type else None
        if level is None:
            continue
        found += [
            Given(benefit, type_code, axis, code, level.rank, value)
            for benefit, value in level.benefits.items()
            if value != NOT_STATED and value is not False
        ]
    return found


def stacked(document: ProgramDocument, given: Iterable[Given]) -> list[Stacked]:
    """One value for each benefit, by its stacking rule and never above its cap.

    A benefit that no rule of the document describes goes by ``best``. An exclusive one admits no
    other exclusive benefit of its kind beside it: the highest level's stays.
    """
    by_code: dict[str, list[Given]] = {}
    for one in given:
        by_code.setdefault(one.benefit, []).append(one)
    found = {code: _one(document.benefits.get(code), several) for code, several in by_code.items()}
    return [found[code] for code in sorted(found) if not _excluded(document, code, by_code)]


def _one(rule: BenefitRule | None, several: Sequence[Given]) -> Stacked:
    stacking = rule.stacking if rule else "best"
    if stacking == "add" and all(_number(one.value) for one in several):
        total = sum((Decimal(one.value) for one in several), Decimal(0))
        return _made(rule, several, total)
    best = max(several, key=lambda one: (_weight(one.value), one.rank))
    if stacking == "exclusive":
        best = max(several, key=lambda one: (one.rank, _weight(one.value)))
    return _made(rule, [best], best.value)


def _made(rule: BenefitRule | None, several: Sequence[Given], value: Any) -> Stacked:
    cap = rule.cap if rule else None
    if _number(value) and _number(cap):
        value = min(Decimal(value), Decimal(cap))  # type: ignore[arg-type]
    sources = tuple(sorted((one.type_code, one.axis, one.level) for one in several))
    return Stacked(several[0].benefit, value, sources)


def _excluded(document: ProgramDocument, code: str, by_code: dict[str, list[Given]]) -> bool:
    """Whether an exclusive benefit of the same kind, of a higher level, stands in its place."""
    rule = document.benefits.get(code)
    if rule is None or rule.stacking != "exclusive":
        return False
    rivals = [
        other
        for other in by_code
        if (found := document.benefits.get(other)) is not None
        and found.stacking == "exclusive"
        and found.kind == rule.kind
    ]
    ranked = sorted(rivals, key=lambda other: (-max(g.rank for g in by_code[other]), other))
    return ranked[0] != code


def _number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _weight(value: Any) -> tuple[int, Decimal]:
    """Numbers by size, above words and lists, which go by their level's rank."""
    return (1, Decimal(value)) if _number(value) else (0, Decimal(0))
