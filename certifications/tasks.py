"""Beat's work: tell people before their certificates end."""

from __future__ import annotations

from celery import shared_task

from certifications.actions import sweep_certificate_alerts, sweep_certificate_releases
from web import clock


@shared_task(name="certifications.tasks.certificate_alerts", ignore_result=True)
def certificate_alerts() -> int:
    """Raise the certificate alerts that are due now; returns how many."""
    return sweep_certificate_alerts(at=clock.now())


@shared_task(name="certifications.tasks.certificate_releases", ignore_result=True)
def certificate_releases() -> int:
    """Tell whoever a release has recertify; returns how many were told of."""
    return sweep_certificate_releases(at=clock.now())
