"""Stories of the library once more, through the database: the clock opens the reviews, they are
applied, and what they say is what the story says."""

from datetime import date
from typing import Any

import pytest

from partners import actions as partners
from partners.models import Partner
from programs import library
from programs.models import Level
from programs.rules import facts_from
from reviews.models import ReviewOutcome
from reviews.rules import due_days
from tenants import scope
from tests import factories as make
from tests.reviews import world

pytestmark = pytest.mark.django_db

# Those that need records and a country only; the day is the one from which the program is in force.
RUN = [
    ("acronis-service-provider", "usage lifts the commitment on the statement day, only the "
     "partner's request lowers it", date(2025, 11, 3)),
    ("acronis-service-provider", "a commitment that was bought is kept, whatever is used of it",
     date(2025, 11, 3)),
    ("sophos-partner-program", "a Gold partner of Poland through eight audits", date(2019, 4, 1)),
]  # fmt: skip


def told(name: str, title: str) -> dict[str, Any]:
    return next(story for story in library.stories(name) if story["title"] == title)


def on_record(story: dict[str, Any], vendor: Any, level: str) -> Partner:
    """The story's partner with its rows, at the lowest tier since it joined."""
    facts = facts_from(story["facts"])
    joined = date.fromisoformat(story["joined"])
    partner = make.PartnerFactory(vendor=vendor, joined_on=joined, country=facts.country or "DE")
    lowest = world.level(vendor, level)
    make.EnrolmentFactory(
        partner=partner, partner_type=lowest.partner_type, level=lowest, since=joined
    )
    for kind, rows in facts.records.items():
        for row in rows:
            make.RecordFactory(
                partner=partner, kind=kind, on=row.on, value=row.value, currency=row.currency
            )
    return partner


def give(partner: Partner, level: Level, on: date) -> None:
    with scope.entered_vendor(partner.vendor_id, origin="command"):
        partners.set_level(
            partner, partner_type=level.partner_type, level=level, on=on, reason="By hand"
        )


def said(partner: Partner, axis: str, on: date) -> list[str]:
    with make.prepared(partner.vendor):
        found = ReviewOutcome.objects.filter(partner=partner, axis=axis, due_on=on)
        rows = found.values_list("kind", "from_level__code", "to_level__code")
        return [
            f"{kind} {old or 'none'}" + (f" to {new or 'none'}" if old != new else "")
            for kind, old, new in rows
        ]


@pytest.mark.parametrize(("name", "title", "in_force"), RUN)
def test_the_clock_tells_the_same_story(name: str, title: str, in_force: date) -> None:
    story = told(name, title)
    axis = story.get("axis", "tier")
    vendor = make.VendorFactory()
    make.HostFactory(vendor=vendor)
    world.publish(vendor, library.text_of(name), in_force)
    lowest = next(iter(library.program(name).types[story["type"]].tiers))
    partner = on_record(story, vendor, lowest)
    review = library.program(name).review_of(story["type"], axis)
    assert review is not None
    last = in_force
    for step in story["steps"]:
        on = date.fromisoformat(step["on"])
        for day in due_days(review, partner.joined_on, last, on):  # those the story leaves out
            world.beat(vendor, day)
        last = on
        if "gives" in step:
            give(partner, world.level(vendor, step["gives"]), on)
        if "expect" in step:
            world.beat(vendor, on)
            expected = step["expect"]
            listed = [expected] if isinstance(expected, str) else expected
            assert (on, said(partner, axis, on)) == (on, listed)
