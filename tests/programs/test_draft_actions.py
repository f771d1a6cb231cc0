"""The draft's actions: approval by a second person, publishing, what an event keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from programs import document as documents
from programs.actions import (
    approve_draft,
    comment_on_draft,
    discard_draft,
    edit_draft,
    publish_draft,
    publish_program,
    schedule_draft,
    stage_program,
    start_draft,
)
from programs.drafts import approval_of, edits_of
from programs.errors import ProgramError
from programs.models import DraftApproval, DraftComment, ProgramDraft, ProgramVersion
from tenants.capabilities import Role
from tenants.models import Event, Vendor
from tenants.scope import Scope, enter
from tenants.writing import Refused
from tests.factories import MembershipFactory
from tests.programs.world import CHANGED, TEXT, new_vendor, small
from web import clock

pytestmark = pytest.mark.django_db
TWO = TEXT.replace("currency: EUR", "currency: EUR\npublishing: {second_person: true}")
CHANGED_TWO = CHANGED.replace("currency: EUR", "currency: EUR\npublishing: {second_person: true}")


@pytest.fixture
def vendor() -> Vendor:
    return new_vendor(text=TWO)


def admin_of(vendor: Vendor) -> Any:
    """A channel admin as the one who acts: ``with scope.enter(...)``."""
    held = MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN)
    return Scope(
        vendor_id=vendor.pk, partners="*", role=Role.CHANNEL_ADMIN, person_id=held.person_id,
        person_ref=held.person.ref,
        membership_id=held.pk, origin="admin",
    )  # fmt: skip


def titled(title: str) -> Any:
    return lambda values: {**values, "title": title}


def draft() -> ProgramDraft:
    found: ProgramDraft = ProgramDraft.objects.get()
    return found


def publish(held: ProgramDraft, base: int = 1) -> ProgramVersion:
    return publish_draft(
        digest=held.digest,
        base=base,
        effective_from=held.effective_from,
        announced_on=held.announced_on or clock.now().date(),
        at=clock.now(),
    )


def refused(code: str, act: Any) -> None:
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code == code


def approve(held: ProgramDraft) -> DraftApproval:
    return approve_draft(digest=held.digest, lock_version=held.lock_version, at=clock.now())


def edit(title: str, version: int) -> ProgramDraft:
    return edit_draft(titled(title), place="basics", lock_version=version, at=clock.now())


@pytest.fixture
def ada(vendor: Vendor) -> Scope:
    who: Scope = admin_of(vendor)
    with enter(who):
        start_draft(small(TWO), at=clock.now())
        edit("Other Program", 1)
    return who


@pytest.fixture
def ben(vendor: Vendor) -> Scope:
    who: Scope = admin_of(vendor)
    return who


def numbers() -> list[int]:
    return list(ProgramVersion.objects.order_by("number").values_list("number", flat=True))


def test_a_draft_is_published_once_a_second_person_approved(ada: Scope, ben: Scope) -> None:
    with enter(ben):
        approve(draft())
    with enter(ada):
        version = publish(draft())
        event = Event.objects.get(kind="program.published", program_version=version.number)
        assert (version.number, event.data["approved_by"]) == (2, ben.person_id)
        assert (ProgramDraft.objects.count(), DraftApproval.objects.count()) == (0, 0)


def test_what_was_approved_for_one_day_is_not_published_from_another(
    ada: Scope, ben: Scope
) -> None:
    today = clock.now().date()
    with enter(ada):
        later = today + dt.timedelta(days=60)
        schedule_draft(effective_from=later, note="", lock_version=2, at=clock.now())
    with enter(ben):
        approve(draft())
    with enter(ada):
        held = draft()
        for day, told in (
            (today, today), (later + dt.timedelta(days=1), today), (later, later),
        ):  # fmt: skip
            refused(
                "plan_outdated",
                lambda day=day, told=told: publish_draft(
                    digest=held.digest, base=1, effective_from=day, announced_on=told,
                    at=clock.now(),
                ),
            )  # fmt: skip
        assert numbers() == [1]


def test_nothing_is_published_without_approval(ada: Scope, ben: Scope) -> None:
    for who in (ada, ben):
        with enter(who):
            refused("approval_missing", lambda: publish(draft()))
            assert numbers() == [1]


def test_the_author_does_not_approve(ada: Scope) -> None:
    with enter(ada):
        refused("own_work", lambda: approve(draft()))
        assert DraftApproval.objects.count() == 0


def test_nobody_who_wrote_a_part_approves(ada: Scope, ben: Scope) -> None:
    with enter(ben):
        edit("A third title", 2)
    with enter(ada):
        refused("own_work", lambda: approve(draft()))
    with enter(ben):
        refused("own_work", lambda: approve(draft()))


def test_the_next_change_voids_an_approval(ada: Scope, ben: Scope) -> None:
    with enter(ben):
        approve(draft())
    with enter(ada):
        edit("A third title", 2)
        standing = approval_of(draft(), clock.now().date(), ada.person_id)
        assert (standing.given, standing.void is not None) == (None, True)
        refused("approval_missing", lambda: publish(draft()))
        assert numbers() == [1]


def test_an_approval_is_void_even_if_the_old_words_return(ada: Scope, ben: Scope) -> None:
    with enter(ben):
        approve(draft())
    with enter(ada):
        edit("A third title", 2)
        edit("Other Program", 3)
        refused("approval_missing", lambda: publish(draft()))


def test_another_day_voids_an_approval(ada: Scope, ben: Scope) -> None:
    with enter(ben):
        approve(draft())
    with enter(ada):
        schedule_draft(
            effective_from=clock.now().date(), note="Later", lock_version=2, at=clock.now()
        )
        refused("approval_missing", lambda: publish(draft()))


def test_an_approval_is_bound_to_what_was_read(ada: Scope, ben: Scope) -> None:
    with enter(ben):
        read = draft()
    with enter(ada):
        edit("A third title", 2)
    with enter(ben):
        refused("draft_changed", lambda: approve(read))
        read.lock_version = 3
        refused("draft_changed", lambda: approve(read))


def test_the_way_past_the_draft_is_closed_as_well(vendor: Vendor, ada: Scope) -> None:
    with enter(ada):
        refused("approval_missing", lambda: publish_program(small(CHANGED), at=clock.now()))
        assert numbers() == [1]


def test_the_rule_is_that_of_the_version_in_force(ada: Scope) -> None:
    with enter(ada):
        edit_draft(
            lambda values: {key: one for key, one in values.items() if key != "publishing"},
            place="publishing", lock_version=2, at=clock.now(),
        )  # fmt: skip
        refused("approval_missing", lambda: publish(draft()))


def test_without_the_rule_the_author_publishes() -> None:
    vendor = new_vendor("borealis")
    with enter(admin_of(vendor)):
        start_draft(small(), at=clock.now())
        edit("Other Program", 1)
        assert publish(draft()).number == 2


def test_a_draft_that_contradicts_itself_is_kept_but_not_published() -> None:
    vendor = new_vendor("borealis")
    with enter(admin_of(vendor)):
        start_draft(small(), at=clock.now())

        def without_gold(values: Any) -> Any:
            values["types"]["msp"]["tiers"]["gold"].pop("entry")
            return values

        edit_draft(without_gold, place="types/msp", lock_version=1, at=clock.now())
        refused("not_ready", lambda: publish(draft()))
        assert numbers() == [1]


def test_a_change_that_leads_nowhere_is_refused_whole() -> None:
    vendor = new_vendor("borealis")
    with enter(admin_of(vendor)):
        start_draft(small(), at=clock.now())
        with pytest.raises(ProgramError) as caught:
            edit_draft(
                lambda values: {**values, "metrics": {}}, place="metrics", lock_version=1,
                at=clock.now(),
            )  # fmt: skip
        assert caught.value.code == "unknown_metric"
        assert (draft().lock_version, draft().digest) == (1, documents.digest(small()))


def test_a_change_says_in_its_event_what_it_was(ada: Scope) -> None:
    with enter(ada):
        (made,) = edits_of(draft())
        assert (made.place, made.words) == (
            "basics", ("Program: “Title” changes from “Small Program” to “Other Program”",)
        )  # fmt: skip


def test_a_change_of_nothing_is_no_change(ada: Scope) -> None:
    with enter(ada):
        assert edit("Other Program", 2).lock_version == 2
        assert len(edits_of(draft())) == 1


def test_an_upload_needs_to_say_what_it_replaces(ada: Scope) -> None:
    with enter(ada):
        refused("draft_open", lambda: stage_program(small(CHANGED_TWO), at=clock.now()))
        refused("draft_open", lambda: start_draft(small(CHANGED_TWO), at=clock.now()))
        stage_program(small(CHANGED_TWO), at=clock.now(), replaces=2)
        assert draft().digest == documents.digest(small(CHANGED_TWO))


def test_a_discarded_draft_takes_its_comments_with_it(ada: Scope) -> None:
    with enter(ada):
        comment_on_draft("Hm", place="metrics", at=clock.now())
        refused("draft_changed", lambda: discard_draft(1))
        discard_draft(2)
        assert (ProgramDraft.objects.count(), DraftComment.objects.count()) == (0, 0)
        refused("no_draft", lambda: comment_on_draft("Hm", place="", at=clock.now()))


def test_an_empty_comment_is_none(ada: Scope) -> None:
    with enter(ada):
        refused("no_text", lambda: comment_on_draft("  ", place="", at=clock.now()))


def test_the_draft_does_not_begin_in_the_past(ada: Scope) -> None:
    with enter(ada):
        long_ago = clock.now().date().replace(year=2020)
        refused(
            "effective_in_past",
            lambda: schedule_draft(
                effective_from=long_ago, note="", lock_version=2, at=clock.now()
            ),
        )


def test_drafts_stay_with_their_vendor(ada: Scope) -> None:
    with enter(admin_of(new_vendor("borealis"))):
        assert ProgramDraft.objects.count() == 0
        refused("no_draft", lambda: edit("x", 2))
