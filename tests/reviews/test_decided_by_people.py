"""Exceptions, sanctions, requests and invitations; benefits that follow the levels; their use."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connections, transaction

from partners.actions.onboarding import waive_step
from reviews import actions
from reviews.models import Cure, Grant, GrantUse, LevelRequest, Sanction
from tenants import scope
from tenants.capabilities import Role
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.reviews import world
from tests.reviews.world import beat, day, held, level, level_of, noon

ON = day("2026-02-10")
AT = noon(ON)
State = LevelRequest.State
db = pytest.mark.django_db


def benefits(partner) -> dict[str, object]:
    with make.prepared(partner.vendor):
        rows = Grant.objects.filter(partner=partner, until=None)
        return dict(rows.values_list("benefit", "value"))


def settle(vendor, on=ON) -> int:
    with scope.entered_vendor(vendor.pk):
        return actions.settle_benefits(on=on)


def ask(partner, code: str) -> LevelRequest:
    with scope.entered_vendor(partner.vendor_id):
        return actions.request_level(partner, level=level(partner.vendor, code), on=ON, at=AT)


def sanction(partner, kind: str, **values) -> Sanction:
    with scope.entered_vendor(partner.vendor_id):
        return actions.impose_sanction(partner, kind=kind, on=ON, reason="Broke a rule", **values)


@db
def test_benefits_follow_the_levels_and_stack_over_axes() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    world.fact(partner, 7, "2026-01-01", metric="score")
    beat(vendor, "2026-01-01")
    assert benefits(partner) == {"discount": "10", "own_use": "45", "hours": "4"}
    world.fact(partner, 300, "2026-01-05")
    beat(vendor, "2026-01-06")
    assert benefits(partner) == {"discount": "20", "own_use": "60", "hours": "10"}
    with scope.entered_vendor(vendor.pk):
        ended = Grant.objects.get(benefit="discount", until__isnull=False)
        assert (ended.value, str(ended.until)) == ("10", "2026-01-06")
    assert settle(vendor) == 0


@db
def test_a_new_version_and_an_exit_reach_the_benefits() -> None:
    from partners.actions import exit_partner

    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    settle(vendor)
    world.publish(vendor, world.PROGRAM.replace("discount: 10", "discount: 12"), ON)
    settle(vendor)
    assert benefits(partner)["discount"] == "12"
    with scope.entered_vendor(vendor.pk):
        exit_partner(partner, on=ON, reason="Sold")
    settle(vendor)
    assert benefits(partner) == {}


@db
def test_suspended_benefits_come_back_when_the_sanction_is_lifted() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    settle(vendor)
    row = sanction(partner, "suspend_benefits")
    assert benefits(partner) == {}
    with scope.entered_vendor(vendor.pk):
        actions.lift_sanction(row, on=ON, reason="Paid")
    assert benefits(partner)["discount"] == "10"


@db
def test_a_sanction_lowers_a_level_and_locks_it_for_months() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 300)
    sanction(partner, "demote", level=level(vendor, "silver"), months=2)
    beat(vendor, "2026-04-01")
    assert held(partner)[-1] == ("silver", "2026-02-10", None)
    beat(vendor, "2026-04-10")
    assert held(partner)[-1] == ("gold", "2026-04-10", None)


@db
def test_a_sanction_is_refused_where_it_lowers_nothing_and_leaves_nothing() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    for values in ({"level": level(vendor, "gold")}, {"level": None}):
        with pytest.raises(Refused):
            sanction(partner, "demote", **values)
    with scope.entered_vendor(vendor.pk):
        assert not Sanction.objects.exists()


@db
def test_authorization_withdrawn_is_the_suspension_that_the_gate_knows() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    row = sanction(partner, "deauthorize")
    with scope.entered_vendor(vendor.pk):
        assert type(partner).objects.get(pk=partner.pk).status == "suspended"
        actions.lift_sanction(row, on=ON, reason="Settled")
        assert type(partner).objects.get(pk=partner.pk).status == "active"


@db
def test_a_level_on_request_is_the_partners_once_it_is_accepted() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    row = ask(partner, "voice")
    with pytest.raises(Refused) as refused:
        ask(partner, "voice")
    assert refused.value.code == "request_open"
    with scope.entered_vendor(vendor.pk):
        actions.decide_request(row, accept=True, on=ON, at=AT)
    assert held(partner, "badge") == [("voice", "2026-02-10", None)]
    assert level_of(partner) == "silver"


@db
def test_a_level_that_a_step_opens_is_neither_asked_for_nor_given_before() -> None:
    vendor = world.new_vendor()
    partner, joined = world.add_partner(vendor, "silver", 120), world.JOINED
    row = ask(partner, "voice")
    steps = "steps: {call: {title: First call, levels: [voice]}}"
    onboarding = f"    onboarding: {{joined_from: {joined}, {steps}}}\n    review"
    world.publish(vendor, world.PROGRAM.replace("    review", onboarding, 1), ON)
    for step in (
        lambda: actions.decide_request(row, accept=True, on=ON, at=AT),
        lambda: ask(world.add_partner(vendor, "silver"), "voice"),
    ):
        with scope.entered_vendor(vendor.pk), pytest.raises(Refused) as refused:
            step()
        assert refused.value.code == "onboarding_open"
        assert "First call" in refused.value.detail
    with scope.entered_vendor(vendor.pk):
        waive_step(partner, type="msp", code="call", at=AT, reason="Known for years")
        actions.decide_request(row, accept=True, on=ON, at=AT)
    assert level_of(partner, "badge") == "voice"


@db
def test_a_request_is_refused_with_a_reason_or_not_at_all() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    row = ask(partner, "voice")
    with scope.entered_vendor(vendor.pk):
        with pytest.raises(Refused) as refused:
            actions.decide_request(row, accept=False, on=ON, at=AT)
        assert refused.value.code == "reason_missing"
        actions.decide_request(row, accept=False, on=ON, at=AT, reason="Too early")
        assert LevelRequest.objects.get().state == State.REFUSED
    assert held(partner, "badge") == []


@db
@pytest.mark.parametrize(
    ("code", "why"),
    [("gold", "promotion_automatic"), ("circle", "by_invitation"), ("silver", "same_level")],
)
def test_only_what_a_person_gives_can_be_asked_for(code: str, why: str) -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    with pytest.raises(Refused) as refused:
        ask(partner, code)
    assert refused.value.code == why


BOUGHT = world.PROGRAM.replace(
    "      circle:",
    """      premier:
        title: Premier
        promotion: [automatic, purchase]
        entry: {metric: {code: revenue, at_least: 500}}
        retain: {all: []}
      circle:""",
)


@db
def test_a_level_that_is_bought_or_reached_is_won_either_way() -> None:
    vendor = world.new_vendor(BOUGHT)
    buyer, grown = world.add_partner(vendor, "silver", 120), world.add_partner(vendor, "gold", 600)
    row = ask(buyer, "premier")
    assert row.kind == LevelRequest.Kind.PURCHASE
    with scope.entered_vendor(vendor.pk):
        actions.decide_request(row, accept=True, on=ON, at=AT)
    beat(vendor, ON)
    assert (level_of(buyer), level_of(grown)) == ("premier", "premier")
    beat(vendor, "2026-04-01")
    assert level_of(buyer) == "premier"


@db
def test_an_invitation_is_answered_by_the_partner_and_nobody_else() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160)
    with scope.entered_vendor(vendor.pk):
        row = actions.invite_to_level(partner, level=level(vendor, "circle"), on=ON, at=AT)
    admin = make.MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN)
    with scope.enter(make.scope_of(admin)), pytest.raises(NotAllowed):
        actions.decide_request(row, accept=True, on=ON, at=AT)
    member = make.MembershipFactory(role=Role.PARTNER_MEMBER, partner=partner)
    with scope.enter(make.scope_of(member)), pytest.raises(NotAllowed):
        actions.decide_request(row, accept=True, on=ON, at=AT)
    own = make.MembershipFactory(role=Role.PARTNER_ADMIN, partner=partner)
    with scope.enter(make.scope_of(own)):
        actions.decide_request(row, accept=True, on=ON, at=AT)
    assert held(partner)[-1] == ("circle", "2026-02-10", None)
    assert benefits(partner)["discount"] == "30"


@db
def test_a_level_given_back_is_kept_as_long_as_a_cure_lasts() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160)
    settle(vendor)
    row = ask(partner, "silver")
    with scope.entered_vendor(vendor.pk):
        actions.decide_request(row, accept=True, on=ON, at=AT)
    assert held(partner) == [
        ("gold", "2025-02-10", "2026-05-10"),
        ("silver", "2026-05-10", None),
    ]
    assert benefits(partner)["discount"] == "20"
    beat(vendor, "2026-04-01")
    assert len(held(partner)) == 2
    settle(vendor, day("2026-05-10"))
    assert benefits(partner)["discount"] == "10"


@db
def test_an_exception_ends_the_cure_and_needs_a_level_that_is_held() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 120)
    beat(vendor, "2026-01-01")
    with scope.entered_vendor(vendor.pk):
        common = {"until": day("2026-12-31"), "on": ON, "reason": "Merger"}
        with pytest.raises(Refused) as refused:
            actions.grant_exception(partner, level=level(vendor, "circle"), **common)
        assert refused.value.code == "level_not_held"
        actions.grant_exception(partner, level=level(vendor, "gold"), **common)
        assert Cure.objects.get().ended_as == "changed"


@db
def test_use_is_counted_by_the_quarter_and_given_back() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    settle(vendor)
    with scope.entered_vendor(vendor.pk):
        actions.record_use(partner, "hours", Decimal(3), on=ON)
        with pytest.raises(Refused, match="1 of 4"):
            actions.record_use(partner, "hours", Decimal(2), on=ON)
        actions.record_use(partner, "hours", Decimal(-1), on=ON)
        actions.record_use(partner, "hours", Decimal(2), on=ON)
        actions.record_use(partner, "hours", Decimal(4), on=day("2026-04-01"))
        found = GrantUse.objects.order_by("period").values_list("period", "used")
        assert [(str(period), used) for period, used in found] == [
            ("2026-01-01", 4),
            ("2026-04-01", 4),
        ]


@db
def test_the_database_refuses_a_use_above_the_quota() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    with make.prepared(vendor), pytest.raises(IntegrityError), transaction.atomic():
        GrantUse.objects.create(
            vendor=vendor, partner=partner, benefit="hours", period=ON, used=5, quota=4
        )


def test_of_many_uses_at_once_no_more_than_the_quota_is_counted(committed_db) -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "silver", 120)
    settle(vendor)
    found: list[str] = []
    start = threading.Barrier(8)

    def one() -> None:
        start.wait()
        try:
            with scope.entered_vendor(vendor.pk):
                actions.record_use(partner, "hours", Decimal(1), on=ON)
            found.append("counted")
        except Refused as refused:
            found.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["counted"] * 4 + ["quota_exceeded"] * 4
    with scope.entered_vendor(vendor.pk):
        assert GrantUse.objects.get().used == 4
