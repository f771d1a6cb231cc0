"""Accounts that nobody but the staff may read, and what a partner registered there."""

from __future__ import annotations

import datetime as dt
from typing import Any

from deals.models import (
    Account,
    AccountCustomer,
    AccountKey,
    AccountTouch,
    CoSellPerson,
    CoSellRequest,
    DirectDeal,
    Engineer,
    EngineerAway,
    EngineerBooking,
    PreCheck,
    Protection,
    Registration,
)
from tenants.models import Person
from tests.isolation.owners import FAR, LONG_AGO, NOW, UNANNOUNCED, Owner, World


def dealt(world: World, owner: Owner, partner: Any, customer: Any) -> None:
    """One company with its ledger, the vendor's own deal there, and a protected registration."""
    mark, staff = owner.canary, Owner(owner.vendor, 0)
    words = Owner(owner.vendor, UNANNOUNCED).canary  # which no partner may meet
    made = {"created_at": NOW, "updated_at": NOW}
    account = Account(
        name=f"{words} {owner.number}", source="staff", folded=f"{words} {owner.number}", **made
    )
    _saved(world, staff, account)
    deal = DirectDeal(
        account=account, external_id=f"{words}-{owner.number}", title=words, opened_on=LONG_AGO,
        touched_on=LONG_AGO, updated_at=NOW,
    )  # fmt: skip
    _saved(
        world,
        staff,
        AccountKey(account=account, kind="domain", value=f"{words}-{owner.number}.example"),
        AccountCustomer(account=account, partner=partner, customer=customer, created_at=NOW),
        AccountTouch(account=account, kind="direct_deal.opened", data={"title": words}, at=NOW),
        deal,
    )
    registration = Registration(
        partner=partner, customer=customer, kind="engagement", policy="engagement",
        state="approved", name=f"{mark} company", domains=[f"{mark}.example"],
        families=["shields"], message=mark, account=account, submitted_at=NOW,
        terms={"kind": "engagement", "object": "family"}, answer_due_at=NOW, decided_at=NOW,
        remark=mark, **made,
    )  # fmt: skip
    _saved(world, owner, registration)
    _saved(
        world,
        owner,
        Protection(
            partner=partner, registration=registration, account=account, scope="family:shields",
            family="shields", since=LONG_AGO, until=FAR, **made,
        ),
        PreCheck(
            partner=partner, asked=f"{mark} asked", clear=True, on=LONG_AGO,
            at=NOW - dt.timedelta(days=1),
        ),
    )  # fmt: skip


def together(world: World, owner: Owner, partner: Any, customer: Any) -> None:
    """What is asked of the vendor, who takes part, and an engineer whom nobody but staff knows."""
    mark, staff = owner.canary, Owner(owner.vendor, 0)
    words = Owner(owner.vendor, UNANNOUNCED).canary
    made = {"created_at": NOW, "updated_at": NOW}
    request = CoSellRequest(
        partner=partner, customer=customer, kind="co_sell", name=f"{mark} together", why="other",
        message=mark, needed_on=FAR, state="planned", plan=mark, starts_on=LONG_AGO, ends_on=FAR,
        remark=mark, asked_at=NOW, answer_due_at=NOW, answered_at=NOW, updated_at=NOW,
    )  # fmt: skip
    _saved(world, owner, request)
    colleague = Person(name=f"{words} engineer {owner.number}")
    _saved(world, staff, colleague)
    engineer = Engineer(person=colleague, hours_week=20, **made)
    _saved(world, staff, engineer)
    away = EngineerAway(
        engineer=engineer, since=LONG_AGO, until=LONG_AGO, note=words, created_at=NOW
    )
    _saved(world, staff, away)
    _saved(
        world,
        owner,
        CoSellPerson(
            partner=partner, request=request, person=colleague, side="vendor",
            name=f"{mark} colleague", added_at=NOW,
        ),
        EngineerBooking(
            partner=partner, request=request, engineer=engineer, name=f"{mark} comes",
            since=LONG_AGO, until=FAR, hours=4, weeks={}, created_at=NOW,
        ),
    )  # fmt: skip


def _saved(world: World, owner: Owner, *rows: Any) -> None:
    for row in rows:
        row.save()
        world.add(owner, row)
