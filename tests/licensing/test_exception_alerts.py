"""Exceptions are told once: before an override ends, the morning after a broken glass."""

from __future__ import annotations

import datetime as dt

import pytest

from alerts.actions import raise_alerts
from alerts.models import Alert, Notification
from licensing import actions
from licensing.tasks import TERMS
from tenants import scope
from tenants.capabilities import Role
from tests import factories as make
from tests.licensing import world as w
from tests.licensing.test_exceptions import HOUR, PROGRAM, approve, request, smash, staff


@pytest.fixture
def partner(committed_db):
    return w.new_partner(w.new_vendor(program=PROGRAM))


def sweep(at: dt.datetime) -> int:
    return raise_alerts(TERMS, at=at)


def test_broken_glass_is_told_once_the_next_morning_to_cam_and_channel_admins(partner) -> None:
    admin = make.PersonFactory(vendor=partner.vendor, user=make.UserFactory())
    make.MembershipFactory(person=admin, role=Role.CHANNEL_ADMIN, partner_id=None)
    night = dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)  # two o'clock in Berlin
    row = smash(partner, at=night)
    assert row.tell_at == dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
    before = sweep(night + HOUR)
    morning = [sweep(row.tell_at), sweep(row.tell_at), sweep(row.tell_at + HOUR)]
    assert (before, morning) == (0, [1, 0, 0])
    with scope.entered_vendor(partner.vendor_id):
        (alert,) = Alert.objects.filter(kind="glass_broken")
        told = Notification.objects.filter(alert=alert)
        assert admin.pk in set(told.values_list("person_id", flat=True))


def test_a_move_is_told_once_to_both_without_a_name_and_not_once_it_is_cancelled(partner) -> None:
    after = w.new_partner(partner.vendor)
    customer = w.new_customer(partner, name="Harbour Clinic")
    with scope.entered_vendor(partner.vendor_id):
        move = actions.schedule_move(
            customer, to_partner=after, on=w.LATER, reason="Letter", at=w.NOON
        )
    assert [sweep(w.NOON), sweep(w.NOON + HOUR)] == [2, 0]
    with scope.entered_vendor(partner.vendor_id):
        told = {row.kind: (row.partner_id, row.data) for row in Alert.objects.all()}
        assert told == {
            "customer_leaving": (partner.pk, {"customer_name": "Harbour Clinic"}),
            "customer_arriving": (after.pk, {"customer_name": "Harbour Clinic"}),
        }
        actions.cancel_move(move, reason="Stays", at=w.NOON)
        assert not Alert.objects.filter(superseded=False).exists()


def test_an_override_is_announced_before_its_end_exactly_once(partner) -> None:
    row = approve(request(partner, staff(partner)), staff(partner))
    warned = row.ends_at - dt.timedelta(days=3)
    assert [sweep(warned - HOUR), sweep(warned), sweep(warned), sweep(row.ends_at)] == [0, 1, 0, 0]
