"""Telling people what a review said, each once, for all vendors in one statement."""

from __future__ import annotations

import datetime as dt

from alerts.actions import SweepTerms, raise_alerts
from reviews.sweeping import CURES, EXCEPTIONS, MAPPED, OUTCOMES, REQUESTS, SANCTIONS

_TERMS = (
    SweepTerms("review outcomes", OUTCOMES),
    SweepTerms("cures", CURES),
    SweepTerms("level exceptions", EXCEPTIONS),
    SweepTerms("levels mapped", MAPPED),
    SweepTerms("level requests", REQUESTS),
    SweepTerms("sanctions", SANCTIONS),
)


def sweep_review_alerts(*, at: dt.datetime) -> int:
    """Raise what became due by the instant ``at``; returns how many alerts."""
    return sum(raise_alerts(terms, at=at) for terms in _TERMS)
