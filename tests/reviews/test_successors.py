"""A version that takes a level out: whoever holds it moves to the one that follows, once, told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from partners.models import Enrolment
from programs.actions import publish_program
from programs.document import load
from programs.models import Level
from programs.plan import plan_program
from programs.plan_words import in_words
from reviews import actions
from reviews.models import Cure, Grant, LevelException, Sanction
from tenants import scope
from tenants.models import Event
from tenants.writing import Refused
from tests import factories as make
from tests.reviews import world
from tests.reviews.world import beat, day, held, level_of, noon, runs, said

pytestmark = pytest.mark.django_db
NOW, DAY = day("2026-02-10"), day("2026-04-01")
TYPE_GONE = (
    world.PROGRAM.replace(
        "  msp:\n    title: Managed service provider", "  provider:\n    title: Provider"
    )
    .replace("      gold:\n        title: Gold", "      top:\n        title: Top")
    .replace(
        "benefits:\n",
        "mapping: {types: {msp: provider}, levels: {msp.gold: provider.top}}\nbenefits:\n",
        1,
    )
)
LOCKED = "lockout_months: 12\n        entry: {metric: {code: revenue, at_least: 200}}"
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


@pytest.fixture
def renamed() -> SimpleNamespace:
    """The whole type goes from April on; what Failing holds is in cure until then."""
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160, name="Northwind")
    failing = world.add_partner(vendor, "gold", 120, name="Failing")
    beat(vendor, "2026-01-01")
    return SimpleNamespace(vendor=vendor, partner=partner, failing=failing)


def announce(vendor, text: str = TYPE_GONE) -> None:
    with scope.entered_vendor(vendor.pk):
        publish_program(load(text), at=noon(NOW), effective_from=DAY)


def types_of(partner) -> list[tuple[str, str | None]]:
    with make.prepared(partner.vendor):
        rows = Enrolment.objects.filter(partner=partner, axis="tier").order_by("since", "pk")
        return [(row.partner_type.code, row.until and str(row.until)) for row in rows]


def test_a_plan_counts_who_moves_with_a_type_and_names_who_falls_by_it(renamed) -> None:
    stricter = TYPE_GONE.replace("at_least: 150", "at_least: 170")
    with scope.entered_vendor(renamed.vendor.pk):
        plan = plan_program(load(stricter), effective_from=DAY)
        words = in_words(plan)
    assert [(one.section, one.code, one.count, one.settled) for one in plan.retired] == [
        ("types", "msp", 2, True), ("levels", "msp.gold", 2, True),
    ]  # fmt: skip
    assert "Managed service provider (2 partners) goes; Provider follows it" in words
    assert [(one.kind, one.partner, one.was, one.now) for one in plan.effects_of("falls")] == [
        ("falls", "Northwind", "Gold", "Silver"),
    ]  # fmt: skip


def test_a_type_that_goes_without_a_mapping_is_refused(renamed) -> None:
    unmapped = TYPE_GONE.replace("types: {msp: provider}, ", "").replace(
        "levels: {msp.gold: provider.top}", "levels: {}"
    )
    with pytest.raises(Refused) as found:
        announce(renamed.vendor, unmapped)
    assert found.value.code == "mapping_needed"
    assert [one.pointer for one in found.value.reasons] == ["mapping/types", "mapping/levels"]


def test_a_type_that_goes_takes_its_partners_levels_and_reviews_along(renamed) -> None:
    announce(renamed.vendor)
    beat(renamed.vendor, "2026-04-01")
    assert types_of(renamed.partner) == [("msp", "2026-04-01"), ("provider", None)]
    assert held(renamed.partner)[-1] == ("top", "2026-04-01", None)
    (last,) = [one for one in runs(renamed.vendor) if one.due_on == DAY]
    assert (last.partner_type.code, said(last)) == (
        "provider", {"Northwind": "keep", "Failing": "demote"},
    )  # fmt: skip
    assert level_of(renamed.failing) == "silver"
    beat(renamed.vendor, "2026-07-01")
    assert said(runs(renamed.vendor)[-1]) == {"Northwind": "keep", "Failing": "keep"}


def test_reviews_of_a_type_that_went_during_a_downtime_are_made_up_for(renamed) -> None:
    with scope.entered_vendor(renamed.vendor.pk):
        publish_program(load(TYPE_GONE), at=noon(NOW), effective_from=day("2026-04-02"))
    beat(renamed.vendor, "2026-04-02")
    judged = [(one.partner_type.code, str(one.due_on)) for one in runs(renamed.vendor)]
    assert judged[-1] == ("msp", "2026-04-01")
    assert held(renamed.failing)[-1][0] == "silver"
    assert types_of(renamed.failing)[-1] == ("provider", None)


def test_lock_outs_and_what_was_lost_go_along_with_a_type(renamed) -> None:
    text = world.PROGRAM.replace("entry: {metric: {code: revenue, at_least: 200}}", LOCKED)
    gone = TYPE_GONE.replace("entry: {metric: {code: revenue, at_least: 200}}", LOCKED)
    with scope.entered_vendor(renamed.vendor.pk):
        publish_program(load(text), at=noon("2026-01-02"), effective_from=day("2026-01-02"))
    beat(renamed.vendor, "2026-04-01")
    assert level_of(renamed.failing) == "silver"  # its cure was over
    with scope.entered_vendor(renamed.vendor.pk):
        publish_program(load(gone), at=noon("2026-04-02"), effective_from=day("2026-04-02"))
        actions.impose_sanction(
            renamed.partner, kind=Sanction.Kind.LOCK_OUT, level=world.level(renamed.vendor, "gold"),
            months=36, on=day("2026-04-02"), reason="Unpaid",
        )  # fmt: skip
    world.fact(renamed.failing, 300, "2026-04-03")
    beat(renamed.vendor, "2026-07-01")
    assert (types_of(renamed.failing)[-1][0], level_of(renamed.failing)) == ("provider", "silver")
    beat(renamed.vendor, "2027-04-01")
    assert level_of(renamed.failing) == "top"
    with scope.entered_vendor(renamed.vendor.pk):
        assert Sanction.objects.get().partner_type.code == "provider"
