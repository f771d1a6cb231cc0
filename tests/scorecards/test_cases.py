"""One case per partner that merges its reasons, kept by a sweep, closed and snoozed by people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from licensing.models import ClassChange, Deployment, Override
from partners import actions as partner_actions
from partners.models import Customer, Partner
from programs.models import Product
from scorecards.actions import close_case, settle_cases, snooze_case
from scorecards.cases import awake, case_lines, open_cases
from scorecards.models import Case, CaseReason
from scorecards.morning import morning
from scorecards.rules.reasons import concerns
from scorecards.waiting import waiting
from tenants import scope
from tenants.models import Event, Vendor
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.api import api_of
from tests.scorecards.test_portfolio import AT, ON, also_runs, partner_with, vendor

__all__ = ["vendor"]  # the fixture
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def sweep(on: dt.date = ON) -> int:
    partners = list(Partner.objects.exclude(status="exited"))
    return settle_cases(concerns(partners, AT, on), at=AT, on=on)


def kinds(case: Case) -> list[str]:
    return sorted(case.reasons.filter(until=None).values_list("kind", flat=True))


@pytest.fixture
def cared(vendor: Vendor) -> Iterator[SimpleNamespace]:
    """A partner whose gate is closed, with its account manager acting."""
    partner = partner_with(vendor, ends_in=None, seats=120)
    cam = make.MembershipFactory(vendor=vendor, role="cam")
    make.PortfolioEntryFactory(partner=partner, person=cam.person)
    sweep()
    held = SimpleNamespace(vendor=vendor, partner=partner, cam=cam)
    with scope.enter(make.scope_of(cam)):
        yield held


def again(held: SimpleNamespace, on: dt.date = ON) -> int:
    with scope.entered_vendor(held.vendor.pk):
        return sweep(on)


def unclassify(partner: Partner) -> None:
    make.CustomerFactory(partner=partner, vertical="healthcare", environments=[])


def test_a_closed_gate_opens_a_case_with_its_seats(cared: SimpleNamespace) -> None:
    case = Case.objects.get()
    assert (case.partner_id, case.seats, kinds(case)) == (cared.partner.pk, 120, ["blocked"])


def test_users_of_two_products_are_at_stake_once(cared: SimpleNamespace) -> None:
    also_runs(cared.partner, "radar", 150)
    again(cared)
    case = Case.objects.get()
    assert (case.seats, kinds(case)) == (150, ["blocked", "blocked"])


def test_a_second_sweep_changes_nothing(cared: SimpleNamespace) -> None:
    before = Event.objects.count()
    assert (again(cared), Event.objects.count()) == (0, before)


def test_a_new_reason_joins_the_open_case(cared: SimpleNamespace) -> None:
    unclassify(cared.partner)
    again(cared)
    assert kinds(Case.objects.get()) == ["blocked", "unclassified"]


def test_the_last_reason_to_go_closes_the_case(cared: SimpleNamespace) -> None:
    with make.prepared(cared.vendor):
        Deployment.objects.update(seats=0)
    again(cared, ON + DAY)
    case = Case.objects.get()
    assert (case.state, case.closed_by) == ("closed", None)
    assert CaseReason.objects.get().until == ON + DAY
    assert Event.objects.filter(kind="case.closed").get().data["by_itself"] is True


def test_a_case_closed_by_hand_stays_closed_while_the_same_holds(cared: SimpleNamespace) -> None:
    close_case(Case.objects.get(), remark="They leave in May", at=AT, on=ON)
    assert (again(cared), Case.objects.filter(state="open").count()) == (0, 0)


def test_a_new_reason_opens_another_case(cared: SimpleNamespace) -> None:
    close_case(Case.objects.get(), remark="They leave in May", at=AT, on=ON)
    unclassify(cared.partner)
    again(cared)
    assert kinds(Case.objects.get(state="open")) == ["unclassified"]


def test_what_comes_back_is_new(cared: SimpleNamespace) -> None:
    close_case(Case.objects.get(), remark="Known", at=AT, on=ON)
    with make.prepared(cared.vendor):
        Deployment.objects.update(seats=0)
    again(cared)
    with make.prepared(cared.vendor):
        Deployment.objects.update(seats=10)
    again(cared)
    assert kinds(Case.objects.get(state="open")) == ["blocked"]


def test_an_end_within_thirty_days_is_another_reason(vendor: Vendor) -> None:
    partner_with(vendor, ends_in=50)
    sweep()
    sweep(ON + 30 * DAY)
    found = CaseReason.objects.order_by("pk").values_list("key", "until")
    assert [(key[-3:], until) for key, until in found] == [("/60", ON + 30 * DAY), ("/30", None)]


def test_a_snoozed_case_sleeps_until_its_day(cared: SimpleNamespace) -> None:
    snooze_case(Case.objects.get(), until=ON + 3 * DAY, remark="On leave", on=ON)
    days = [ON, ON + 2 * DAY, ON + 3 * DAY]
    assert [open_cases().filter(awake(on)).count() for on in days] == [0, 0, 1]


def test_a_new_reason_wakes_a_snoozed_case(cared: SimpleNamespace) -> None:
    snooze_case(Case.objects.get(), until=ON + 3 * DAY, remark="On leave", on=ON)
    unclassify(cared.partner)
    again(cared)
    assert Case.objects.get().snoozed_until is None


def test_a_case_is_closed_with_a_remark_by_who_looks_after_the_partner(
    cared: SimpleNamespace,
) -> None:
    case = Case.objects.get()
    with pytest.raises(Refused, match="why"):
        close_case(case, remark=" ", at=AT, on=ON)
    stranger = make.MembershipFactory(vendor=cared.vendor, role="cam")
    with scope.enter(make.scope_of(stranger)), pytest.raises(NotAllowed):
        close_case(case, remark="Not mine", at=AT, on=ON)
    assert Case.objects.get().state == "open"


def test_a_closed_case_is_not_closed_again(cared: SimpleNamespace) -> None:
    case = close_case(Case.objects.get(), remark="Known", at=AT, on=ON)
    with pytest.raises(Refused, match="closed already"):
        snooze_case(case, until=ON + DAY, remark="Later", on=ON)


def test_the_database_holds_a_partner_to_one_open_case(cared: SimpleNamespace) -> None:
    with make.prepared(cared.vendor), pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(partner=cared.partner, opened_on=ON)


def test_the_database_opens_no_closed_case(cared: SimpleNamespace) -> None:
    close_case(Case.objects.get(), remark="Known", at=AT, on=ON)
    with make.prepared(cared.vendor), pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.update(state="open", closed_at=None)


def test_a_partner_sees_no_case_and_no_event_of_one(cared: SimpleNamespace) -> None:
    owner = make.MembershipFactory(partner=cared.partner, role="partner_admin")
    with scope.enter(make.scope_of(owner)):
        assert (list(Case.objects.all()), list(CaseReason.objects.all())) == ([], [])
        assert list(Event.objects.filter(kind__startswith="case")) == []


def test_a_partner_that_leaves_has_no_case(cared: SimpleNamespace) -> None:
    with make.prepared(cared.vendor):
        Partner.objects.update(status="exited")
    again(cared)
    assert Case.objects.get().state == "closed"


def test_a_sweep_and_a_morning_ask_the_same_number_of_queries(vendor: Vendor) -> None:
    counts = []
    for total in (2, 20):
        for number in range(Partner.objects.count(), total):
            partner = partner_with(vendor, ends_in=[None, 18, 50][number % 3])
            unclassify(partner)
        with make.prepared(vendor):
            CaseReason.objects.all().delete()
            Case.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            assert sweep() == total
        swept = len(asked)
        with CaptureQueriesContext(connection) as asked:
            assert morning(Partner.objects.all(), ON, AT)["case_count"] == total
        counts.append((swept, len(asked)))
    assert counts[0] == counts[1]


def test_a_line_names_the_next_step_and_the_last_contact(cared: SimpleNamespace) -> None:
    partner_actions.record_interaction(
        cared.partner, kind="call", summary="Talked", happened_at=AT, at=AT, on=ON,
        follow_up={"title": "Book exam", "due_on": ON + DAY, "for_partner": True},
    )  # fmt: skip
    (line,) = case_lines(open_cases(), ON)
    assert (line.next_task.title, line.last_contact.kind) == ("Book exam", "call")  # type: ignore[union-attr]
    assert (line.about, line.reasons[0].new) == ("Shield cannot grow", True)


@time_machine.travel(AT, tick=False)
def test_an_examiner_reads_tasks_and_is_offered_no_page_that_refuses(
    cared: SimpleNamespace,
) -> None:
    make.HostFactory(vendor=cared.vendor)
    partner_actions.give_task(
        cared.partner, title="Book exam", due_on=ON + DAY, for_partner=True, at=AT, on=ON
    )
    examiner = make.sign_in(Client(), make.MembershipFactory(vendor=cared.vendor, role="examiner"))
    partner = reverse("scorecards:partner", args=[cared.partner.ref])
    for path in ("/portfolio/", reverse("scorecards:cases"), partner):
        page = examiner.get(path).content.decode()
        assert ("Book exam" in page, "/tasks/" in page) == (True, False), path


@time_machine.travel(AT, tick=False)
def test_the_pages_of_cases(cared: SimpleNamespace) -> None:
    make.HostFactory(vendor=cared.vendor)
    client, case = make.sign_in(Client(), cared.cam), Case.objects.get()
    name = cared.partner.name

    def shown(path: str) -> str:
        return str(client.get(path).content.decode())

    assert "New since yesterday" in shown("/portfolio/")
    cases = reverse("scorecards:cases")
    assert [name in shown(cases + query) for query in ("", "?kind=cure", "?kind=blocked")] == [
        True,
        False,
        True,
    ]
    settle = reverse("scorecards:case_settle", args=[case.ref])
    assert client.post(settle, {"remark": "", "until": ""}).status_code == 422
    answer = client.post(settle, {"remark": "Asked them", "until": "2026-12-01"})
    assert answer.status_code == 302
    assert [name in shown(cases + query) for query in ("", "?state=snoozed")] == [False, True]
    assert "Asked them" in shown(answer["Location"])


def test_the_api_lists_cases_for_the_vendors_clients(cared: SimpleNamespace) -> None:
    api = api_of(cared.vendor, "portfolio.read")
    (case,) = api.get("/cases?state=open").json()["data"]
    (reason,) = api.get(f"/case-reasons?case={case['id']}&holds=true").json()["data"]
    assert (case["seats"], reason["kind"]) == (120, "blocked")
    own = api_of(cared.vendor, "customers.read", partner=cared.partner)
    assert own.get("/cases").status_code == 403


def test_the_morning_shows_the_night_and_what_waits_for_a_decision(cared: SimpleNamespace) -> None:
    partner = cared.partner
    customer = Customer.objects.filter(partner=partner).first()
    with make.prepared(partner.vendor):
        Override.objects.create(
            kind="break_glass", partner=partner, product=Product.objects.first(), state="approved",
            reason="Restore at night", requested_at=AT - dt.timedelta(hours=7), decided_at=AT,
            ends_at=AT + dt.timedelta(hours=17), max_seats=50,
        )  # fmt: skip
        change = ClassChange.objects.create(
            partner=partner, customer=customer, before=["clinical"], environments=[],
            evidence="Ward closed", requested_at=AT,
        )  # fmt: skip
    night, lowering = waiting(Partner.objects.all(), ON, AT)
    assert "Restore at night" in night.why and night.tone == "bad"
    assert lowering.button_url == f"/exceptions/classes/{change.ref}/"
    assert waiting(Partner.objects.all(), ON + 2 * DAY, AT + 2 * DAY) == [lowering]
