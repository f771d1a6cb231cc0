"""Celery's clock at its start."""

from __future__ import annotations

from celery.beat import Scheduler

from config.celery import app
from runtime.tasks import all_due_at_once


def test_everything_is_due_when_beat_starts() -> None:
    scheduler = Scheduler(app=app)
    scheduler.merge_inplace(app.conf.beat_schedule)
    before = [name for name, entry in scheduler.schedule.items() if entry.is_due().is_due]
    all_due_at_once(scheduler)
    late = [name for name, entry in scheduler.schedule.items() if not entry.is_due().is_due]
    assert (before, late) == ([], [])
