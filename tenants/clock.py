"""The vendor's calendar: which day it is where the vendor is."""

from __future__ import annotations

import datetime as dt

from tenants import scope
from tenants.directory import vendor_by_id
from web import clock


def today() -> dt.date:
    """The current day in the entered vendor's time zone. For edges only."""
    return day_of(clock.now())


def day_of(at: dt.datetime) -> dt.date:
    """The day of the instant in the entered vendor's time zone."""
    return vendor_by_id(scope.current().vendor_id).day_of(at)
