"""Beat's work: send what waits."""

from __future__ import annotations

from celery import shared_task

from alerts.actions import note_sweep, sweep_deliveries
from web import clock

EVERY_SECONDS = 30


@shared_task(name="alerts.tasks.deliver", ignore_result=True)
def deliver() -> int:
    """Send waiting messages of all vendors; returns how many left."""
    at = clock.now()
    count = sweep_deliveries(at=at)
    note_sweep("deliver messages", every_seconds=EVERY_SECONDS, at=at, count=count)
    return count
