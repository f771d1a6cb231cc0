"""Two admins publish at once: one wins, the other is told to read a new plan."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from programs.actions import publish_draft, publish_program, stage_program
from programs.models import ProgramVersion
from tenants import scope
from tenants.models import Vendor
from tenants.writing import Refused
from tests.programs.world import CHANGED, TEXT, new_vendor, small, versions
from web import clock

pytestmark = pytest.mark.no_action_audit  # its counts are per transaction of one connection


def together(vendor: Vendor, *verbs: Callable[[], ProgramVersion]) -> list[str]:
    """Run the verbs at once, each on a connection of its own; what came of each, sorted."""
    start, answers = threading.Barrier(len(verbs)), []

    def one(verb: Callable[[], ProgramVersion]) -> None:
        try:
            with scope.entered_vendor(vendor.pk):
                start.wait(10)
                answers.append(f"version {verb().number}")
        except Refused as refused:
            answers.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(answers)


def of(title: str, base: int) -> Callable[[], ProgramVersion]:
    text = TEXT.replace("Small", title)
    return lambda: publish_program(small(text), at=clock.now(), expected_base=base)


def test_of_two_publishing_at_once_one_wins(committed_db: str) -> None:
    vendor = new_vendor()
    assert together(vendor, of("One", 1), of("Two", 1)) == ["plan_outdated", "version 2"]
    assert [number for number, _ in versions(vendor)] == [1, 2]


def test_of_two_first_programs_at_once_one_wins(committed_db: str) -> None:
    vendor = new_vendor("fresh", text="")
    assert together(vendor, of("One", 0), of("Two", 0)) == ["plan_outdated", "version 1"]
    assert len(versions(vendor)) == 1


def test_a_draft_published_twice_at_once_is_one_version(committed_db: str) -> None:
    vendor = new_vendor()
    with scope.entered_vendor(vendor.pk):
        draft = stage_program(small(CHANGED), at=clock.now())
    shown = {"digest": draft.digest, "base": 1, "effective_from": draft.effective_from}

    def publish() -> ProgramVersion:
        return publish_draft(**shown, at=clock.now())

    assert together(vendor, publish, publish) == ["no_draft", "version 2"]
    assert len(versions(vendor)) == 2
