"""What people decided about partners, beside what the program asks: the plan and the preview of a
coming version hold to it as a review does."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from programs.gathering import Decided
from reviews.models import Cure, LevelException, Sanction
from web.statements import Keys

Place = tuple[str, str, str]
"""(type, axis, level), as codes."""


@dataclass(frozen=True)
class Open:
    """The open cures and exceptions of a partner with the day on which each is over, and until when
    nothing rises, by type ("": any)."""

    cures: Mapping[Place, dt.date] = field(default_factory=dict)
    exceptions: Mapping[Place, dt.date] = field(default_factory=dict)
    locked: Mapping[str, dt.date] = field(default_factory=dict)

    def on(self, day: dt.date) -> Decided:
        """What of it holds on the day."""
        kept = {**self.cures, **self.exceptions}
        return Decided(
            frozenset(place for place, until in kept.items() if day < until),
            frozenset(code for code, until in self.locked.items() if day < until),
        )


def open_decisions(partner_ids: Collection[int], on: dt.date) -> dict[int, Open]:
    """What is open of each of these partners on the vendor's day; three queries."""
    wanted = {"partner_id__any": Keys(list(partner_ids))}
    found: dict[int, Open] = defaultdict(lambda: Open({}, {}, {}))
    place = ("partner_id", "partner_type__code", "axis", "level__code", "until")
    for model, name in ((Cure, "cures"), (LevelException, "exceptions")):
        rows = model.objects.filter(ended_on__isnull=True, **wanted)
        for partner_id, *where, until in rows.values_list(*place):
            getattr(found[partner_id], name)[tuple(where)] = until
    rows = Sanction.objects.current(on).filter(
        kind=Sanction.Kind.LOCK_OUT, lifted_on__isnull=True, **wanted
    )
    for partner_id, code, until in rows.values_list("partner_id", "partner_type__code", "until"):
        locked = found[partner_id].locked
        last = max(locked.get(code or "", dt.date.min), until or dt.date.max)
        locked[code or ""] = last  # type: ignore[index]
    return dict(found)


def decided_about(partner_ids: Collection[int], on: dt.date) -> dict[int, Decided]:
    """The source of ``programs.gathering.decided``."""
    return {pk: found.on(on) for pk, found in open_decisions(partner_ids, on).items()}
