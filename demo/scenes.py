"""What happened lately at Aurora, done by the people who sign in: the exceptions an examiner reads.

Nothing of it happens at the customer or the product that the tour asks the gate for.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from demo.stage import DAY, Stage
from licensing import actions as licensing
from licensing.models import Deployment
from partners import actions as partners
from partners.models import Customer, Partner
from programs.document import GENERAL
from programs.models import Product
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Membership

NIGHT, MORNING = dt.time(2), dt.time(8)
RESTORED = 24  # seats
LEFT = 10  # days ago: the grace of a departure is still on
LAPSED, LEAVERS, CLINICAL = 3, 2, 6  # places in the cast
ANALYST = 3  # in the team: one of its two Security Operations Analysts


def play(stage: Stage, lead: str) -> None:
    """A night with broken glass, an override by two people, a partner in grace, a lowered class."""
    names = list(stage.partners)
    _grace(stage, names[LEAVERS])
    _night(stage, lead)
    _override(stage, names[LAPSED])
    _lowered(stage, names[CLINICAL])


def last_night(stage: Stage) -> dt.datetime:
    """The last two o'clock in the vendor's zone whose morning has come: then its report is out."""
    zone = stage.vendor.zone
    day = stage.today
    if stage.now.astimezone(zone).time() < MORNING:
        day -= DAY
    return dt.datetime.combine(day, NIGHT, zone).astimezone(dt.UTC)


def _grace(stage: Stage, name: str) -> None:
    """One of two analysts resigned: the product is open for the days of grace and no longer."""
    partners.end_employment(stage.people[name][ANALYST], on=stage.ago(LEFT))


def _night(stage: Stage, lead: str) -> None:
    """The lead's technician opens a closed product for one customer that was attacked."""
    night, partner = last_night(stage), stage.partners[lead]
    customer = _without(partner, "mdr")
    with acting_as("tom@northwind.example", partner):
        licensing.break_glass(
            partner,
            product=Product.objects.get(code="mdr"),
            customer=customer,
            reason=f"Ransomware at {customer.name}: {RESTORED} machines restored from backup, "
            "and watched before they are on the network again.",
            at=night,
        )
        licensing.authorize(customer, "mdr", GENERAL, RESTORED, at=night + dt.timedelta(minutes=25))


def _override(stage: Stage, name: str) -> None:
    """Growth that cannot wait for an exam, asked for by one of the staff, granted by another."""
    partner = stage.partners[name]
    customer = _without(partner, "mdr")
    asked = stage.at(stage.ago(4))
    with acting_as("dana@aurora.example"):
        row = licensing.request_override(
            partner,
            product=Product.objects.get(code="mdr"),
            customer=customer,
            reason="Both analysts sit the exam next week; the customer goes live before it.",
            days=14,
            at=asked,
        )
    with acting_as("robin@aurora.example"):
        licensing.approve_override(row, at=asked + dt.timedelta(hours=2))
    licensing.authorize(customer, "mdr", GENERAL, 30, at=stage.at(stage.ago(3)))


def _lowered(stage: Stage, name: str) -> None:
    """A clinic that took card payments once and no longer does."""
    partner = stage.partners[name]
    customer = Customer.objects.filter(partner=partner, environments=["clinical"]).first()
    assert customer is not None
    partners.change_customer(customer, on=stage.ago(120), environments=["clinical", "cardholder"])
    row = licensing.ask_to_lower(
        customer,
        environments=["clinical"],
        evidence="Cards are taken by the payment provider's own terminals since October; "
        "its letter is on file.",
        at=stage.at(stage.ago(6)),
    )
    with acting_as("dana@aurora.example"):
        licensing.approve_lowering(row, at=stage.at(stage.ago(5)))


def _without(partner: Partner, product: str) -> Customer:
    """The partner's largest general customer that does not run the product yet, after the one
    that the tour asks for.

    Asked without a join: after a load that was cut off PostgreSQL takes the tables for empty.
    """
    running: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Deployment.objects.filter(partner=partner).values_list(
        "customer_id", "product__code", "seats"
    )
    for customer_id, code, seats in rows:
        running[customer_id][code] = seats
    general = Customer.objects.filter(partner=partner, environments=[GENERAL])
    open_ = [
        row
        for row in general.exclude(external_id="N001").order_by("pk")
        if "edr" in running[row.pk] and product not in running[row.pk]
    ]
    return max(open_, key=lambda row: running[row.pk]["edr"])


@contextmanager
def acting_as(email: str, partner: Partner | None = None) -> Iterator[None]:
    """Act as whoever signs in with the address."""
    held = Membership.objects.select_related("person").get(
        person__email=email, partner_id=partner.pk if partner else None
    )
    own = frozenset({partner.pk}) if partner else "*"
    acting = scope.Scope(
        vendor_id=held.vendor_id,
        partners=own,  # type: ignore[arg-type]
        role=Role(held.role),
        person_id=held.person_id,
        person_ref=held.person.ref,
        membership_id=held.pk,
        origin="portal",
    )
    with scope.enter(acting):
        yield
