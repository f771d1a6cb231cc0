"""Which steps of onboarding keep a level closed to a partner, whoever would give it."""

from __future__ import annotations

import datetime as dt

from programs.asking import facts_for
from programs.document import Level, ProgramDocument
from programs.rules import Case


def closed_by(document: ProgramDocument, level: Level, partner_id: int, on: dt.date) -> list[str]:
    """The titles of the level's steps that are not known to be done on the day; none where the
    partner is asked for none. Two queries, none where no step opens the level."""
    if not level.steps:
        return []
    facts = facts_for(((step, document) for step in level.steps), [partner_id], on)
    case = Case(facts[partner_id], on)
    return [step.title or step.step for step in level.steps if step.holds(case) is not True]
