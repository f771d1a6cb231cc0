"""What Aurora's partners asked the vendor to do with them: accepted with engineers booked, waiting
for an answer, and declined for want of a certificate."""

from __future__ import annotations

import datetime as dt

from deals import actions as deals
from deals.models import CoSellRequest, Engineer, Registration, Renewal
from deals.rules.co_sell import advanced_gate
from demo.actions import add_staff, open_login
from demo.people import PASSWORD
from demo.registrations import DANA, PRIYA, ROBIN, WON
from demo.scenes import acting_as
from demo.stage import DAY, Stage
from partners import actions as partners
from partners.models import Partner
from tenants.capabilities import Role

ENGINEERS = (
    ("Mia Hartmann", "mia@aurora.example", ["endpoint", "detection", "sec-operate"], 24),
    ("Jonas Weber", "jonas@aurora.example", ["cloud", "email", "cloud-architect"], 32),
    ("Ines Duarte", "ines@aurora.example", ["ot", "ot-deploy", "endpoint"], 16),
)


def play(stage: Stage, lead: str) -> None:
    """All of it, in the order in which it happened."""
    partner = stage.partners[lead]
    closed = next(
        row for name, row in stage.partners.items()
        if stage.customers.get(name) and row.status == "active"
        and not advanced_gate(row, stage.today).open
    )  # fmt: skip
    engineers = _engineers(stage)
    _declined(stage, closed)
    _booked(stage, partner, engineers)


def _engineers(stage: Stage) -> list[Engineer]:
    """Three people who can be booked, one of them away for a week."""
    found = []
    since = stage.ago(300)
    for name, email, skills, hours in ENGINEERS:
        person = add_staff(name, email)
        open_login(person, email, PASSWORD, role=Role.SUPPORT_ENGINEER, since=since, partner=None)
        found.append(
            deals.add_engineer(
                person=person, hours_week=hours, skills=skills, at=stage.at(stage.ago(60)),
                on=stage.today,
            )
        )  # fmt: skip
    first = stage.today + (14 - stage.today.weekday()) * DAY
    deals.note_away(
        found[1], since=first, until=first + 4 * DAY, note="On leave", at=stage.at(stage.ago(20))
    )
    return found


def _booked(stage: Stage, partner: Partner, engineers: list[Engineer]) -> None:
    """The first deployment at the customer that was won: planned, with two engineers and tasks."""
    on = stage.ago(9)
    with acting_as(PRIYA, partner):
        row = deals.ask_co_sell(
            partner, kind="co_delivery", why="complex",
            advanced=advanced_gate(partner, on).open,  # a small demo leaves the lead below it
            message="Two sites on different networks, and 60 seats to be moved in one weekend.",
            needed_on=stage.today + 20 * DAY, at=stage.at(on), on=on,
            registration=Registration.objects.filter(name=WON).earliest("pk"),
        )  # fmt: skip
    first = stage.today + (7 - stage.today.weekday()) * DAY
    with acting_as(DANA):
        on = stage.ago(8)
        at = stage.at(on)
        row = deals.accept_co_sell(row, remark="Gladly. Mia leads it.", at=at, on=on)
        for engineer, days, hours in ((engineers[0], 4, 20), (engineers[2], 8, 12)):
            deals.book_engineer(
                row, engineer=engineer, since=first, until=first + days * DAY, hours=hours, at=at,
                on=on,
            )  # fmt: skip
        row = deals.plan_co_sell(
            row, plan="A lab with both networks first, then site by site over one weekend.",
            starts_on=first, ends_on=first + 11 * DAY, at=at,
        )  # fmt: skip
        for title, ours, days in (
            ("Send the network plans of both sites", False, 3),
            ("Prepare the lab with two networks", True, 5),
        ):
            partners.give_task(
                partner, title=title, due_on=stage.today + days * DAY, at=at, on=on,
                about=row.ref, for_partner=not ours,
                assignee=engineers[0].person if ours else None,
            )  # fmt: skip


def waiting(lead: str, at: dt.datetime, on: dt.date) -> None:
    """From a renewal of the entered vendor's lead partner, before it is at risk; once renewals are
    made. Nobody answered yet."""
    partner = Partner.objects.get(name=lead)
    with acting_as(PRIYA, partner):
        renewal = Renewal.objects.filter(partner=partner, outcome="").earliest("decision_on", "pk")
        deals.ask_co_sell(
            partner, kind="co_sell", why="alternatives", renewal=renewal,
            message="They compare us with another product; their IT lead asks for a roadmap talk.",
            needed_on=on + 12 * DAY, at=at, on=on,
        )  # fmt: skip


def _declined(stage: Stage, partner: Partner) -> None:
    """What a partner asked for without the certificates that open it: the page names them."""
    on = stage.ago(6)
    row: CoSellRequest = deals.ask_co_sell(
        partner, kind="co_delivery", why="expertise", customer=stage.customers[partner.name][0],
        message="Detection and response for all sites, with your specialists.",
        needed_on=stage.today + 15 * DAY, at=stage.at(on), on=on,
    )  # fmt: skip
    with acting_as(ROBIN):
        deals.decline_co_sell(
            row, reason="not_certified", at=stage.at(stage.ago(5)),
            remark="Your page shows which certificates open it.",
        )  # fmt: skip
