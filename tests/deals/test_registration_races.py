"""Approvals of one company at once: real commits, real connections."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import connections

from deals import actions
from deals.models import Account, Protection, Registration
from partners.models import Partner
from tenants import scope
from tenants.writing import Refused
from tests import factories as make
from tests.deals.conftest import NOW, TODAY, WITH_DEALS
from tests.licensing.test_races import together
from tests.partners.conftest import build_world

PARTNERS = 50
MANY = 8
"""Connections at once: as many as the pool of a small server."""


def registered(
    world: SimpleNamespace, number: int, *, name: str = "Cedar Clinic",
    domain: str = "cedar.example",
) -> Registration:  # fmt: skip
    partner = make.PartnerFactory(vendor=world.vendor, name=f"Partner {number}")
    make.EnrolmentFactory(partner=partner, partner_type=world.types["msp"], since=TODAY)
    with scope.entered_vendor(world.vendor.pk):
        row = actions.save_registration(
            partner, at=NOW, on=TODAY, policy="engagement", name=name,
            domains=[domain], families=["endpoint"],
        )  # fmt: skip
        return actions.submit_registration(row, at=NOW, on=TODAY)


@pytest.mark.parametrize("known", [True, False])
def test_fifty_approvals_of_one_company_leave_one(committed_db: str, known: bool) -> None:
    """Whether the account is there before, or each approval would make it."""
    world = build_world(WITH_DEALS)
    with scope.entered_vendor(world.vendor.pk):
        if known:
            actions.record_account(name="Cedar Clinic", domains=["cedar.example"], at=NOW)
    rows = [registered(world, number) for number in range(PARTNERS)]
    said: list[str] = []

    def approve(mine: list[Registration]) -> None:
        with scope.entered_vendor(world.vendor.pk):
            for row in mine:
                try:
                    said.append(actions.approve_registration(row, at=NOW, on=TODAY).state)
                except Refused as refused:
                    said.append(refused.code)

    together(*(lambda mine=rows[start::MANY]: approve(mine) for start in range(MANY)))
    with scope.entered_vendor(world.vendor.pk):
        assert Protection.objects.count() == 1 and Account.objects.count() == 1
        assert Registration.objects.filter(state="approved").count() == 1
    assert said.count("approved") == 1 and set(said) <= {"approved", "held", "key_taken"}
    connections.close_all()


def test_two_companies_of_a_family_are_not_given_to_two_partners_at_once(
    committed_db: str,
) -> None:
    """Each approval locks its own account; what is held in the family counts for both."""
    world = build_world(WITH_DEALS)
    with scope.entered_vendor(world.vendor.pk):
        above = actions.record_account(name="Cedar Group", domains=["group.example"], at=NOW)
        actions.record_account(name="Cedar Clinic", domains=["cedar.example"], parent=above, at=NOW)
    rows = [registered(world, 1), registered(world, 2, domain="group.example", name="Cedar Group")]

    def approve(row: Registration) -> str:
        with scope.entered_vendor(world.vendor.pk):
            try:
                return actions.approve_registration(row, at=NOW, on=TODAY).state
            except Refused as refused:
                return refused.code

    said = together(*(lambda row=row: approve(row) for row in rows))
    assert sorted(said) == ["approved", "held"]
    connections.close_all()


def test_two_transfers_at_once_leave_one(committed_db: str) -> None:
    world = build_world(WITH_DEALS)
    row = registered(world, 0)
    others = [make.PartnerFactory(vendor=world.vendor, name=f"Other {n}") for n in range(MANY)]
    with scope.entered_vendor(world.vendor.pk):
        row = actions.approve_registration(row, at=NOW, on=TODAY)
    said: list[str] = []

    def hand_on(to: Partner) -> None:
        with scope.entered_vendor(world.vendor.pk):
            try:
                actions.transfer_registration(row, to=to, why="Asked for", at=NOW, on=TODAY)
                said.append("transferred")
            except Refused as refused:
                said.append(refused.code)

    together(*(lambda to=to: hand_on(to) for to in others))
    with scope.entered_vendor(world.vendor.pk):
        assert Protection.objects.filter(ended="").count() == 1
        assert Registration.objects.count() == 2
    assert sorted(said) == [*["nothing_protected"] * (MANY - 1), "transferred"]
    connections.close_all()


def test_what_is_submitted_while_its_company_is_merged_is_of_the_one_kept(
    committed_db: str,
) -> None:
    """Whichever comes first: no registration stays with an account that is gone."""
    world = build_world(WITH_DEALS)
    with scope.entered_vendor(world.vendor.pk):
        pairs = [
            (
                actions.record_account(name=f"Kept {n}", domains=[f"kept-{n}.example"], at=NOW),
                actions.record_account(name=f"Gone {n}", domains=[f"gone-{n}.example"], at=NOW),
            )
            for n in range(MANY)
        ]
        make.EnrolmentFactory(partner=world.partner, partner_type=world.types["msp"], since=TODAY)
        drafts = [
            actions.save_registration(
                world.partner, at=NOW, on=TODAY, policy="engagement", name=f"Gone {n}",
                domains=[f"gone-{n}.example"], families=["endpoint"],
            )
            for n in range(MANY)
        ]  # fmt: skip

    def merge() -> None:
        with scope.entered_vendor(world.vendor.pk):
            for kept, gone in pairs:
                actions.merge_accounts(gone, kept=kept, reason="The same", at=NOW)

    def submit() -> None:
        with scope.entered_vendor(world.vendor.pk):
            for row in drafts:
                actions.submit_registration(row, at=NOW, on=TODAY)

    together(merge, submit)
    with scope.entered_vendor(world.vendor.pk):
        rows = Registration.objects.order_by("pk").select_related("account")
        assert [row.account for row in rows] == [kept for kept, _gone in pairs]
    connections.close_all()


@pytest.mark.parametrize("decision", ["refused", "reversed"])
def test_what_is_decided_while_its_company_is_merged_is_of_the_one_kept(
    committed_db: str, decision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision holds the partner and has read the registration; then the merge goes through."""
    world = build_world(WITH_DEALS)
    row = registered(world, 0)
    with scope.entered_vendor(world.vendor.pk):
        kept = actions.record_account(name="Kept", domains=["kept.example"], at=NOW)
        row = actions.approve_registration(row, at=NOW, on=TODAY)
        gone = row.account
        assert gone is not None
        if decision == "refused":
            row = actions.reverse_decision(row, why="Read again", at=NOW, on=TODAY)

    def merge() -> None:
        with scope.entered_vendor(world.vendor.pk):
            actions.merge_accounts(gone, kept=kept, reason="The same", at=NOW)

    def needs_reason(text: str, *, pointer: str = "reason") -> str:
        together(merge)
        return text

    monkeypatch.setattr("deals.actions.deciding.needs_reason", needs_reason)
    with scope.entered_vendor(world.vendor.pk):
        if decision == "refused":
            actions.refuse_registration(row, reason="inactive", at=NOW)
        else:
            actions.reverse_decision(row, why="Read again", at=NOW, on=TODAY)
        row.refresh_from_db()
        assert row.account == kept
    connections.close_all()
