"""Another partner takes over what is protected: by a decision, and when partners merge."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from deals import actions
from deals.models import AccountTouch, Protection, Registration
from deals.rules.ledger import ledger_for
from deals.rules.registering import is_incumbent
from deals.rules.scopes import Scope
from licensing.models import PartnerMerge
from partners.models import Partner
from programs.compiled import program_on
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed
from tests import factories as make
from tests.api import api_of
from tests.deals.conftest import DAY, NOW, TODAY, acting, approved, running
from tests.deals.test_registrations import code_of, settle
from tests.factories import prepared, sign_in
from web import clock

LATER = TODAY + 10 * DAY
WHY = "The customer asked for it"


def transfer(world: SimpleNamespace, row: Registration, to: Partner, on: dt.date = LATER) -> Any:
    with acting(world.admin):
        at = NOW + (on - TODAY)
        return actions.transfer_registration(row, to=to, why=WHY, at=at, on=on)


def spans(world: SimpleNamespace) -> list[tuple[Any, ...]]:
    with scope.entered_vendor(world.vendor.pk):
        rows = Protection.objects.order_by("pk")
        return [(one.partner_id, one.scope, one.since, one.until, one.ended) for one in rows]


def test_the_other_partner_is_protected_from_that_day_until_the_same(
    deals: SimpleNamespace,
) -> None:
    row = approved(deals, deals.owner)
    new = transfer(deals, row, deals.other)
    assert spans(deals) == [
        (deals.partner.pk, "family:endpoint", TODAY, LATER, "transferred"),
        (deals.other.pk, "family:endpoint", LATER, TODAY + 120 * DAY, ""),
    ]
    assert (new.state, new.partner_id, new.terms) == ("approved", deals.other.pk, row.terms)
    with scope.entered_vendor(deals.vendor.pk):
        assert Registration.objects.get(pk=row.pk).state == "expired"


def test_both_keep_their_history_and_neither_reads_of_the_other(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner, name="Cedar, as Alder calls it")
    new = transfer(deals, row, deals.other)
    with scope.entered_vendor(deals.vendor.pk):
        lines = set(AccountTouch.objects.values_list("kind", "partner_id"))
        assert {("registration.handed_on", deals.partner.pk),
                ("registration.taken_over", deals.other.pk)} <= lines  # fmt: skip
        assert Event.objects.filter(kind="account.transferred").count() == 1
    for member, other, own in (
        (deals.owner, deals.other, row), (deals.stranger, deals.partner, new)
    ):  # fmt: skip
        with acting(member):
            seen = list(Registration.objects.values_list("pk", flat=True))
            said = " ".join(str(data) for data in Event.objects.values_list("data", flat=True))
            assert (seen, other.name in said, other.ref in said) == ([own.pk], False, False)
    with acting(deals.stranger):
        read = ledger_for(Registration.objects.get(), LATER)
        assert read is not None and {line.partner_id for line in read} == {deals.other.pk}


def test_an_opportunity_is_the_new_registrations(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner, policy="transaction", list_value=2000)
    new = transfer(deals, row, deals.other)
    assert spans(deals)[1][1] == f"opportunity:{new.public_id.hex}:endpoint"


def test_what_is_protected_stays_protected(won: SimpleNamespace) -> None:
    running(won, won.customer, 25)
    settle(won, TODAY + DAY)
    until = spans(won)[0][3]
    with scope.entered_vendor(won.vendor.pk):
        row = Registration.objects.get()
    transfer(won, row, won.other)
    settle(won, LATER + 30 * DAY)
    with scope.entered_vendor(won.vendor.pk):
        one = Protection.objects.get(ended="")
        assert (one.partner_id, one.phase, one.until) == (won.other.pk, "protected", until)


@pytest.mark.parametrize("case", ["same_partner", "partner_not_active", "nothing_protected"])
def test_what_cannot_be_transferred_stays(deals: SimpleNamespace, case: str) -> None:
    row, to, on = approved(deals, deals.owner), deals.other, LATER
    if case == "same_partner":
        to = deals.partner
    elif case == "partner_not_active":
        with prepared(deals.vendor):
            Partner.objects.filter(pk=deals.other.pk).update(status="suspended")
    else:
        on = TODAY + 120 * DAY
    before = spans(deals)
    assert code_of(lambda: transfer(deals, row, to, on)) == case
    assert spans(deals) == before


def test_only_who_decides_transfers(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    with acting(deals.owner), pytest.raises(NotAllowed):
        actions.transfer_registration(row, to=deals.partner, why=WHY, at=NOW, on=TODAY)


def merge(world: SimpleNamespace) -> None:
    with prepared(world.vendor):
        Partner.objects.filter(pk=world.partner.pk).update(status="exited")
        PartnerMerge(
            gone=world.partner, kept=world.other, reason="Bought", state="merged",
            planned_at=NOW, settled_at=NOW,
        ).save()  # fmt: skip


def test_a_merge_takes_protection_customer_and_contract_along(won: SimpleNamespace) -> None:
    running(won, won.customer, 25)
    settle(won, TODAY + DAY)
    until = spans(won)[0][3]
    into = make.CustomerFactory(partner=won.other, name=won.customer.name)
    end = dt.date(2029, 3, 1)
    contract = make.ServiceContractFactory(
        partner=won.other, customer=into, since=LATER, until=end, terms__ends_on=end,
        scopes=won.contract.scopes,
    )  # fmt: skip
    running(won, into, 25)
    merge(won)
    settle(won, LATER)
    with scope.entered_vendor(won.vendor.pk):
        one = Protection.objects.select_related("registration").get(ended="")
        row = one.registration
        assert (one.partner_id, one.phase, one.until) == (won.other.pk, "protected", until)
        assert (row.state, row.contract_id, row.customer_id) == ("won", contract.pk, into.pk)
    settle(won, LATER + 90 * DAY)
    assert [one[4] for one in spans(won)] == ["transferred", ""]


def test_a_merge_with_a_partner_that_left_as_well_ends_it(deals: SimpleNamespace) -> None:
    approved(deals, deals.owner)
    merge(deals)
    with prepared(deals.vendor):
        Partner.objects.filter(pk=deals.other.pk).update(status="exited")
    settle(deals, LATER)
    assert [one[4] for one in spans(deals)] == ["exit"]


def test_a_transfer_on_the_page_in_the_admin_and_by_the_api(
    deals: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    row = approved(deals, deals.owner)
    client, said = sign_in(Client(), deals.admin), {"to": deals.other.ref, "why": WHY}
    where = f"/registrations/{row.ref}/"
    assert f"{where}transfer/" in client.get(where).content.decode()
    assert deals.partner.ref not in client.get(f"{where}transfer/").content.decode()
    assert client.post(f"{where}transfer/", said).status_code == 302
    with scope.entered_vendor(deals.vendor.pk):
        held = Protection.objects.get(ended="")
    back = {"to": deals.partner.ref, "why": WHY}
    answer = client.post(f"/admin/deals/protection/{held.ref}/do/transfer/", back)
    assert answer.status_code == 302
    with scope.entered_vendor(deals.vendor.pk):
        again = Registration.objects.get(state="approved")
    api = api_of(deals.vendor, "registrations.read", "registrations.decide")
    made = api.post(f"/registrations/{again.ref}/transfer", said)
    assert (made.status_code, made.json()["partner"]["id"]) == (201, deals.other.ref)
    assert [one[4] for one in spans(deals)] == [*["transferred"] * 3, ""]
    assert sign_in(Client(), deals.owner).get(f"{where}transfer/").status_code == 403


@pytest.mark.parametrize("stronger", ["kept", "gone"])
def test_merged_accounts_join_what_one_partner_has_at_both(
    deals: SimpleNamespace, stronger: str
) -> None:
    first = approved(deals, deals.owner, name="Cedar", domains=["cedar.example"])
    second = approved(deals, deals.owner, name="Maple", domains=["maple.example"])
    with acting(deals.admin):
        longer = second if stronger == "kept" else first
        one = Protection.objects.get(registration=longer)
        actions.move_protection(one, until=TODAY + 200 * DAY, why="x", on=TODAY, at=NOW)

        def merge_both() -> Any:
            said = {"kept": second.account, "reason": "One company", "at": NOW}
            return actions.merge_accounts(first.account, **said)

        if stronger == "gone":
            assert code_of(merge_both) == "protections_clash"
        else:
            merge_both()
    ended = [one[4] for one in spans(deals)]
    assert ended == (["joined", ""] if stronger == "kept" else ["", ""])
    with scope.entered_vendor(deals.vendor.pk):
        state = Registration.objects.get(pk=first.pk).state
        assert state == ("expired" if stronger == "kept" else "approved")


def test_who_is_protected_stays_incumbent_for_a_while_without_seats(won: SimpleNamespace) -> None:
    running(won, won.customer, 25)
    settle(won, TODAY + DAY)
    running(won, won.customer, 0)
    with scope.entered_vendor(won.vendor.pk):
        row = Registration.objects.get()
        document = program_on(LATER).document
        asked = [Scope("family:endpoint", "endpoint")]
        settle(won, TODAY + 30 * DAY)
        assert is_incumbent(row, asked, document)
        settle(won, TODAY + 120 * DAY)
        assert not is_incumbent(row, asked, document)


def test_a_partners_ledger_speaks_of_its_own_customer(
    won: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    where = f"/registrations/{won.row.ref}/"
    assert (
        "Your customer is this company" in sign_in(Client(), won.owner).get(where).content.decode()
    )
