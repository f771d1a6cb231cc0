"""A small program whose levels go by one figure, reviewed every quarter with a cure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from partners.models import Enrolment, Partner
from programs.actions import publish_program
from programs.models import Level, PartnerType, ProgramVersion
from reviews import actions
from reviews.models import ReviewRun
from tenants.models import Vendor
from tests import factories as make

FIRST_DAY = dt.date(2025, 12, 31)
JOINED = dt.date(2025, 2, 10)
PROGRAM = """
program: ladders
title: Ladders
currency: EUR
metrics:
  revenue: {title: Revenue, unit: EUR, source: accounting}
  score: {title: Score}
benefits:
  discount: {title: Discount, kind: discount, unit: "%"}
  own_use: {title: Own-use seats, kind: nfr, stacking: add, cap: 60}
  hours: {title: Success hours, kind: quota, per: quarter}
types:
  msp:
    title: Managed service provider
    review: {clock: quarterly, up: any_time, cure: {months: 3}}
    tiers:
      registered: {title: Registered, benefits: {discount: 5}}
      silver:
        title: Silver
        entry: {metric: {code: revenue, at_least: 100}}
        benefits: {discount: 10, own_use: 25, hours: 4}
      gold:
        title: Gold
        entry: {metric: {code: revenue, at_least: 200}}
        retain: {metric: {code: revenue, at_least: 150}}
        benefits: {discount: 20, own_use: 50, hours: 10}
      circle: {title: Circle, promotion: invitation, benefits: {discount: 30}}
    axes:
      badge:
        title: Badges
        kind: set
        review: {clock: continuous}
        levels:
          cloud:
            title: Cloud
            entry: {metric: {code: score, at_least: 5}}
            benefits: {own_use: 20}
          voice: {title: Voice, promotion: request}
"""


def noon(day: dt.date | str) -> dt.datetime:
    found = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return dt.datetime.combine(found, dt.time(12), dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def new_vendor(text: str = PROGRAM, *, time_zone: str = "Europe/Berlin") -> Vendor:
    vendor = make.VendorFactory(time_zone=time_zone)
    make.HostFactory(vendor=vendor)
    publish(vendor, text, FIRST_DAY)
    return vendor


def publish(vendor: Vendor, text: str, effective_from: dt.date) -> ProgramVersion:
    with make.prepared(vendor):
        return publish_program(
            make.document(text), at=noon(effective_from), effective_from=effective_from
        )


def level(vendor: Vendor, code: str) -> Level:
    with make.prepared(vendor):
        return Level.objects.select_related("partner_type").get(code=code)


def add_partner(
    vendor: Vendor, held: str | None = "registered", revenue: int | None = None, **values: Any
) -> Partner:
    values = {"joined_on": JOINED, **values}
    partner = make.PartnerFactory(vendor=vendor, **values)
    with make.prepared(vendor):
        kind = PartnerType.objects.get(code="msp")
        row = Level.objects.get(code=held) if held else None
    make.EnrolmentFactory(partner=partner, partner_type=kind, level=row, since=values["joined_on"])
    if revenue is not None:
        fact(partner, revenue, values["joined_on"])
    return partner


def fact(partner: Partner, value: int, on: dt.date | str, metric: str = "revenue") -> None:
    since = day(on) if isinstance(on, str) else on
    make.FactFactory(partner=partner, metric=metric, period=since, value=value)


def held(partner: Partner, axis: str = "tier") -> list[tuple[str | None, str, str | None]]:
    """(level, since, until) of every enrolment on the axis, oldest first."""
    with make.prepared(partner.vendor):
        rows = Enrolment.objects.filter(partner=partner, axis=axis).order_by("since", "pk")
        return [
            (row.level.code if row.level else None, str(row.since), row.until and str(row.until))
            for row in rows.select_related("level")
        ]


def level_of(partner: Partner, axis: str = "tier") -> str | None:
    """The level held now."""
    return held(partner, axis)[-1][0]


def beat(vendor: Vendor, on: dt.date | str) -> int:
    """What beat does for the vendor at noon of the day."""
    from tenants import scope

    today = day(on) if isinstance(on, str) else on
    with scope.entered_vendor(vendor.pk):
        return actions.open_due_runs(on=today, at=noon(today))


def runs(vendor: Vendor, trigger: str = "clock", axis: str = "tier") -> list[ReviewRun]:
    with make.prepared(vendor):
        rows = ReviewRun.objects.filter(trigger=trigger, axis=axis)
        return list(rows.select_related("partner_type", "program_version").order_by("due_on", "pk"))


def said(run: ReviewRun) -> dict[str, str]:
    """Partner's name to what the run said of it."""
    with make.prepared(run.vendor):
        return dict(run.outcomes.values_list("partner__name", "kind"))
