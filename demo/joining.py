"""Joining Aurora: first steps with a partner half-way through them, what applicants are asked, and
what is recorded beside the built-in columns; a customer about to move, and one recorded twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

from demo.cast import PartnerPart
from demo.scenes import acting_as
from demo.stage import DAY, Stage
from licensing import actions as licensing
from partners import actions as partners
from partners.actions.fields import define_field
from partners.actions.onboarding import tick_step
from partners.models import Customer, CustomField
from programs import document as documents
from programs.document import ProgramDocument

ASKED = 60  # days: who joined before is asked for no step
MOVING, NEXT = 4, 1  # places in the cast; no step of the tour hangs on them
AHEAD = 20  # days until the customer moves
WINDOWS = (("nights", "At night"), ("weekends", "At weekends"), ("agreed", "By arrangement"))
STEPS: dict[str, Any] = {
    "welcome": {
        "title": "Welcome call",
        "help": "Who we are, how the portal works, whom you call.",
        "who": "vendor",
    },
    "accounts": {
        "title": "Access to the consoles",
        "help": "We set up your tenant and send the first sign-in.",
        "who": "vendor",
    },
    "agreement": {
        "title": "Sign the partner agreement",
        "help": "It stands under Agreements once both have signed.",
        "link": "/company/",
        "met": {"agreement": "in_force"},
    },
    "first_engineer": {
        "title": "First engineer certified on Endpoint Deploy",
        "link": "/certifications/",
        "met": {"people": {"track": "endpoint-deploy", "at_least": 1}},
        "products": ["edr"],
    },
    "drill": {
        "title": "First restore drill with our engineer",
        "help": "Half a day at your site, once your first engineer is certified.",
        "who": "vendor",
        "levels": ["core"],
    },
}


def with_steps(document: ProgramDocument, today: dt.date) -> ProgramDocument:
    """The program with first steps for managed service providers."""
    values = documents.to_dict(document)
    joined_from = (today - ASKED * DAY).isoformat()
    values["types"]["msp"]["onboarding"] = {"joined_from": joined_from, "steps": STEPS}
    return documents.document_from(values)


def define(stage: Stage) -> None:
    """The vendor's further fields: of an application, of the partner that comes of it, and of
    customers; one of them is the staff's alone."""
    machines = {"kind": "integer", "label": "Machines looked after", "minimum": "0"}
    for subject in ("application", "partner"):
        define_field(subject=subject, code="machines", **machines)
    define_field(
        subject="partner",
        code="credit_line",
        label="Credit line",
        kind="money",
        access=CustomField.Access.INTERNAL,
    )
    define_field(
        subject="customer",
        code="patch_window",
        label="Patch window",
        kind="choice",
        help="When machines may restart.",
        choices=[{"code": code, "label": label} for code, label in WINDOWS],
    )


def play(stage: Stage, parts: list[PartnerPart], lead: str) -> None:
    """Half-way through the first steps; values of the fields; a move to come; a duplicate."""
    _half_way(stage, parts)
    partner = stage.partners[lead]
    money = {"amount": "25000.00", "currency": "GBP"}
    partners.change_partner(partner, custom={"machines": 2400, "credit_line": money})
    for customer, (code, _label) in zip(stage.customers[lead], WINDOWS, strict=False):
        partners.change_customer(customer, on=stage.today, custom={"patch_window": code})
    twice = partners.add_customer(
        partner,
        name="Calder Logistics Ltd",
        vertical="logistics",
        country="GB",
        environments=["general"],
        since=stage.ago(20),
        custom={"patch_window": "weekends"},
    )
    stage.customers[lead].append(twice)
    _move(stage, list(stage.partners))


def _half_way(stage: Stage, parts: list[PartnerPart]) -> None:
    new = [part for part in parts if part.quirk == "new" and part.kind == "msp"]
    for part in new:
        with acting_as("robin@aurora.example"):
            for days, code in ((5, "welcome"), (2, "accounts")):
                partner = stage.partners[part.name]
                tick_step(partner, type="msp", code=code, at=stage.at(stage.ago(days)))


def _move(stage: Stage, names: list[str]) -> None:
    """A customer that wrote that it changes its MSP."""
    former, following = stage.partners[names[MOVING]], stage.partners[names[NEXT]]
    customer = (
        Customer.objects.filter(partner=former, environments=["general"], deployments__seats__gt=0)
        .order_by("deployments__seats", "pk")
        .first()
    )
    assert customer is not None
    with acting_as("robin@aurora.example"):
        licensing.schedule_move(
            customer,
            to_partner=following,
            on=stage.today + AHEAD * DAY,
            reason=f"Letter of {customer.name} of last week: its contract ends with the month.",
            at=stage.now,
        )
