"""The life of a draft: how it begins, its days, undo, comments that are dealt with."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from programs.actions import comment_on_draft
from programs.actions.drafts import STEPS_KEPT
from programs.library import templates
from programs.models import DraftComment, DraftStep, ProgramVersion
from tenants.models import Vendor
from tests.factories import prepared
from tests.programs.drafts.editor import (
    DRAFT,
    PAGES,
    admin_of,
    audit,
    held,
    save,
    upload,
    values,
)
from tests.programs.world import TEXT, add_partner, new_vendor
from web import clock

pytestmark = pytest.mark.django_db


def day_in(days: int) -> dt.date:
    return clock.now().date() + dt.timedelta(days=days)


# How it begins.


def test_only_templates_and_published_programs_are_offered() -> None:
    vendor = new_vendor("fresh", text="")
    groups = admin_of(vendor).get(DRAFT).context["beginnings"]
    keys = [[one.key for one in group.choices] for group in groups]
    assert keys == [
        [*(f"template:{name}" for name in templates()), "empty"],
        [
            f"published:{name}"
            for name in (
                "acronis-service-provider", "aws-services-path", "gitlab-channel-program",
                "odoo-partnership", "sophos-partner-program",
            )
        ],
    ]  # fmt: skip


def test_the_version_in_force_is_offered_first(vendor: Vendor, ben: Client) -> None:
    groups = ben.get(DRAFT).context["beginnings"]
    assert (groups[0].choices[0].key, groups[0].choices[0].main) == ("version:1", True)


def test_a_published_program_becomes_the_vendors_own() -> None:
    vendor = new_vendor("fresh", text="")
    admin_of(vendor).post(f"{DRAFT}start/", {"from": "published:odoo-partnership"})
    assert values(vendor)["program"] == "fresh"


# Days.


def schedule(client: Client, told: str, day: dt.date, version: int = 1) -> None:
    sent = {"effective_from": day.isoformat(), "announced_on": told, "lock_version": version}
    client.post(f"{DRAFT}schedule/", sent)


def publish_as_shown(client: Client) -> None:
    plan = client.get(f"{PAGES}plan/").context["plan"]
    sent = {
        "digest": client.get(DRAFT).context["draft"].digest,
        "base": plan.base,
        "effective_from": plan.effective_from.isoformat(),
        "announced_on": plan.announced_on.isoformat(),
    }
    client.post(f"{PAGES}plan/publish/", sent)


@pytest.mark.parametrize(("told", "expected"), [("", 0), ("20", 20)])
def test_partners_are_told_on_the_day_that_was_chosen(
    vendor: Vendor, ada: Client, told: str, expected: int
) -> None:
    save(ada, "metrics/revenue", f__title="Turnover", f__unit="EUR")
    schedule(ada, day_in(int(told)).isoformat() if told else "", day_in(60), version=2)
    publish_as_shown(ada)
    with prepared(vendor):
        found = ProgramVersion.objects.order_by("-number").first()
        assert (found.number, found.announced_on, found.effective_from) == (
            2, day_in(expected), day_in(60),
        )  # fmt: skip


def test_a_day_of_telling_that_passed_becomes_the_day_of_publishing(
    vendor: Vendor, ada: Client
) -> None:
    save(ada, "metrics/revenue", f__title="Turnover", f__unit="EUR")
    schedule(ada, day_in(-5).isoformat(), day_in(60), version=2)
    assert ada.get(f"{PAGES}plan/").context["plan"].announced_on == day_in(0)


def test_partners_are_not_told_after_the_day_itself(vendor: Vendor, ada: Client) -> None:
    schedule(ada, day_in(61).isoformat(), day_in(60))
    assert (held(vendor).lock_version, held(vendor).announced_on) == (1, None)


@pytest.mark.parametrize("told", ["soon", "2027-02-30"])
def test_no_day_no_change(vendor: Vendor, ada: Client, told: str) -> None:
    schedule(ada, told, day_in(60))
    assert held(vendor).lock_version == 1


# Undo.


def undo(client: Client, version: int) -> list[str]:
    answer = client.post(f"{DRAFT}undo/", {"lock_version": version}, follow=True)
    return [str(one) for one in answer.context["messages"]]


def test_changes_are_undone_one_by_one(vendor: Vendor, ada: Client) -> None:
    before = values(vendor)
    save(ada, "metrics/revenue", f__title="Turnover", f__unit="EUR")
    between = values(vendor)
    save(ada, "metrics/revenue", version=2, f__title="Sales", f__unit="EUR")
    undo(ada, 3)
    assert values(vendor) == between
    undo(ada, 4)
    assert (values(vendor), held(vendor).lock_version) == (before, 5)
    assert undo(ada, 5) == ["There is nothing left to undo."]
    assert audit(vendor)[-1] == "program.draft_undone"
    newest = ada.get(DRAFT).context["edits"][0]
    said = "Metric Turnover is now called “Revenue”"
    assert (newest.undone, newest.words) == (True, (said,))


def test_an_undo_of_what_somebody_else_changed_since_is_refused(
    vendor: Vendor, ada: Client, ben: Client
) -> None:
    save(ada, "metrics/revenue", f__title="Turnover", f__unit="EUR")
    save(ben, "metrics/revenue", version=2, f__title="Sales", f__unit="EUR")
    undo(ada, 2)
    assert values(vendor)["metrics"]["revenue"]["title"] == "Sales"


def test_a_draft_that_an_upload_replaced_comes_back(vendor: Vendor, ada: Client) -> None:
    save(ada, "metrics/revenue", f__title="Turnover", f__unit="EUR")
    upload(ada, replaces="2")
    undo(ada, 3)
    assert values(vendor)["metrics"]["revenue"]["title"] == "Turnover"


def test_only_the_last_steps_are_kept(vendor: Vendor, ada: Client) -> None:
    for number in range(1, STEPS_KEPT + 4):
        save(ada, "metrics/revenue", version=number, f__title=f"T {number}", f__unit="EUR")
    with prepared(vendor):
        kept = list(DraftStep.objects.values_list("lock_version", flat=True))
    assert kept == list(range(STEPS_KEPT + 4, 4, -1))


def test_nothing_of_a_draft_is_left_after_it(vendor: Vendor, ada: Client) -> None:
    save(ada, "metrics/revenue", f__title="Turnover", f__unit="EUR")
    with prepared(vendor):
        comment_on_draft("Hm", place="", at=clock.now())
    ada.post(f"{PAGES}plan/discard/", {"lock_version": 2})
    with prepared(vendor):
        assert (DraftStep.objects.count(), DraftComment.objects.count()) == (0, 0)


# Comments.


def test_a_comment_is_resolved_and_reopened(vendor: Vendor, ada: Client, ben: Client) -> None:
    ben.post(f"{DRAFT}comment/", {"text": "Too high?", "place": "metrics"})
    (comment,) = ada.get(DRAFT).context["comments"]

    def settle(op: str) -> tuple[int, bool]:
        ada.post(f"{DRAFT}comment/settle/", {"comment": comment["ref"], "op": op})
        page = ada.get(DRAFT).context
        counts = [one.comments for one in page["cards"] if str(one.title) == "Metrics"]
        return counts[0], page["comments"][0]["resolved"] is not None

    assert [settle("resolve"), settle("reopen")] == [(0, True), (1, False)]


def test_another_vendors_comment_is_not_settled(vendor: Vendor, ada: Client) -> None:
    other = new_vendor("borealis", TEXT)
    ben = admin_of(other)
    ben.post(f"{DRAFT}start/", {"from": "version:1"})
    ben.post(f"{DRAFT}comment/", {"text": "Ours", "place": ""})
    (comment,) = ben.get(DRAFT).context["comments"]
    ada.post(f"{DRAFT}comment/settle/", {"comment": comment["ref"], "op": "resolve"})
    assert ben.get(DRAFT).context["comments"][0]["resolved"] is None


# What is said about it.


def test_remarks_of_experience_lead_to_their_place(vendor: Vendor, ada: Client) -> None:
    warnings = ada.get(DRAFT).context["warnings"]
    found = {(one["url"], one["words"].partition(":")[0]) for one in warnings}
    gold = f"{DRAFT}at/types/msp/tiers/gold/entry/"
    assert (gold, "The level rests on revenue") in found


def test_one_page_of_the_menu_is_current(vendor: Vendor, ada: Client) -> None:
    def current(address: str) -> list[str]:
        jobs = ada.get(address).context["jobs"]
        return [one["title"] for job in jobs for one in job["items"] if one["active"]]

    assert current(DRAFT) == ["Edit the program"]
    assert current(PAGES) == ["Program versions"]
    assert current(f"{DRAFT}at/metrics/") == ["Edit the program"]


# What follows a code that goes although it is in use.


def without_silver(ada: Client) -> None:
    removed = {"op": "remove:silver", "lock_version": 1}
    ada.post(f"{DRAFT}at/types/msp/tiers/", removed, follow=True)


def follow(ada: Client, vendor: Vendor, successor: str) -> list[str]:
    sent = {"section": "levels", "code": "msp.silver", "successor": successor}
    version = held(vendor).lock_version
    answer = ada.post(f"{PAGES}plan/follow/", {**sent, "lock_version": version}, follow=True)
    return [str(one) for one in answer.context["messages"]]


def test_the_plan_asks_what_follows_a_level_in_use_and_keeps_the_answer(
    vendor: Vendor, ada: Client
) -> None:
    add_partner(vendor, "Alder IT", 110, "silver")
    without_silver(ada)
    (gone,) = ada.get(f"{PAGES}plan/").context["retired"]
    assert (gone["row"].settled, gone["chosen"], gone["may_end"]) == (False, "", False)
    assert [code for code, _title in gone["choices"]] == ["msp.registered", "msp.gold"]
    assert follow(ada, vendor, "msp.registered") == []
    assert values(vendor)["mapping"] == {"levels": {"msp.silver": "msp.registered"}}
    (gone,) = ada.get(f"{PAGES}plan/").context["retired"]
    assert (gone["row"].settled, gone["chosen"]) == (True, "msp.registered")


@pytest.mark.parametrize("successor", ["", "msp.nowhere", "nonsense"])
def test_what_nobody_knows_follows_nothing(vendor: Vendor, ada: Client, successor: str) -> None:
    add_partner(vendor, "Alder IT", 110, "silver")
    without_silver(ada)
    assert len(follow(ada, vendor, successor)) == 1
    assert not values(vendor).get("mapping")
