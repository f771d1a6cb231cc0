"""What happened, in sentences with their icons: the timeline of a partner or a record."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from partners.event_kinds import LOOKS
from tenants.event_words import EventInWords, in_words
from tenants.models import Event


def timeline_of(
    *,
    partner_id: int | None = None,
    subjects: Collection[uuid.UUID] = (),
    limit: int = 30,
) -> list[dict[str, Any]]:
    """The newest events of a partner, or of the rows with these public ids.

    As ``web/_timeline.html`` draws them: ``icon, tone, title, text, at, who``. A constant number
    of queries; other apps' events appear under the words they registered.
    """
    rows = Event.objects.order_by("-id")
    if partner_id is not None:
        rows = rows.filter(partner_id=partner_id)
    if subjects:
        rows = rows.filter(subject_id__in=list(subjects))
    return [_drawn(event) for event in in_words(rows[:limit])]


def _drawn(event: EventInWords) -> dict[str, Any]:
    icon, tone = LOOKS.get(event.kind, ("point", "muted"))
    return {
        "icon": icon,
        "tone": tone,
        "title": event.title,
        "text": "; ".join(_line(line) for line in event.lines[:4]),
        "at": event.at,
        "who": event.who,
    }


def _line(line: Any) -> str:
    return f"{line.label}: {line.old} → {line.new}" if line.old else f"{line.label}: {line.new}"
