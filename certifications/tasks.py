"""Beat's work: tell people before their certificates end."""

from __future__ import annotations

from celery import shared_task

from certifications.actions import sweep_certificate_alerts
from web import clock


@shared_task(name="certifications.tasks.certificate_alerts", ignore_result=True)
def certificate_alerts() -> int:
    """Raise the certificate alerts that are due now; returns how many."""
    return sweep_certificate_alerts(at=clock.now())
