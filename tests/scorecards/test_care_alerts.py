"""Tasks are reminded of once, changes of contact told once, specialists told of their tracks."""

from __future__ import annotations

import datetime as dt
import threading
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections

from alerts.actions import raise_alerts, tell_specialists
from alerts.kinds import kind_of
from alerts.models import Alert, Delivery, Notification
from certifications.actions import sweep_certificate_releases
from partners import actions
from partners.actions.handovers import (
    assign_specialist,
    plan_hand_over,
    stand_in,
    withdraw_hand_over,
)
from partners.models import Partner
from scorecards.actions import settle_cases
from scorecards.handover_alerts import TERMS as CONTACTS
from scorecards.models import Case, CaseReason
from scorecards.rules.reasons import Concern, Reason
from scorecards.rules.signals import Signal
from scorecards.task_alerts import TERMS as TASKS
from scorecards.tasks import close_told
from tenants import scope
from tenants.models import Membership, Person
from tests import factories as make
from tests.certifications import world
from tests.certifications.sweeping import sweep

AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
TODAY = AT.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def held(committed_db: Any) -> SimpleNamespace:
    """A partner with an admin and a manager, and a colleague, all of whom sign in."""
    vendor = make.VendorFactory()
    partner = make.PartnerFactory(vendor=vendor)
    people = {}
    for name, role in (("owner", "partner_admin"), ("cam", "cam"), ("next", "cam")):
        person = make.PersonFactory(vendor=vendor, user=make.UserFactory(), name=name)
        own = {"partner": partner} if role == "partner_admin" else {}
        make.MembershipFactory(vendor=vendor, person=person, role=role, **own)
        people[name] = person
    make.PortfolioEntryFactory(partner=partner, person=people["cam"])
    return SimpleNamespace(vendor=vendor, partner=partner, **people)


def told(held: SimpleNamespace, kind: str) -> set[str]:
    with scope.entered_vendor(held.vendor.pk):
        rows = Notification.objects.filter(alert__kind=kind)
        return set(rows.values_list("person__name", flat=True))


def give(held: SimpleNamespace, **values: Any) -> Any:
    given = {"title": "Call", "due_on": TODAY + DAY, "at": AT, "on": TODAY}
    with scope.entered_vendor(held.vendor.pk):
        return actions.give_task(held.partner, **given, **values)


def test_a_colleague_is_reminded_once_on_the_day_and_no_partner_learns_of_it(
    held: SimpleNamespace,
) -> None:
    give(held, assignee=held.next)
    runs = [raise_alerts(TASKS, at=AT + n * DAY) for n in (0, 1, 1, 2)]
    assert (runs, told(held, "task_due")) == ([0, 1, 0, 0], {"next"})
    with scope.entered_vendor(held.vendor.pk):
        assert Alert.objects.get(kind="task_due").partner_id is None


def test_a_partner_is_reminded_with_its_manager_also_after_a_downtime(
    held: SimpleNamespace,
) -> None:
    give(held, for_partner=True)
    raise_alerts(TASKS, at=AT)
    assert raise_alerts(TASKS, at=AT + 20 * DAY) == 1
    assert told(held, "task_due") == {"owner", "cam"}


def test_nobody_is_reminded_of_what_is_done(held: SimpleNamespace) -> None:
    task = give(held, for_partner=True)
    with scope.entered_vendor(held.vendor.pk):
        actions.finish_task(task, at=AT)
    assert raise_alerts(TASKS, at=AT + DAY) == 0


def test_what_is_settled_or_taken_back_is_no_news_any_more(held: SimpleNamespace) -> None:
    task = give(held, for_partner=True)
    with scope.entered_vendor(held.vendor.pk):
        to = Person.objects.get(name="next")
        (row,) = plan_hand_over(
            {held.partner.pk: ""}, to=to, on=TODAY + 9 * DAY, at=AT, today=TODAY
        )
    raise_alerts(TASKS, at=AT + DAY)
    raise_alerts(CONTACTS, at=AT)
    with scope.entered_vendor(held.vendor.pk):
        close_told()
        before = Alert.objects.filter(superseded=False).count()
        actions.finish_task(task, at=AT)
        withdraw_hand_over(row, on=TODAY)
        close_told()
        assert (before, Alert.objects.filter(superseded=False).count()) == (2, 0)


def test_a_change_of_contact_is_told_once_to_both_and_the_partner(held: SimpleNamespace) -> None:
    with scope.entered_vendor(held.vendor.pk):
        found = Partner.objects.get(), Person.objects.get(name="next")
        plan_hand_over({found[0].pk: "note"}, to=found[1], on=TODAY + 9 * DAY, at=AT, today=TODAY)
    assert [raise_alerts(CONTACTS, at=AT + n * DAY) for n in (0, 0, 9)] == [1, 0, 0]
    assert told(held, "contact_change") == {"owner", "cam", "next"}
    with scope.entered_vendor(held.vendor.pk):
        assert "note" not in str(Alert.objects.get().data.values())


def test_a_stand_in_is_told_once_to_all(held: SimpleNamespace) -> None:
    with scope.entered_vendor(held.vendor.pk):
        away = {"since": TODAY + DAY, "until": TODAY + 9 * DAY, "today": TODAY}
        stand_in({held.partner.pk: ""}, person=held.next, **away)
    assert [raise_alerts(CONTACTS, at=AT + n * DAY) for n in (0, 0, 1)] == [1, 0, 0]
    assert told(held, "contact_stand_in") == {"owner", "cam", "next"}


def test_a_specialist_is_told_of_the_tracks_of_its_service(held: SimpleNamespace) -> None:
    secure = {"title": "Secure", "months": 12, "scope": "security"}
    world.publish(held.vendor, world.small_program(secure=secure))
    world.pass_exam(world.engineer(held.partner), "secure", "2025-03-20")
    for name, service in (("watchful", "security"), ("cloudy", "cloud")):
        person = make.PersonFactory(vendor=held.vendor, user=make.UserFactory(), name=name)
        make.MembershipFactory(vendor=held.vendor, person=person, role="cam")
        make.PortfolioEntryFactory(
            partner=held.partner, person=person, kind="specialist", scope=service
        )
    assert sweep("2026-03-01") > 0
    assert told(held, "certificate_expiry") == {"owner", "cam", "watchful"}


def test_versions_published_before_services_were_joined_are_told_of_too(
    held: SimpleNamespace,
) -> None:
    secure = {"title": "Secure", "months": 12, "scope": "security"}
    world.publish(held.vendor, world.small_program(secure=secure))
    migration = import_module("programs.migrations.0009_services_of_published_tracks").Migration
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM programs_sweepsetting WHERE kind = 'track_scope'")
        cursor.execute(migration.operations[0].sql)
        cursor.execute("SELECT key, value FROM programs_sweepsetting WHERE kind = 'track_scope'")
        assert cursor.fetchall() == [("secure", "security")]


def test_sweeps_at_the_same_time_open_one_case(held: SimpleNamespace) -> None:
    signal = Signal("blocked", held.partner.pk, 10, 0, due=TODAY, product="edr")
    found = {held.partner.pk: Concern((Reason("edr", signal),), 10)}
    changed: list[int] = []
    start = threading.Barrier(3)

    def run() -> None:
        start.wait()
        try:
            with scope.entered_vendor(held.vendor.pk):
                changed.append(settle_cases(found, at=AT, on=TODAY))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(changed) == [0, 0, 1]
    with scope.entered_vendor(held.vendor.pk):
        assert (Case.objects.count(), CaseReason.objects.count()) == (1, 1)


def test_who_left_the_partner_is_told_nothing_of_it_any_more(held: SimpleNamespace) -> None:
    with make.prepared(held.vendor):
        member = make.MembershipFactory(
            person=make.PersonFactory(
                vendor=held.vendor, user=make.UserFactory(), name="gone", email="gone@example.com"
            ),
            role="partner_member",
            partner=held.partner,
        )
    give(held, for_partner=True, assignee=member.person)
    with make.prepared(held.vendor):
        member.until = TODAY
        member.save()
        Membership.objects.filter(person=held.cam).update(until=TODAY)
    assert raise_alerts(TASKS, at=AT + DAY) == 1
    assert told(held, "task_due") == {"owner"}
    with scope.entered_vendor(held.vendor.pk):
        assert not Delivery.objects.filter(address="gone@example.com").exists()


def test_a_specialist_finds_what_was_raised_before_and_is_announced_once(
    held: SimpleNamespace,
) -> None:
    secure = {"title": "Secure", "months": 12, "scope": "security"}
    world.publish(held.vendor, world.small_program(secure=secure))
    world.pass_exam(world.engineer(held.partner), "secure", "2025-03-20")
    assert sweep("2026-03-01") > 0
    with scope.entered_vendor(held.vendor.pk):
        for person, service in ((held.next, "security"), (held.cam, "cloud")):
            assign_specialist(held.partner, person=person, scope_code=service, on=TODAY)
    assert [tell_specialists(at=AT + n * DAY) for n in (0, 0, 1)] == [1, 0, 0]
    assert told(held, "certificate_expiry") == {"owner", "cam", "next"}
    assert [raise_alerts(CONTACTS, at=AT + n * DAY) for n in (0, 0, 40)] == [2, 0, 0]
    assert told(held, "contact_specialist") == {"owner", "cam", "next"}
    with scope.entered_vendor(held.vendor.pk):
        alert = Alert.objects.get(kind="contact_specialist", person=held.next)
        assert "Security" in str(kind_of(alert).sentence(alert, TODAY))


def test_a_specialist_is_told_of_a_release_of_its_service(held: SimpleNamespace) -> None:
    versions = [
        {"code": "1", "released": "2025-01-01"},
        {"code": "2", "released": "2026-02-01", "recertify_by": "2026-09-30"},
    ]
    secure = {"title": "Secure", "months": 36, "scope": "security", "versions": versions}
    world.publish(held.vendor, world.small_program(secure=secure))
    world.pass_exam(world.engineer(held.partner), "secure", "2025-03-20", version="1")
    make.PortfolioEntryFactory(
        partner=held.partner, person=held.next, kind="specialist", scope="security"
    )
    assert sweep_certificate_releases(at=AT) == 1
    assert told(held, "certificate_release") == {"owner", "cam", "next"}
