"""Beat's work: end exceptions, let reservations lapse, move customers, tell people."""

from __future__ import annotations

from celery import shared_task

from alerts.actions import SweepTerms, note_sweep, raise_alerts
from licensing.actions import (
    end_due_exceptions,
    lapse_reservations,
    settle_moves,
    tell_standing,
)
from licensing.alerting import DUE
from tenants.clock import today
from tenants.models import Vendor
from tenants.tasks import vendor_task
from web import clock

SECONDS = 300
TELLING_SECONDS = 60
TERMS = SweepTerms("gate exceptions", DUE, SECONDS)


@shared_task(name="licensing.tasks.exception_alerts", ignore_result=True)
def exception_alerts() -> int:
    """Raise the alerts of exceptions that are due now; returns how many."""
    return raise_alerts(TERMS, at=clock.now())


@shared_task(name="licensing.tasks.gate_times", ignore_result=True)
def gate_times() -> int:
    """Ask every vendor for what its time is over for; returns how many vendors."""
    vendors = list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
    for vendor_id in vendors:
        settle_times.delay(vendor_id)
    note_sweep("gate times", every_seconds=SECONDS, at=clock.now(), count=len(vendors))
    return len(vendors)


@vendor_task(name="licensing.tasks.settle_times", ignore_result=True)
def settle_times(vendor_id: int) -> int:
    """End the vendor's due exceptions, let its reservations lapse and move the customers whose day
    has come; returns how many."""
    at = clock.now()
    return end_due_exceptions(at=at) + lapse_reservations(at=at) + settle_moves(at=at)


@shared_task(name="licensing.tasks.standing_told", ignore_result=True)
def standing_told() -> int:
    """Ask every vendor what machines have to be told of its gates; returns how many vendors."""
    vendors = list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
    for vendor_id in vendors:
        tell_vendor.delay(vendor_id)
    note_sweep("standing told", every_seconds=TELLING_SECONDS, at=clock.now(), count=len(vendors))
    return len(vendors)


@vendor_task(name="licensing.tasks.tell_vendor", ignore_result=True)
def tell_vendor(vendor_id: int) -> int:
    """Record what changed of the vendor's gates and authorisations; returns how many events."""
    return tell_standing(on=today(), at=clock.now())
