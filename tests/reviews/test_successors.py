"""A version that takes a level out: whoever holds it moves to the one that follows, once, told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from programs.actions import publish_program
from programs.document import load
from programs.models import Level
from reviews import actions
from reviews.models import Cure, Grant, LevelException
from tenants import scope
from tenants.models import Event
from tests import factories as make
from tests.reviews import world
from tests.reviews.world import beat, day, held, level_of, noon, runs, said

pytestmark = pytest.mark.django_db
NOW, DAY = day("2026-02-10"), day("2026-04-01")
MAPPING = "mapping: {levels: {msp.gold: msp.top, msp.voice: msp.video}}\nbenefits:\n"
NEXT = (
    world.PROGRAM.replace("      gold:\n        title: Gold", "      top:\n        title: Top")
    .replace("          voice: {title: Voice,", "          video: {title: Video,")
    .replace("benefits:\n", MAPPING, 1)
)


@pytest.fixture
def mapped() -> SimpleNamespace:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160, name="Northwind")
    failing = world.add_partner(vendor, "gold", 120, name="Failing")
    beat(vendor, "2026-01-01")
    with scope.entered_vendor(vendor.pk):
        actions.settle_benefits(on=day("2026-01-01"))
    with scope.entered_vendor(vendor.pk):
        publish_program(load(NEXT), at=noon(NOW), effective_from=DAY)
    return SimpleNamespace(vendor=vendor, partner=partner, failing=failing)


def events(vendor) -> int:
    with scope.entered_vendor(vendor.pk):
        return Event.objects.filter(kind="level.mapped").count()


def test_the_level_moves_on_the_versions_first_day_and_once(mapped) -> None:
    beat(mapped.vendor, "2026-03-31")
    assert (level_of(mapped.partner), events(mapped.vendor)) == ("gold", 0)
    for on in ("2026-04-03", "2026-04-04"):  # after two days without beat
        beat(mapped.vendor, on)
    assert held(mapped.partner) == [
        ("gold", "2025-02-10", "2026-04-01"), ("top", "2026-04-01", None),
    ]  # fmt: skip
    assert events(mapped.vendor) == 2
    with scope.entered_vendor(mapped.vendor.pk):
        assert actions.follow_levels(on=day("2026-04-05")) == 0
        grant = Grant.objects.get(partner=mapped.partner, benefit="own_use")  # held on, as it was
        assert (grant.until, grant.sources) == (None, [["msp", "tier", "top"]])


def test_the_review_of_that_day_judges_under_the_new_name_and_the_cure_goes_along(mapped) -> None:
    with scope.entered_vendor(mapped.vendor.pk):
        cure = Cure.objects.get()
    beat(mapped.vendor, "2026-04-01")
    assert said(runs(mapped.vendor)[-1]) == {"Northwind": "keep", "Failing": "demote"}
    assert held(mapped.failing)[-2:] == [
        ("top", "2026-04-01", "2026-04-01"), ("silver", "2026-04-01", None),
    ]  # fmt: skip
    with scope.entered_vendor(mapped.vendor.pk):
        cure.refresh_from_db()
        assert (cure.level.code, cure.ended_as) == ("top", "over")


def test_an_exception_goes_along(mapped) -> None:
    gold = world.level(mapped.vendor, "gold")
    with scope.entered_vendor(mapped.vendor.pk):
        actions.grant_exception(
            mapped.failing, level=gold, until=day("2026-09-01"), on=NOW, reason="Merger"
        )
    beat(mapped.vendor, "2026-04-01")
    assert said(runs(mapped.vendor)[-1])["Failing"] == "exception"
    with scope.entered_vendor(mapped.vendor.pk):
        assert LevelException.objects.get(ended_on=None).level.code == "top"


def test_a_badge_moves_and_who_holds_the_new_one_keeps_it(mapped) -> None:
    with make.prepared(mapped.vendor):
        rows = {row.code: row for row in Level.objects.select_related("partner_type")}
        for partner, codes in ((mapped.partner, ["voice"]), (mapped.failing, ["voice", "video"])):
            for code in codes:
                make.EnrolmentFactory(
                    partner=partner, partner_type=rows[code].partner_type, axis="badge",
                    of_set=True, level=rows[code], since=NOW,
                )  # fmt: skip
    beat(mapped.vendor, "2026-04-01")
    assert held(mapped.partner, "badge") == [
        ("voice", "2026-02-10", "2026-04-01"), ("video", "2026-04-01", None),
    ]  # fmt: skip
    assert held(mapped.failing, "badge") == [
        ("voice", "2026-02-10", "2026-04-01"), ("video", "2026-02-10", None),
    ]  # fmt: skip
