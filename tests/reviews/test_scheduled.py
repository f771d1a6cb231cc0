"""A version that is in force next month changes no title and takes out no level before its day."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import time_machine

from programs.actions import follow_program, publish_program
from programs.document import load
from programs.models import Level
from reviews.panels import requestable
from tenants import scope
from tests.api import api_of
from tests.reviews import world
from tests.reviews.world import beat, day, noon

pytestmark = pytest.mark.django_db
NOW, SOON = day("2026-02-10"), day("2026-03-01")
NEXT = world.PROGRAM.replace("title: Gold", "title: Emerald").replace(
    "voice: {title: Voice,", "video: {title: Video,"
)


@pytest.fixture
def announced() -> SimpleNamespace:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160)
    with scope.entered_vendor(vendor.pk):
        publish_program(load(NEXT), at=noon(NOW), effective_from=SOON)
    return SimpleNamespace(vendor=vendor, partner=partner)


def names(vendor) -> list[str]:
    with scope.entered_vendor(vendor.pk):
        rows = Level.objects.filter(code__in=["gold", "video"])
        return sorted(rows.values_list("name", flat=True))


def test_a_title_is_the_one_in_force_until_the_day_of_the_next(announced) -> None:
    beat(announced.vendor, "2026-02-28")
    assert names(announced.vendor) == ["Gold", "Video"]
    beat(announced.vendor, "2026-03-01")
    assert names(announced.vendor) == ["Emerald", "Video"]
    with scope.entered_vendor(announced.vendor.pk):
        assert follow_program(on=SOON) == 0


@pytest.mark.parametrize(
    ("on", "code", "other"), [(NOW, "voice", "video"), (SOON, "video", "voice")]
)
def test_only_a_level_of_the_version_in_force_is_asked_for(announced, on, code, other) -> None:
    with scope.entered_vendor(announced.vendor.pk):
        offered = {level.code for level in requestable(announced.partner, on)}
    assert code in offered and other not in offered
    body = {"partner": announced.partner.ref, "type": "msp"}
    with time_machine.travel(noon(on), tick=True):
        api = api_of(announced.vendor, "levels.request")
        assert api.post("/level-requests", {**body, "level": other}).status_code == 400
        assert api.post("/level-requests", {**body, "level": code}).status_code == 201
