"""A small vendor with a published program, for the tests of the gate."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from certifications.models import Certificate, Result
from licensing import actions
from partners.models import Agreement, Customer, Partner
from programs.actions import publish_program
from programs.models import ProgramVersion, Track
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Person, Vendor
from tests import factories as make

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
TODAY = NOON.date()
LATER = dt.date(2027, 3, 3)
_numbers = itertools.count(1)

PROGRAM = """
program: tiny
title: Tiny Program
currency: USD
time_zone: Europe/Berlin
environments: [general, clinical, cardholder]
regulated_verticals: {healthcare: clinical}
metrics:
  seats: {title: Managed seats, unit: seats}
  uptime: {title: Uptime, unit: "%"}
attestations:
  soc: {title: SOC staffed day and night, months: 12}
addenda:
  baa_vendor: {title: BAA with the vendor, with: vendor}
  baa_customer: {title: BAA with the customer, with: customer}
tracks:
  endpoint: {title: Endpoint Deployment, months: 24}
  sec: {title: Security Operations, months: 24}
  hipaa: {title: HIPAA, kind: compliance, months: 12}
  pci: {title: PCI, kind: compliance, months: 12}
products:
  edr:
    title: Endpoint Detection
    counts_as: seat
    gates:
      general:
        all:
          - people: {track: endpoint, at_least: 1}
          - any:
              - metric: {code: seats, at_most: 250}
              - people: {track: endpoint, at_least: 2}
            title: Above 250 seats two people
      clinical:
        add: {people: {track: hipaa, at_least: 1}}
        addenda: [baa_vendor, baa_customer]
      cardholder: {people: {track: pci, at_least: 1}}
  mdr:
    title: Managed Detection
    counts_as: seat
    requires: edr
    gates:
      general: {people: {track: sec, at_least: 2}}
  soc:
    title: Night Watch
    gates:
      general:
        all:
          - attestation: soc
          - metric: {code: seats, at_least: 10}
  probe:
    title: Probe
    gates:
      general: {metric: {code: uptime, at_least: 99}}
  ward:
    title: Ward
    gates:
      clinical: {people: {track: hipaa, at_least: 1}}
types:
  msp:
    title: Managed service provider
    tiers:
      registered: {title: Registered, entry: {agreement: in_force}}
"""


def new_vendor(time_zone: str = "Europe/Berlin", program: str = PROGRAM) -> Vendor:
    """A vendor on a host of its own, with the program in force since the start of the year."""
    vendor = make.VendorFactory(time_zone=time_zone)
    make.HostFactory(vendor=vendor)
    publish(vendor, program, dt.date(2026, 1, 1))
    return vendor


def publish(
    vendor: Vendor, program: str, effective_from: dt.date, at: dt.datetime = NOON
) -> ProgramVersion:
    with make.prepared(vendor):
        return publish_program(make.document(program), at=at, effective_from=effective_from)


def new_partner(vendor: Vendor, *, agreement: bool = True, **values: Any) -> Partner:
    partner = make.PartnerFactory(vendor=vendor, **values)
    if agreement:
        make.AgreementFactory(partner=partner)
    return partner


def new_customer(partner: Partner, **values: Any) -> Customer:
    customer = reread(make.CustomerFactory(partner=partner, **values))
    customer.partner = partner
    return customer


def reread(row: Any) -> Any:
    with scope.entered_vendor(row.vendor_id):
        return type(row).objects.get(pk=row.pk)


def certify(
    partner: Partner,
    track: str,
    *,
    name: str = "Ana Ruiz",
    person: Person | None = None,
    until: dt.date = LATER,
    since: dt.date = dt.date(2026, 2, 1),
) -> Certificate:
    """A person of the partner earns a certificate that counts over ``[since, until)``."""
    if person is None:
        person = make.PersonFactory(vendor=partner.vendor, name=name)
        make.EmploymentFactory(partner=partner, person=person)
    with make.prepared(partner.vendor):
        row = Track.objects.get(code=track)
        result = Result.objects.create(
            person=person, track=row, version="1", passed_on=since, source="form", recorded_at=NOON
        )
        return Certificate.objects.create(
            person=person,
            track=row,
            result=result,
            version="1",
            number=f"T-{next(_numbers)}",
            earned_on=since,
            expires_on=until,
        )


def sign(partner: Partner, kind: str, customer: Customer | None = None, **values: Any) -> Agreement:
    return make.AgreementFactory(partner=partner, kind=kind, customer=customer, **values)


@contextmanager
def member(partner: Partner) -> Iterator[None]:
    """Act as a member of the partner."""
    person = make.PersonFactory(vendor=partner.vendor)
    with make.enter_as(person, Role.PARTNER_MEMBER, partner):
        yield


def ask(
    customer: Customer,
    product: str = "edr",
    environment: str = "general",
    seats: int = 10,
    *,
    at: dt.datetime = NOON,
    dry_run: bool = False,
) -> actions.Decision:
    """Ask the gate as a member of the customer's partner."""
    with member(customer.partner):
        return actions.authorize(customer, product, environment, seats, at=at, dry_run=dry_run)


def codes(decision: actions.Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]
