"""Partners through the year: reviews in a row, cures, exceptions, downtime."""

from __future__ import annotations

import datetime as dt

import pytest

from reviews import actions
from reviews.models import Cure, LevelException, ReviewRun
from tenants import scope
from tests.reviews import world
from tests.reviews.world import beat, day, fact, held, level_of, runs, said

pytestmark = pytest.mark.django_db


def test_four_reviews_in_a_row_move_a_partner_up_into_cure_down_and_up_again() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 210, name="Northwind")
    beat(vendor, "2026-01-01")
    assert held(partner) == [
        ("silver", "2025-02-10", "2026-01-01"),
        ("gold", "2026-01-01", None),
    ]
    fact(partner, 120, "2026-03-20")
    beat(vendor, "2026-04-01")
    assert level_of(partner) == "gold"
    with scope.entered_vendor(vendor.pk):
        cure = Cure.objects.get()
        assert (str(cure.since), str(cure.until), cure.ended_on) == (
            "2026-04-01",
            "2026-07-01",
            None,
        )
        assert cure.gap[0]["need"] == "150" and cure.gap[0]["have"] == "120"
    beat(vendor, "2026-07-01")
    assert held(partner)[-1] == ("silver", "2026-07-01", None)
    fact(partner, 250, "2026-08-01")
    beat(vendor, "2026-10-01")
    assert held(partner)[-1] == ("gold", "2026-10-01", None)
    with scope.entered_vendor(vendor.pk):
        assert Cure.objects.get().ended_as == "over"
    assert [said(run)["Northwind"] for run in runs(vendor)] == [
        "promote", "cure", "demote", "promote",
    ]  # fmt: skip


def test_a_cure_that_is_met_ends_between_two_reviews_and_the_level_stays() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 120)
    beat(vendor, "2026-01-01")
    fact(partner, 160, "2026-02-10")
    beat(vendor, "2026-02-11")
    beat(vendor, "2026-04-01")
    assert held(partner) == [("gold", "2025-02-10", None)]
    with scope.entered_vendor(vendor.pk):
        cure = Cure.objects.get()
        assert (cure.ended_as, str(cure.ended_on)) == ("cured", "2026-02-11")


def test_a_cure_ends_on_its_day_and_not_at_the_next_review() -> None:
    vendor = world.new_vendor(world.PROGRAM.replace("cure: {months: 3}", "cure: {months: 1}"))
    partner = world.add_partner(vendor, "gold", 120)
    for on in ("2026-01-01", "2026-01-31", "2026-02-01"):
        beat(vendor, on)
    assert held(partner)[-1] == ("silver", "2026-02-01", None)


def test_between_reviews_a_partner_only_rises() -> None:
    vendor = world.new_vendor()
    risen = world.add_partner(vendor, "registered", 90)
    failing = world.add_partner(vendor, "gold", 160)
    beat(vendor, "2026-01-01")
    fact(risen, 130, "2026-01-15")
    fact(failing, 10, "2026-01-15")
    beat(vendor, "2026-01-16")
    assert (level_of(risen), level_of(failing)) == ("silver", "gold")
    with scope.entered_vendor(vendor.pk):
        assert not Cure.objects.exists()


def test_up_at_the_review_only_waits_for_it() -> None:
    vendor = world.new_vendor(world.PROGRAM.replace("up: any_time", "up: review"))
    partner = world.add_partner(vendor, "registered", 130)
    fact(partner, 130, "2026-01-15")
    beat(vendor, "2026-03-30")  # the review of 1 January, made up for, found the same
    assert level_of(partner) == "silver"
    fact(partner, 300, "2026-03-31")
    beat(vendor, "2026-03-31")
    assert level_of(partner) == "silver"
    beat(vendor, "2026-04-01")
    assert level_of(partner) == "gold"


def test_unknown_moves_nobody_and_says_what_is_missing() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", None, name="Silent")
    for on in ("2026-01-01", "2026-04-01", "2026-07-01"):
        beat(vendor, on)
    assert held(partner) == [("gold", "2025-02-10", None)]
    assert {said(run)["Silent"] for run in runs(vendor)} == {"unknown"}


def test_an_exception_holds_until_its_review_day_and_then_the_cure_starts() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 120, name="Spared")
    with scope.entered_vendor(vendor.pk):
        actions.grant_exception(
            partner,
            level=world.level(vendor, "gold"),
            until=day("2026-05-10"),
            on=day("2025-12-31"),
            reason="Merger",
        )
    beat(vendor, "2026-01-01")
    beat(vendor, "2026-04-01")
    assert [said(run)["Spared"] for run in runs(vendor)] == ["exception", "exception"]
    beat(vendor, "2026-05-09")
    with scope.entered_vendor(vendor.pk):
        assert LevelException.objects.get().ended_on is None and not Cure.objects.exists()
    beat(vendor, "2026-05-10")
    with scope.entered_vendor(vendor.pk):
        assert LevelException.objects.get().ended_on == day("2026-05-10")
        assert Cure.objects.get().until == day("2026-08-10")
    assert level_of(partner) == "gold"


def test_reviews_missed_in_a_downtime_are_made_up_for_once_each_in_order() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160)
    beat(vendor, "2026-01-01")
    fact(partner, 120, "2026-02-01")
    assert beat(vendor, "2026-10-05") > 0
    assert [str(run.due_on) for run in runs(vendor)] == [
        "2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01",
    ]  # fmt: skip
    assert held(partner)[-1] == ("silver", "2026-10-05", None)
    assert beat(vendor, "2026-10-05") == 0


def test_a_clock_is_due_by_the_vendors_day_and_through_daylight_saving() -> None:
    vendor = world.new_vendor(time_zone="Pacific/Auckland")
    world.add_partner(vendor, "silver", 120)
    # 1 April begins in Auckland while it is 31 March, 11:00, in London (daylight saving: +13).
    before = dt.datetime(2026, 3, 31, 10, 59, tzinfo=dt.UTC)
    after = dt.datetime(2026, 3, 31, 11, 0, tzinfo=dt.UTC)
    for at in (before, after):
        with scope.entered_vendor(vendor.pk):
            actions.open_due_runs(on=vendor.day_of(at), at=at)
        found = [run for run in runs(vendor) if run.due_on == day("2026-04-01")]
        assert [run.decided_at for run in found] == ([] if at == before else [after])


def test_a_set_gives_each_badge_for_itself_and_takes_it_back() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    fact(partner, 6, "2026-01-05", metric="score")
    beat(vendor, "2026-01-05")
    assert held(partner, "badge") == [("cloud", "2026-01-05", None)]
    assert level_of(partner) == "silver"
    fact(partner, 1, "2026-01-07", metric="score")
    beat(vendor, "2026-01-07")
    assert held(partner, "badge") == [("cloud", "2026-01-05", "2026-01-07")]


def test_a_partner_that_joins_after_the_due_day_is_reviewed_the_next_time() -> None:
    vendor = world.new_vendor()
    world.add_partner(vendor, "silver", 120, name="Old")
    late = world.add_partner(vendor, "gold", 10, name="New", joined_on=day("2026-04-02"))
    beat(vendor, "2026-04-05")
    assert [set(said(run)) for run in runs(vendor)][-1] == {"Old"}
    assert level_of(late) == "gold"


def test_a_continuous_clock_tells_each_outcome_once() -> None:
    vendor = world.new_vendor(world.PROGRAM.replace("clock: quarterly", "clock: continuous"))
    partner = world.add_partner(vendor, "gold", 120, name="Northwind")
    for on in ("2026-01-01", "2026-01-02", "2026-01-03"):
        beat(vendor, on)
    assert [said(run) for run in runs(vendor)] == [{"Northwind": "cure"}, {}, {}]
    assert level_of(partner) == "gold"


def test_an_anniversary_reviews_each_partner_on_its_day_leap_days_included() -> None:
    text = world.PROGRAM.replace("clock: quarterly, up: any_time", "clock: anniversary, up: review")
    vendor = world.new_vendor(text)
    world.add_partner(vendor, "silver", 120, name="Leap", joined_on=day("2024-02-29"))
    world.add_partner(vendor, "silver", 120, name="March", joined_on=day("2025-03-01"))
    beat(vendor, "2026-03-05")
    assert [(str(run.due_on), set(said(run))) for run in runs(vendor)] == [
        ("2026-02-28", {"Leap"}),
        ("2026-03-01", {"March"}),
    ]


def test_a_window_is_met_on_any_of_its_days() -> None:
    text = world.PROGRAM.replace("clock: quarterly", "clock: {from: 02-01, until: 03-31}")
    vendor = world.new_vendor(text)
    met = world.add_partner(vendor, "gold", 160, name="Met")
    fact(met, 20, "2026-03-10")
    missed = world.add_partner(vendor, "gold", 160, name="Missed")
    fact(missed, 20, "2026-01-20")
    beat(vendor, "2026-04-01")
    assert said(runs(vendor)[-1]) == {"Met": "keep", "Missed": "cure"}


def test_a_company_inherits_the_best_level_below_it() -> None:
    text = world.PROGRAM.replace("    tiers:", "    inherit: best_child\n    tiers:")
    vendor = world.new_vendor(text)
    group = world.add_partner(vendor, "registered", 0)
    world.add_partner(vendor, "gold", 160, parent=group)
    beat(vendor, "2026-01-01")
    assert level_of(group) == "gold"


def test_a_suspended_partner_is_not_reviewed() -> None:
    vendor = world.new_vendor()
    world.add_partner(vendor, "gold", 10, status="suspended")
    beat(vendor, "2026-01-01")
    assert [run.partners for run in runs(vendor)] == [0]
    with scope.entered_vendor(vendor.pk):
        assert ReviewRun.objects.filter(state="applied").exists()
