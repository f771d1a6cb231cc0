"""Alerts of reviews, each once, in words; and that a request waits for an answer."""

from __future__ import annotations

import pytest

from alerts.kinds import kind_of
from alerts.models import Alert, Delivery
from partners.timeline import timeline_of
from reviews import actions
from reviews.actions.alerting import sweep_review_alerts
from tenants import scope
from tenants.capabilities import Role
from tests import factories as make
from tests.reviews import world
from tests.reviews.test_successors import NEXT
from tests.reviews.world import beat, day, fact, level, noon, publish, runs

pytestmark = pytest.mark.usefixtures("committed_db")


def told(vendor, on: str) -> list[tuple[str, str]]:
    """(title, sentence) of every alert, as read on the day."""
    with scope.entered_vendor(vendor.pk):
        found = []
        for alert in Alert.objects.order_by("pk").select_related("partner"):
            kind = kind_of(alert)
            assert kind.url(alert).startswith("/")
            found.append((str(kind.title(alert, day(on))), str(kind.sentence(alert, day(on)))))
        return found


def test_each_outcome_is_told_once_in_words_and_to_whom_it_concerns() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 120)
    make.MembershipFactory(role=Role.PARTNER_ADMIN, partner=partner)
    beat(vendor, "2026-01-01")
    assert sweep_review_alerts(at=noon("2026-01-01")) == 1
    assert sweep_review_alerts(at=noon("2026-01-02")) == 0
    ((title, sentence),) = told(vendor, "2026-01-02")
    assert title == f"{partner.name}: Gold is in cure"
    assert "until 1 Apr" in sentence and "150" in sentence
    with scope.entered_vendor(vendor.pk):
        assert Delivery.objects.count() == 1


def test_a_cure_that_ends_is_told_ahead_and_the_fall_when_it_comes() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 120)
    for on in ("2026-01-01", "2026-03-02", "2026-04-01"):
        beat(vendor, on)
        sweep_review_alerts(at=noon(on))
    titles = [title for title, _sentence in told(vendor, "2026-04-01")]
    assert titles == [
        f"{partner.name}: Gold is in cure",
        f"{partner.name}: the cure of Gold ends",
        f"{partner.name} fell from Gold to Silver",
    ]


def test_a_review_taken_back_is_told_to_those_who_were_told_of_it() -> None:
    vendor = world.new_vendor()
    risen = world.add_partner(vendor, "registered", 130)
    beat(vendor, "2026-01-01")
    sweep_review_alerts(at=noon("2026-01-01"))
    fact(world.add_partner(vendor, "registered", 20), 20, "2026-01-01")
    with scope.entered_vendor(vendor.pk):
        actions.undo_run(runs(vendor)[0], on=day("2026-01-02"), at=noon("2026-01-02"), reason="No")
    assert sweep_review_alerts(at=noon("2026-01-02")) == 1
    assert told(vendor, "2026-01-02")[-1] == (
        f"{risen.name}: a review was taken back",
        "The level is again what it was before the review.",
    )
    assert world.level_of(risen) == "registered"


def test_invitations_answers_and_sanctions_are_told() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160)
    on, at = day("2026-02-10"), noon("2026-02-10")
    with scope.entered_vendor(vendor.pk):
        actions.invite_to_level(partner, level=level(vendor, "circle"), on=on, at=at)
        asked = actions.request_level(partner, level=level(vendor, "voice"), on=on, at=at)
        actions.decide_request(asked, accept=False, on=on, at=at, reason="Too early")
        actions.impose_sanction(partner, kind="suspend_benefits", on=on, reason="Late")
    assert sweep_review_alerts(at=at) == 3
    assert {sentence for _title, sentence in told(vendor, "2026-02-10")} == {
        "Accept or decline the invitation to Circle.",
        "Voice was refused: Too early",
        "The benefits are suspended: Late",
    }


def test_a_level_that_follows_another_is_told_once_and_stands_on_the_timeline() -> None:
    vendor = world.new_vendor()
    partner = world.add_partner(vendor, "gold", 160)
    make.MembershipFactory(role=Role.PARTNER_ADMIN, partner=partner)
    publish(vendor, NEXT, day("2026-02-10"))
    beat(vendor, "2026-02-11")
    assert sweep_review_alerts(at=noon("2026-02-11")) == 1
    assert sweep_review_alerts(at=noon("2026-02-12")) == 0
    assert told(vendor, "2026-02-12") == [
        (
            f"{partner.name}: Gold is now Top",
            "The program changed on 10 Feb 2026: Top follows Gold. The standing stays.",
        )
    ]
    with scope.entered_vendor(vendor.pk):
        texts = [one["text"] for one in timeline_of(on=day("2026-02-12"), partner_id=partner.pk)]
    assert "Managed service provider: Top follows Gold in the program from 10 Feb 2026." in texts
