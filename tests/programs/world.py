"""A vendor on a host with a small program of numbers, so that a fact decides level and access."""

from __future__ import annotations

import datetime as dt
from typing import Any

from partners.models import Partner
from programs.actions import publish_program
from programs.document import ProgramDocument
from programs.models import Level, PartnerType, ProgramVersion
from tenants.models import Vendor
from tests import factories as make
from web import clock

FIRST_DAY = dt.date(2024, 1, 1)
TEXT = """
program: small
title: Small Program
currency: EUR
environments: [general, clinical]
metrics:
  revenue: {title: Revenue, unit: EUR}
products:
  shield:
    title: Shield
    gates:
      general: {metric: {code: revenue, at_least: 50}}
  ward:
    title: Ward
    gates:
      general: {metric: {code: revenue, at_least: 10}}
      clinical: {metric: {code: revenue, at_least: 150}}
types:
  msp:
    title: Managed service provider
    tiers:
      registered: {title: Registered}
      silver: {title: Silver, entry: {metric: {code: revenue, at_least: 100}}}
      gold: {title: Gold, entry: {metric: {code: revenue, at_least: 200}}}
"""
# Silver and the shield ask for more, the clinical ward for less.
CHANGED = (
    TEXT.replace("at_least: 100", "at_least: 120")
    .replace("at_least: 50", "at_least: 60")
    .replace("at_least: 150", "at_least: 110")
)


def small(text: str = TEXT) -> ProgramDocument:
    return make.document(text)


def new_vendor(code: str = "aurora", text: str = TEXT) -> Vendor:
    """A vendor on ``<code>.localhost`` with the program in force for long."""
    vendor = make.VendorFactory(code=code)
    make.HostFactory(vendor=vendor)
    if text:
        with make.prepared(vendor):
            publish_program(small(text), at=clock.now(), effective_from=FIRST_DAY)
    return vendor


def add_partner(
    vendor: Vendor, name: str, revenue: int | None, level: str = "registered"
) -> Partner:
    """A managed service provider under agreement with this year's revenue, or nothing known."""
    partner = make.PartnerFactory(vendor=vendor, name=name, joined_on=FIRST_DAY)
    make.AgreementFactory(partner=partner, since=FIRST_DAY)
    with make.prepared(vendor):
        kind = PartnerType.objects.get(code="msp")
        row = Level.objects.get(code=level)
    make.EnrolmentFactory(partner=partner, partner_type=kind, level=row, since=FIRST_DAY)
    if revenue is not None:
        make.FactFactory(partner=partner, metric="revenue", period=FIRST_DAY, value=revenue)
    return partner


def versions(vendor: Vendor) -> list[tuple[Any, ...]]:
    """Every version as (number, digest), to prove that a refusal changed nothing."""
    with make.prepared(vendor):
        return list(ProgramVersion.objects.order_by("number").values_list("number", "digest"))
