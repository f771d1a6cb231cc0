"""Companies: recorded once, found by key and name, merged and placed without losing a thing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deals import actions
from deals.matching import Company, family_ids, find
from deals.models import (
    Account,
    AccountCustomer,
    AccountTouch,
    DirectDeal,
    Protection,
    Registration,
)
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.factories import prepared
from tests.partners.conftest import NOW, TODAY, build_world

DAY = dt.timedelta(days=1)


@pytest.fixture
def world(db: None) -> Iterator[SimpleNamespace]:
    found = build_world()
    found.customer = make.CustomerFactory(partner=found.partner, name="Cedar Clinic")
    with scope.enter(make.scope_of(found.admin)):
        yield found


def account(name: str = "Cedar Clinic", **values: Any) -> Account:
    return actions.record_account(name=name, at=NOW, **values)


def refusal(act: Any, *args: Any, **values: Any) -> Refused:
    before = Event.objects.count()
    with pytest.raises(Refused) as refused:
        act(*args, at=NOW, **values)
    assert Event.objects.count() == before
    return refused.value


def registration(world: SimpleNamespace, at: Account, partner: Any = None) -> Registration:
    row = Registration(
        partner=partner or world.partner, kind="engagement", policy="engagement", state="approved",
        name=at.name, account=at, submitted_at=NOW, answer_due_at=NOW, decided_at=NOW,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    with prepared(world.vendor):
        row.save()
    return row


def protection(
    world: SimpleNamespace, at: Account, partner: Any = None, **values: Any
) -> Protection:
    given = {"since": TODAY, "until": TODAY + 90 * DAY, "scope": "family:endpoint", **values}
    row = Protection(
        partner=partner or world.partner, registration=registration(world, at, partner),
        account=at, created_at=NOW, updated_at=NOW, **given,
    )  # fmt: skip
    with prepared(world.vendor):
        row.save()
    return row


def names(asked: Company) -> list[tuple[str, bool]]:
    return [(one.account.name, one.exact) for one in find(asked)]


def test_an_account_is_found_by_domain_number_and_name(world: SimpleNamespace) -> None:
    cedar = account(
        domains=["https://www.cedar.example/x"], numbers=["HRB 1234"], country="DE",
        aliases=["Zedernklinik"],
    )  # fmt: skip
    asked = [
        Company(domains=("cedar.example",)),
        Company(number="DEHRB1234"),
        Company(name="CEDRA Clinic GmbH"),
        Company(name="Zedern-Klinik"),
    ]
    found = [find(one) for one in asked]
    assert [[m.account.pk for m in one] for one in found] == [[cedar.pk]] * 4
    assert [one[0].exact for one in found] == [True, True, False, False]
    assert [one[0].why[0] for one in found[:2]] == [
        "The domain cedar.example is the same.",
        "The company number DEHRB1234 is the same.",
    ]
    assert found[2][0].why == (
        "The names agree by 85 of 100: “cedar clinic”.",
        "Same words: clinic.",
        "Nearly the same: “cedra” and “cedar”.",
    )


def test_a_key_counts_before_a_name_and_the_account_once(world: SimpleNamespace) -> None:
    account("Cedar Clinics", domains=["cedar.example"])
    account("Cedar Clinic")
    asked = Company(name="Cedar Clinic", domains=("cedar.example",))
    assert names(asked) == [("Cedar Clinics", True), ("Cedar Clinic", False)]


def test_another_country_makes_a_name_less_sure(world: SimpleNamespace) -> None:
    account(country="FR")
    (found,) = find(Company(name="Cedar Clinic", country="DE"))
    assert (found.score, found.why[-1]) == (
        90, "The countries differ: DE, and FR of the account.",
    )  # fmt: skip


def test_names_are_nobodys_whom_the_scope_may_not_see(world: SimpleNamespace) -> None:
    account(domains=["cedar.example"])
    asked = Company(name="Cedar Clinic", domains=("cedar.example",))
    other = make.MembershipFactory(vendor=make.VendorFactory(), role="channel_admin")
    for who in (world.owner, other):
        with scope.enter(make.scope_of(who)):
            assert find(asked) == []
            with connection.cursor() as cursor:
                cursor.execute("SELECT * FROM account_candidates(%s, %s, 9)", [["{1}"], ["{}"]])
                assert cursor.fetchall() == []


def test_a_search_asks_one_question_for_keys_and_one_for_names(world: SimpleNamespace) -> None:
    account("Cedar Clinic Upper Valley", domains=["cedar.example"])
    counts = []
    for words in (1, 6):
        name = " ".join(["Zzyzx", "Quartz", "Lumen", "Orbit", "Plinth", "Vortex"][:words])
        with CaptureQueriesContext(connection) as captured:
            find(Company(name=name, domains=("none.example",)))
        counts.append(len(captured))
    assert counts == [2, 2]


def test_the_same_external_id_is_the_same_account(world: SimpleNamespace) -> None:
    first = account(external_id="crm-1", domains=["cedar.example"])
    again = account("Cedar Group", external_id="crm-1", domains=["cedar.co.uk"], aliases=["CG"])
    assert (again.pk, again.name, again.aliases) == (first.pk, "Cedar Group", ["CG"])
    assert sorted(again.keys.values_list("value", flat=True)) == ["cedar.co.uk", "cedar.example"]
    assert names(Company(name="Cedar Group")) == [("Cedar Group", False)]


def test_recording_twice_leaves_one_event(world: SimpleNamespace) -> None:
    for _twice in range(2):
        account(external_id="crm-1", domains=["cedar.example"])
    kinds = Event.objects.filter(kind__startswith="account.").values_list("kind", flat=True)
    assert list(kinds) == ["account.recorded"]


def test_a_domain_has_one_account_and_the_refusal_names_it(world: SimpleNamespace) -> None:
    account(domains=["münch.example"])
    found = refusal(actions.record_account, name="Maple", domains=["jo@xn--mnch-0ra.example"])
    (reason,) = found.reasons
    assert (found.code, reason.detail, reason.pointer) == (
        "key_taken", "The domain münch.example belongs to the account Cedar Clinic.", "domains",
    )  # fmt: skip
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"domains": ["gmail.com"]}, "public_domain"),
        ({"domains": ["cedar"]}, "not_a_domain"),
        ({"numbers": ["123"]}, "number_country"),
        ({"name": "…"}, "no_name"),
    ],
)
def test_what_tells_no_company_is_refused(
    world: SimpleNamespace, values: dict[str, Any], code: str
) -> None:
    found = refusal(actions.record_account, **{"name": "Cedar Clinic", **values})
    assert (found.code, Account.objects.count()) == (code, 0)


def test_a_dropped_domain_is_free_again(world: SimpleNamespace) -> None:
    key = account(domains=["cedar.example"]).keys.get()
    actions.drop_key(key, at=NOW)
    account("Maple", domains=["cedar.example"])
    assert names(Company(domains=("cedar.example",))) == [("Maple", True)]


@pytest.mark.parametrize("role", ["cam", "owner"])
def test_only_the_channel_admin_writes_accounts(world: SimpleNamespace, role: str) -> None:
    with scope.enter(make.scope_of(getattr(world, role))), pytest.raises(NotAllowed):
        account()


def test_families_hold_all_that_belongs_together(world: SimpleNamespace) -> None:
    top, left, right = account("Top"), account("Left"), account("Right")
    below, double, alone = account("Below"), account("Double"), account("Alone")
    for row, parent in ((left, top), (right, top), (below, left)):
        actions.place_under(row, parent=parent, at=NOW)
    actions.merge_accounts(double, kept=below, reason="Same", at=NOW)
    whole = {top.pk, left.pk, right.pk, below.pk, double.pk}
    assert [family_ids(row.pk) for row in (below, double, top)] == [whole] * 3
    assert family_ids(alone.pk) == {alone.pk}


def test_nobody_belongs_to_itself(world: SimpleNamespace) -> None:
    top, below = account("Top"), account("Below")
    actions.place_under(below, parent=top, at=NOW)
    codes = [
        refusal(actions.place_under, top, parent=below).code,
        refusal(actions.place_under, top, parent=top).code,
    ]
    top.refresh_from_db()
    assert (codes, top.parent_id) == (["below_itself", "own_parent"], None)


def test_a_merge_takes_all_along(world: SimpleNamespace) -> None:
    gone = account("Zedernklinik", domains=["zedern.example"], country="DE")
    kept = account("Cedar Clinic", domains=["cedar.example"])
    child = account("Child", parent=gone)
    actions.link_customer(gone, customer=world.customer, at=NOW)
    deal = direct_deal(gone)
    held = protection(world, gone)
    over = protection(world, gone, ended="lapsed", since=TODAY - 90 * DAY, until=TODAY)
    actions.merge_accounts(gone, kept=kept, reason="One company", at=NOW)
    found = [find(Company(domains=("zedern.example",))), find(Company(name="Zedernklinik"))]
    assert [[m.account.pk for m in one] for one in found] == [[kept.pk], [kept.pk]]
    for row in (child, deal, held, over):
        row.refresh_from_db()
    assert (child.parent_id, deal.account_id, held.account_id) == (kept.pk,) * 3
    assert held.registration.account_id == AccountCustomer.objects.get().account_id == kept.pk
    assert over.account_id == gone.pk
    assert AccountTouch.objects.filter(account=gone).count() == 2
    assert actions.locked_account(gone.pk).country == "DE"


def test_an_open_registration_follows_its_account(world: SimpleNamespace) -> None:
    gone, kept = account("Zedern"), account("Cedar")
    row = registration(world, gone)
    actions.merge_accounts(gone, kept=kept, reason="One company", at=NOW)
    row.refresh_from_db()
    assert (row.account_id, row.state) == (kept.pk, "approved")


def test_a_merged_external_id_means_the_account_kept(world: SimpleNamespace) -> None:
    gone, kept = account("Zedern", external_id="crm-1"), account("Cedar")
    actions.merge_accounts(gone, kept=kept, reason="One company", at=NOW)
    assert account("Zedern AG", external_id="crm-1").pk == kept.pk
    assert Account.objects.get(pk=kept.pk).name == "Cedar"


def test_two_protections_stand_against_a_merge(world: SimpleNamespace) -> None:
    gone, kept = account("Zedern"), account("Cedar")
    protection(world, gone)
    protection(world, kept, world.other)
    found = refusal(actions.merge_accounts, gone, kept=kept, reason="One company")
    gone.refresh_from_db()
    assert (found.code, gone.merged_into_id) == ("protections_clash", None)
    assert "Alder IT is protected for endpoint" in found.detail and "Birch IT" in found.detail


def test_a_protection_that_is_over_lets_the_other_way_round(world: SimpleNamespace) -> None:
    gone, kept = account("Zedern"), account("Cedar")
    protection(world, gone)
    protection(world, kept, world.other, ended="lost", since=TODAY - DAY, until=TODAY + DAY)
    found = refusal(actions.merge_accounts, gone, kept=kept, reason="One company")
    assert found.reasons[0].fix.startswith("Merge the other way round")
    actions.merge_accounts(kept, kept=gone, reason="One company", at=NOW)


@pytest.mark.parametrize("other", ["itself", "merged"])
def test_a_merge_needs_two_accounts(world: SimpleNamespace, other: str) -> None:
    gone, kept = account("Zedern"), account("Cedar")
    actions.merge_accounts(gone, kept=kept, reason="One company", at=NOW)
    into = kept if other == "itself" else gone
    found = refusal(actions.merge_accounts, kept, kept=into, reason="Back again")
    assert found.code == ("same_account" if other == "itself" else "merged_already")


def test_a_merge_with_the_company_below_closes_no_circle(world: SimpleNamespace) -> None:
    top = account("Top")
    middle = account("Middle", parent=top)
    below = account("Below", parent=middle)
    actions.merge_accounts(top, kept=below, reason="One company", at=NOW)
    below.refresh_from_db()
    middle.refresh_from_db()
    assert (below.parent_id, middle.parent_id) == (None, below.pk)


def test_a_customer_is_one_company(world: SimpleNamespace) -> None:
    first, second = account("First"), account("Second")
    for row in (first, first, second):
        actions.link_customer(row, customer=world.customer, at=NOW)
    assert AccountCustomer.objects.get().account_id == second.pk
    assert AccountTouch.objects.filter(kind="customer.linked").count() == 2


def direct_deal(of: Account, **values: Any) -> DirectDeal:
    given = {"external_id": "opp-1", "title": "Endpoint for Cedar", "opened_on": TODAY, **values}
    return actions.record_direct_deal(of, at=NOW, **given)


def test_a_direct_deal_leaves_its_trace_in_the_ledger(world: SimpleNamespace) -> None:
    cedar = account()
    steps: list[dict[str, Any]] = [
        {},
        {},
        {"touched_on": TODAY + DAY},
        {"state": "won", "closed_on": TODAY + 2 * DAY},
        {"state": "open"},
        {"state": "lost", "closed_on": TODAY + 3 * DAY},
    ]
    for step in steps:
        direct_deal(cedar, **step)
    lines = AccountTouch.objects.order_by("pk")
    assert list(lines.values_list("kind", flat=True)) == [
        "direct_deal.opened",
        "direct_deal.touched",
        "direct_deal.won",
        "direct_deal.opened",
        "direct_deal.lost",
    ]
    assert lines[0].data == {"title": "Endpoint for Cedar", "families": []}
    assert (lines[0].person_id, lines[0].partner_id) == (world.admin.person_id, None)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"external_id": " "}, "external_id_missing"),
        ({"families": ["nonsense"]}, "unknown_family"),
        ({"state": "maybe"}, "unknown_state"),
        ({"state": "won"}, "closed_on_missing"),
        ({"closed_on": TODAY}, "closed_on_open"),
        ({"state": "won", "closed_on": TODAY - DAY}, "span_reversed"),
    ],
)
def test_a_wrong_direct_deal_is_refused(
    world: SimpleNamespace, values: dict[str, Any], code: str
) -> None:
    cedar = account()
    given = {"external_id": "opp-1", "title": "Endpoint", "opened_on": TODAY, **values}
    assert refusal(actions.record_direct_deal, cedar, **given).code == code
    assert (DirectDeal.objects.count(), AccountTouch.objects.count()) == (0, 0)


def test_a_won_deal_is_lost_only_once_it_was_opened_again(world: SimpleNamespace) -> None:
    cedar = account()
    direct_deal(cedar, state="won", closed_on=TODAY)
    given = {"external_id": "opp-1", "title": "x", "opened_on": TODAY}
    found = refusal(actions.record_direct_deal, cedar, **given, state="lost", closed_on=TODAY)
    assert (found.code, DirectDeal.objects.get().state) == ("wrong_step", "won")


def test_a_direct_deal_that_moved_is_new_to_its_account(world: SimpleNamespace) -> None:
    first, second = account("First"), account("Second")
    direct_deal(first)
    assert direct_deal(second).account_id == second.pk
    assert AccountTouch.objects.get(account=second).kind == "direct_deal.opened"
