"""The demo's clock: moved by whole days, with the sweeps run on every day that passes.

Only the clock goes back: what was raised on a later day stays, as alerts are never taken back.
"""

from __future__ import annotations

import datetime as dt

from django.core.management.base import CommandError
from django.db import connections

from alerts.actions import sweep_deliveries
from certifications.actions import sweep_certificate_alerts, sweep_certificate_releases
from deals.actions import (
    sweep_co_sell_alerts,
    sweep_registration_alerts,
    sweep_renewal_alerts,
    sweep_renewals,
)
from tenants.actions.sealing import sweep_event_seal
from web import clock

FARTHEST = 1000


def move(text: str) -> str:
    """Move by ``+n`` or ``-n`` days, or to the true day with ``0``; say what was raised."""
    before, days = clock.offset_days(), _target(text)
    clock.offset_file().parent.mkdir(parents=True, exist_ok=True)
    raised = sum(_live(day) for day in range(before + 1, days)) + _live(days)
    at = clock.now()
    words = f"The demo's day is {at.astimezone(dt.UTC).date()} ({days:+d}). "
    words += f"{raised} alerts were raised."
    if later := _raised_after(at):
        words += f" {later} alerts of later days stay: alerts are never taken back."
    return words


def _live(days: int) -> int:
    """Set the clock and do what that day's sweeps do; returns the alerts raised."""
    clock.offset_file().write_text(str(days))
    at = clock.now()
    raised = sweep_certificate_releases(at=at) + sweep_certificate_alerts(at=at)
    sweep_renewals(at=at)
    raised += sweep_renewal_alerts(at=at) + sweep_registration_alerts(at=at)
    raised += sweep_co_sell_alerts(at=at)
    sweep_deliveries(at=at)
    sweep_event_seal(at=at)
    return raised


def _raised_after(at: dt.datetime) -> int:
    with connections["ops"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM alerts_alert WHERE raised_at > %s", [at])
        return int(cursor.fetchone()[0])


def _target(text: str) -> int:
    try:
        step = int(text)
    except ValueError:
        raise CommandError(f"--day takes +1, -2 or 0, not {text!r}.") from None
    days = 0 if text.strip("+-") == "0" else clock.offset_days() + step
    if abs(days) > FARTHEST:
        raise CommandError(f"The clock moves at most {FARTHEST} days.")
    return days
