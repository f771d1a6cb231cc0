"""What is decided soon at Aurora's partners: a window that opens tomorrow, talks, an outcome."""

from __future__ import annotations

import datetime as dt

from deals.actions import plan_renewal, record_outcome, sweep_renewal_alerts, sweep_renewals
from deals.models import Renewal
from demo.scenes import acting_as
from demo.stage import DAY, Stage
from partners import actions as partners
from partners.models import Partner

TOMORROW = "C-N091"
PRIYA = "priya@northwind.example"
TALKS = (
    ("talking", "Walk through the year with the practice manager", 9, False),
    ("proposed", "Send the three-year offer", 4, False),
    ("talking", "Meet about the price they were offered elsewhere", 2, True),
    ("verbal", "Have the new contract signed", 12, False),
)


def agree(stage: Stage, lead: str) -> None:
    """A contract without a notice period, 91 days from its end: nobody is told today, its two
    account managers are tomorrow."""
    partner = stage.partners[lead]
    customer = partners.add_customer(
        partner,
        name="Ilkley Dental Group",
        external_id="N091",
        vertical="legal",
        country="GB",
        environments=["general"],
        since=stage.ago(640),
        account_manager=stage.people[lead][0].person,
    )
    end = stage.today + 91 * DAY
    partners.record_contract(
        customer,
        scopes=["security", "end_user"],
        duties=["monitor", "patch"],
        since=stage.ago(640),
        at=stage.at(stage.today),
        ends_on=end,
        external_id=TOMORROW,
    )


def begin(at: dt.datetime) -> None:
    """What the sweeps make of the contracts, once those are committed."""
    sweep_renewals(at=at)
    sweep_renewal_alerts(at=at)


def play(lead: str, at: dt.datetime, on: dt.date) -> None:
    """People work on the renewals of the entered vendor's lead partner, after ``begin``."""
    partner = Partner.objects.get(name=lead)
    with acting_as(PRIYA, partner):
        rows = Renewal.objects.filter(partner=partner, planning_on__lte=on)
        left = rows.exclude(contract__external_id=TOMORROW).select_related("partner")
        _work(list(left.order_by("decision_on", "pk")), at, on)


def _work(rows: list[Renewal], at: dt.datetime, on: dt.date) -> None:
    for row, (stage, step, days, risk) in zip(rows, TALKS, strict=False):
        plan_renewal(
            row, at=at, stage=stage, next_step=step, next_step_on=on + days * DAY, at_risk=risk
        )
    if len(rows) > len(TALKS) + 1:
        won, lost = rows[len(TALKS) : len(TALKS) + 2]
        record_outcome(
            won, outcome="expanded", note="Two branches more from spring on.", at=at, on=on
        )
        record_outcome(
            lost, outcome="lost", reason="closed", note="Bought by a chain.", at=at, on=on
        )
