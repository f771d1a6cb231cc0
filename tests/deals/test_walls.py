"""What somebody tries who should not: drafts of others, contracts of others, rules stretched."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from deals import actions
from deals.models import Account, Protection, Registration
from deals.rules.ledger import ledger_for
from partners.models import ServiceContract
from partners.rules.taking import taken_tables
from tenants import scope
from tenants.writing import Refused
from tests import factories as make
from tests.api import api_of
from tests.deals.conftest import DAY, NOW, TODAY, acting, approved, draft, submitted
from tests.factories import sign_in as signed
from web import clock
from web.api import rates


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    rates.forget()
    monkeypatch.setattr(clock, "now", lambda: NOW)


def sign_in(member: Any) -> Client:
    return signed(Client(), member)


def code_of(verb: Any) -> str:
    with pytest.raises(Refused) as refused:
        verb()
    return refused.value.code


def the_one(world: SimpleNamespace) -> Protection:
    with scope.entered_vendor(world.vendor.pk):
        return Protection.objects.get()


def test_a_discarded_draft_stays_the_partners_alone(deals: SimpleNamespace) -> None:
    row = draft(deals, deals.owner, name="Secret Plans Ltd")
    with acting(deals.owner):
        actions.withdraw_registration(row, at=NOW, on=TODAY)
    cam, admin = sign_in(deals.cam), sign_in(deals.admin)
    assert cam.get(f"/registrations/{row.ref}/").status_code == 404
    for client, path in ((cam, "/registrations/"), (admin, "/admin/deals/registration/")):
        answer = client.get(path)
        assert answer.status_code == 200 and b"Secret Plans" not in answer.content
    api = api_of(deals.vendor, "registrations.read")
    assert api.get("/registrations").json()["data"] == []
    assert b"Secret Plans" in sign_in(deals.owner).get("/registrations/").content


@pytest.mark.parametrize(
    ("what", "typed"), [("extend", {"activity": "Offer"}), ("appeal", {"words": "Why"})]
)
def test_a_draft_is_neither_extended_nor_appealed(
    deals: SimpleNamespace, what: str, typed: dict[str, str]
) -> None:
    row = draft(deals, deals.owner)
    api = api_of(deals.vendor, "registrations.write", partner=deals.partner)
    assert api.post(f"/registrations/{row.ref}/{what}", typed).status_code == 409


def test_winning_again_gives_no_more_time(won: SimpleNamespace) -> None:
    before = the_one(won).until
    with acting(won.owner):
        later = {"at": NOW + 100 * DAY, "on": TODAY + 100 * DAY}
        actions.win_registration(won.row, contract=won.contract, **later)
    assert the_one(won).until == before


def test_nothing_is_won_with_another_partners_contract(deals: SimpleNamespace) -> None:
    row, end = approved(deals, deals.owner), dt.date(2029, 3, 1)
    strange = make.ServiceContractFactory(
        partner=deals.other, customer=make.CustomerFactory(partner=deals.other),
        since=TODAY, until=end, terms__ends_on=end,
    )  # fmt: skip
    api = api_of(deals.vendor, "registrations.write")
    said = api.post(f"/registrations/{row.ref}/win", {"contract": strange.ref})
    assert (said.status_code, said.json()["code"]) == (409, "other_partner")


def test_the_vendors_client_reads_no_number_of_a_contract(won: SimpleNamespace) -> None:
    with make.prepared(won.vendor):
        ServiceContract.objects.filter(pk=won.contract.pk).update(external_id="C-77")
    shown = {}
    for partner in (None, won.partner):
        api = api_of(won.vendor, "registrations.read", partner=partner)
        (row,) = api.get("/registrations").json()["data"]
        shown[bool(partner)] = row["contract"]["external_id"]
    assert shown == {False: None, True: "C-77"}


def test_a_merge_puts_nobody_into_a_family_that_another_holds(deals: SimpleNamespace) -> None:
    approved(deals, deals.owner)
    approved(
        deals, deals.stranger, policy="transaction", list_value=2000, name="Other Words",
        domains=["other.example"],
    )  # fmt: skip
    with acting(deals.admin):
        kept, gone = Account.objects.order_by("pk")
        for one, other in ((kept, gone), (gone, kept)):
            assert (
                code_of(lambda: actions.merge_accounts(one, kept=other, reason="Same", at=NOW))  # noqa: B023
                == "protections_clash"
            )


def test_the_ledger_does_not_tell_whether_a_company_was_known(deals: SimpleNamespace) -> None:
    with acting(deals.admin):
        actions.record_account(name="Known", domains=["known.example"], at=NOW)
    rows = [
        approved(deals, deals.owner, name=name, domains=[f"{name.lower()}.example"])
        for name in ("Known", "Novel")
    ]
    with acting(deals.owner):
        known, new = ([line.kind for line in ledger_for(row, TODAY) or ()] for row in rows)
    assert known == new == ["registration.approved"]


@pytest.mark.parametrize("known", [True, False])
def test_a_cool_off_does_not_tell_whether_a_company_was_known(
    deals: SimpleNamespace, known: bool
) -> None:
    if known:
        with acting(deals.admin):
            actions.record_account(name="Cedar Clinic", domains=["cedar.example"], at=NOW)
    row = submitted(deals, deals.owner)
    with acting(deals.admin):
        actions.refuse_registration(row, reason="other", at=NOW)
    assert code_of(lambda: submitted(deals, deals.owner)) == "cool_off"


def test_giving_up_before_the_time_is_over_saves_no_cool_off(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    with acting(deals.owner):
        actions.withdraw_registration(row, at=NOW, on=TODAY)
    assert code_of(lambda: submitted(deals, deals.owner)) == "cool_off"


def test_taking_an_appeal_back_saves_no_cool_off(deals: SimpleNamespace) -> None:
    row = submitted(deals, deals.owner)
    with acting(deals.admin):
        actions.refuse_registration(row, reason="other", at=NOW)
    with acting(deals.owner):
        actions.appeal_refusal(row, words="Look again", at=NOW, on=TODAY)
        assert Registration.objects.get().state == "in_review"
        actions.withdraw_registration(row, at=NOW, on=TODAY)
    assert code_of(lambda: submitted(deals, deals.owner)) == "cool_off"


def test_who_refused_decides_no_appeal_by_a_detour(deals: SimpleNamespace) -> None:
    row = submitted(deals, deals.owner)
    with acting(deals.admin):
        actions.refuse_registration(row, reason="other", at=NOW)
    with acting(deals.owner):
        actions.appeal_refusal(row, words="Look again", at=NOW, on=TODAY)
    with acting(deals.cam):
        actions.approve_registration(row, at=NOW, on=TODAY)
    with acting(deals.admin):
        actions.reverse_decision(row, why="Not so", at=NOW, on=TODAY)
        assert (
            code_of(lambda: actions.refuse_registration(row, reason="other", at=NOW))
            == "own_refusal"
        )
    with acting(deals.cam):
        assert actions.refuse_registration(row, reason="other", at=NOW).state == "refused"


def test_no_client_decides_an_appeal(deals: SimpleNamespace) -> None:
    row = submitted(deals, deals.owner)
    api = api_of(deals.vendor, "registrations.decide")
    refuse = f"/registrations/{row.ref}/refuse"
    assert api.post(refuse, {"reason": "other"}).status_code == 200
    with acting(deals.owner):
        actions.appeal_refusal(row, words="Look again", at=NOW, on=TODAY)
    assert api.post(refuse, {"reason": "other"}).json()["code"] == "own_refusal"


def test_a_take_out_has_all_that_is_protected_and_no_account(won: SimpleNamespace) -> None:
    tables = {one.name: one for one in taken_tables()}
    with acting(won.owner):
        rows = {
            name: list(tables[f"deals.{name}"].rows(won.partner.pk))
            for name in ("registration", "protection")
        }
    assert [len(found) for found in rows.values()] == [1, 1]
    assert not any(row.get("account") for found in rows.values() for row in found)
