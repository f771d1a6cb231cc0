"""Previewing, approving and undoing a review: who may, when it is refused, what it leaves."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from partners.models import Enrolment
from programs.models import PartnerType
from reviews import actions
from reviews.models import Cure, Grant, ReviewRun
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.reviews import world
from tests.reviews.world import beat, day, fact, held, level_of, noon, publish, runs, said

APPROVED = world.PROGRAM.replace("cure: {months: 3}}", "cure: {months: 3}, approve: true}")


def preview(vendor, on="2026-02-10") -> ReviewRun:
    with scope.entered_vendor(vendor.pk):
        kind = PartnerType.objects.get(code="msp")
        return actions.preview_run(kind, "tier", on=day(on), at=noon(on))


def approve(vendor, run: ReviewRun, on="2026-02-10") -> ReviewRun:
    with scope.entered_vendor(vendor.pk):
        return actions.approve_run(run, on=day(on), at=noon(on))


def undo(vendor, run: ReviewRun, on="2026-02-12") -> ReviewRun:
    with scope.entered_vendor(vendor.pk):
        return actions.undo_run(run, on=day(on), at=noon(on), reason="Wrong figures")


@pytest.mark.django_db
class TestPreview:
    def test_a_preview_moves_nobody_and_approving_it_moves_whom_it_showed(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 130, name="Northwind")
        run = preview(vendor)
        assert (said(run), level_of(partner)) == ({"Northwind": "promote"}, "registered")
        approve(vendor, run)
        assert held(partner)[-1] == ("silver", "2026-02-10", None)

    def test_a_second_preview_takes_the_place_of_the_first(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 130, name="Northwind")
        first = preview(vendor)
        fact(partner, 300, "2026-02-10")
        second = preview(vendor)
        assert (second.pk, len(runs(vendor, "demand"))) == (first.pk, 1)
        approve(vendor, second)
        assert level_of(partner) == "gold"

    def test_a_partner_does_not_see_what_a_preview_says_of_it(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 130)
        run = preview(vendor)
        member = make.MembershipFactory(role=Role.PARTNER_ADMIN, partner=partner)
        with scope.enter(make.scope_of(member)):
            from reviews.models import ReviewOutcome

            assert list(ReviewOutcome.objects.all()) == []
        approve(vendor, run)
        with scope.enter(make.scope_of(member)):
            assert [row.kind for row in ReviewOutcome.objects.all()] == ["promote"]

    def test_a_version_published_meanwhile_makes_the_preview_outdated(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 130)
        run = preview(vendor)
        text = world.PROGRAM.replace("at_least: 100", "at_least: 140")
        publish(vendor, text, day("2026-02-10"))
        with pytest.raises(Refused) as refused:
            approve(vendor, run)
        assert refused.value.code == "review_outdated"
        assert level_of(partner) == "registered"

    def test_a_preview_on_demand_is_of_its_day(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 130)
        run = preview(vendor)
        with pytest.raises(Refused) as refused:
            approve(vendor, run, "2026-02-11")
        assert refused.value.code == "review_outdated"
        assert level_of(partner) == "registered"

    def test_a_level_set_meanwhile_makes_the_preview_outdated(self) -> None:
        from partners.actions import set_level

        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 130, name="Northwind")
        run = preview(vendor)
        gold = world.level(vendor, "gold")
        with scope.entered_vendor(vendor.pk):
            set_level(
                partner,
                partner_type=gold.partner_type,
                level=gold,
                on=day("2026-02-10"),
                reason="Deal",
            )
        with pytest.raises(Refused, match="Northwind"):
            approve(vendor, run)
        assert level_of(partner) == "gold"

    def test_a_partner_that_joins_meanwhile_is_left_to_the_next_review(self) -> None:
        vendor = world.new_vendor()
        world.add_partner(vendor, "registered", 130, name="Old")
        run = preview(vendor)
        late = world.add_partner(vendor, "registered", 300, name="New", joined_on=day("2026-02-10"))
        approve(vendor, run)
        assert (set(said(run)), level_of(late)) == ({"Old"}, "registered")

    def test_where_the_clock_says_so_a_review_waits_for_a_person(self) -> None:
        vendor = world.new_vendor(APPROVED)
        partner = world.add_partner(vendor, "gold", 120, name="Northwind")
        assert beat(vendor, "2026-01-01") > 0
        (run,) = runs(vendor)
        assert (run.state, said(run)) == ("preview", {"Northwind": "cure"})
        assert beat(vendor, "2026-01-01") == 0
        approve(vendor, run, "2026-01-09")
        with scope.entered_vendor(vendor.pk):
            assert str(Cure.objects.get().until) == "2026-04-01"
        assert level_of(partner) == "gold"

    def test_one_bound_to_a_partner_runs_no_review(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 130)
        person = make.PersonFactory(vendor=vendor)
        kind = world.level(vendor, "gold").partner_type
        with make.enter_as(person, Role.INTEGRATION, partner), pytest.raises(NotAllowed):
            actions.apply_run(
                kind, "tier", due_on=day("2026-01-01"), on=day("2026-01-01"), at=noon("2026-01-01")
            )
        with make.enter_as(person, Role.CAM), pytest.raises(NotAllowed):
            actions.preview_run(kind, "tier", on=day("2026-01-01"), at=noon("2026-01-01"))
        assert runs(vendor, "demand") == []


@pytest.mark.django_db
class TestUndo:
    def test_undo_restores_levels_cures_and_benefits(self) -> None:
        vendor = world.new_vendor()
        up = world.add_partner(vendor, "registered", 130)
        failing = world.add_partner(vendor, "gold", 120)
        before = held(up), held(failing)
        run = approve(vendor, preview(vendor))
        with scope.entered_vendor(vendor.pk):
            assert Grant.objects.filter(partner=up, benefit="own_use", until=None).exists()
        undo(vendor, run)
        assert (held(up), held(failing)) == before
        with scope.entered_vendor(vendor.pk):
            assert Cure.objects.get().ended_as == "undone"
            assert not Grant.objects.filter(partner=up, benefit="own_use", until=None).exists()
            assert Event.objects.filter(kind="review.undone").count() == 1

    def test_undo_of_a_fall_reopens_the_cure_that_was_over(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "gold", 120)
        beat(vendor, "2026-01-01")
        beat(vendor, "2026-04-01")
        assert level_of(partner) == "silver"
        undo(vendor, runs(vendor)[-1], "2026-04-02")
        assert held(partner) == [("gold", "2025-02-10", None)]
        with scope.entered_vendor(vendor.pk):
            assert Cure.objects.get().ended_on is None

    def test_undo_is_refused_once_a_later_run_moved_the_partner(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 130, name="Northwind")
        first = approve(vendor, preview(vendor))
        fact(partner, 300, "2026-02-11")
        approve(vendor, preview(vendor, "2026-02-11"), "2026-02-11")
        after = held(partner)
        with pytest.raises(Refused, match="Northwind") as refused:
            undo(vendor, first)
        assert refused.value.code == "changed_since"
        assert (held(partner), [run.state for run in runs(vendor, "demand")]) == (
            after,
            ["applied", "applied"],
        )

    def test_undo_is_refused_once_a_later_run_put_its_level_in_cure(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 210, name="Northwind")
        first = approve(vendor, preview(vendor))
        fact(partner, 120, "2026-03-20")
        beat(vendor, "2026-04-01")
        with pytest.raises(Refused, match="Northwind") as refused:
            undo(vendor, first, "2026-04-02")
        assert (refused.value.code, level_of(partner)) == ("changed_since", "gold")

    def test_undo_passes_over_a_later_run_that_changed_nothing_for_its_partners(self) -> None:
        vendor = world.new_vendor()
        partner = world.add_partner(vendor, "registered", 210, name="Northwind")
        other = world.add_partner(vendor, "registered", 0)
        before, first = held(partner), approve(vendor, preview(vendor))
        fact(other, 130, "2026-03-20")
        beat(vendor, "2026-04-01")
        undo(vendor, first, "2026-04-02")
        assert (held(partner), level_of(other)) == (before, "silver")

    def test_a_preview_and_an_undone_review_cannot_be_undone(self) -> None:
        vendor = world.new_vendor()
        world.add_partner(vendor, "registered", 130)
        run = preview(vendor)
        for _ in range(2):
            with pytest.raises(Refused) as refused:
                undo(vendor, run)
            assert refused.value.code == "wrong_state"
            if run.state == "preview":
                approve(vendor, run)
                undo(vendor, run)
                run.state = "undone"


def test_of_two_admins_who_approve_at_once_one_is_told_that_it_was_done(committed_db) -> None:
    vendor = world.new_vendor()
    partners = [world.add_partner(vendor, "registered", 130) for _ in range(3)]
    run = preview(vendor)
    found: list[str] = []
    start = threading.Barrier(2)

    def one() -> None:
        start.wait()
        try:
            approve(vendor, run)
            found.append("applied")
        except Refused as refused:
            found.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["applied", "wrong_state"]
    assert [len(held(partner)) for partner in partners] == [2, 2, 2]


@pytest.mark.django_db
def test_queries_of_a_run_do_not_grow_with_the_partners() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for n in (2, 20):
        vendor = world.new_vendor()
        for place in range(n):
            world.add_partner(vendor, "registered", 130)
            world.add_partner(vendor, "gold", 120 if place else 90)
        with scope.entered_vendor(vendor.pk):
            kind = PartnerType.objects.get(code="msp")
            with CaptureQueriesContext(connection) as captured:
                actions.apply_run(
                    kind,
                    "tier",
                    due_on=day("2026-01-01"),
                    on=day("2026-01-01"),
                    at=noon("2026-01-01"),
                )
            counts.append(len(captured))
            assert Enrolment.objects.filter(level__code="silver", until=None).count() == n
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_review_that_moves_nobody_waits_for_nobody_and_holds_nobody_up() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    vendor = world.new_vendor(APPROVED)
    world.add_partner(vendor, "gold", 160, name="Northwind")
    with CaptureQueriesContext(connection) as captured:
        beat(vendor, "2026-01-01")
    (run,) = runs(vendor)
    assert (run.state, said(run)) == ("applied", {"Northwind": "keep"})
    asked = [query["sql"] for query in captured]
    computed = next(i for i, sql in enumerate(asked) if "INSERT INTO reviews_reviewoutcome" in sql)
    locked = [i for i, sql in enumerate(asked) if "pg_advisory_xact_lock(7103" in sql]
    assert locked and min(locked) > computed
