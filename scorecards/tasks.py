"""Beat's work for account managers: remind of tasks."""

from __future__ import annotations

from celery import shared_task

from alerts.actions import raise_alerts
from scorecards.task_alerts import TERMS
from web import clock


@shared_task(name="scorecards.tasks.task_reminders", ignore_result=True)
def task_reminders() -> int:
    """Remind of the tasks that are due today or were missed; returns how many."""
    return raise_alerts(TERMS, at=clock.now())
