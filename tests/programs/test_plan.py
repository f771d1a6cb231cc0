from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs import document as documents
from programs.actions import publish_program
from programs.compiled import program_on
from programs.gathering import active_partners, facts_of
from programs.plan import groups, plan_program
from programs.plan_words import in_words
from programs.rules import Case, level_met, partner_tree
from tenants import scope
from tenants.models import Vendor
from tests.factories import PartnerFactory
from tests.programs.world import CHANGED, TEXT, add_partner, new_vendor, small
from web import clock
from web.templatetags.mainstay import short_date

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor() -> Vendor:
    return new_vendor()


def today() -> dt.date:
    return clock.now().date()


def queries(vendor: Vendor) -> int:
    with scope.entered_vendor(vendor.pk), CaptureQueriesContext(connection) as ran:
        plan = plan_program(small(CHANGED), effective_from=today())
    assert plan.counts["closes"] == plan.partners
    return len(ran)


def test_a_plan_asks_as_much_for_many_as_for_few(vendor: Vendor) -> None:
    for number in range(2):
        add_partner(vendor, f"Partner {number}", 55)
    queries(vendor)  # the document is compiled once per process
    few = queries(vendor)
    for number in range(2, 20):
        add_partner(vendor, f"Partner {number}", 55)
    assert queries(vendor) == few


def test_a_partner_without_any_fact_is_planned_like_others(vendor: Vendor) -> None:
    partner = PartnerFactory(vendor=vendor, name="Alder IT", joined_on=dt.date(2024, 1, 1))
    with scope.entered_vendor(vendor.pk):
        plan = plan_program(small(CHANGED), effective_from=today())
        known = facts_of([partner.pk], today())[partner.pk]
    assert (plan.partners, plan.effects, known.people) == (1, (), ())


def test_seats_are_a_known_zero_where_nothing_runs(vendor: Vendor) -> None:
    partner = PartnerFactory(vendor=vendor)
    with scope.entered_vendor(vendor.pk):
        known = facts_of([partner.pk], today())[partner.pk]
    assert known.metrics["seats"].value == 0


def test_publishing_changes_exactly_what_the_plan_said(vendor: Vendor) -> None:
    for number, revenue in enumerate([None, 5, 15, 55, 60, 105, 115, 120, 140, 155, 250]):
        add_partner(vendor, f"Partner {number}", revenue)

    def standing() -> dict[tuple[str, int], str]:
        document, day = program_on(today()).document, today()
        held = {}
        for pk, known in facts_of(list(active_partners(day)), day).items():
            held["msp", pk] = level_met(document, "msp", known, day) or ""
            for code, env in (("shield", "general"), ("ward", "general"), ("ward", "clinical")):
                tree = partner_tree(document, code, [env])
                assert tree is not None
                held[f"{code} {env}", pk] = str(tree.holds(Case(known, day)) is True)
        return held

    with scope.entered_vendor(vendor.pk):
        plan = plan_program(small(CHANGED), effective_from=today())
        before = standing()
        publish_program(plan.document, at=clock.now(), expected_base=plan.base)
        after = standing()
    said = {
        (e.subject if e.subject == "msp" else f"{e.subject} {e.after}", e.partner_id)
        for e in plan.effects
    }
    assert said == {key for key in before if before[key] != after[key]}
    counts = {kind: count for kind, count in plan.counts.items() if count}
    assert counts == {"falls": 2, "closes": 1, "opens": 3}


def test_the_published_program_exported_plans_nothing(vendor: Vendor) -> None:
    with scope.entered_vendor(vendor.pk):
        publish_program(small(CHANGED), at=clock.now())
        again = documents.load(documents.export_yaml(program_on(today()).document))
        plan = plan_program(again, effective_from=today())
    assert (plan.empty, plan.changes, plan.effects) == (True, (), ())
    day = short_date(today())
    assert in_words(plan) == f"Nothing changes: this is version 2, in force on {day}."


def test_a_plan_compares_with_what_will_be_in_force_on_its_day(vendor: Vendor) -> None:
    later = today() + dt.timedelta(days=10)
    with scope.entered_vendor(vendor.pk):
        publish_program(small(CHANGED), at=clock.now(), effective_from=later)
        now = plan_program(small(CHANGED), effective_from=today())
        then = plan_program(small(CHANGED), effective_from=later)
    scheduled = [(one.number, one.effective_from, one.overrides) for one in now.later]
    assert (now.based_on.number, scheduled, len(now.changes)) == (1, [(2, later, ())], 3)
    assert (then.based_on.number, then.later, then.empty) == (2, (), True)
    assert now.base == then.base == 2


def test_partners_of_one_consequence_share_a_line(vendor: Vendor) -> None:
    for number in range(3):
        add_partner(vendor, f"Partner {number}", 55)
    with scope.entered_vendor(vendor.pk):
        (group,) = groups(plan_program(small(CHANGED), effective_from=today()))
    assert (group.kind, group.subject, group.shown, group.more) == (
        "closes", "Shield", ("Partner 0", "Partner 1", "Partner 2"), 0,
    )  # fmt: skip


def test_a_first_plan_has_nothing_to_compare(db: None) -> None:
    vendor = new_vendor("fresh", text="")
    with scope.entered_vendor(vendor.pk):
        plan = plan_program(small(TEXT), effective_from=today())
    assert (plan.based_on, plan.base, plan.empty, groups(plan)) == (None, 0, False, [])


REVIEWED = TEXT.replace("    tiers:\n", "    review: {clock: quarterly}\n    tiers:\n")
MILDER = REVIEWED.replace(
    "entry: {metric: {code: revenue, at_least: 100}}",
    "entry: {metric: {code: revenue, at_least: 120}}, "
    "retain: {metric: {code: revenue, at_least: 105}}",
)


@pytest.mark.parametrize(
    ("first", "expected"),
    [(REVIEWED, []), (REVIEWED.replace("quarterly", "quarterly, down: never"), ["rises"])],
)
def test_a_later_version_meets_the_levels_that_one_before_it_leaves(
    vendor: Vendor, first: str, expected: list[str]
) -> None:
    """Who fell by the version before has to come in again, and no longer only to stay."""
    day = today() + dt.timedelta(days=10)
    add_partner(vendor, "Alder IT", 110, "silver")
    stricter = first.replace("at_least: 100", "at_least: 115")
    with scope.entered_vendor(vendor.pk):
        publish_program(small(stricter), at=clock.now(), effective_from=day)
        plan = plan_program(
            small(MILDER), effective_from=day + dt.timedelta(days=10), today=today()
        )
        words = in_words(plan)
    assert ([one.kind for one in plan.effects], plan.passed) == (expected, (2,))
    assert "Version 2 takes effect before it: levels are those that it leaves." in words
