"""Signs of life of the worker and of beat, as files that the supervisor looks at."""

from __future__ import annotations

import datetime as dt
import signal
from typing import Any

from celery import shared_task
from celery.signals import beat_init, before_task_publish, worker_process_init, worker_ready

from .bootstrap import BEAT_FILE, HEARTBEAT_FILE, home
from .process import follow_parent

HEARTBEAT_SECONDS = 15.0
LONGEST_INTERVAL = dt.timedelta(days=1)

# Merged into the static beat schedule by config/celery.py.
SCHEDULE = {
    "heartbeat": {
        "task": "runtime.tasks.heartbeat",
        "schedule": HEARTBEAT_SECONDS,
        "options": {"expires": 60},
    }
}


def _touch(name: str) -> None:
    folder = home()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / name).touch()


@shared_task(name="runtime.tasks.heartbeat", ignore_result=True)
def heartbeat() -> None:
    """Prove that beat, broker and worker pass work on, by touching a file."""
    _touch(HEARTBEAT_FILE)


@worker_ready.connect
def _worker_is_ready(**_: Any) -> None:
    _touch(HEARTBEAT_FILE)


def all_due_at_once(scheduler: Any) -> None:
    """What fell due while beat was down is done now, not an interval after the start."""
    for entry in scheduler.schedule.values():
        entry.last_run_at = entry.default_now() - LONGEST_INTERVAL


@beat_init.connect
def _beat_is_ready(sender: Any = None, **_: Any) -> None:
    _touch(BEAT_FILE)
    if sender is not None:
        all_due_at_once(sender.scheduler)
    before_task_publish.connect(_beat_publishes)


def _beat_publishes(**_: Any) -> None:
    _touch(BEAT_FILE)


@worker_process_init.connect
def _end_with_the_worker(**_: Any) -> None:
    # A pool process whose worker was killed would wait for work for ever.
    follow_parent(signal.SIGKILL)
