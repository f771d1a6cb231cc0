"""The palette's search: what begins with the words, and only what the reader may open."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from tests import factories as make
from tests.deals.conftest import NOW, approved, draft, submitted
from web import clock


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def found(member: object, words: str) -> str:
    answer = make.sign_in(Client(), member).get("/search/", {"q": words}, HTTP_HX_REQUEST="true")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def named(deals: SimpleNamespace) -> SimpleNamespace:
    """Each partner has a customer and a registration whose names begin with the same word."""
    for partner, owner, name in (
        (deals.partner, deals.owner, "Cedar Own"),
        (deals.other, deals.stranger, "Cedar Foreign"),
    ):
        make.CustomerFactory(partner=partner, name=f"{name} House")
        submitted(deals, owner, name=f"{name} Deal", domains=[f"{name[6:].lower()}.example"])
    return deals


def test_a_partner_finds_its_customers_and_registrations_and_no_other_partners(
    named: SimpleNamespace,
) -> None:
    shown = found(named.owner, "cedar")
    assert "Cedar Own House" in shown and "/customers/cus_" in shown
    assert "Cedar Own Deal" in shown and "/registrations/reg_" in shown
    assert "Foreign" not in shown
    assert named.other.name not in found(named.owner, named.other.name)


def test_the_vendors_people_find_partners_and_what_was_submitted(named: SimpleNamespace) -> None:
    draft(named, named.owner, name="Cedar Secret", domains=["secret.example"])
    shown = found(named.admin, "cedar")
    assert "Cedar Own Deal" in shown and "Cedar Foreign Deal" in shown
    assert "House" not in shown, "customers are the partner's list"
    assert "Secret" not in shown, "a draft is the partner's alone"
    assert f">{named.partner.name}<" in found(named.admin, named.partner.name[:4])


def test_accounts_are_the_vendors_to_find(deals: SimpleNamespace) -> None:
    approved(deals, deals.owner, name="Cedar Account", domains=["cedar.example"])
    assert "/accounts/acc_" in found(deals.admin, "Cedar")
    assert "/accounts/" not in found(deals.owner, "Cedar")


def test_a_single_letter_and_nobody_find_nothing(named: SimpleNamespace) -> None:
    assert found(named.owner, "c").strip() == ""
    client = make.sign_in(Client(), named.owner)
    client.logout()
    assert client.get("/search/", {"q": "cedar"}).status_code == 302
