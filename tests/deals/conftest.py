"""A program with deal registration, two partners, and what they type."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import pytest

from deals import actions
from deals.models import Registration
from licensing.models import Deployment
from partners.models import Partner
from programs.models import Product
from tenants import scope
from tests import factories as make
from tests.factories import prepared
from tests.partners.conftest import NOW, PROGRAM, TODAY, build_world

DAY = dt.timedelta(days=1)
DEALS = """
deals:
  hours: {weekdays: [mon, tue, wed, thu, fri], opens: "09:00", closes: "17:00"}
  prechecks_per_day: 3
  co_sell: {answer_hours: 8, advanced_benefit: together,
            advanced_needs: {people: {track: deploy, at_least: 2}}}
  policies:
    engagement:
      kind: engagement
      types: [msp]
      object: family
      pursuit: {days: 120, extend: {days: 60, times: 1, evidence: false}, notice_days: 14}
      protect: {tail_days: 90, max_months: 36, first_seat_within_days: 90, zero_seat_days: 60}
      answer: {business_hours: 16, missed: approve_if_clear}
      cool_off_days: 90
      prices: {own: partner_sourced, others: non_incumbent}
    transaction:
      kind: transactional
      object: opportunity
      minimum: {list_value: 1500}
      pursuit: {days: 90}
      answer: {business_hours: 8, missed: escalate}
"""
WITH_DEALS = (
    PROGRAM.replace(
        "{edr: {gates",
        "{watch: {family: endpoint, gates: {general: {}}}, "
        "edr: {family: endpoint, counts_as: seat, gates",
    )
    + "\nbenefits: {together: {title: Together, kind: access}}\n"
    + DEALS
)


@pytest.fixture
def deals(db: None) -> SimpleNamespace:
    """Two partners of the type that may register, each with an admin (``owner``, ``stranger``)."""
    world = build_world(WITH_DEALS)
    for partner in (world.partner, world.other):
        make.EnrolmentFactory(
            partner=partner, partner_type=world.types["msp"], since=dt.date(2025, 1, 1)
        )
    return world


def acting(member: Any) -> AbstractContextManager[Any]:
    return scope.enter(make.scope_of(member))


def draft(world: SimpleNamespace, member: Any, **typed: Any) -> Registration:
    """What the member's partner types about a company."""
    given = {"policy": "engagement", "name": "Cedar Clinic Ltd", "domains": ["cedar.example"],
             "country": "GB", "families": ["endpoint"], **typed}  # fmt: skip
    with acting(member):
        own = Partner.objects.get(pk=member.partner_id)
        return actions.save_registration(own, at=NOW, on=TODAY, **given)


def submitted(world: SimpleNamespace, member: Any, **typed: Any) -> Registration:
    row = draft(world, member, **typed)
    with acting(member):
        return actions.submit_registration(row, at=NOW, on=TODAY)


def approved(world: SimpleNamespace, member: Any, **typed: Any) -> Registration:
    row = submitted(world, member, **typed)
    with acting(world.admin):
        return actions.approve_registration(row, at=NOW, on=TODAY)


def running(world: SimpleNamespace, customer: Any, seats: int) -> None:
    """So many seats of the product run at the customer."""
    with prepared(world.vendor):
        product = Product.objects.get(code="edr")
        held, _made = Deployment.objects.get_or_create(
            partner_id=customer.partner_id, customer=customer, product=product,
            defaults={"environments": ["general"], "seats": seats, "since": TODAY},
        )  # fmt: skip
        Deployment.objects.filter(pk=held.pk).update(seats=seats)


@pytest.fixture
def won(deals: SimpleNamespace) -> SimpleNamespace:
    """The first partner won Cedar Clinic for three years; nothing runs there yet."""
    deals.row = approved(deals, deals.owner)
    deals.customer = make.CustomerFactory(partner=deals.partner, name="Cedar Clinic")
    deals.contract = make.ServiceContractFactory(
        partner=deals.partner, customer=deals.customer, since=TODAY,
        until=dt.date(2029, 3, 1), terms__ends_on=dt.date(2029, 3, 1),
    )  # fmt: skip
    with acting(deals.owner):
        actions.win_registration(deals.row, contract=deals.contract, at=NOW, on=TODAY)
    return deals
