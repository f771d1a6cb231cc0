"""A partner's level in each of its types: what it holds, what it meets, what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from partners.requirements import Address, RequirementView, requirement_view
from programs.document import ProgramDocument
from programs.fields import NOT_STATED
from programs.rules import Facts, Node, TierResult, evaluate_level
from web.codes import words_of


@dataclass(frozen=True)
class LevelView:
    """A ladder of one type: steps for the stepper, and the tiers with their requirements."""

    type_code: str
    type_title: str
    held: str | None
    held_title: str
    kept: bool | None
    met: str | None
    next_title: str
    steps: tuple[dict[str, Any], ...]
    next_requirements: tuple[RequirementView, ...] = ()
    keep_requirements: tuple[RequirementView, ...] = ()
    benefits: tuple[tuple[str, str], ...] = ()
    next_benefits: tuple[tuple[str, str], ...] = ()
    gaps: tuple[Node, ...] = field(default=())

    @property
    def met_count(self) -> int:
        return sum(requirement.met is True for requirement in self.next_requirements)

    @property
    def words(self) -> str:
        """The line under the title: how far, and what a review today would say."""
        parts = []
        if self.next_requirements:
            parts.append(
                _("%(met)s of %(all)s requirements for %(next)s met.")
                % {
                    "met": self.met_count,
                    "all": len(self.next_requirements),
                    "next": self.next_title,
                }
            )
        if self.held:
            kept = {
                True: _("Reviewed today, you would keep %(level)s."),
                False: _("Reviewed today, you would miss what %(level)s asks."),
                None: _("Data is missing to say whether you keep %(level)s."),
            }[self.kept]
            parts.append(kept % {"level": self.held_title})
        return " ".join(parts)


def level_views(
    document: ProgramDocument, facts: Facts, on: dt.date, address: Address | None = None
) -> list[LevelView]:
    """One view for each type the partner has, in the document's order; ``address`` leads from what
    is missing to where it is supplied."""
    return [
        _level_view(document, code, facts, on, address)
        for code in document.types
        if code in facts.held
    ]


_TRUTH: dict[str | None, bool | None] = {"pass": True, "fail": False, "unknown": None, None: None}


def _level_view(
    document: ProgramDocument, code: str, facts: Facts, on: dt.date, address: Address | None
) -> LevelView:
    result = evaluate_level(document, code, facts, on)
    held = next((tier for tier in result.tiers if tier.tier == result.held), None)
    following = next((tier for tier in result.tiers if tier.tier == result.next), None)
    rank = held.rank if held else 0
    tiers = document.types[code].tiers
    return LevelView(
        type_code=code,
        type_title=document.title_of("types", code),
        held=result.held,
        held_title=held.title if held else "",
        kept=_TRUTH[result.kept],
        met=result.met,
        next_title=following.title if following else "",
        steps=tuple(_step(tier, rank, following) for tier in result.tiers),
        next_requirements=requirements_of(following.entry, address) if following else (),
        keep_requirements=requirements_of(held.retain, address) if held else (),
        benefits=_benefits(document, tiers[held.tier].benefits) if held else (),
        next_benefits=_benefits(document, tiers[following.tier].benefits) if following else (),
        gaps=tuple(following.entry.open_leaves()) if following else (),
    )


def _step(tier: TierResult, rank: int, following: TierResult | None) -> dict[str, Any]:
    if tier.rank < rank:
        state = "done"
    elif tier.rank == rank:
        state = "current"
    else:
        state = "next" if following and tier.tier == following.tier else "locked"
    return {"label": tier.title, "state": state}


def _benefits(document: ProgramDocument, values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a level gives, by its title in the program, in words: "Own-use seats", "25 seats"."""
    return tuple(
        (document.title_of("benefits", code), benefit_words(document, code, value))
        for code, value in values.items()
    )


def benefit_words(document: ProgramDocument, code: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("included") if value else _("not included")
    if value == NOT_STATED:
        return _("not stated by the program")
    if isinstance(value, (list, tuple)):
        return ", ".join(words_of(str(item)) for item in value)
    rule = document.benefits.get(code)
    if rule is not None and rule.kind == "support":
        return document.title_of("support", str(value))
    if isinstance(value, str):
        return value
    unit = rule.unit if rule else ""
    return f"{value:,} {unit}".strip()


def requirements_of(node: Node, address: Address | None) -> tuple[RequirementView, ...]:
    """The first storey of the tree: what a reader ticks off one by one."""
    parts = node.children if node.kind == "all" and node.children else (node,)
    return tuple(requirement_view(part, address=address) for part in parts)
