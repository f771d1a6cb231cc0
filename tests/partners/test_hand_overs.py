"""Partners change hands on a day; colleagues stand in; specialists look after one service."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from partners import actions
from partners.actions.handovers import (
    assign_specialist,
    complete_hand_overs,
    end_assignment,
    plan_hand_over,
    stand_in,
    withdraw_hand_over,
)
from partners.models import HandOver, PortfolioEntry, Task
from partners.rules.sharing import sharing_of
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.partners.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
THEN = TODAY + 9 * DAY


@pytest.fixture
def handed(world: SimpleNamespace) -> SimpleNamespace:
    """Two partners of one account manager, and a colleague."""
    world.entries = [
        make.PortfolioEntryFactory(partner=one, person=world.cam.person)
        for one in (world.partner, world.other)
    ]
    world.next = make.MembershipFactory(vendor=world.vendor, role="cam")
    return world


def acting(membership: Any) -> Any:
    return scope.enter(make.scope_of(membership))


def plan(world: SimpleNamespace, on: dt.date = THEN, **notes: str) -> list[HandOver]:
    given = {world.partner.pk: notes.get("note", ""), world.other.pk: ""}
    return plan_hand_over(given, to=world.next.person, on=on, at=NOW, today=TODAY)


def manager(world: SimpleNamespace, on: dt.date) -> int:
    rows = PortfolioEntry.objects.current(on).filter(partner=world.partner, kind="main")
    return int(rows.get().person_id)


def test_a_partner_has_its_new_manager_from_the_day_on(handed: SimpleNamespace) -> None:
    with acting(handed.cam):
        plan(handed)
        found = [manager(handed, on) for on in (TODAY, THEN - DAY, THEN)]
    assert found == [handed.cam.person_id, handed.cam.person_id, handed.next.person_id]


def test_the_note_stays_with_the_staff(handed: SimpleNamespace) -> None:
    with acting(handed.cam):
        plan(handed, note="Ines decides")
    with acting(handed.owner):
        assert list(HandOver.objects.all()) == []
        told = Event.objects.get(kind="portfolio.assigned")
        assert ("Ines" in str(told.data), told.data["cam"]) == (False, handed.next.person.ref)


def test_open_tasks_move_on_the_day_and_not_before(handed: SimpleNamespace) -> None:
    with acting(handed.cam):
        mine = {"title": "Call", "due_on": THEN, "at": NOW, "on": TODAY}
        actions.give_task(handed.partner, assignee=handed.cam.person, **mine)
        done = actions.give_task(handed.partner, assignee=handed.cam.person, **mine)
        actions.finish_task(done, at=NOW)
        plan(handed)
    with scope.entered_vendor(handed.vendor.pk):
        assert complete_hand_overs(on=THEN - DAY, at=NOW) == 0
        assert [complete_hand_overs(on=THEN, at=NOW) for _ in range(2)] == [2, 0]
        held = dict(Task.objects.values_list("state", "assignee_id"))
    assert held == {"open": handed.next.person_id, "done": handed.cam.person_id}


def test_a_hand_over_of_today_is_done_at_once(handed: SimpleNamespace) -> None:
    with acting(handed.cam):
        plan(handed, on=TODAY)
        assert set(HandOver.objects.values_list("state", flat=True)) == {"done"}


def test_what_lies_ahead_is_taken_back(handed: SimpleNamespace) -> None:
    with acting(handed.cam):
        row = plan(handed)[0]
        withdraw_hand_over(row, on=TODAY)
        assert manager(handed, THEN) == handed.cam.person_id
        with pytest.raises(Refused):
            withdraw_hand_over(row, on=TODAY)
        plan_hand_over({handed.partner.pk: ""}, to=handed.next.person, on=THEN, at=NOW, today=TODAY)
        assert manager(handed, THEN) == handed.next.person_id


def test_nobody_gives_away_what_is_anothers(handed: SimpleNamespace) -> None:
    with acting(handed.next), pytest.raises(NotAllowed):
        plan(handed)
    with acting(handed.admin):
        assert len(plan(handed)) == 2


@pytest.mark.parametrize(
    ("to", "on", "code"),
    [
        ("owner", THEN, "not_staff"),
        ("next", TODAY - DAY, "day_passed"),
        ("cam", THEN, "already_assigned"),
    ],
)
def test_a_hand_over_that_does_not_fit_changes_nothing(
    handed: SimpleNamespace, to: str, on: dt.date, code: str
) -> None:
    with acting(handed.admin):
        person = getattr(handed, to).person
        with pytest.raises(Refused) as refused:
            plan_hand_over({handed.partner.pk: ""}, to=person, on=on, at=NOW, today=TODAY)
        assert (refused.value.code, HandOver.objects.count()) == (code, 0)
        assert manager(handed, THEN) == handed.cam.person_id


def test_of_several_all_are_handed_over_or_none(handed: SimpleNamespace) -> None:
    with make.prepared(handed.vendor):
        handed.entries[1].delete()
    with acting(handed.admin):
        with pytest.raises(Refused, match="no account manager"):
            plan(handed)
        assert HandOver.objects.count() == 0


def test_a_stand_in_reads_what_is_shared_while_it_lasts(handed: SimpleNamespace) -> None:
    with acting(handed.cam):
        away = {"since": TODAY + DAY, "until": THEN, "today": TODAY}
        stand_in({handed.partner.pk: ""}, person=handed.next.person, **away)
    with acting(handed.next):
        days = (TODAY, TODAY + DAY, THEN)
        seen = [bool(sharing_of([handed.partner.pk], on).looked_after) for on in days]
    assert seen == [False, True, False]


def test_a_stand_in_has_a_last_day(handed: SimpleNamespace) -> None:
    with make.prepared(handed.vendor), pytest.raises(IntegrityError), transaction.atomic():
        make.PortfolioEntryFactory(
            partner=handed.partner, person=handed.next.person, kind="stand_in"
        )


def test_a_specialist_stands_beside_the_manager(handed: SimpleNamespace) -> None:
    with acting(handed.admin):
        given = {"person": handed.next.person, "scope_code": "security", "on": TODAY}
        entry = assign_specialist(handed.partner, **given)
        with pytest.raises(Refused, match="already"):
            assign_specialist(handed.partner, **given)
        with pytest.raises(Refused, match="service"):
            assign_specialist(handed.partner, **{**given, "scope_code": "plumbing"})
        end_assignment(entry, on=THEN)
        assert PortfolioEntry.objects.get(pk=entry.pk).until == THEN
    assert entry.scope == "security"


def test_the_main_manager_is_only_followed(handed: SimpleNamespace) -> None:
    with acting(handed.admin), pytest.raises(Refused, match="Hand the partner over"):
        end_assignment(handed.entries[0], on=THEN)


def test_an_account_manager_ends_its_stand_in_and_no_specialist(handed: SimpleNamespace) -> None:
    away = {"since": TODAY, "until": THEN, "today": TODAY}
    with acting(handed.admin):
        given = {"person": handed.next.person, "scope_code": "security", "on": TODAY}
        beside = assign_specialist(handed.partner, **given)
    with acting(handed.cam):
        (entry,) = stand_in({handed.partner.pk: ""}, person=handed.next.person, **away)
        with pytest.raises(NotAllowed):
            end_assignment(beside, on=TODAY)
        assert end_assignment(entry, on=TODAY + DAY).until == TODAY + DAY


def test_a_stand_in_ends_nothing(handed: SimpleNamespace) -> None:
    away = {"since": TODAY, "until": THEN, "today": TODAY}
    with acting(handed.cam):
        (entry,) = stand_in({handed.partner.pk: ""}, person=handed.next.person, **away)
    with acting(handed.next), pytest.raises(NotAllowed):
        end_assignment(entry, on=TODAY)
    with acting(handed.cam):
        assert PortfolioEntry.objects.get(pk=entry.pk).until == THEN


@time_machine.travel(NOW, tick=False)
def test_the_page_ends_a_stand_in(handed: SimpleNamespace) -> None:
    with acting(handed.cam):
        (entry,) = stand_in(
            {handed.partner.pk: ""}, person=handed.next.person, since=TODAY, until=THEN, today=TODAY
        )
    client = make.sign_in(Client(), handed.cam)
    address = f"/hand-over/assignments/{entry.ref}/end/"
    assert address in client.get("/hand-over/").content.decode()
    assert client.post(address).status_code == 302
    assert address not in client.get("/hand-over/").content.decode()


@time_machine.travel(NOW, tick=False)
def test_the_admin_ends_a_specialists_assignment(handed: SimpleNamespace) -> None:
    with acting(handed.admin):
        given = {"person": handed.next.person, "scope_code": "security", "on": TODAY}
        entry = assign_specialist(handed.partner, **given)
    client = make.sign_in(Client(), handed.admin)
    page = f"/admin/partners/partner/{handed.partner.ref}/do/end_assignment/"
    answer = client.post(page, {"entry": entry.ref, "on": THEN.isoformat()})
    assert answer.status_code == 302
    with acting(handed.admin):
        assert PortfolioEntry.objects.get(pk=entry.pk).until == THEN


@time_machine.travel(NOW, tick=False)
def test_the_page_plans_and_takes_back(handed: SimpleNamespace) -> None:
    client = make.sign_in(Client(), handed.cam)
    ref = handed.partner.ref
    body = {"partners": [ref], f"note_{ref}": "Prefers mail", "to": handed.next.person.ref}
    assert client.post("/hand-over/", {**body, "on": "2026-02-01"}).status_code == 422
    assert client.post("/hand-over/", {**body, "on": "2026-03-10"}).status_code == 302
    page = client.get("/hand-over/").content.decode()
    assert ("Prefers mail" in page, "Take back" in page) == (True, True)
    with acting(handed.cam):
        (row,) = HandOver.objects.all()
    assert client.post(f"/hand-over/{row.ref}/").status_code == 302
    away = {**body, "on": "2026-03-05", "until": "2026-03-20"}
    assert client.post("/hand-over/", away).status_code == 302
    assert "stands in from 5 Mar 2026" in client.get("/hand-over/").content.decode()
