"""Who is told of registrations, and how often: real commits, as sweeps work on their own."""

from __future__ import annotations

import datetime as dt

from django.test import Client

from alerts.models import Alert, Notification
from deals import actions
from deals.models import Account
from programs.actions import publish_program
from tenants import scope
from tests import factories as make
from tests.deals.conftest import DAY, NOW, TODAY, WITH_DEALS, acting, submitted
from tests.factories import sign_in
from tests.partners.conftest import build_world

HOUR = dt.timedelta(hours=1)


def test_each_side_is_told_once(committed_db: str) -> None:
    """The account manager of what waits, the partner of the answer and before a pursuit ends, both
    of the vendor's own sales; also after two days without beat."""
    world = build_world(WITH_DEALS)
    make.EnrolmentFactory(
        partner=world.partner, partner_type=world.types["msp"], since=dt.date(2025, 1, 1)
    )
    make.PortfolioEntryFactory(partner=world.partner, person=world.cam.person)
    for member in (world.cam, world.owner):
        sign_in(Client(), member)
    row = submitted(world, world.owner)
    told = actions.sweep_registration_alerts
    assert (told(at=NOW + 2 * HOUR), told(at=NOW + 3 * HOUR)) == (1, 0)
    with acting(world.admin):
        actions.approve_registration(row, at=NOW, on=TODAY)
        actions.record_direct_deal(
            Account.objects.get(), external_id="D-1", title="Talks", opened_on=TODAY, at=NOW
        )
    assert (told(at=NOW + 2 * DAY), told(at=NOW + 3 * DAY)) == (2, 0)
    assert (told(at=NOW + 105 * DAY), told(at=NOW + 108 * DAY)) == (0, 1)
    with scope.entered_vendor(world.vendor.pk):
        readers = {
            kind: {one.person_id for one in Notification.objects.filter(alert__kind=kind)}
            for kind in Alert.objects.values_list("kind", flat=True)
        }
    cam, owner = world.cam.person_id, world.owner.person_id
    reached = {kind: {person for person in (cam, owner) if person in found}
               for kind, found in readers.items()}  # fmt: skip
    assert reached == {
        "registration_waiting": {cam},
        "registration_answered": {owner},
        "direct_deal_there": {cam, owner},
        "registration_lapsing": {owner},
    }


def test_who_loses_a_protection_by_transfer_is_told_once(committed_db: str) -> None:
    world = build_world(WITH_DEALS)
    for partner in (world.partner, world.other):
        make.EnrolmentFactory(
            partner=partner, partner_type=world.types["msp"], since=dt.date(2025, 1, 1)
        )
    for member in (world.owner, world.stranger):
        sign_in(Client(), member)
    row = submitted(world, world.owner)
    with acting(world.admin):
        actions.approve_registration(row, at=NOW, on=TODAY)
        later = {"on": TODAY + DAY, "at": NOW + DAY}
        actions.transfer_registration(row, to=world.other, why="The customer asked", **later)
    told = actions.sweep_registration_alerts
    told(at=NOW + 2 * DAY)
    assert told(at=NOW + 5 * DAY) == 0
    with scope.entered_vendor(world.vendor.pk):
        lost = Notification.objects.filter(alert__kind="registration_handed_on")
        gained = Notification.objects.filter(
            alert__kind="registration_answered", alert__partner=world.other
        )
        assert [one.person_id for one in lost] == [world.owner.person_id]
        assert [one.person_id for one in gained] == [world.stranger.person_id]


def test_the_vendors_sales_are_told_of_by_the_former_and_the_new_code_of_a_family(
    committed_db: str,
) -> None:
    world = build_world(WITH_DEALS)
    make.EnrolmentFactory(
        partner=world.partner, partner_type=world.types["msp"], since=dt.date(2025, 1, 1)
    )
    row = submitted(world, world.owner)
    renamed = WITH_DEALS.replace("family: endpoint", "family: devices") + (
        "\nmapping: {families: {endpoint: devices}}\n"
    )
    with acting(world.admin):
        actions.approve_registration(row, at=NOW, on=TODAY)
    with scope.entered_vendor(world.vendor.pk):
        publish_program(make.document(renamed), at=NOW, effective_from=TODAY + DAY)
    for family, days in (("endpoint", 0), ("devices", 1)):
        with acting(world.admin):
            actions.record_direct_deal(
                Account.objects.get(), external_id=family, title="Talks", families=[family],
                opened_on=TODAY + days * DAY, at=NOW + days * DAY,
            )  # fmt: skip
    actions.sweep_registration_alerts(at=NOW + 2 * DAY)
    with scope.entered_vendor(world.vendor.pk):
        found = Alert.objects.filter(kind="direct_deal_there").order_by("due_on")
        assert [one.due_on for one in found] == [TODAY, TODAY + DAY]
