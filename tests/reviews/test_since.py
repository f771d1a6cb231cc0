"""What was decided since a preview or a run is never overridden; nobody decides for itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from partners.actions import exit_partner
from reviews import actions
from reviews.models import Cure, Grant, GrantUse, LevelException, ReviewOutcome
from tenants import scope
from tenants.capabilities import Role
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.licensing.world import certify
from tests.reviews import world
from tests.reviews.test_runs import APPROVED, approve, preview, undo
from tests.reviews.world import beat, day, fact, held, level, level_of, noon, runs

pytestmark = pytest.mark.django_db
ON = day("2026-02-10")
FAMILY = """
tracks:
  deploy: {title: Deploy, function: deploy, level: associate, months: 24}
types:"""


def decide(vendor, verb, *args, **values):
    with scope.entered_vendor(vendor.pk):
        return verb(*args, on=ON, reason="Agreed", **values)


def refused(vendor, run, on="2026-02-10") -> str:
    with pytest.raises(Refused) as found:
        approve(vendor, run, on)
    assert "Northwind" in found.value.detail
    return found.value.code


def keep(vendor, partner, until="2026-12-31"):
    gold = level(vendor, "gold")
    return decide(vendor, actions.grant_exception, partner, level=gold, until=day(until))


def test_an_exception_granted_since_a_preview_is_not_overridden_by_a_cure() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 120, name="Northwind")
    run = preview(vendor)
    keep(vendor, partner)
    assert refused(vendor, run) == "review_outdated"
    with scope.entered_vendor(vendor.pk):
        assert (Cure.objects.count(), LevelException.objects.get().ended_on) == (0, None)
    with scope.entered_vendor(vendor.pk):
        actions.refresh_run(run, on=ON, at=noon(ON))
    approve(vendor, run)
    assert level_of(partner) == "gold"


def test_an_exception_granted_since_a_preview_is_not_overridden_by_a_fall() -> None:
    vendor = world.new_vendor(APPROVED)
    partner = world.add_partner(vendor, "gold", 120, name="Northwind")
    beat(vendor, "2026-01-01")
    approve(vendor, runs(vendor)[0], "2026-01-02")
    beat(vendor, "2026-04-01")
    run = runs(vendor)[-1]
    assert world.said(run) == {"Northwind": "demote"}
    with scope.entered_vendor(vendor.pk):
        actions.grant_exception(
            partner, level=level(vendor, "gold"), until=day("2026-12-31"),
            on=day("2026-04-03"), reason="Merger",
        )  # fmt: skip
    assert refused(vendor, run, "2026-04-05") == "review_outdated"
    assert held(partner) == [("gold", "2025-02-10", None)]


def test_a_lock_out_since_a_preview_is_not_overridden() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "registered", 130, name="Northwind")
    run = preview(vendor)
    decide(vendor, actions.impose_sanction, partner, kind="lock_out", months=3)
    assert (refused(vendor, run), level_of(partner)) == ("review_outdated", "registered")


def test_a_cure_that_another_review_ended_since_is_not_begun_again() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 120, name="Northwind")
    beat(vendor, "2026-01-01")
    run = preview(vendor)
    fact(partner, 160, ON)
    with scope.entered_vendor(vendor.pk):
        actions.apply_run(
            run.partner_type, "tier", due_on=ON, on=ON, at=noon("2026-02-11"), trigger="between"
        )
        assert Cure.objects.get().ended_as == "cured"
    assert refused(vendor, run) == "review_outdated"
    with scope.entered_vendor(vendor.pk):
        assert not Cure.objects.filter(ended_on=None).exists()


def test_undo_gives_no_level_back_to_a_partner_that_left() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120, name="Northwind")
    fact(partner, 7, "2026-01-01", metric="score")
    beat(vendor, "2026-01-01")
    fact(partner, 1, "2026-02-01", metric="score")
    beat(vendor, "2026-02-01")
    assert held(partner, "badge") == [("cloud", "2026-01-01", "2026-02-01")]
    decide(vendor, exit_partner, partner)
    with pytest.raises(Refused, match="Northwind") as found:
        undo(vendor, runs(vendor, axis="badge")[-1])
    assert found.value.code == "changed_since"
    assert held(partner, "badge") == [("cloud", "2026-01-01", "2026-02-01")]


def test_a_partner_counts_its_use_and_only_the_vendor_takes_some_back() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    with scope.entered_vendor(vendor.pk):
        actions.settle_benefits(on=ON)
    own = make.MembershipFactory(role=Role.PARTNER_ADMIN, partner=partner)
    with scope.enter(make.scope_of(own)):
        actions.record_use(partner, "hours", Decimal(3), on=ON)
        with pytest.raises(Refused) as found:
            actions.record_use(partner, "hours", Decimal(-1), on=ON)
    assert found.value.code == "not_yours"
    with scope.entered_vendor(vendor.pk):
        actions.record_use(partner, "hours", Decimal(-1), on=ON)
        assert GrantUse.objects.get().used == 2
        assert Grant.objects.filter(benefit="hours").count() == 1


def test_who_is_bound_to_a_partner_decides_nothing_about_it_whatever_it_was_granted() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160)
    gold, voice = level(vendor, "gold"), level(vendor, "voice")
    with scope.entered_vendor(vendor.pk):
        asked = actions.request_level(partner, level=voice, on=ON, at=noon(ON))
        sanction = actions.impose_sanction(
            partner, kind="lock_out", months=2, on=ON, reason="Broke a rule"
        )
    granted = frozenset({"levels.set", "levels.request", "reviews.read", "reviews.run"})
    client = scope.Scope(
        vendor.pk,
        frozenset({partner.pk}),
        Role.INTEGRATION,
        client_id=1,
        client_ref="cli_1",
        api_scopes=granted,
    )
    with scope.enter(client):
        assert client.can("levels.request")
        with pytest.raises(NotAllowed):
            actions.decide_request(asked, accept=True, on=ON, at=noon(ON))
        with pytest.raises(NotAllowed):
            actions.lift_sanction(sanction, on=ON, reason="Please")
        with pytest.raises(NotAllowed):
            actions.grant_exception(
                partner, level=gold, until=day("2027-01-01"), on=ON, reason="Please"
            )
        with pytest.raises(NotAllowed):
            actions.invite_to_level(partner, level=voice, on=ON, at=noon(ON))
    assert held(partner, "badge") == []


def test_a_review_keeps_no_names_and_shows_a_partner_only_those_it_may_see(client) -> None:
    text = world.PROGRAM.replace("\ntypes:", FAMILY).replace(
        "entry: {metric: {code: revenue, at_least: 100}}",
        "entry: {people: {track: deploy, at_least: 2, org: family}}",
    )
    vendor = world.new_vendor(text)
    group = world.add_partner(vendor, "registered", 0)
    child = world.add_partner(vendor, "registered", 0, parent=group)
    above = certify(group, "deploy", name="Parent Person", since=day("2025-12-01"))
    own = certify(child, "deploy", name="Own Person", since=day("2025-12-01"))
    beat(vendor, "2026-01-01")
    assert level_of(child) == "silver"
    with scope.entered_vendor(vendor.pk):
        outcome = ReviewOutcome.objects.get(partner=child)
        kept = str(outcome.explanation)
        assert "Person" not in kept and above.number not in kept
        assert own.person.ref in kept and above.person.ref in kept
    people = make.sign_in(client, make.MembershipFactory(role=Role.PARTNER_ADMIN, partner=child))
    page = people.get(reverse("reviews:outcome", args=[outcome.ref])).content.decode()
    assert "Own Person" in page and "A colleague in your group" in page
    assert "Parent Person" not in page and above.person.ref not in page
    with make.prepared(vendor):  # as reviews were stored before they left names out
        outcome.explanation = named(outcome.explanation, above.person.ref, above.number)
        assert "Parent Person" in str(outcome.explanation)
        outcome.save(update_fields=["explanation"])
    old = people.get(reverse("reviews:outcome", args=[outcome.ref])).content.decode()
    assert "Own Person" in old and "A colleague in your group" in old
    assert "Parent Person" not in old and above.number not in old


def named(node: dict, ref: str, number: str) -> dict:
    rows = [
        {**row, "name": "Parent Person", "number": number} if row["key"] == ref else row
        for row in node["counted"]
    ]
    children = [named(child, ref, number) for child in node["children"]]
    return {**node, "counted": rows, "children": children}
