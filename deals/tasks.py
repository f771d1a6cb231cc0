"""Beat's work: keep renewals and protection in step with contracts, tell of what is due, settle
what nobody settled."""

from __future__ import annotations

from celery import shared_task

from alerts.actions import note_sweep
from deals.actions import (
    settle_elapsed,
    settle_registrations,
    sweep_co_sell_alerts,
    sweep_registration_alerts,
    sweep_renewal_alerts,
    sweep_renewals,
)
from deals.actions.elapsing import OFTEN_SECONDS
from deals.actions.sweeps import EVERY_SECONDS
from tenants.clock import today
from tenants.models import Vendor
from tenants.tasks import vendor_task
from web import clock


@shared_task(name="deals.tasks.renewals", ignore_result=True)
def renewals() -> int:
    """Bring the renewals of all vendors in step, then tell of what is due; returns the alerts."""
    at = clock.now()
    sweep_renewals(at=at)
    return sweep_renewal_alerts(at=at)


@shared_task(name="deals.tasks.renewals_elapsed", ignore_result=True)
def renewals_elapsed() -> int:
    """Ask every vendor for renewals whose time is over; returns how many vendors."""
    vendors = list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
    for vendor_id in vendors:
        settle_renewals.delay(vendor_id)
    note_sweep("renewals elapsed", every_seconds=EVERY_SECONDS, at=clock.now(), count=len(vendors))
    return len(vendors)


@vendor_task(name="deals.tasks.settle_renewals", ignore_result=True)
def settle_renewals(vendor_id: int) -> int:
    """Settle the vendor's renewals that nobody settled; returns how many."""
    return settle_elapsed(on=today(), at=clock.now())


@shared_task(name="deals.tasks.registrations", ignore_result=True)
def registrations() -> int:
    """Tell of registrations; returns the alerts."""
    return sweep_registration_alerts(at=clock.now())


@shared_task(name="deals.tasks.co_sell", ignore_result=True)
def co_sell() -> int:
    """Tell of co-sell and of engineers that were booked; returns the alerts."""
    return sweep_co_sell_alerts(at=clock.now())


@shared_task(name="deals.tasks.registrations_due", ignore_result=True)
def registrations_due() -> int:
    """Ask every vendor for what time brings about; returns how many vendors."""
    vendors = list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
    for vendor_id in vendors:
        registrations_of.delay(vendor_id)
    every = OFTEN_SECONDS
    note_sweep("registrations due", every_seconds=every, at=clock.now(), count=len(vendors))
    return len(vendors)


@vendor_task(name="deals.tasks.registrations_of", ignore_result=True)
def registrations_of(vendor_id: int) -> int:
    """Answer, begin, move and end what is due for the vendor; returns how many changed."""
    return settle_registrations(on=today(), at=clock.now())
