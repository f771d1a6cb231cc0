"""Pipelines of registrations: what recurs and transactions, never mixed; sales without a contract;
the days of both in calendars."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.calendars import entries
from deals import actions
from deals.models import Protection, Registration
from tenants import scope
from tenants.writing import Refused
from tests import factories as make
from tests.deals.conftest import DAY, NOW, TODAY, acting, approved, draft, submitted
from tests.factories import prepared, sign_in
from web import clock

SALE = {"policy": "transaction", "name": "Birch Council", "domains": ["birch.example"],
        "list_value": Decimal("5000"), "families": ["endpoint"]}  # fmt: skip


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def shown(member: Any, which: str) -> str:
    answer = sign_in(Client(), member).get(f"/registrations/{which}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def win(member: Any, row: Registration, **said: Any) -> Registration:
    with acting(member):
        return actions.win_registration(row, at=NOW, on=TODAY, **said)


def test_a_sale_is_won_without_a_contract_and_stays_won(deals: SimpleNamespace) -> None:
    row = win(deals.owner, approved(deals, deals.owner, **SALE), list_value=Decimal("4800"))
    assert (row.state, row.closed_on, row.list_value) == ("won", TODAY, Decimal("4800"))
    with scope.entered_vendor(deals.vendor.pk):
        assert {one.ended for one in Protection.objects.all()} == {"won"}
        later = TODAY + 400 * DAY
        actions.settle_registrations(on=later, at=NOW + 400 * DAY)
        assert Registration.objects.get().state == "won"
    # Nobody has to wait before the next sale to the same company.
    assert submitted(deals, deals.owner, **SALE).state == "submitted"


def test_a_pursuit_that_outlives_its_sale_does_not_take_it_back(deals: SimpleNamespace) -> None:
    row = win(deals.owner, approved(deals, deals.owner, **SALE))
    with prepared(deals.vendor):
        Protection.objects.update(ended="", until=TODAY + 10 * DAY)  # won before this was ended
    with scope.entered_vendor(deals.vendor.pk):
        actions.settle_registrations(on=TODAY + 20 * DAY, at=NOW + 20 * DAY)
        row.refresh_from_db()
        assert row.state == "won"


def test_what_recurs_needs_its_contract_and_has_no_list_value(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    with pytest.raises(Refused) as no:
        win(deals.owner, row)
    assert no.value.code == "contract_missing" and "Record the contract" in no.value.reasons[0].fix
    contract = make.ServiceContractFactory(
        partner=deals.partner, customer=make.CustomerFactory(partner=deals.partner), since=TODAY
    )
    with pytest.raises(Refused) as no:
        win(deals.owner, row, contract=contract, list_value=Decimal(1))
    assert no.value.code == "no_list_value"


def test_the_two_pipelines_never_mix(deals: SimpleNamespace) -> None:
    approved(deals, deals.owner, seats=40, expected_on=TODAY - DAY)
    approved(deals, deals.owner, **SALE, expected_on=TODAY + 40 * DAY)
    recurring, sales = shown(deals.owner, "pipeline"), shown(deals.owner, "transactions")
    assert "Cedar Clinic Ltd" in recurring and "40 seats" in recurring and "late" in recurring
    assert "Birch Council" not in recurring and "5,000" not in recurring
    assert "Birch Council" in sales and "5,000" in sales
    assert "Cedar Clinic" not in sales and "40 seats" not in sales


def test_money_is_not_added_up_over_currencies(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner, **SALE)
    other = approved(deals, deals.owner, **{**SALE, "name": "Alder", "domains": ["alder.example"]})
    with prepared(deals.vendor):
        Registration.objects.filter(pk=other.pk).update(currency="CHF")
        kept = Registration.objects.get(pk=row.pk).currency
    asked = sign_in(Client(), deals.owner).get(f"/registrations/{other.ref}/win/")
    assert "at list price, in CHF" in asked.text
    page = shown(deals.owner, "transactions")
    assert kept != "CHF" and "10,000" not in page and "CHF" in page


def test_each_reads_its_own_and_no_draft_of_anybody(deals: SimpleNamespace) -> None:
    draft(deals, deals.owner, **SALE)
    assert "Birch Council" in shown(deals.owner, "transactions")
    assert "Drafts" in shown(deals.owner, "transactions")
    for member in (deals.stranger, deals.admin):
        assert "Birch Council" not in shown(member, "transactions")
    approved(deals, deals.owner, name="Maple", domains=["maple.example"], seats=20)
    assert "Maple" in shown(deals.admin, "pipeline")
    assert "Maple" not in shown(deals.stranger, "pipeline")


def test_the_board_asks_a_constant_number_of_questions(deals: SimpleNamespace) -> None:
    client = sign_in(Client(), deals.owner)
    counts = []
    for names in (("a",), ("b", "c", "d", "e")):
        for name in names:
            domains = [f"{name}.example"]
            submitted(deals, deals.owner, name=f"Firm {name}", domains=domains, seats=5)
        client.get("/registrations/pipeline/")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/registrations/pipeline/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_calendars_show_when_a_pursuit_ends(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    with acting(deals.owner):
        found = [one for one in entries(TODAY) if one.path == f"/registrations/{row.ref}/"]
    assert [(one.day, one.title) for one in found] == [
        (TODAY + dt.timedelta(days=120), "The pursuit of Cedar Clinic Ltd ends")
    ]
    with acting(deals.stranger):
        assert not [one for one in entries(TODAY) if "Cedar" in one.title]
    with acting(deals.owner):
        actions.withdraw_registration(row, at=NOW, on=TODAY)
        assert not [one for one in entries(TODAY) if "Cedar" in one.title]
