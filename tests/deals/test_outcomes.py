"""What people say of a renewal, who may read it, and how pages and API show it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from deals import actions
from deals.models import Renewal
from deals.rules.reading import renewals_read_by
from deals.rules.renewals import Standing, standing
from partners.models import SharingChoice
from tenants import scope
from tenants.models import Event
from tenants.writing import Refused
from tests import factories as make
from tests.factories import prepared
from tests.partners.conftest import NOW, TODAY, build_world

DAY = dt.timedelta(days=1)


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    found = build_world()
    make.PortfolioEntryFactory(partner=found.partner, person=found.cam.person)
    found.customer = make.CustomerFactory(partner=found.partner, name="Cedar Clinic")
    found.renewal = renewal_of(found, TODAY + 30 * DAY)
    return found


def renewal_of(world: SimpleNamespace, end: dt.date, **values: Any) -> Renewal:
    contract = make.ServiceContractFactory(
        partner=world.partner, customer=world.customer, since=dt.date(2024, 1, 1), until=end,
        terms__ends_on=end,
    )  # fmt: skip
    return make.RenewalFactory(partner=world.partner, contract=contract, term_end=end, **values)


@pytest.fixture
def as_owner(world: SimpleNamespace) -> Iterator[SimpleNamespace]:
    with scope.enter(make.scope_of(world.owner)):
        yield world


def refusal(world: SimpleNamespace, **values: Any) -> str:
    given = {"outcome": "same", "at": NOW, "on": TODAY, **values}
    with pytest.raises(Refused) as refused:
        actions.record_outcome(world.renewal, **given)
    world.renewal.refresh_from_db()
    assert world.renewal.settled_at is None
    return refused.value.code


def test_an_outcome_is_recorded_with_the_contract_that_follows(as_owner: SimpleNamespace) -> None:
    after = make.ServiceContractFactory(
        partner=as_owner.partner, customer=as_owner.customer, since=TODAY + 30 * DAY,
    )  # fmt: skip
    actions.record_outcome(
        as_owner.renewal, outcome="expanded", at=NOW, on=TODAY, next_contract=after
    )
    row = Renewal.objects.get()
    assert (row.outcome, row.next_contract, row.settled_by) == (
        "expanded", after, as_owner.owner.person,
    )  # fmt: skip
    assert Event.objects.latest("pk").kind == "renewal.settled"


def test_a_lost_renewal_says_why(as_owner: SimpleNamespace) -> None:
    assert refusal(as_owner, outcome="lost") == "reason_missing"
    actions.record_outcome(
        as_owner.renewal, outcome="lost", reason="price", competitor="Other MSP", at=NOW, on=TODAY
    )
    assert Renewal.objects.values_list("reason", "competitor").get() == ("price", "Other MSP")


def test_what_a_person_said_stays(as_owner: SimpleNamespace) -> None:
    actions.record_outcome(as_owner.renewal, outcome="same", at=NOW, on=TODAY)
    with pytest.raises(Refused) as refused:
        actions.record_outcome(as_owner.renewal, outcome="lost", reason="price", at=NOW, on=TODAY)
    assert (refused.value.code, Renewal.objects.get().outcome) == ("already_settled", "same")


def test_what_was_assumed_is_corrected(as_owner: SimpleNamespace) -> None:
    with prepared(as_owner.vendor):
        Renewal.objects.update(outcome="lapsed", settled_at=NOW)
    actions.record_outcome(as_owner.renewal, outcome="reduced", at=NOW, on=TODAY)
    assert Renewal.objects.get().outcome == "reduced"
    assert Event.objects.latest("pk").data == {"corrected": True}


def test_another_customers_contract_does_not_follow(as_owner: SimpleNamespace) -> None:
    strange = make.ServiceContractFactory(partner=as_owner.partner)
    assert refusal(as_owner, next_contract=strange) == "other_customer"


def test_the_contract_that_follows_reaches_further(as_owner: SimpleNamespace) -> None:
    assert refusal(as_owner, next_contract=as_owner.renewal.contract) == "no_new_terms"


def test_what_is_not_yet_planned_is_not_settled(as_owner: SimpleNamespace) -> None:
    early = TODAY - 151 * DAY
    assert refusal(as_owner, on=early) == "too_early"


def test_a_plan_is_changed_until_the_outcome(as_owner: SimpleNamespace) -> None:
    actions.plan_renewal(as_owner.renewal, at=NOW, stage="talking", next_step="Call Ada")
    assert Renewal.objects.values_list("stage", "next_step", "at_risk").get() == (
        "talking", "Call Ada", False,
    )  # fmt: skip
    actions.record_outcome(as_owner.renewal, outcome="same", at=NOW, on=TODAY)
    with pytest.raises(Refused, match="settled"):
        actions.plan_renewal(as_owner.renewal, at=NOW, stage="verbal")


def test_the_vendors_side_settles_nothing(world: SimpleNamespace) -> None:
    with (
        scope.enter(make.scope_of(world.cam)),
        pytest.raises(Refused) as refused,
    ):
        actions.record_outcome(world.renewal, outcome="same", at=NOW, on=TODAY)
    assert refused.value.code == "not_allowed"


def read_by(membership: Any) -> int:
    with scope.enter(make.scope_of(membership)):
        return renewals_read_by(TODAY).count()


def share(world: SimpleNamespace, how: str, customer: Any = None) -> None:
    with scope.entered_vendor(world.vendor.pk), prepared(world.vendor):
        SharingChoice.objects.create(
            partner=world.partner, customer=customer, field="end", share=how
        )


def test_of_the_vendors_people_only_the_account_manager_reads(world: SimpleNamespace) -> None:
    readers = (world.owner, world.cam, world.admin, world.stranger)
    assert [read_by(one) for one in readers] == [1, 1, 0, 0]


@pytest.mark.parametrize(("ours", "of_it", "seen"), [
    ("partner", None, 0), ("aggregate", None, 0), ("partner", "cam", 1), ("cam", "partner", 0),
])  # fmt: skip
def test_the_choice_for_the_customer_comes_first(
    world: SimpleNamespace, ours: str, of_it: str | None, seen: int
) -> None:
    share(world, ours)
    if of_it:
        share(world, of_it, world.customer)
    assert (read_by(world.cam), read_by(world.owner)) == (seen, 1)


@pytest.mark.parametrize(
    ("days", "stands"),
    [
        (-150, Standing.PLANNING), (-151, Standing.AHEAD), (-61, Standing.PLANNING),
        (-60, Standing.WINDOW), (29, Standing.WINDOW), (30, Standing.OVERDUE),
    ],
)  # fmt: skip
def test_a_renewal_stands_where_its_days_say(
    world: SimpleNamespace, days: int, stands: Standing
) -> None:
    assert standing(world.renewal, TODAY + days * DAY) == stands


def test_a_notice_day_that_passed_is_said(world: SimpleNamespace) -> None:
    row = Renewal(term_end=TODAY + DAY, decision_on=TODAY - DAY, window_on=TODAY - 91 * DAY)
    assert standing(row, TODAY) == Standing.DECIDED
