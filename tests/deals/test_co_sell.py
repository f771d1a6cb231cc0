"""Asking for co-sell, its gate, its states, and the engineers that are booked."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from deals import actions
from deals.models import (
    CoSellPerson,
    CoSellRequest,
    Engineer,
    EngineerAway,
    EngineerBooking,
)
from deals.rules.co_sell import advanced_gate
from licensing.actions import merge_customers
from partners.actions import give_task
from partners.models import Partner
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.deals.conftest import DAY, NOW, TODAY, acting, approved
from tests.factories import prepared
from tests.licensing.world import certify

MONDAY = dt.date(2026, 3, 2)


def code_of(verb: Any) -> str:
    with pytest.raises(Refused) as refused:
        verb()
    return refused.value.code


def asked(world: SimpleNamespace, member: Any, customer: Any = None, **said: Any) -> CoSellRequest:
    values = {"kind": "co_sell", "why": "alternatives", "message": "They look at another vendor.",
              "needed_on": TODAY + 10 * DAY, **said}  # fmt: skip
    with acting(member):
        own = Partner.objects.get(pk=member.partner_id)
        if customer is not None:
            values["customer"] = customer
        return actions.ask_co_sell(own, at=NOW, on=TODAY, **values)


@pytest.fixture
def world(deals: SimpleNamespace) -> SimpleNamespace:
    deals.customer = make.CustomerFactory(partner=deals.partner, name="Cedar Clinic")
    deals.foreign = make.CustomerFactory(partner=deals.other, name="Cedar Clinic")
    return deals


@pytest.fixture
def taken(world: SimpleNamespace) -> SimpleNamespace:
    """Accepted, with two engineers of 20 hours a week."""
    world.row = asked(world, world.owner, world.customer)
    with acting(world.cam):
        actions.accept_co_sell(world.row, at=NOW, on=TODAY)
        world.mia, world.jon = (
            actions.add_engineer(
                person=member.person, hours_week=20, skills=["endpoint"], at=NOW, on=TODAY
            )
            for member in (world.admin, world.cam)
        )
    return world


def book(world: SimpleNamespace, engineer: Engineer, hours: int, days: int = 5) -> EngineerBooking:
    with acting(world.cam):
        return actions.book_engineer(
            world.row, engineer=engineer, since=MONDAY, until=MONDAY + (days - 1) * DAY,
            hours=hours, at=NOW, on=TODAY,
        )  # fmt: skip


def test_it_is_asked_from_a_registration_and_due_after_business_hours(
    world: SimpleNamespace,
) -> None:
    registration = approved(world, world.owner)
    row = asked(world, world.owner, registration=registration)
    assert (row.name, row.families, row.state) == ("Cedar Clinic Ltd", ["endpoint"], "asked")
    assert row.answer_due_at == dt.datetime(2026, 3, 2, 17, tzinfo=dt.UTC)
    with acting(world.owner):
        assert [one.side for one in CoSellPerson.objects.all()] == ["partner"]


def test_it_is_about_something_of_the_partner(world: SimpleNamespace) -> None:
    assert code_of(lambda: asked(world, world.owner)) == "about_missing"
    assert code_of(lambda: asked(world, world.owner, world.foreign)) == "unknown_customer"


def test_the_same_is_asked_once_while_it_waits(world: SimpleNamespace) -> None:
    asked(world, world.owner, world.customer)
    assert code_of(lambda: asked(world, world.owner, world.customer)) == "asked_already"
    asked(world, world.owner, world.customer, kind="co_delivery")


def test_a_program_without_co_sell_has_none(world: SimpleNamespace) -> None:
    early = dt.date(2024, 1, 1)
    with acting(world.owner):
        own = Partner.objects.get(pk=world.partner.pk)
        assert not advanced_gate(own, early).offered


def test_advanced_names_what_is_missing_until_the_certificates_are_there(
    world: SimpleNamespace,
) -> None:
    with pytest.raises(Refused) as refused:
        asked(world, world.owner, world.customer, advanced=True)
    (reason,) = refused.value.reasons
    assert refused.value.code == "advanced_closed" and "“Together”" in reason.fix
    assert "2 more" in reason.fix and "Deploy" in reason.fix
    for _ in range(2):
        certify(world.partner, "deploy", since=TODAY - 30 * DAY)
    assert asked(world, world.owner, world.customer, advanced=True).advanced


def test_a_benefit_of_a_level_opens_advanced_as_well(world: SimpleNamespace) -> None:
    from reviews.models import Grant

    with prepared(world.vendor):
        Grant(
            vendor=world.vendor, partner=world.partner, benefit="together", value=True, since=TODAY
        ).save()
    assert asked(world, world.owner, world.customer, advanced=True).advanced
    with acting(world.owner):
        gate = advanced_gate(Partner.objects.get(pk=world.partner.pk), TODAY)
        assert gate.open and gate.held and gate.missing == ""


def test_where_another_partner_is_protected_advanced_is_refused_without_a_name(
    world: SimpleNamespace,
) -> None:
    approved(world, world.owner)
    for _ in range(2):
        certify(world.other, "deploy", since=TODAY - 30 * DAY)
    with pytest.raises(Refused) as refused:
        asked(world, world.stranger, world.foreign, advanced=True)
    said = " ".join(one.detail + one.fix for one in refused.value.reasons)
    assert refused.value.code == "not_offered_here"
    assert said == "The vendor cannot offer this for this company.Ask your account manager."
    asked(world, world.stranger, world.foreign)  # what is not advanced is open to everybody


def test_protection_that_came_meanwhile_is_seen_when_it_is_accepted(
    world: SimpleNamespace,
) -> None:
    for _ in range(2):
        certify(world.other, "deploy", since=TODAY - 30 * DAY)
    row = asked(world, world.stranger, world.foreign, advanced=True)
    approved(world, world.owner)
    with acting(world.cam), pytest.raises(Refused) as refused:
        actions.accept_co_sell(row, at=NOW, on=TODAY)
    assert refused.value.code == "not_offered_here"
    assert "Alder IT is protected" in refused.value.reasons[0].detail


def test_it_goes_from_asked_to_done_and_no_step_is_left_out(taken: SimpleNamespace) -> None:
    row = taken.row
    with acting(taken.cam):
        assert code_of(lambda: actions.start_co_sell(row, at=NOW)) == "wrong_state"
        actions.plan_co_sell(
            row, plan="Two talks, one lab.", starts_on=MONDAY, ends_on=MONDAY + 9 * DAY, at=NOW
        )
        actions.start_co_sell(row, at=NOW)
        assert code_of(lambda: actions.finish_co_sell(row, outcome="", at=NOW, on=TODAY)) == (
            "outcome_missing"
        )
        done = actions.finish_co_sell(row, outcome="reached", note="Stays.", at=NOW, on=TODAY)
    assert (done.state, done.outcome) == ("done", "reached")


def test_a_declined_request_gives_its_reason_and_stays_declined(world: SimpleNamespace) -> None:
    row = asked(world, world.owner, world.customer)
    with acting(world.cam):
        assert code_of(lambda: actions.decline_co_sell(row, reason="", at=NOW)) == "reason_missing"
        actions.decline_co_sell(row, reason="no_capacity", remark="In May again.", at=NOW)
        assert code_of(lambda: actions.accept_co_sell(row, at=NOW, on=TODAY)) == "wrong_state"
    with acting(world.owner):
        seen = CoSellRequest.objects.get()
        assert (seen.get_reason_display(), seen.remark) == (
            "Nobody of ours is free by then", "In May again.",
        )  # fmt: skip


def test_a_partner_neither_answers_nor_books(taken: SimpleNamespace) -> None:
    with acting(taken.owner):
        for verb in (
            lambda: actions.decline_co_sell(taken.row, reason="other", at=NOW),
            lambda: actions.start_co_sell(taken.row, at=NOW),
            lambda: actions.add_engineer(person=taken.owner.person, hours_week=5, at=NOW, on=TODAY),
        ):
            with pytest.raises(NotAllowed):
                verb()
        assert not Engineer.objects.exists()


def test_both_sides_take_part_and_a_partner_adds_its_own_people_only(
    taken: SimpleNamespace,
) -> None:
    with acting(taken.owner):
        row = CoSellRequest.objects.get()
        assert {one.side for one in CoSellPerson.objects.all()} == {"partner", "vendor"}
        join = lambda person: actions.join_co_sell(row, person=person, at=NOW, on=TODAY)  # noqa: E731
        assert code_of(lambda: join(taken.owner.person)) == "takes_part_already"
        assert join(taken.reader.person).side == "partner"
        assert code_of(lambda: join(taken.stranger.person)) == "unknown_person"
        ours = CoSellPerson.objects.get(side="vendor")
        assert code_of(lambda: actions.leave_co_sell(ours)) == "not_yours"


def test_a_week_is_never_booked_beyond_its_hours_and_says_who_has_room(
    taken: SimpleNamespace,
) -> None:
    assert book(taken, taken.mia, 15).weeks == {"2026-03-02": 15}
    with pytest.raises(Refused) as refused:
        book(taken, taken.mia, 6)
    (reason,) = refused.value.reasons
    assert (refused.value.code, reason.have, reason.need) == ("no_room", "5", "6")
    assert str(taken.jon.person) in reason.fix and "20 hours left" in reason.fix
    assert book(taken, taken.mia, 5).hours == 5


def test_time_away_counts_and_is_refused_where_it_no_longer_fits(taken: SimpleNamespace) -> None:
    with acting(taken.cam):
        actions.note_away(taken.mia, since=MONDAY, until=MONDAY + 2 * DAY, at=NOW)
    assert code_of(lambda: book(taken, taken.mia, 9)) == "no_room"  # 8 of 20 are left
    assert code_of(lambda: book(taken, taken.mia, 2, days=3)) == "no_working_day"
    held = book(taken, taken.mia, 8)
    with acting(taken.cam):
        assert code_of(lambda: actions.note_away(
            taken.mia, since=MONDAY + 4 * DAY, until=MONDAY + 4 * DAY, at=NOW
        )) == "booked"  # fmt: skip
        assert code_of(
            lambda: actions.change_engineer(taken.mia, hours_week=19, at=NOW, on=TODAY)
        ) == "booked"  # fmt: skip
        actions.release_booking(held, at=NOW)
        actions.drop_away(EngineerAway.objects.get())
    book(taken, taken.mia, 20)


def test_a_day_is_not_booked_beyond_what_somebody_works(taken: SimpleNamespace) -> None:
    assert code_of(lambda: book(taken, taken.mia, 11, days=1)) == "too_many_a_day"


def test_what_is_called_off_gives_the_hours_back(taken: SimpleNamespace) -> None:
    book(taken, taken.mia, 20)
    with acting(taken.owner):
        actions.cancel_co_sell(taken.row, why="They signed.", at=NOW, on=TODAY)
    with acting(taken.cam):
        assert actions.week_plan([taken.mia], MONDAY, MONDAY)[taken.mia.pk][0].left == 20
    assert code_of(lambda: book(taken, taken.mia, 1)) == "over"


def test_another_partners_booking_is_never_seen(taken: SimpleNamespace) -> None:
    book(taken, taken.mia, 15)
    with acting(taken.stranger):
        assert not EngineerBooking.objects.exists() and not CoSellRequest.objects.exists()
        assert not Event.objects.filter(kind="co_sell.booked").exists()
    with acting(taken.owner):
        (mine,) = EngineerBooking.objects.all()
        assert (mine.name, mine.since) == (str(taken.mia.person), MONDAY)


def test_a_task_can_be_about_a_request(taken: SimpleNamespace) -> None:
    with acting(taken.cam):
        task = give_task(
            taken.partner, title="Send the plan", due_on=TODAY, at=NOW, on=TODAY, for_partner=True,
            about=taken.row.ref,
        )  # fmt: skip
    with acting(taken.owner):
        assert task.about == taken.row.ref


def test_what_is_asked_for_a_merged_customer_is_of_the_one_kept(taken: SimpleNamespace) -> None:
    kept = make.CustomerFactory(partner=taken.partner, name="Cedar Clinics")
    with acting(taken.owner):
        merge_customers(kept, duplicate=taken.customer, at=NOW)
    with scope.entered_vendor(taken.vendor.pk):
        assert actions.settle_registrations(on=TODAY, at=NOW) == 1
        assert CoSellRequest.objects.get().customer == kept
        assert actions.settle_registrations(on=TODAY, at=NOW) == 0


def test_a_partner_that_leaves_frees_the_hours_that_were_booked(taken: SimpleNamespace) -> None:
    waiting = asked(taken, taken.stranger, taken.foreign)
    book(taken, taken.mia, 20)
    with prepared(taken.vendor):
        Partner.objects.filter(pk=taken.partner.pk).update(status=Partner.Status.EXITED)
    with scope.entered_vendor(taken.vendor.pk):
        assert actions.settle_registrations(on=TODAY, at=NOW) == 1
        taken.row.refresh_from_db()
        assert (taken.row.state, taken.row.note) == ("cancelled", "The partner left the program.")
        assert not EngineerBooking.objects.filter(released_at__isnull=True).exists()
        waiting.refresh_from_db()
        assert waiting.state == "asked"
