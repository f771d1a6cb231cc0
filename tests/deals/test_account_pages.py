"""Companies in the portal of the vendor's people: found, and told as a whole; no partner's page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deals import actions
from deals.models import Account
from tenants import scope
from tests.deals.conftest import NOW, TODAY, acting, submitted
from tests.factories import sign_in
from web import clock


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def page(member: Any, path: str, status: int = 200) -> str:
    answer = sign_in(Client(), member).get(path)
    assert answer.status_code == status
    return str(answer.content.decode())


def test_one_page_tells_all_of_a_company(won: SimpleNamespace) -> None:
    with acting(won.admin):
        found = Account.objects.get()
        actions.change_account(found, aliases=["Cedar Health"], at=NOW)
        actions.record_direct_deal(
            found, external_id="o1", title="Endpoint review", opened_on=TODAY, at=NOW
        )
    submitted(won, won.stranger, name="Cedar Clinics", domains=["cedar-clinics.example"])
    said = page(won.admin, f"/accounts/{found.ref}/")
    for words in ("Cedar Health", "cedar.example", "Endpoint review", won.partner.name,
                  "Endpoint · Pursuit", "Cedar Clinic", "Won"):  # fmt: skip
        assert words in said, words
    # Another company that is only alike is not mixed in.
    assert "Cedar Clinics" not in said


def test_no_partner_reads_any_of_it(won: SimpleNamespace) -> None:
    with acting(won.admin):
        ref = Account.objects.get().ref
    for member in (won.owner, won.stranger):
        assert "Cedar" not in page(member, "/accounts/", 403)
        assert "Cedar" not in page(member, f"/accounts/{ref}/", 403)


def test_a_company_is_found_by_name_typo_domain_and_id(won: SimpleNamespace) -> None:
    with acting(won.admin):
        for name in ("Maple Foods", "Birch Council"):
            domain = f"{name.split()[0].lower()}.example"
            actions.record_account(name=name, domains=[domain], external_id=name[:3], at=NOW)
    for asked, there, not_there in (
        ("Map", "Maple Foods", "Birch Council"),
        ("Mapel Foods", "Maple Foods", "Birch Council"),
        ("https://www.birch.example/x", "Birch Council", "Maple Foods"),
        ("Bir", "Birch Council", "Maple Foods"),
    ):
        said = page(won.admin, f"/accounts/?q={asked}")
        assert there in said and not_there not in said, asked


def test_a_merged_company_leads_to_the_one_kept(won: SimpleNamespace) -> None:
    with acting(won.admin):
        kept = Account.objects.get()
        gone = actions.record_account(name="Cedar GmbH", at=NOW)
        actions.merge_accounts(gone, kept=kept, reason="The same", at=NOW)
        answer = sign_in(Client(), won.admin).get(f"/accounts/{gone.ref}/")
    assert answer.status_code == 302 and answer["Location"] == f"/accounts/{kept.ref}/"
    assert "Cedar GmbH" not in page(won.admin, "/accounts/")


def test_the_list_asks_a_constant_number_of_questions(won: SimpleNamespace) -> None:
    client, counts = sign_in(Client(), won.admin), []
    for names in (("Maple",), ("Birch", "Alder", "Oak")):
        with scope.entered_vendor(won.vendor.pk):
            for name in names:
                actions.record_account(name=name, domains=[f"{name.lower()}.example"], at=NOW)
        client.get("/accounts/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/accounts/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
