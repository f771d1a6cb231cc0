"""One engineer, one certificate, and the sweep by the day."""

from __future__ import annotations

import datetime as dt

from alerts.models import Alert
from certifications.actions import sweep_certificate_alerts
from partners.models import Partner
from tenants import scope
from tenants.models import Person, Vendor
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import noon


def sweep(on: dt.date | str) -> int:
    return sweep_certificate_alerts(at=noon(on))


def raised(vendor: Vendor) -> list[tuple[str, int]]:
    """(vendor's day raised, window) of every alert, in order."""
    with scope.entered_vendor(vendor.pk):
        found = Alert.objects.order_by("raised_at", "-window")
        return [(vendor.day_of(a.raised_at).isoformat(), a.window) for a in found]


def small() -> tuple[Vendor, Partner, Person]:
    """One engineer whose certificate ends on 2025-03-01."""
    vendor = make.VendorFactory()
    world.publish(vendor, world.small_program())
    partner = make.PartnerFactory(vendor=vendor)
    person = world.engineer(partner)
    world.pass_exam(person, "basics", "2024-03-01")
    return vendor, partner, person
