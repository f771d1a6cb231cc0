"""A partner's timeline says in words what reviews did."""

from __future__ import annotations

from decimal import Decimal

import pytest

from partners.sources import held_levels
from partners.timeline import timeline_of
from reviews import actions
from tenants import scope
from tests.reviews import world
from tests.reviews.world import beat, day, level, noon

ON = day("2026-02-10")


@pytest.mark.django_db
def test_what_reviews_did_is_told_in_sentences_without_codes() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 120)
    gold, voice = level(vendor, "gold"), level(vendor, "voice")
    beat(vendor, "2026-01-01")
    with scope.entered_vendor(vendor.pk):
        actions.settle_benefits(on=day("2026-01-01"))
        actions.grant_exception(partner, level=gold, until=day("2026-12-31"), on=ON, reason="Deal")
        actions.record_use(partner, "hours", Decimal(3), on=ON)
        actions.record_use(partner, "hours", Decimal(-1), on=ON)
        asked = actions.request_level(partner, level=voice, on=ON, at=noon(ON))
        actions.decide_request(asked, accept=False, on=ON, at=noon(ON), reason="Too early")
        actions.impose_sanction(partner, kind="lock_out", months=2, on=ON, reason="Late")
        rows = timeline_of(on=ON, partner_id=partner.pk)
    assert [row["text"] for row in reversed(rows)] == [
        "Managed service provider: Gold is kept, with its benefits, until 1 Apr 2026.",
        "Discount: 20 % from 1 Jan 2026.",
        "Success hours: 10 from 1 Jan 2026.",
        "Own-use seats: 50 from 1 Jan 2026.",
        "Managed service provider: Gold is kept by exception until 31 Dec 2026: Deal.",
        "Success hours: 3 used, 3 in all.",
        "Success hours: 1 given back, 2 in use.",
        "Managed service provider: Voice. Request.",
        "Managed service provider: Voice: Too early.",
        "No promotion from 10 Feb 2026 until 10 Apr 2026: Late.",
    ]


@pytest.mark.django_db
def test_a_held_level_names_its_axis() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160)
    world.fact(partner, 7, "2026-01-01", metric="score")
    beat(vendor, "2026-01-01")
    with scope.entered_vendor(vendor.pk):
        found = held_levels([partner.pk], ON)[partner.pk]["msp"]
    assert [(held.tier, held.axis) for held in found] == [("gold", "tier"), ("cloud", "badge")]
