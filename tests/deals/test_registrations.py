"""A registration from its draft to its protection, and what neither side may do."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from deals import actions
from deals.models import Account, AccountTouch, PreCheck, Protection, Registration
from deals.rules.ledger import ledger_for
from licensing.actions import authorize
from licensing.models import Deployment
from partners.models import Partner
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.deals.conftest import (
    DAY,
    NOW,
    TODAY,
    acting,
    approved,
    draft,
    running,
    submitted,
)
from tests.factories import prepared

HOUR = dt.timedelta(hours=1)


def code_of(verb: Any) -> str:
    with pytest.raises(Refused) as refused:
        verb()
    return refused.value.code


def held(world: SimpleNamespace) -> Protection:
    with scope.entered_vendor(world.vendor.pk):
        return Protection.objects.get()


def test_an_approval_protects_and_makes_the_account(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    one = held(deals)
    assert (one.scope, one.family, one.phase) == ("family:endpoint", "endpoint", "pursuit")
    assert (one.since, one.until) == (TODAY, TODAY + 120 * DAY)
    with scope.entered_vendor(deals.vendor.pk):
        account = Account.objects.get()
        assert [key.value for key in account.keys.all()] == ["cedar.example"]
        assert list(AccountTouch.objects.values_list("kind", "partner_id")) == [
            ("registration.approved", row.partner_id)
        ]


def test_the_answer_is_due_after_business_hours(deals: SimpleNamespace) -> None:
    row = submitted(deals, deals.owner)  # a Sunday; two days of eight hours
    assert row.answer_due_at == dt.datetime(2026, 3, 3, 17, tzinfo=dt.UTC)


def test_what_was_agreed_stays_when_the_program_changes(deals: SimpleNamespace) -> None:
    row = submitted(deals, deals.owner)
    assert row.terms["pursuit"]["days"] == 120


def test_a_second_partner_is_refused_without_a_name(deals: SimpleNamespace) -> None:
    approved(deals, deals.owner)
    row = submitted(deals, deals.stranger, name="CEDAR CLINIC LIMITED")
    with acting(deals.admin):
        assert code_of(lambda: actions.approve_registration(row, at=NOW, on=TODAY)) == "held"
        row = actions.refuse_registration(row, reason="held", at=NOW)
    with acting(deals.stranger):
        row = Registration.objects.get()
        seen = f"{row.remark} {row.get_reason_display()} " + " ".join(
            str(data) for data in Event.objects.values_list("data", flat=True)
        )
        assert deals.partner.name not in seen
        assert not Protection.objects.exists()
        assert ledger_for(row, TODAY) is None


def test_the_second_partner_may_still_serve_the_customer(deals: SimpleNamespace) -> None:
    """Protection denies no authorisation: the gate lets whom the customer chose deploy there."""
    row = approved(deals, deals.owner, families=["endpoint"])
    customer = make.CustomerFactory(partner=deals.other, name=row.name)
    make.AgreementFactory(partner=deals.other)
    with scope.entered_vendor(deals.vendor.pk):
        actions.link_customer(Account.objects.get(), customer=customer, at=NOW)
        said = authorize(customer, "watch", "general", 12, at=NOW)
        assert (said.word, Deployment.objects.get(customer=customer).seats) == ("allow", 12)
        assert Protection.objects.get().ended == ""


def test_an_opportunity_of_another_waits_while_a_family_is_protected(
    deals: SimpleNamespace,
) -> None:
    approved(deals, deals.owner)
    row = submitted(
        deals, deals.stranger, policy="transaction", list_value=2000, families=["endpoint"]
    )
    with acting(deals.admin):
        assert code_of(lambda: actions.approve_registration(row, at=NOW, on=TODAY)) == "held"


def test_opportunities_of_two_partners_stand_beside_each_other(deals: SimpleNamespace) -> None:
    for member in (deals.owner, deals.stranger):
        approved(deals, member, policy="transaction", list_value=2000)
    with scope.entered_vendor(deals.vendor.pk):
        assert Protection.objects.count() == 2


def test_conditions_that_are_not_met_are_named_with_their_field(deals: SimpleNamespace) -> None:
    row = draft(deals, deals.owner, policy="transaction", list_value=900)
    with acting(deals.owner), pytest.raises(Refused) as refused:
        actions.submit_registration(row, at=NOW, on=TODAY)
    assert [(one.code, one.pointer) for one in refused.value.reasons] == [
        ("too_small", "list_value")
    ]
    assert row.state == "draft"


def test_public_mail_tells_no_company(deals: SimpleNamespace) -> None:
    assert code_of(lambda: draft(deals, deals.owner, domains=["jo@gmail.com"])) == "public_domain"


def test_punycode_is_the_same_company(deals: SimpleNamespace) -> None:
    approved(deals, deals.owner, name="Münch", domains=["münch.example"])
    row = submitted(deals, deals.stranger, name="Other words", domains=["xn--mnch-0ra.example"])
    with acting(deals.admin):
        assert code_of(lambda: actions.approve_registration(row, at=NOW, on=TODAY)) == "held"


# The clock of the answer


@pytest.mark.parametrize("clear", [True, False])
def test_a_missed_answer_approves_only_what_is_clear(deals: SimpleNamespace, clear: bool) -> None:
    row = submitted(deals, deals.owner)
    if not clear:
        with acting(deals.admin):
            account = actions.record_account(name="Cedar Clinic", domains=["cedar.example"], at=NOW)
            actions.record_direct_deal(
                account=account, external_id="D-1", title="Renewal", opened_on=TODAY,
                touched_on=TODAY, at=NOW,
            )  # fmt: skip
    with scope.entered_vendor(deals.vendor.pk):
        actions.settle_registrations(on=TODAY + DAY, at=row.answer_due_at - HOUR)
        assert Registration.objects.get().state == "submitted"
        actions.settle_registrations(on=TODAY + 2 * DAY, at=row.answer_due_at + HOUR)
        assert Registration.objects.get().state == ("approved" if clear else "in_review")
        assert Protection.objects.exists() is clear


def test_a_policy_that_escalates_never_approves_by_itself(deals: SimpleNamespace) -> None:
    row = submitted(deals, deals.owner, policy="transaction", list_value=2000)
    with scope.entered_vendor(deals.vendor.pk):
        actions.settle_registrations(on=TODAY + 9 * DAY, at=row.answer_due_at + 99 * HOUR)
        assert Registration.objects.get().state == "in_review"


# Won, protected, ended


def settle(world: SimpleNamespace, on: dt.date) -> None:
    """Time passes; whatever the one statement does not find has nothing left to do."""
    at = NOW + (on - TODAY)
    with scope.entered_vendor(world.vendor.pk):
        actions.settle_registrations(on=on, at=at)
        running_there = Protection.objects.filter(ended="").values("registration_id")
        for row in Registration.objects.filter(pk__in=running_there):
            assert actions.bring_in_step(row, on=on, at=at) == 0


def test_protection_begins_with_the_first_seat_and_follows_the_contract(
    won: SimpleNamespace,
) -> None:
    assert (held(won).phase, held(won).until) == ("pursuit", TODAY + 120 * DAY)
    settle(won, TODAY + DAY)
    assert held(won).phase == "pursuit"
    running(won, won.customer, 25)
    settle(won, TODAY + 10 * DAY)
    one = held(won)
    # The contract's end and 90 days would be 30 May 2029; 36 months after the first seat is less.
    assert (one.phase, one.until) == ("protected", dt.date(2029, 3, 11))


def test_a_pursuit_lapses_by_itself(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    settle(deals, TODAY + 119 * DAY)
    assert held(deals).ended == ""
    settle(deals, TODAY + 120 * DAY)
    row = Registration(pk=row.pk)
    with scope.entered_vendor(deals.vendor.pk):
        assert Registration.objects.get(pk=row.pk).state == "expired"
    assert held(deals).ended == "lapsed"


def test_sixty_days_without_a_seat_end_it(won: SimpleNamespace) -> None:
    running(won, won.customer, 25)
    settle(won, TODAY + DAY)
    running(won, won.customer, 0)
    settle(won, TODAY + 5 * DAY)
    settle(won, TODAY + 64 * DAY)
    assert held(won).ended == ""
    settle(won, TODAY + 65 * DAY)
    assert (held(won).ended, held(won).until) == ("zero_seats", TODAY + 65 * DAY)


def test_seats_that_come_back_count_anew(won: SimpleNamespace) -> None:
    running(won, won.customer, 25)
    settle(won, TODAY + DAY)
    for day, seats in ((5, 0), (50, 3), (60, 0), (115, 0)):
        running(won, won.customer, seats)
        settle(won, TODAY + day * DAY)
    assert held(won).ended == ""


def test_a_renewal_is_a_new_grant(won: SimpleNamespace) -> None:
    """Won expanded: protection goes on with the contract that follows, 36 months at most again."""
    running(won, won.customer, 25)
    settle(won, TODAY + 10 * DAY)
    end, later = dt.date(2029, 3, 1), dt.date(2033, 3, 1)
    following = make.ServiceContractFactory(
        partner=won.partner, customer=won.customer, since=end, until=later, terms__ends_on=later
    )
    make.RenewalFactory(
        partner=won.partner, contract=won.contract, term_end=end, outcome="expanded",
        next_contract=following, settled_at=NOW,
    )  # fmt: skip
    settle(won, TODAY + 900 * DAY)
    assert held(won).until == dt.date(2032, 3, 1)
    settle(won, TODAY + 901 * DAY)
    assert held(won).until == dt.date(2032, 3, 1)
    with scope.entered_vendor(won.vendor.pk):
        assert Registration.objects.get().contract_id == following.pk


def test_a_partner_that_leaves_protects_nothing(won: SimpleNamespace) -> None:
    with prepared(won.vendor):
        Partner.objects.filter(pk=won.partner.pk).update(status="exited")
    settle(won, TODAY + DAY)
    assert held(won).ended == "exit"


def test_the_customers_letter_ends_it_and_frees_the_account(won: SimpleNamespace) -> None:
    with acting(won.admin):
        assert (
            code_of(
                lambda: actions.end_protection(held(won), ended="lapsed", why="x", on=TODAY, at=NOW)
            )
            == "unknown_end"
        )
        actions.end_protection(held(won), ended="letter", why="Scan", on=TODAY, at=NOW)
    row = submitted(won, won.stranger)
    with acting(won.admin):
        assert actions.approve_registration(row, at=NOW, on=TODAY).state == "approved"


def test_more_time_is_given_as_often_as_the_policy_says(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    with acting(deals.owner):
        actions.extend_registration(row, activity="Offer sent", at=NOW, on=TODAY)
        assert (
            code_of(lambda: actions.extend_registration(row, activity="Again", at=NOW, on=TODAY))
            == "extended_already"
        )
    assert held(deals).until == TODAY + 180 * DAY


def test_a_reversal_is_visible_and_ends_what_it_gave(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    with acting(deals.admin):
        actions.reverse_decision(row, why="Wrong company", at=NOW, on=TODAY)
    with acting(deals.owner):
        row = Registration.objects.get()
        assert (row.state, row.remark) == ("in_review", "Wrong company")
        assert Event.objects.filter(kind="registration.reversed").exists()
    assert held(deals).ended == "reversed"


def test_an_appeal_is_made_once_and_decided_by_somebody_else(deals: SimpleNamespace) -> None:
    row = submitted(deals, deals.owner)
    with acting(deals.admin):
        actions.refuse_registration(row, reason="other", at=NOW)
    with acting(deals.owner):
        actions.appeal_refusal(row, words="We have a letter", at=NOW, on=TODAY)
    with acting(deals.admin):
        assert code_of(lambda: actions.approve_registration(row, at=NOW, on=TODAY)) == "own_refusal"
    with acting(deals.cam):
        actions.refuse_registration(row, reason="other", at=NOW)
    with acting(deals.owner):
        assert (
            code_of(lambda: actions.appeal_refusal(row, words="Once more", at=NOW, on=TODAY))
            == "appealed_already"
        )


def test_a_refused_partner_waits_its_cool_off(deals: SimpleNamespace) -> None:
    approved(deals, deals.stranger, name="Else", domains=["else.example"])
    row = submitted(deals, deals.owner, name="Else", domains=["else.example"])
    with acting(deals.admin):
        actions.refuse_registration(row, reason="held", at=NOW)
    again = draft(deals, deals.owner, name="Else", domains=["else.example"])
    with acting(deals.owner):
        on = TODAY + 30 * DAY
        assert (
            code_of(lambda: actions.submit_registration(again, at=NOW + 30 * DAY, on=on))
            == "cool_off"
        )
        on = TODAY + 91 * DAY
        assert actions.submit_registration(again, at=NOW + 91 * DAY, on=on).state == "submitted"


# Who reads and who writes


def test_the_holder_reads_the_vendors_touches_and_nobody_elses(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    other = submitted(deals, deals.stranger)
    with acting(deals.admin):
        actions.record_direct_deal(
            account=Account.objects.get(), external_id="D-1", title="Secret title",
            opened_on=TODAY, touched_on=TODAY, at=NOW,
        )  # fmt: skip
        actions.refuse_registration(other, reason="held", at=NOW)
    with acting(deals.owner):
        lines = ledger_for(Registration.objects.get(pk=row.pk), TODAY)
        assert lines is not None
        assert {line.partner_id for line in lines} == {deals.partner.pk, None}
        assert "direct_deal.opened" in {line.kind for line in lines}


def test_a_precheck_says_one_bit_and_is_counted(deals: SimpleNamespace) -> None:
    approved(deals, deals.owner)
    with acting(deals.stranger):
        for asked, clear in (
            ({"domain": "cedar.example"}, False),
            ({"name": "Quite Another Company"}, True),
            ({"name": "Cedar Clinic"}, False),
        ):
            check = actions.precheck(deals.other, asked, at=NOW, on=TODAY)
            assert check.clear is clear
        assert (
            code_of(lambda: actions.precheck(deals.other, {"name": "One more"}, at=NOW, on=TODAY))
            == "too_many_checks"
        )
        assert PreCheck.objects.count() == 3
        assert actions.precheck(deals.other, {"name": "x"}, at=NOW, on=TODAY + DAY).clear


def test_a_partner_decides_nothing_and_staff_register_nothing(deals: SimpleNamespace) -> None:
    row = submitted(deals, deals.owner)
    with acting(deals.owner), pytest.raises(NotAllowed):
        actions.approve_registration(row, at=NOW, on=TODAY)
    with acting(deals.cam), pytest.raises(NotAllowed):
        actions.withdraw_registration(row, at=NOW, on=TODAY)


def test_a_customer_of_another_partner_is_not_known(deals: SimpleNamespace) -> None:
    strange = make.CustomerFactory(partner=deals.other)
    assert code_of(lambda: draft(deals, deals.owner, customer=strange)) == "unknown_customer"
