"""Decisions over sets of partners, people and results; the day is passed in, nothing is written."""

from certifications.rules.recording import NewResult, PlannedResult, plan_results
from certifications.rules.renewal import Way, ways_to_renew
from certifications.rules.stakes import (
    Stake,
    products_needing,
    stakes_at,
    stakes_of,
    tracks_in,
)
from certifications.rules.standing import (
    Holder,
    PeopleHistory,
    Standing,
    people_facts,
    people_history,
    standing,
)

__all__ = [
    "Holder",
    "NewResult",
    "PeopleHistory",
    "PlannedResult",
    "Stake",
    "Standing",
    "Way",
    "people_facts",
    "people_history",
    "plan_results",
    "products_needing",
    "stakes_at",
    "stakes_of",
    "standing",
    "tracks_in",
    "ways_to_renew",
]
