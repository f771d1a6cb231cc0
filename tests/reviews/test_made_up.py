"""Reviews made up for after days without beat: by the facts and the levels of their day."""

from __future__ import annotations

import pytest

from partners.actions import set_level
from partners.models import Enrolment
from programs.models import Level
from reviews import actions
from reviews.models import Cure
from tenants import scope
from tests import factories as make
from tests.reviews import world
from tests.reviews.world import beat, day, fact, held, level_of, runs, said

pytestmark = pytest.mark.django_db
BADGES = world.PROGRAM.replace(
    "review: {clock: continuous}", "review: {clock: quarterly, up: review}"
)


def give(vendor, partner, code: str, on: str) -> None:
    found = world.level(vendor, code)
    with scope.entered_vendor(vendor.pk):
        kind = found.partner_type
        set_level(partner, partner_type=kind, level=found, on=day(on), reason="Deal")


def test_a_level_given_after_the_due_day_is_not_judged_by_a_late_review() -> None:
    vendor = world.new_vendor()
    given = world.add_partner(vendor, "silver", 120, name="Given")
    world.add_partner(vendor, "gold", 120, name="Held")
    beat(vendor, "2026-01-01")
    give(vendor, given, "gold", "2026-04-05")
    beat(vendor, "2026-04-10")
    assert [said(run) for run in runs(vendor)] == [
        {"Given": "keep", "Held": "cure"}, {"Held": "demote"},
    ]  # fmt: skip
    assert level_of(given) == "gold"
    beat(vendor, "2026-07-01")
    assert said(runs(vendor)[-1])["Given"] == "cure"


def test_a_badge_that_changed_hands_after_the_due_day_is_not_judged_by_a_late_review() -> None:
    vendor = world.new_vendor(BADGES)
    partner = world.add_partner(vendor, "registered", 0, name="Northwind")
    fact(partner, 7, "2025-12-01", metric="score")
    beat(vendor, "2026-01-01")
    assert held(partner, "badge") == [("cloud", "2026-01-01", None)]
    with make.prepared(vendor):
        Enrolment.objects.filter(level__code="cloud").update(until=day("2026-04-05"))
    beat(vendor, "2026-04-10")
    assert held(partner, "badge") == [("cloud", "2026-01-01", "2026-04-05")]


def test_a_cure_begun_after_the_due_day_is_not_ended_by_a_late_review() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160, name="Northwind")
    beat(vendor, "2026-01-01")
    fact(partner, 120, "2026-04-05")
    with scope.entered_vendor(vendor.pk):
        kind = Level.objects.get(code="gold").partner_type
        on = day("2026-04-05")
        actions.apply_run(kind, "tier", due_on=on, on=on, at=world.noon(on))
    beat(vendor, "2026-04-10")
    with scope.entered_vendor(vendor.pk):
        cure = Cure.objects.get()
        assert (str(cure.until), cure.ended_on) == ("2026-07-05", None)


def test_each_missed_review_goes_on_from_what_the_one_before_it_decided() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "registered", 130, name="Northwind")
    late = world.add_partner(vendor, "gold", 10, name="Late", joined_on=day("2026-05-01"))
    fact(partner, 210, "2026-03-15")
    fact(partner, 120, "2026-06-15")
    beat(vendor, "2026-07-10")
    assert [(str(run.due_on), said(run)) for run in runs(vendor)] == [
        ("2026-01-01", {"Northwind": "promote"}),
        ("2026-04-01", {"Northwind": "promote"}),
        ("2026-07-01", {"Northwind": "cure", "Late": "cure"}),
    ]
    assert (level_of(partner), level_of(late)) == ("gold", "gold")
    with scope.entered_vendor(vendor.pk):
        assert {str(cure.until) for cure in Cure.objects.all()} == {"2026-10-01"}
    assert beat(vendor, "2026-07-10") == 0
