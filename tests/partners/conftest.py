"""A vendor with its program in force, a partner, and the people who act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from partners.models import Partner
from programs.actions import publish_program
from programs.models import Level, PartnerType
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event
from tests import factories as make

TODAY = dt.date(2026, 3, 1)
NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
PROGRAM = """
program: test
title: Test Program
currency: EUR
environments: [general, clinical, cloud]
regulated_verticals: {healthcare: clinical}
metrics: {seats: {title: Seats, unit: seats}}
attestations: {business_plan: {months: 12}}
addenda:
  baa_vendor: {with: vendor}
  baa_customer: {title: BAA with the customer, with: customer}
tracks: {deploy: {function: deploy, months: 24}}
products: {edr: {gates: {general: {people: {track: deploy, at_least: 1}}}}}
types:
  msp:
    tiers:
      registered: {entry: {agreement: in_force}}
      gold: {entry: {metric: {code: seats, at_least: 100}}}
  reseller: {tiers: {authorized: {}}}
"""


def build_world(program: str = PROGRAM) -> SimpleNamespace:
    """One vendor with a published program, two partners, and the acting people."""
    vendor = make.VendorFactory()
    make.HostFactory(vendor=vendor)
    with scope.entered_vendor(vendor.pk):
        publish_program(make.document(program), at=NOW, effective_from=dt.date(2025, 1, 1))
        types = {row.code: row for row in PartnerType.objects.all()}
        levels = {row.code: row for row in Level.objects.all()}
    partner = make.PartnerFactory(vendor=vendor, name="Alder IT", external_id="A-1")
    other = make.PartnerFactory(vendor=vendor, name="Birch IT", external_id="B-1")

    def member(role: Role, of: Partner | None = None) -> Any:
        return make.MembershipFactory(vendor=vendor, role=role, partner=of)

    return SimpleNamespace(
        vendor=vendor,
        types=types,
        levels=levels,
        partner=partner,
        other=other,
        admin=member(Role.CHANNEL_ADMIN),
        cam=member(Role.CAM),
        owner=member(Role.PARTNER_ADMIN, partner),
        reader=member(Role.PARTNER_MEMBER, partner),
        stranger=member(Role.PARTNER_ADMIN, other),
        today=TODAY,
        now=NOW,
    )


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return build_world()


@pytest.fixture
def as_admin(world: SimpleNamespace) -> Iterator[SimpleNamespace]:
    with scope.enter(make.scope_of(world.admin)):
        yield world


@pytest.fixture
def as_owner(world: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """The partner's own admin."""
    with scope.enter(make.scope_of(world.owner)):
        yield world


def events(*, skip: Collection[str] = ("program.published", "import.uploaded")) -> list[str]:
    """Kinds of the events that the scope sees, oldest first."""
    rows = Event.objects.order_by("id").values_list("kind", flat=True)
    return [kind for kind in rows if kind not in skip]
