"""Celery: a message only says "look"; PostgreSQL holds the truth, so a lost one costs a sweep."""

from __future__ import annotations

import os
from pathlib import Path

from runtime.bootstrap import load_environment

load_environment()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from celery import Celery  # noqa: E402
from celery.signals import worker_init  # noqa: E402
from django.conf import settings  # noqa: E402

app = Celery("mainstay")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=600,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    beat_schedule={
        "heartbeat": {"task": "runtime.tasks.heartbeat", "schedule": 15.0},
        "seal events": {"task": "tenants.tasks.seal_events", "schedule": 300.0},
        "certificate releases": {
            "task": "certifications.tasks.certificate_releases",
            "schedule": 300.0,
        },
        "certificate alerts": {
            "task": "certifications.tasks.certificate_alerts",
            "schedule": 300.0,
        },
        "gate times": {"task": "licensing.tasks.gate_times", "schedule": 300.0},
        "exception alerts": {"task": "licensing.tasks.exception_alerts", "schedule": 300.0},
        "imports": {"task": "tenants.tasks.imports_due", "schedule": 3.0},
        "drop old imports": {"task": "tenants.tasks.drop_old_imports", "schedule": 3600.0},
        "onboarding": {"task": "partners.tasks.onboarding_due", "schedule": 300.0},
        "drop old drafts": {"task": "partners.tasks.drafts_due", "schedule": 3600.0},
        "take-outs": {"task": "partners.tasks.take_outs_due", "schedule": 30.0},
        "reviews": {"task": "reviews.tasks.reviews_due", "schedule": 300.0},
        "review alerts": {"task": "reviews.tasks.review_alerts", "schedule": 300.0},
        "benefits": {"task": "reviews.tasks.benefits_due", "schedule": 3600.0},
        "renewals": {"task": "deals.tasks.renewals", "schedule": 900.0},
        "renewals elapsed": {"task": "deals.tasks.renewals_elapsed", "schedule": 900.0},
        "registrations": {"task": "deals.tasks.registrations", "schedule": 300.0},
        "co-sell": {"task": "deals.tasks.co_sell", "schedule": 300.0},
        "registrations due": {"task": "deals.tasks.registrations_due", "schedule": 300.0},
        "cases": {"task": "scorecards.tasks.cases_due", "schedule": 300.0},
        "contact changes": {"task": "scorecards.tasks.contact_changes", "schedule": 300.0},
        "task reminders": {"task": "scorecards.tasks.task_reminders", "schedule": 300.0},
        "deliver messages": {"task": "alerts.tasks.deliver", "schedule": 30.0},
        "webhooks": {"task": "alerts.tasks.webhooks", "schedule": 15.0},
        "digests": {"task": "alerts.tasks.digests", "schedule": 300.0},
        "webhook alerts": {"task": "alerts.tasks.webhook_alerts", "schedule": 300.0},
        "drop old messages": {"task": "alerts.tasks.drop_old", "schedule": 3600.0},
        "standing told": {"task": "licensing.tasks.standing_told", "schedule": 60.0},
        "drop old answers": {"task": "tenants.tasks.drop_old_answers", "schedule": 3600.0},
    },
)
if settings.REDIS_URL:
    app.conf.broker_url = settings.REDIS_URL
    app.conf.broker_transport_options = {"visibility_timeout": 900}
else:
    folder = Path(settings.CELERY_BROKER_FOLDER)
    app.conf.broker_url = "filesystem://"
    app.conf.broker_transport_options = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
    }
app.autodiscover_tasks()


@worker_init.connect
def refuse_privileged_role(**kwargs: object) -> None:
    """A worker, like the web process, never runs as a role that looks past the walls."""
    from django.db import connection

    from runtime.roles import refuse_privileged

    refuse_privileged(connection)
    connection.close()
