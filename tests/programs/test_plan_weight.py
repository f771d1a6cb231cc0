"""What a plan says of benefits, badges, agreements, what a product builds on, seats and money."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from licensing.actions import authorize
from licensing.rules import deployment_standing
from partners.models import Agreement, Partner
from programs.actions import publish_program
from programs.effects import Total
from programs.plan import Plan, plan_program
from programs.plan_words import in_words
from tenants import scope
from tenants.models import Vendor
from tests import factories as make
from tests.programs.world import TEXT, add_partner, new_vendor, small
from web import clock
from web.templatetags.mainstay import short_date

pytestmark = pytest.mark.django_db

PRICED = (
    TEXT.replace("    title: Shield\n", "    title: Shield\n    price_month: 2.9\n"
                 "    counts_as: seat\n")
    .replace("{title: Registered}", "{title: Registered, benefits: {margin: 10}}")
    .replace("{title: Silver,", "{title: Silver, benefits: {margin: 15, logo: true},")
    .replace("types:\n", "benefits:\n  margin: {title: Margin, kind: discount, unit: '%'}\n"
             "  logo: {title: Logo, kind: access}\ntypes:\n", 1)
)  # fmt: skip


def today() -> dt.date:
    return clock.now().date()


def planned(vendor: Vendor, text: str) -> Plan:
    with scope.entered_vendor(vendor.pk):
        return plan_program(small(text), effective_from=today(), announced_on=today())


def running(vendor: Vendor, partner: Partner, seats: int, product: str = "shield") -> None:
    customer = make.CustomerFactory(partner=partner)
    with scope.entered_vendor(vendor.pk):
        authorize(customer, product, "general", seats, at=clock.now())


def test_a_closed_product_weighs_its_seats_at_the_price_in_force() -> None:
    vendor = new_vendor(text=PRICED)
    running(vendor, add_partner(vendor, "Alder IT", 55), 100)
    running(vendor, add_partner(vendor, "Birch IT", 52), 40)
    add_partner(vendor, "Cedar IT", 51)
    plan = planned(vendor, PRICED.replace("at_least: 50", "at_least: 60"))
    assert plan.totals["closes"] == Total(3, 140, Decimal("406.0"), 0)
    hits = [(hit.partner, hit.seats, hit.worth) for hit in plan.hardest]
    assert hits == [
        ("Alder IT", 100, Decimal("290.0")),
        ("Birch IT", 40, Decimal("116.0")),
        ("Cedar IT", 0, Decimal(0)),
    ]
    words = in_words(plan)
    assert "Closes for 3 partners (140 seats, 406.00 EUR a month by the program's prices)" in words
    assert f"Announced on {short_date(today())}, in force from {short_date(today())}." in words


def test_without_a_price_the_most_seats_are_hit_hardest() -> None:
    vendor = new_vendor()
    for number in range(12):
        running(vendor, add_partner(vendor, f"Partner {number:02}", 55), number + 1)
    plan = planned(vendor, TEXT.replace("at_least: 50", "at_least: 60"))
    assert [(hit.seats, hit.worth) for hit in plan.hardest] == [
        (seats, None) for seats in range(12, 2, -1)
    ]
    assert plan.totals["closes"] == Total(12, 78, Decimal(0), 12)


def test_a_level_that_falls_takes_its_benefits_along() -> None:
    vendor = new_vendor(text=PRICED)
    add_partner(vendor, "Alder IT", 110, "silver")
    plan = planned(vendor, PRICED.replace("at_least: 100", "at_least: 120"))
    assert [effect.words for effect in plan.effects] == [
        "Alder IT meets Registered as Managed service provider, before: Silver",
        "Alder IT loses Logo: none, before: included",
        "Alder IT loses Margin: 10 %, before: 15 %",
    ]


def test_a_benefit_changed_under_a_level_concerns_those_who_hold_it() -> None:
    vendor = new_vendor(text=PRICED)
    add_partner(vendor, "Alder IT", 110, "silver")
    add_partner(vendor, "Birch IT", 10)
    plan = planned(vendor, PRICED.replace("{margin: 15,", "{margin: 20,"))
    assert [(e.kind, e.partner, e.was, e.now) for e in plan.effects] == [
        ("wins", "Alder IT", "15 %", "20 %")
    ]


def test_a_rise_never_lowers_what_a_higher_level_gives() -> None:
    """It holds silver and meets nothing of it; meeting more than before takes nothing away."""
    vendor = new_vendor(text=PRICED)
    add_partner(vendor, "Alder IT", 40, "silver")
    text = PRICED.replace("      registered:", "      registered:").replace(
        "registered: {title: Registered,",
        "registered: {title: Registered, entry: {metric: {code: revenue, at_least: 30}},",
    )
    base = text.replace("at_least: 30}", "at_least: 45}")
    with scope.entered_vendor(vendor.pk):
        publish_program(small(base), at=clock.now())
    plan = planned(vendor, text)
    assert [effect.kind for effect in plan.effects] == ["rises"]


BADGED = TEXT.replace(
    "    tiers:\n",
    "    axes:\n      badge:\n        title: Badge\n        kind: set\n        levels:\n"
    "          cloud: {title: Cloud, entry: {metric: {code: revenue, at_least: 70}}}\n    tiers:\n",
)


def test_a_badge_is_planned_beside_the_tiers() -> None:
    vendor = new_vendor(text=BADGED)
    add_partner(vendor, "Alder IT", 75)
    plan = planned(vendor, BADGED.replace("at_least: 70", "at_least: 80"))
    (effect,) = plan.effects
    assert (effect.kind, effect.axis, effect.before, effect.after) == (
        "falls",
        "badge",
        "cloud",
        "",
    )
    assert effect.words == "Alder IT meets none as Managed service provider, Badge, before: Cloud"


def test_without_an_agreement_nothing_opens_or_closes() -> None:
    vendor = new_vendor()
    partner = add_partner(vendor, "Alder IT", 55)
    with make.prepared(vendor):
        Agreement.objects.filter(partner=partner).update(until=today() - dt.timedelta(days=1))
    assert planned(vendor, TEXT.replace("at_least: 50", "at_least: 60")).effects == ()


def test_a_product_closes_with_what_it_builds_on() -> None:
    text = TEXT.replace("    title: Ward\n", "    title: Ward\n    requires: shield\n")
    vendor = new_vendor(text=text)
    partner = add_partner(vendor, "Alder IT", 55)
    changed = text.replace("at_least: 50", "at_least: 60")
    plan = planned(vendor, changed)
    assert [(e.kind, e.subject, e.after) for e in plan.effects] == [
        ("closes", "shield", "general"), ("closes", "ward", "general"),
    ]  # fmt: skip
    with scope.entered_vendor(vendor.pk):
        publish_program(small(changed), at=clock.now())
        rows = Partner.objects.filter(pk=partner.pk)
        found = deployment_standing(rows, "ward", ["general"], on=today())[partner.pk]
    assert found.open is False


def test_a_scheduled_version_names_what_it_overrides() -> None:
    vendor = new_vendor()
    later = today() + dt.timedelta(days=30)
    with scope.entered_vendor(vendor.pk):
        publish_program(
            small(TEXT.replace("at_least: 200", "at_least: 300")),
            at=clock.now(),
            effective_from=later,
        )
    plan = planned(vendor, TEXT.replace("at_least: 100", "at_least: 120"))
    (scheduled,) = plan.later
    assert [change.path for change in scheduled.overrides] == ["types.msp.tiers.silver.entry"]
    assert (
        f"Version 2, announced on {short_date(today())}, takes over on {short_date(later)}."
        in in_words(plan)
    )


def test_many_partners_are_planned_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = new_vendor()
    for number in range(5):
        add_partner(vendor, f"Partner {number}", 55)
    text = TEXT.replace("at_least: 50", "at_least: 60")
    whole = planned(vendor, text).effects
    monkeypatch.setattr("programs.plan.CHUNK", 2)
    assert planned(vendor, text).effects == whole
    assert len(whole) == 5
