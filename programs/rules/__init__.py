"""Requirement trees over the facts of one partner on one day, three-valued (Kleene)."""

from programs.rules.base import Requirement
from programs.rules.case import Case
from programs.rules.expiry import certificate_expiry, counts_until
from programs.rules.facts import (
    AGREEMENT,
    Certificate,
    Facts,
    Held,
    Member,
    MetricValue,
    Period,
    Person,
    Record,
    facts_from,
)
from programs.rules.gates import gate_tree, must_classify, partner_tree, required_by
from programs.rules.levels import (
    LevelResult,
    TierResult,
    evaluate_level,
    evaluate_program,
    held_tier,
    level_met,
    levels_held,
    levels_inherited,
    levels_met,
)
from programs.rules.outcome import Counted, Node, Outcome, Truth
from programs.rules.periods import add_months
from programs.rules.trees import All, explain, holds, requirement

__all__ = [
    "AGREEMENT",
    "All",
    "Case",
    "Certificate",
    "Counted",
    "Facts",
    "Held",
    "LevelResult",
    "Member",
    "MetricValue",
    "Node",
    "Outcome",
    "Period",
    "Person",
    "Record",
    "Requirement",
    "TierResult",
    "Truth",
    "add_months",
    "certificate_expiry",
    "counts_until",
    "evaluate_level",
    "evaluate_program",
    "explain",
    "facts_from",
    "gate_tree",
    "held_tier",
    "holds",
    "level_met",
    "levels_held",
    "levels_inherited",
    "levels_met",
    "must_classify",
    "partner_tree",
    "required_by",
    "requirement",
]
