"""What was granted under an exception counts against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import F

from licensing.actions.decisions import Decision
from licensing.models import Override


def count_exceptions(granted: Sequence[Decision]) -> None:
    """Add the seats granted beyond those that ran; the partners' lock makes this our turn."""
    more: Counter[str] = Counter()
    for one in granted:
        inputs = one.standing.inputs
        for ref in one.standing.verdict.exceptions:
            more[ref] += max(one.seats - inputs.before, 0)
    for ref, seats in more.items():
        if seats:
            rows = Override.objects.with_public_id(ref)
            rows.update(seats_used=F("seats_used") + seats)
