"""What Aurora's partners registered: a customer won and protected, a second partner's attempt, the
vendor's own sales there, a queue with its clock, and a pursuit about to end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from deals import actions as deals
from deals.models import Account, Registration
from demo.scenes import acting_as
from demo.stage import DAY, Stage, deploy
from licensing.actions import Ask
from partners import actions as partners
from partners.models import Partner
from programs.document import GENERAL

PRIYA, DANA, ROBIN = "priya@northwind.example", "dana@aurora.example", "robin@aurora.example"
WON, WON_DOMAIN = "Calder Valley Foods", "caldervalleyfoods.example"
SEATS = 60


def play(stage: Stage, lead: str) -> None:
    """All of it, in the order in which it happened."""
    partner = stage.partners[lead]
    second = next(row for name, row in stage.partners.items() if name != lead)
    _protected(stage, partner)
    _direct(stage)
    _attempt(stage, second)
    _pursued(stage, partner)
    _waiting(stage, partner, second)
    _sold(stage, partner, second)


def _registered(
    stage: Stage, partner: Partner, days: int, name: str, domain: str, **typed: Any
) -> Registration:
    on = stage.ago(days)
    at = stage.at(on)
    row = deals.save_registration(
        partner, at=at, on=on, name=name, domains=[domain], country="GB",
        **{"policy": "engagement", "families": ["endpoint"], "seats": 40, **typed},
    )  # fmt: skip
    return deals.submit_registration(row, at=at, on=on)


def _protected(stage: Stage, partner: Partner) -> None:
    """Registered, approved, won with a contract of 36 months, and protected since seats run."""
    with acting_as(PRIYA, partner):
        row = _registered(
            stage, partner, 70, WON, WON_DOMAIN, seats=SEATS,
            message="They outsource their IT after the merger of two sites.",
        )  # fmt: skip
    with acting_as(DANA):
        deals.approve_registration(row, at=stage.at(stage.ago(69)), on=stage.ago(69))
    customer = partners.add_customer(
        partner, name=WON, external_id="N092", vertical="retail", country="GB",
        environments=["general"], since=stage.ago(45),
        account_manager=stage.people[partner.name][0].person,
    )  # fmt: skip
    since = stage.ago(45)
    contract = partners.record_contract(
        customer, scopes=["security", "end_user"], duties=["monitor", "patch"], since=since,
        months=36, at=stage.at(since), external_id="C-N092",
    )  # fmt: skip
    with acting_as(PRIYA, partner):
        deals.win_registration(row, contract=contract, at=stage.at(since), on=since)
    deploy(stage, [(44, Ask(customer, "edr", GENERAL, SEATS))])
    deals.settle_registrations(on=stage.ago(44), at=stage.at(stage.ago(44)))


def _direct(stage: Stage) -> None:
    """The vendor's own sales talk with the protected customer: its ledger says so."""
    account = Account.objects.get(name=WON)
    deals.record_direct_deal(
        account, external_id="CRM-4711", title="Group-wide security review",
        opened_on=stage.ago(12), touched_on=stage.ago(3), at=stage.at(stage.ago(12)),
    )  # fmt: skip


def _attempt(stage: Stage, second: Partner) -> None:
    """A second partner registers the same company, and is refused without a name."""
    row = _registered(stage, second, 6, f"{WON} Limited", f"www.{WON_DOMAIN}")
    with acting_as(ROBIN):
        deals.refuse_registration(
            row, reason="held", at=stage.at(stage.ago(5)),
            remark="You may still serve them if they choose you; the price class differs.",
        )  # fmt: skip


def _pursued(stage: Stage, partner: Partner) -> None:
    """Approved long ago and not won: its pursuit ends in eight days."""
    with acting_as(PRIYA, partner):
        row = _registered(
            stage, partner, 113, "Skipton Print Works", "skiptonprint.example",
            expected_on=stage.ago(2),
        )  # fmt: skip
    with acting_as(DANA):
        deals.approve_registration(row, at=stage.at(stage.ago(112)), on=stage.ago(112))


def _waiting(stage: Stage, partner: Partner, second: Partner) -> None:
    """What waits for an answer: one with nothing against it, one that may be somebody else's."""
    known = deals.record_account(
        name="Wharfe Engineering Group", domains=["wharfe-group.example"], country="GB",
        external_id="CRM-0815", source=Account.Source.CRM, at=stage.at(stage.ago(200)),
    )  # fmt: skip
    deals.record_direct_deal(
        known, external_id="CRM-4802", title="Plant in Otley", opened_on=stage.ago(30),
        touched_on=stage.ago(9), at=stage.at(stage.ago(30)),
    )  # fmt: skip
    with acting_as(PRIYA, partner):
        _registered(
            stage, partner, 0, "Wharfe Enginering", "wharfe-eng.example", seats=85,
            expected_on=stage.today + 65 * DAY,
        )  # fmt: skip
        deals.save_registration(
            partner, at=stage.at(stage.today), on=stage.today, policy="engagement",
            name="Harrogate Spa Hotels", families=["endpoint", "email"], seats=30,
        )  # fmt: skip
    _registered(
        stage, second, 1, "Pennine Freight", "penninefreight.example", seats=120,
        expected_on=stage.today + 40 * DAY,
    )  # fmt: skip


def _sold(stage: Stage, partner: Partner, second: Partner) -> None:
    """Transactions, the pipeline in money: one won, one lost, two pursued, one to be answered."""
    with acting_as(PRIYA, partner):
        rows = [
            _sale(stage, partner, days, name, value, expected)
            for days, name, value, expected in (
                (64, "Keighley Council", "18400", 25), (58, "Aire Valley Schools", "6900", 30),
                (33, "Bingley Theatre", "4200", -9), (21, "Shipley Motors", "12750", -48),
            )
        ]  # fmt: skip
    with acting_as(DANA):
        for row, days in zip(rows, (63, 57, 32, 20), strict=True):
            deals.approve_registration(row, at=stage.at(stage.ago(days)), on=stage.ago(days))
    with acting_as(PRIYA, partner):
        won, lost = stage.ago(24), stage.ago(17)
        deals.win_registration(rows[0], list_value=Decimal("17900"), at=stage.at(won), on=won)
        deals.lose_registration(rows[1], reason="price", at=stage.at(lost), on=lost)
        _sale(stage, partner, 1, "Otley Museum", "3100", -75)
    _sale(stage, second, 0, "Humber Logistics", "9600", -33)


def _sale(
    stage: Stage, partner: Partner, days: int, name: str, value: str, expected: int
) -> Registration:
    """Registered ``days`` ago, expected ``expected`` days ago (less than 0: ahead)."""
    return _registered(
        stage, partner, days, name, f"{name.split()[0].lower()}-it.example",
        policy="transactional", seats=None, list_value=Decimal(value),
        expected_on=stage.ago(expected),
        message="Licences with a year of support, bought once.",
    )  # fmt: skip
