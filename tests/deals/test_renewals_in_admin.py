"""Renewals in the administration: read where the partner shares, and nothing is changed there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from tests import factories as make
from tests.deals.conftest import DAY, NOW, TODAY
from tests.factories import sign_in
from web import clock


@pytest.fixture
def renewal(deals: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    customer = make.CustomerFactory(partner=deals.partner, name="Cedar Clinic")
    contract = make.ServiceContractFactory(partner=deals.partner, customer=customer, since=TODAY)
    deals.renewal = make.RenewalFactory(
        partner=deals.partner, contract=contract, term_end=TODAY + 30 * DAY,
        decision_on=TODAY + 30 * DAY, window_on=TODAY,
        planning_on=TODAY,
    )  # fmt: skip
    return deals


def test_who_looks_after_the_partner_finds_and_reads_it(renewal: SimpleNamespace) -> None:
    make.PortfolioEntryFactory(partner=renewal.partner, person=renewal.admin.person)
    client, where = sign_in(Client(), renewal.admin), "/admin/deals/renewal/"
    for query in ("", "?where=open", "?q=Cedar", f"?partner={renewal.partner.ref}"):
        assert "Cedar Clinic" in client.get(f"{where}{query}").content.decode()
    assert "Cedar Clinic" not in client.get(f"{where}?where=settled").content.decode()
    page = client.get(f"{where}{renewal.renewal.ref}/change/").content.decode()
    assert "Cedar Clinic" in page and 'name="_save"' not in page


def test_nobody_else_learns_that_it_exists(renewal: SimpleNamespace) -> None:
    client, where = sign_in(Client(), renewal.admin), "/admin/deals/renewal/"
    assert "Cedar Clinic" not in client.get(where).content.decode()
    assert client.get(f"{where}{renewal.renewal.ref}/change/").status_code in (302, 404)
