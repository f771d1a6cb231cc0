"""Renewals follow their contracts, and are told exactly once to the right people."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from alerts.models import Alert, Notification
from deals.actions import settle_elapsed, sweep_renewal_alerts, sweep_renewals
from deals.models import Renewal
from licensing.models import Deployment
from partners.models import SharingChoice
from partners.rules.contracts import add_months, decision_date, next_decision, term_end
from tenants import scope
from tenants.models import Membership
from tests import factories as make
from tests.factories import prepared

AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
TODAY = AT.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def held(committed_db: Any) -> SimpleNamespace:
    """A partner with an admin, an account manager of its own for its customer, and a CAM."""
    vendor = make.VendorFactory()
    partner = make.PartnerFactory(vendor=vendor)
    people = {}
    for name, role in (("owner", "partner_admin"), ("seller", "partner_member"), ("cam", "cam")):
        person = make.PersonFactory(vendor=vendor, user=make.UserFactory(), name=name)
        make.MembershipFactory(
            vendor=vendor, person=person, role=role, partner=None if role == "cam" else partner
        )
        people[name] = person
    make.PortfolioEntryFactory(partner=partner, person=people["cam"])
    customer = make.CustomerFactory(partner=partner, account_manager=people["seller"])
    return SimpleNamespace(vendor=vendor, partner=partner, customer=customer, **people)


def contract(held: SimpleNamespace, *, ends: dt.date | None, **terms: Any) -> Any:
    until = None if terms.get("auto_renews") else ends
    given = {f"terms__{name}": value for name, value in {"ends_on": ends, **terms}.items()}
    return make.ServiceContractFactory(
        partner=held.partner,
        customer=held.customer,
        since=dt.date(2024, 3, 1),
        until=until,
        **given,
    )


def run(at: dt.datetime) -> int:
    sweep_renewals(at=at)
    return sweep_renewal_alerts(at=at)


def told(held: SimpleNamespace) -> list[str]:
    with scope.entered_vendor(held.vendor.pk):
        rows = Notification.objects.exclude(alert__superseded=True).order_by("person__name")
        return list(rows.values_list("person__name", flat=True))


def only(held: SimpleNamespace) -> Renewal:
    with scope.entered_vendor(held.vendor.pk):
        return Renewal.objects.get()


def test_the_window_opens_90_days_before_the_end_for_exactly_two_people(
    held: SimpleNamespace,
) -> None:
    contract(held, ends=TODAY + 91 * DAY)
    assert run(AT) == 0
    assert (only(held).planning_on, told(held)) == (TODAY - 89 * DAY, [])
    assert [run(AT + DAY), run(AT + DAY), run(AT + 2 * DAY)] == [1, 0, 0]
    assert told(held) == ["cam", "seller"]


def test_a_notice_period_brings_the_decision_forward(held: SimpleNamespace) -> None:
    contract(held, ends=TODAY + 150 * DAY, auto_renews=True, months=12, notice_days=60)
    assert run(AT) == 1
    assert only(held).decision_on == TODAY + 90 * DAY


def test_two_days_without_beat_are_caught_up(held: SimpleNamespace) -> None:
    contract(held, ends=TODAY + 91 * DAY)
    run(AT)
    assert run(AT + 3 * DAY) == 1
    assert told(held) == ["cam", "seller"]


def test_a_contract_imported_inside_its_window_is_told_at_once(held: SimpleNamespace) -> None:
    run(AT)
    contract(held, ends=TODAY + 20 * DAY)
    assert run(AT) == 1


def test_the_admins_are_told_where_the_account_manager_has_left(held: SimpleNamespace) -> None:
    contract(held, ends=TODAY + 30 * DAY)
    with scope.entered_vendor(held.vendor.pk), prepared(held.vendor):
        Membership.objects.filter(person=held.seller).update(until=TODAY)
    run(AT)
    assert told(held) == ["cam", "owner"]


@pytest.mark.parametrize("whole", [True, False], ids=["of all customers", "of this one"])
def test_whoever_does_not_share_the_end_keeps_the_renewal_to_itself(
    held: SimpleNamespace, whole: bool
) -> None:
    contract(held, ends=TODAY + 30 * DAY)
    with scope.entered_vendor(held.vendor.pk), prepared(held.vendor):
        SharingChoice.objects.create(
            partner=held.partner,
            customer=None if whole else held.customer,
            field="end",
            share="partner",
        )
    run(AT)
    assert told(held) == ["seller"]
    with scope.entered_vendor(held.vendor.pk):
        assert Alert.objects.get().kind == "renewal_window_own"


def test_an_end_that_moves_takes_its_renewal_and_its_alert_along(held: SimpleNamespace) -> None:
    row = contract(held, ends=TODAY + 30 * DAY)
    run(AT)
    first = only(held)
    with scope.entered_vendor(held.vendor.pk), prepared(held.vendor):
        row.terms.ends_on = row.until = TODAY + 60 * DAY
        row.terms.save()
        row.save()
    assert [run(AT), run(AT)] == [1, 0]
    moved = only(held)
    assert (moved.pk, moved.term_end) == (first.pk, TODAY + 60 * DAY)
    with scope.entered_vendor(held.vendor.pk):
        alerts = Alert.objects.order_by("due_on").values_list("due_on", "superseded")
        assert list(alerts) == [(TODAY + 30 * DAY, True), (TODAY + 60 * DAY, False)]


def test_an_end_without_an_outcome_is_overdue_told_once_and_assumed_after_60_days(
    held: SimpleNamespace,
) -> None:
    contract(held, ends=TODAY + 10 * DAY)
    run(AT)
    end = AT + 10 * DAY
    assert [run(end), run(end), run(end + 30 * DAY)] == [1, 0, 0]
    assert settle(held, end + 59 * DAY) == 0
    assert settle(held, end + 60 * DAY) == 1
    assert only(held).outcome == "lapsed"


def settle(held: SimpleNamespace, at: dt.datetime) -> int:
    with scope.entered_vendor(held.vendor.pk):
        return settle_elapsed(on=at.date(), at=at)


def test_seats_that_still_run_hold_over(held: SimpleNamespace) -> None:
    contract(held, ends=TODAY + 10 * DAY)
    run(AT)
    product = make.ProductFactory(vendor=held.vendor)
    with scope.entered_vendor(held.vendor.pk), prepared(held.vendor):
        Deployment.objects.create(
            partner=held.partner, customer=held.customer, product=product, seats=5,
            environments=["general"], since=TODAY,
        )  # fmt: skip
    settle(held, AT + 70 * DAY)
    assert only(held).outcome == "holdover"


def test_a_contract_that_renews_by_itself_does_and_its_next_term_follows(
    held: SimpleNamespace,
) -> None:
    contract(held, ends=TODAY + 10 * DAY, auto_renews=True, months=5)
    run(AT)
    later = AT + 10 * DAY
    run(later)
    assert settle(held, later) == 1
    with scope.entered_vendor(held.vendor.pk):
        found = Renewal.objects.order_by("term_end").values_list("term_end", "outcome")
        assert list(found) == [
            (TODAY + 10 * DAY, "auto"),
            (add_months(TODAY + 10 * DAY, 5), ""),
        ]


def test_a_contract_that_was_ended_early_is_lost(held: SimpleNamespace) -> None:
    row = contract(held, ends=TODAY + 100 * DAY)
    run(AT)
    with scope.entered_vendor(held.vendor.pk), prepared(held.vendor):
        row.until, row.ended = TODAY + 5 * DAY, True
        row.save()
    assert [settle(held, AT), settle(held, AT + 5 * DAY)] == [0, 1]
    assert only(held).outcome == "lapsed"


ENDS = [dt.date(2024, 2, 29), dt.date(2025, 12, 31), dt.date(2026, 8, 31), dt.date(2027, 1, 1)]
TERMS = [
    {"ends_on": end, "months": months, "auto_renews": auto, "notice_days": notice}
    for end in ENDS
    for months, auto, notice in ((1, True, 0), (7, True, 45), (36, True, 90), (None, False, 30))
]


def test_the_sweep_knows_the_same_days_as_the_rules(held: SimpleNamespace) -> None:
    """SQL beside Python, over terms that roll, end on leap days and give notice, on many days."""
    made = {}
    for number, terms in enumerate([*TERMS, {"ends_on": None}]):
        customer = make.CustomerFactory(partner=held.partner)
        until = None if terms.get("auto_renews") else terms["ends_on"]
        row = make.ServiceContractFactory(
            partner=held.partner, customer=customer, since=dt.date(2024, 2, 28), until=until,
            external_id=str(number), **{f"terms__{name}": value for name, value in terms.items()},
        )  # fmt: skip
        made[row.pk] = row
    for on in (dt.date(2026, 2, 28), dt.date(2026, 7, 31), dt.date(2028, 2, 29)):
        sweep_renewals(at=dt.datetime.combine(on, dt.time(9), dt.UTC))
        with scope.entered_vendor(held.vendor.pk):
            found = {
                (row.contract_id, row.term_end, row.decision_on)
                for row in Renewal.objects.filter(term_end__gte=on, planning_on__lte=on)
                if row.term_end > on or row.evergreen
            }
        assert found == set(_by_the_rules(made.values(), on))


def _by_the_rules(rows: Any, on: dt.date) -> Any:
    for row in rows:
        if row.until is not None and row.until <= on:
            continue
        end = term_end(row.terms, on)
        if end is None:
            end = decided = next_decision(row.terms, row.since, on)
        else:
            decided = decision_date(row.terms, end)
        if decided - 180 * DAY <= on:
            yield row.pk, end, decided
