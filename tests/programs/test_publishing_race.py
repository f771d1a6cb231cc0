"""Two admins publish at once: one wins, the other is told to read a new plan."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from licensing.actions import authorize
from licensing.models import Deployment
from partners.models import Customer
from programs.actions import publish_draft, publish_program, stage_program
from programs.models import ProgramDraft, ProgramVersion
from tenants import scope
from tenants.models import Vendor
from tenants.writing import Refused
from tests.factories import CustomerFactory
from tests.programs.world import CHANGED, TEXT, add_partner, new_vendor, small, versions
from web import clock

pytestmark = pytest.mark.no_action_audit  # its counts are per transaction of one connection


def together(vendor: Vendor, *verbs: Callable[[], ProgramVersion | str]) -> list[str]:
    """Run the verbs at once, each on a connection of its own; what came of each, sorted."""
    start, answers = threading.Barrier(len(verbs)), []

    def one(verb: Callable[[], ProgramVersion | str]) -> None:
        try:
            with scope.entered_vendor(vendor.pk):
                start.wait(10)
                done = verb()
                answers.append(done if isinstance(done, str) else f"version {done.number}")
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
    day = draft.effective_from
    shown = {"digest": draft.digest, "base": 1, "effective_from": day, "announced_on": day}

    def publish() -> ProgramVersion:
        return publish_draft(**shown, at=clock.now())

    assert together(vendor, publish, publish) == ["no_draft", "version 2"]
    assert len(versions(vendor)) == 2


def test_a_publication_and_an_authorization_at_once_agree_on_the_program(
    committed_db: str,
) -> None:
    """Whoever comes second sees what the first one did: never seats granted under a program that
    was replaced before they stood."""
    vendor = new_vendor()
    partner = add_partner(vendor, "Alder IT", 55)
    customers = [CustomerFactory(partner=partner) for _ in range(4)]

    def ask(customer: Customer) -> Callable[[], str]:
        def one() -> str:
            decision = authorize(customer, "shield", "general", 10, at=clock.now())
            return f"{decision.word} {decision.standing.program.number}"

        return one

    def publish() -> str:
        return f"version {publish_program(small(CHANGED), at=clock.now(), expected_base=1).number}"

    answers = together(vendor, publish, *map(ask, customers))
    assert set(answers) <= {"version 2", "allow 1", "deny 2"}
    assert (len(answers), answers.count("version 2")) == (5, 1)
    with scope.entered_vendor(vendor.pk):
        assert Deployment.objects.count() == answers.count("allow 1")


def test_an_upload_beside_an_open_draft_takes_nobodys_work(committed_db: str) -> None:
    vendor = new_vendor()

    def upload(title: str) -> Callable[[], str]:
        def one() -> str:
            return str(stage_program(small(TEXT.replace("Small", title)), at=clock.now()))

        return one

    with scope.entered_vendor(vendor.pk):
        held = stage_program(small(CHANGED), at=clock.now()).digest
    assert together(vendor, upload("One"), upload("Two")) == ["draft_open", "draft_open"]
    with scope.entered_vendor(vendor.pk):
        assert ProgramDraft.objects.get().digest == held
