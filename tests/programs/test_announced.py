"""A version is a secret until it is announced: by the code's wall, and by the database's."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db.models import Manager

from partners.models import Partner
from programs.actions import publish_program
from programs.compiled import program_or_none
from programs.models import ProgramVersion
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Vendor
from tenants.rows import ScopedManager
from tests.factories import prepared
from tests.programs.world import CHANGED, add_partner, new_vendor, small
from web import clock

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def vendor() -> Vendor:
    return new_vendor()


@pytest.fixture
def partner(vendor: Vendor) -> Partner:
    return add_partner(vendor, "Alder IT", 60)


def publish(vendor: Vendor, announced: int, effective: int) -> None:
    """A second version, announced and in force so many days from today."""
    today = clock.now().date()
    with prepared(vendor):
        publish_program(
            small(CHANGED),
            at=clock.now(),
            announced_on=today + announced * DAY,
            effective_from=today + effective * DAY,
        )


def seen(vendor: Vendor, partner: Partner | None) -> list[int]:
    held = scope.Scope(
        vendor.pk, "*" if partner is None else frozenset({partner.pk}), Role.PARTNER_ADMIN
    )
    with scope.enter(held):
        return list(ProgramVersion.objects.order_by("number").values_list("number", flat=True))


@pytest.fixture
def no_code_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScopedManager, "get_queryset", Manager.get_queryset)


def test_a_version_announced_later_is_hidden_from_partners(
    vendor: Vendor, partner: Partner
) -> None:
    publish(vendor, announced=3, effective=40)
    assert (seen(vendor, partner), seen(vendor, None)) == ([1], [1, 2])


def test_the_database_hides_it_alone(vendor: Vendor, partner: Partner, no_code_wall: None) -> None:
    publish(vendor, announced=3, effective=40)
    assert (seen(vendor, partner), seen(vendor, None)) == ([1], [1, 2])


def test_the_code_hides_it_alone(vendor: Vendor, partner: Partner) -> None:
    publish(vendor, announced=3, effective=40)
    held = scope.Scope(vendor.pk, frozenset({partner.pk}))
    visible = ProgramVersion.visible_q(held)
    with scope.entered_vendor(vendor.pk):
        rows = ProgramVersion.objects.filter(visible)
        assert list(rows.values_list("number", flat=True)) == [1]


def test_a_version_announced_today_is_seen_before_it_is_in_force(
    vendor: Vendor, partner: Partner
) -> None:
    publish(vendor, announced=0, effective=40)
    assert seen(vendor, partner) == [1, 2]


def test_the_wall_follows_a_clock_that_was_moved(vendor: Vendor, partner: Partner) -> None:
    publish(vendor, announced=3, effective=40)
    with time_machine.travel(clock.now() + 3 * DAY, tick=False):
        assert seen(vendor, partner) == [1, 2]


def test_the_program_in_force_follows_for_a_process_that_lives_on(
    vendor: Vendor, partner: Partner
) -> None:
    """What is in force is compiled once per scope: the day must not be compiled into it."""
    publish(vendor, announced=3, effective=3)
    held, today = scope.Scope(vendor.pk, frozenset({partner.pk})), clock.now().date()
    numbers = []
    for days in (0, 3):
        with time_machine.travel(clock.now() + days * DAY, tick=False), scope.enter(held):
            found = program_or_none(today + days * DAY)
            numbers.append(found and found.number)
    assert numbers == [1, 2]
