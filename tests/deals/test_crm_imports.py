"""The vendor's own companies and opportunities, loaded from files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from deals import actions
from deals.matching import Company, find
from deals.models import Account, AccountKey, AccountTouch, DirectDeal
from programs.actions import publish_program
from tenants import scope
from tenants.importing import stage_import
from tenants.models import Event
from tenants.writing import NotAllowed
from tests import factories as make
from tests.partners.conftest import NOW, PROGRAM, TODAY, build_world
from tests.partners.importing import load, problems, stage, totals

ACCOUNTS = (
    "id,account name,website,company number,country,aliases,parent\n"
    "1,Cedar Group,https://cedar.example; cedar.co.uk,HRB 1234,DE,CG; Zedern,\n"
    "2,Cedar Clinic,clinic.cedar-clinic.example,,DE,,1\n"
)
DEALS = (
    "id,account,title,family,status,opened,closed,last touch\n"
    "o1,1,Endpoint,endpoint,open,2026-02-01,,2026-02-20\n"
    "o2,cedar-clinic.example,All of it,,Won,2026-01-01,2026-02-01,\n"
)


@pytest.fixture
def world(db: None) -> Iterator[SimpleNamespace]:
    found = build_world()
    with scope.entered_vendor(found.vendor.pk):
        program = make.document(
            PROGRAM.replace("{gates: {general", "{family: endpoint, gates: {general")
        )
        publish_program(program, at=NOW, effective_from=TODAY)
    with scope.enter(make.scope_of(found.admin)):
        yield found


def test_accounts_come_with_keys_names_and_parents(world: SimpleNamespace) -> None:
    load("accounts", ACCOUNTS)
    group, clinic = Account.objects.order_by("external_id")
    assert (group.aliases, group.source, clinic.parent_id) == (["CG", "Zedern"], "crm", group.pk)
    assert list(AccountKey.objects.values_list("value", "account_id")) == [
        ("cedar-clinic.example", clinic.pk),
        ("cedar.co.uk", group.pk),
        ("cedar.example", group.pk),
        ("DEHRB1234", group.pk),
    ]
    assert [match.account.pk for match in find(Company(name="Zedren"))] == [group.pk]


def test_the_same_accounts_twice_change_nothing(world: SimpleNamespace) -> None:
    load("accounts", ACCOUNTS)
    assert totals(stage("accounts", ACCOUNTS)) == (0, 0, 2, 0)


def test_a_row_changes_its_account_and_takes_no_key_away(world: SimpleNamespace) -> None:
    load("accounts", ACCOUNTS)
    job = load("accounts", "id,name,domains,parent\n2,Cedar Hospital,hospital.example,\n")
    clinic = Account.objects.get(external_id="2")
    assert (totals(job), clinic.name, clinic.keys.count()) == ((0, 1, 0, 0), "Cedar Hospital", 2)
    assert [m.account.pk for m in find(Company(name="Cedar Hospital"))][:1] == [clinic.pk]
    event = Event.objects.filter(kind="account.changed").get()
    assert event.data["changes"] == {
        "name": ["Cedar Clinic", "Cedar Hospital"], "keys": [[], ["hospital.example"]],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("9,X,jo@gmail.com,,,,", "domains", "“gmail.com” is a mail provider's domain: many "
         "companies write from it. Give the company's own domain, for example that of its web "
         "site, or leave it out."),
        ("9,X,,123,,,", "country", "A company number counts in one country only: “123” has none. "
         "Give the company's country as two letters, like DE."),
        ("9,X,CEDAR.example,,,,", "domains", "cedar.example stands at the row of “1” as well. A "
         "company has it once."),
        ("9,X,taken.example,,,,", "domains", "taken.example belongs to the account Taken. Merge "
         "the two, or take it out."),
        ("9,X,,,,,8", "parent", "There is no account “8”. Put it into the file above this row."),
        ("9,X,,,,,9", "parent", "There is no account “9”. Put it into the file above this row."),
        ("9,…,,,,,", "name", "Write the company's name with letters."),
    ],
)  # fmt: skip
def test_a_wrong_row_names_its_column_and_the_remedy(
    world: SimpleNamespace, row: str, column: str, words: str
) -> None:
    actions.record_account(name="Taken", domains=["taken.example"], at=NOW)
    job = stage("accounts", f"{ACCOUNTS}{row}\n")
    assert problems(job) == [(4, column, words)]


def test_a_file_closes_no_circle_of_companies(world: SimpleNamespace) -> None:
    load("accounts", ACCOUNTS)
    job = stage("accounts", "id,name,parent\n1,Cedar Group,2\n")
    assert problems(job) == [
        (2, "parent", "“2” belongs to this company already, directly or through others.")
    ]


def test_a_row_of_a_merged_account_changes_nothing(world: SimpleNamespace) -> None:
    load("accounts", ACCOUNTS)
    group, clinic = Account.objects.order_by("external_id")
    actions.merge_accounts(clinic, kept=group, reason="One company", at=NOW)
    assert totals(stage("accounts", ACCOUNTS.replace("Clinic", "Klinik"))) == (0, 0, 2, 0)


def test_direct_deals_stand_in_the_ledger(world: SimpleNamespace) -> None:
    load("accounts", ACCOUNTS)
    load("direct_deals", DEALS)
    deals = DirectDeal.objects.order_by("external_id").values_list(
        "account__external_id", "families", "state", "touched_on"
    )
    assert list(deals) == [
        ("1", ["endpoint"], "open", dt.date(2026, 2, 20)),
        ("2", [], "won", dt.date(2026, 2, 1)),
    ]
    lines = AccountTouch.objects.order_by("pk").values_list("kind", "data__title", "person_id")
    assert list(lines) == [
        ("direct_deal.opened", "Endpoint", world.admin.person_id),
        ("direct_deal.won", "All of it", world.admin.person_id),
    ]


def test_deals_are_updated_and_only_news_is_noted(world: SimpleNamespace) -> None:
    load("accounts", ACCOUNTS)
    load("direct_deals", DEALS)
    changed = DEALS.replace("Endpoint,", "Endpoint and more,").replace(",,2026-02-20", ",,")
    assert totals(load("direct_deals", changed)) == (0, 1, 1, 0)
    assert AccountTouch.objects.count() == 2
    load("direct_deals", changed.replace("open,2026-02-01,,", "lost,2026-02-01,2026-03-01,"))
    assert AccountTouch.objects.order_by("pk").last().kind == "direct_deal.lost"


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("o9,none.example,X,,,2026-01-01,,", "account", "No account has the external id or domain "
         "“none.example”. Import the account first."),
        ("o9,1,X,cloud,,2026-01-01,,", "families", "There is no product family “cloud”. Known: "
         "endpoint."),
        ("o9,1,X,,won,2026-01-01,,", "closed_on", "On which day was the deal closed? Give the "
         "day."),
        ("o9,1,X,,maybe,2026-01-01,,", "state", "“maybe” is no state of a deal. Write open, won "
         "or lost."),
    ],
)  # fmt: skip
def test_a_wrong_deal_names_its_column_and_the_remedy(
    world: SimpleNamespace, row: str, column: str, words: str
) -> None:
    load("accounts", ACCOUNTS)
    assert problems(stage("direct_deals", f"{DEALS}{row}\n")) == [(4, column, words)]


@pytest.mark.parametrize("kind", ["accounts", "direct_deals"])
def test_partners_load_none_of_it(world: SimpleNamespace, kind: str) -> None:
    with scope.enter(make.scope_of(world.owner)), pytest.raises(NotAllowed):
        stage_import(kind, data=ACCOUNTS.encode(), file_name="x.csv", at=NOW)
