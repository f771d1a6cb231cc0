"""When a review is due, what it decides, and what the levels give: pure, the day is passed in."""

from programs.rules.stacking import Given, Stacked, given_by, stacked
from reviews.rules.clock import due_days, is_continuous, next_due, window_before
from reviews.rules.deciding import (
    KINDS,
    AxisRules,
    Kind,
    Outcome,
    Standing,
    axis_rules,
    best_of,
    decide,
    explained,
    falls_of,
    kept,
)

__all__ = [
    "KINDS",
    "AxisRules",
    "Given",
    "Kind",
    "Outcome",
    "Stacked",
    "Standing",
    "axis_rules",
    "best_of",
    "decide",
    "due_days",
    "explained",
    "falls_of",
    "given_by",
    "is_continuous",
    "kept",
    "next_due",
    "stacked",
    "window_before",
]
