"""Bookings of one engineer at once, and who is told: real commits, real connections."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.db import connections
from django.test import Client

from alerts.models import Notification
from deals import actions
from deals.models import CoSellRequest, EngineerBooking
from partners.models import Partner
from tenants import scope
from tenants.writing import Refused
from tests import factories as make
from tests.deals.conftest import DAY, NOW, TODAY, WITH_DEALS
from tests.deals.test_co_sell import MONDAY, acting, asked
from tests.factories import prepared, sign_in
from tests.licensing.test_races import together
from tests.partners.conftest import build_world
from tests.partners.test_import_races import Worker


def told(world: SimpleNamespace, kind: str) -> set[int]:
    """Who was told of it, nobody twice of one thing."""
    with scope.entered_vendor(world.vendor.pk):
        rows = Notification.objects.filter(alert__kind=kind)
        found = list(rows.values_list("alert__subject_id", "alert__window", "person_id"))
    assert len(found) == len(set(found))
    return {person for _subject, _window, person in found}


def test_an_engineer_has_room_once_and_each_is_told_once(committed_db: str) -> None:
    """Two bookings at once that do not fit together: one has the hours, the other reads how many
    are left. Both sides are told, however often the clock looks."""
    world = build_world(WITH_DEALS)
    make.PortfolioEntryFactory(partner=world.partner, person=world.cam.person, since=TODAY)
    for member in (world.admin, world.cam, world.owner, world.reader, world.stranger):
        sign_in(Client(), member)
    customers = [
        make.CustomerFactory(partner=partner, name="Cedar Clinic")
        for partner in (world.partner, world.other)
    ]
    rows = [
        asked(world, world.reader, customers[0]),
        asked(world, world.stranger, customers[1]),
    ]
    asked(world, world.owner, customers[0], kind="co_delivery")
    for _ in range(2):
        actions.sweep_co_sell_alerts(at=NOW)
    assert told(world, "co_sell_asked") == {world.cam.person_id}
    with acting(world.cam):
        engineer = actions.add_engineer(person=world.admin.person, hours_week=20, at=NOW, on=TODAY)
        for row in rows:
            actions.accept_co_sell(row, at=NOW, on=TODAY)
    said: list[Any] = []

    def book(row: Any) -> None:
        with scope.entered_vendor(world.vendor.pk):
            try:
                actions.book_engineer(
                    row, engineer=engineer, since=MONDAY, until=MONDAY + 4 * DAY, hours=12,
                    at=NOW, on=TODAY,
                )  # fmt: skip
                said.append("booked")
            except Refused as refused:
                said.append((refused.code, refused.reasons[0].have))

    together(*(lambda mine=row: book(mine) for row in rows))
    assert sorted(map(str, said)) == ["('no_room', '8')", "booked"]
    with scope.entered_vendor(world.vendor.pk):
        assert EngineerBooking.objects.count() == 1
    for _ in range(2):
        actions.sweep_co_sell_alerts(at=NOW + 3 * DAY)
    members = {world.reader.person_id, world.owner.person_id, world.stranger.person_id}
    assert told(world, "co_sell_answered") == members
    assert world.admin.person_id in told(world, "engineer_booked")
    assert world.admin.person_id in told(world, "co_sell_asked"), "the answer is overdue"
    connections.close_all()


def test_what_somebody_calls_off_meanwhile_holds_up_no_other(committed_db: str) -> None:
    """The clock has read what a partner that left still asks for; somebody is first with one."""
    world = build_world(WITH_DEALS)
    customers = [make.CustomerFactory(partner=world.partner, name=name) for name in ("A", "B")]
    first, _ = (asked(world, world.owner, customer) for customer in customers)
    with prepared(world.vendor):
        Partner.objects.filter(pk=world.partner.pk).update(status=Partner.Status.EXITED)
    counts: list[int] = []

    def settle() -> None:
        with scope.entered_vendor(world.vendor.pk):
            counts.append(actions.settle_registrations(on=TODAY, at=NOW))

    worker = Worker(settle, "SELECT id FROM partners_partner", 1)
    worker.begin()
    with acting(world.cam):
        actions.cancel_co_sell(first, why="They closed.", at=NOW, on=TODAY)
    worker.end()
    assert (worker.error, counts) == (None, [1])
    with scope.entered_vendor(world.vendor.pk):
        notes = list(CoSellRequest.objects.order_by("pk").values_list("state", "note"))
    assert notes == [("cancelled", "They closed."), ("cancelled", "The partner left the program.")]
    connections.close_all()
