"""The demo's clock: moved by whole days, with the sweeps run for every day that passes."""

from __future__ import annotations

import datetime as dt

from django.core.management.base import CommandError

from alerts.actions import sweep_deliveries
from certifications.actions import sweep_certificate_alerts
from tenants.actions.sealing import sweep_event_seal
from web import clock

FARTHEST = 1000


def move(text: str) -> str:
    """Move by ``+n`` or ``-n`` days, or to the true day with ``0``; say what was raised."""
    days = _target(text)
    clock.offset_file().parent.mkdir(parents=True, exist_ok=True)
    clock.offset_file().write_text(str(days))
    at = clock.now()
    raised = sweep_certificate_alerts(at=at)
    sweep_deliveries(at=at)
    sweep_event_seal(at=at)
    day = at.astimezone(dt.UTC).date()
    return f"The demo's day is {day} ({days:+d}). {raised} alerts were raised."


def _target(text: str) -> int:
    try:
        step = int(text)
    except ValueError:
        raise CommandError(f"--day takes +1, -2 or 0, not {text!r}.") from None
    days = 0 if text.strip("+-") == "0" else clock.offset_days() + step
    if abs(days) > FARTHEST:
        raise CommandError(f"The clock moves at most {FARTHEST} days.")
    return days
