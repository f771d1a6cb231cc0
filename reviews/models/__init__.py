"""Reviews of levels, what holds a level up or down meanwhile, and the benefits that levels give."""

from reviews.models.benefits import Grant, GrantUse
from reviews.models.holds import Cure, LevelException, LevelRequest, Sanction
from reviews.models.runs import ReviewOutcome, ReviewRun

__all__ = [
    "Cure",
    "Grant",
    "GrantUse",
    "LevelException",
    "LevelRequest",
    "ReviewOutcome",
    "ReviewRun",
    "Sanction",
]
