"""Beat's work: open the reviews that are due, tell people, and let benefits follow the levels.

A message only says "look": whatever is lost is done by the next run.
"""

from __future__ import annotations

from typing import Any

from celery import shared_task

from alerts.actions import note_sweep
from reviews.actions import open_due_runs, settle_benefits
from reviews.actions.alerting import sweep_review_alerts
from tenants.clock import today
from tenants.models import Vendor
from tenants.tasks import vendor_task
from web import clock

REVIEWS_SECONDS, BENEFITS_SECONDS = 300, 3600


@shared_task(name="reviews.tasks.reviews_due", ignore_result=True)
def reviews_due() -> int:
    """Ask every vendor for the reviews that its clocks made due; returns how many vendors."""
    return _asked_of_each("reviews", open_reviews, REVIEWS_SECONDS)


@vendor_task(name="reviews.tasks.open_reviews", ignore_result=True)
def open_reviews(vendor_id: int) -> int:
    """Open the vendor's due reviews; returns how many."""
    return open_due_runs(on=today(), at=clock.now())


@shared_task(name="reviews.tasks.benefits_due", ignore_result=True)
def benefits_due() -> int:
    """Let every vendor's benefits follow what changed by other ways than a review."""
    return _asked_of_each("benefits", settle_vendor, BENEFITS_SECONDS)


@vendor_task(name="reviews.tasks.settle_vendor", ignore_result=True)
def settle_vendor(vendor_id: int) -> int:
    """Grant and withdraw the vendor's benefits as of today; returns how many."""
    return settle_benefits(on=today())


@shared_task(name="reviews.tasks.review_alerts", ignore_result=True)
def review_alerts() -> int:
    """Raise the alerts of applied reviews, ending cures and requests; returns how many."""
    return sweep_review_alerts(at=clock.now())


def _asked_of_each(sweep: str, task: Any, every_seconds: int) -> int:
    vendors = list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
    for vendor_id in vendors:
        task.delay(vendor_id)
    note_sweep(sweep, every_seconds=every_seconds, at=clock.now(), count=len(vendors))
    return len(vendors)
