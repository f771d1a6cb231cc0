"""A release: until when older certificates count, who is told, and what it says everywhere."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from alerts.models import Alert, Delivery
from certifications.actions import sweep_certificate_alerts, sweep_certificate_releases
from certifications.models import Certificate
from certifications.rules import people_facts, standing
from certifications.tables import CertificateFilter
from partners.models import Employment
from programs.actions import publish_program
from programs.compiled import program_on
from programs.plan import plan_program
from programs.plan_words import in_words
from programs.rules import counts_until
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Person, Vendor
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import day, noon

OLD = [{"code": "4", "released": "2024-01-01"}]
NEW = [
    *OLD,
    {"code": "4.5", "kind": "delta", "of": "4", "released": "2026-02-01"},
    {"code": "5", "released": "2026-01-01", "recertify_by": "2026-09-30"},
]


def track(versions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": "Deploy", "months": 36, "versions": versions}


def released(*holders: str, at: str = "2026-01-05") -> tuple[Vendor, list[Person]]:
    """A vendor that had version 4, people who hold these versions, and the release of 5."""
    vendor = make.VendorFactory(time_zone="Europe/Berlin")
    world.publish(vendor, world.small_program(deploy=track(OLD)))
    partner = make.PartnerFactory(vendor=vendor)
    people = [world.engineer(partner) for _ in holders]
    for person, version in zip(people, holders, strict=True):
        if version == "4":
            world.pass_exam(person, "deploy", "2025-06-01", version="4")
    publish(vendor, NEW, at)
    for person, version in zip(people, holders, strict=True):
        if version == "5":
            world.pass_exam(person, "deploy", at, version="5")
    return vendor, people


def publish(vendor: Vendor, versions: list[dict[str, Any]], at: str) -> None:
    with scope.entered_vendor(vendor.pk):
        publish_program(world.small_program(deploy=track(versions)), at=noon(at))


@pytest.mark.django_db
def test_every_reader_ends_an_older_certificate_by_the_release() -> None:
    vendor, people = released("4", "5")
    with scope.entered_vendor(vendor.pk):
        for on, counting in (("2026-01-04", 1), ("2026-09-29", 2), ("2026-09-30", 1)):
            found = Certificate.objects.counting(day(on))
            assert found.count() == counting
            partner = Employment.objects.first().partner_id  # type: ignore[union-attr]
            assert standing([partner], "deploy", day(on))[partner].count == counting
        ends = {
            person.key: [str(one.until) for one in person.certificates]
            for person in people_facts([partner], day("2026-02-01"))[partner]
        }
        assert ends == {people[0].ref: ["2026-09-30"], people[1].ref: ["2029-01-05"]}
        before = people_facts([partner], day("2026-01-04"))[partner]
        assert [str(one.until) for p in before for one in p.certificates] == ["2028-06-01"]


@pytest.mark.django_db
def test_rows_say_what_the_pure_rule_says() -> None:
    vendor, _people = released("4", "5")
    person = world.engineer(make.PartnerFactory(vendor=vendor))
    with make.prepared(vendor):
        first = Certificate.objects.order_by("pk").first()
        assert first is not None
        for place, version in enumerate(("", "odd", "4.5")):
            Certificate.objects.create(
                person=person, track=first.track, result=first.result, version=version,
                number=f"N-{place}", earned_on=day("2025-06-01"), expires_on=day("2028-06-01"),
            )  # fmt: skip
    on = day("2026-02-02")
    with scope.entered_vendor(vendor.pk):
        document = program_on(on).document
        rows = Certificate.objects.ending(on).select_related("track")
        assert {row.version: row.counts_until for row in rows} == {
            row.version: counts_until(document, "deploy", row.version, row.expires_on)
            for row in rows
        }
        assert {row.version for row in rows if row.counts_until == day("2026-09-30")} == {
            "4", "", "odd", "4.5",
        }  # fmt: skip


@pytest.mark.django_db
def test_the_one_to_renew_is_the_one_that_counts_longest() -> None:
    vendor, [person] = released("5", at="2026-01-05")
    with make.prepared(vendor):
        held = Certificate.objects.get()
        old = Certificate.objects.create(
            person=person, track=held.track, result=held.result, version="4", number="N",
            earned_on=day("2025-06-01"), expires_on=day("2029-06-01"),
        )  # fmt: skip
    with scope.entered_vendor(vendor.pk):
        assert list(Certificate.objects.newest(day("2026-01-04"))) == [old]
        assert list(Certificate.objects.newest(day("2026-01-06"))) == [held]


@pytest.mark.django_db
def test_those_whom_a_release_ends_are_found_in_the_list() -> None:
    vendor, people = released("4", "5")
    with scope.entered_vendor(vendor.pk), time_machine.travel(noon("2026-02-01"), tick=False):
        rows = Certificate.objects.newest(day("2026-02-01")).ending(day("2026-02-01"))
        found = CertificateFilter({"state": "release"}, queryset=rows)
        assert [row.person_id for row in found.qs] == [people[0].pk]


@pytest.mark.django_db
def test_the_plan_says_how_many_people_a_release_concerns() -> None:
    vendor, people = released("4", "4", "4", "5", at="2026-01-05")
    publish(vendor, [*OLD, {**NEW[2], "recertify_by": None}], "2026-01-10")
    with make.prepared(vendor):
        Employment.objects.filter(person=people[0]).update(until=day("2026-01-08"))
    world.pass_exam(people[1], "deploy", "2026-01-08", version="5")
    second = make.PartnerFactory(vendor=vendor)
    make.EmploymentFactory(partner=second, person=people[2], since=day("2026-01-01"))
    with scope.entered_vendor(vendor.pk):
        plan = plan_program(
            world.small_program(deploy=track(NEW)), effective_from=day("2026-01-12")
        )
        [found] = plan.releases
        assert (found.track, found.version, found.people, found.partners) == ("deploy", "5", 1, 2)
        words = "Deploy 5: 1 person at 2 partners recertify by 30 Sep 2026"
        assert found.words == words and f"  > {words}" in in_words(plan).splitlines()
        again = plan_program(
            world.small_program(deploy={**track(NEW), "months": 48}),
            effective_from=day("2026-01-12"),
        )
        assert [one.people for one in again.releases] == [1]


def sweep(on: str) -> int:
    return sweep_certificate_releases(at=noon(on))


def told(vendor: Vendor) -> list[tuple[str, str, int]]:
    with scope.entered_vendor(vendor.pk):
        rows = Alert.objects.order_by("pk").values_list("kind", "due_on", "window")
        return [(kind, str(due), window) for kind, due, window in rows]


ONCE = ("certificate_release", "2026-09-30", 0)


@pytest.mark.usefixtures("committed_db")
def test_whoever_has_to_recertify_is_told_once_with_the_day() -> None:
    vendor, [person, _other] = released("4", "5")
    with make.prepared(vendor):
        partner = Employment.objects.get(person=person).partner
    admin = make.MembershipFactory(
        partner=partner, role=Role.PARTNER_ADMIN, since=day("2020-01-01")
    )
    assert [sweep("2026-01-06"), sweep("2026-01-06"), sweep("2026-05-01")] == [1, 0, 0]
    assert told(vendor) == [ONCE]
    with scope.entered_vendor(vendor.pk):
        alert = Alert.objects.get()
        assert (alert.person_id, alert.data["by"], alert.data["version"]) == (person.pk, "5", "4")
        readers = set(Delivery.objects.values_list("person_id", flat=True))
    assert readers == {person.pk, admin.person_id}


@pytest.mark.usefixtures("committed_db")
def test_a_release_is_told_after_any_downtime_but_not_once_it_is_over() -> None:
    vendor, _people = released("4")
    assert sweep("2026-09-29") == 1
    other, _people = released("4")
    assert sweep("2026-09-30") == 0
    assert (told(vendor), told(other)) == ([ONCE], [])


@pytest.mark.usefixtures("committed_db")
def test_nobody_is_told_before_the_version_is_in_force_and_released() -> None:
    vendor = make.VendorFactory()
    world.publish(vendor, world.small_program(deploy=track(OLD)))
    person = world.engineer(make.PartnerFactory(vendor=vendor))
    world.pass_exam(person, "deploy", "2025-06-01", version="4")
    later = [*OLD, {**NEW[2], "released": "2026-02-01"}]
    with scope.entered_vendor(vendor.pk):
        publish_program(
            world.small_program(deploy=track(later)), at=noon("2026-01-01"),
            effective_from=day("2026-01-20"),
        )  # fmt: skip
    assert [sweep("2026-01-19"), sweep("2026-01-31"), sweep("2026-02-01")] == [0, 0, 1]


@pytest.mark.usefixtures("committed_db")
def test_another_day_is_news_and_a_withdrawn_release_is_silent() -> None:
    vendor, _people = released("4")
    sweep("2026-01-06")
    publish(vendor, [*OLD, {**NEW[2], "recertify_by": "2026-12-31"}], "2026-02-01")
    assert sweep("2026-02-02") == 1
    publish(vendor, OLD, "2026-03-01")
    assert sweep("2026-03-02") == 0
    with scope.entered_vendor(vendor.pk):
        assert Certificate.objects.counting(day("2027-01-01")).count() == 1


def still_told(vendor: Vendor) -> list[str]:
    with scope.entered_vendor(vendor.pk):
        rows = Alert.objects.filter(superseded=False).order_by("pk")
        return [f"{kind} {due}" for kind, due in rows.values_list("kind", "due_on")]


@pytest.mark.usefixtures("committed_db")
def test_what_was_told_of_a_release_is_retracted_when_it_moves_or_goes() -> None:
    vendor, _people = released("4")
    other, _people = released("4")
    sweep("2026-01-06")
    publish(vendor, [*OLD, {**NEW[2], "recertify_by": "2026-03-31"}], "2026-02-01")
    sweep("2026-02-02")
    sweep_certificate_alerts(at=noon("2026-02-02"))
    now = ["certificate_release 2026-03-31", "certificate_expiry 2026-03-31"]
    assert still_told(vendor) == now
    publish(vendor, OLD, "2026-02-03")
    sweep("2026-02-04")
    assert still_told(vendor) == []
    publish(vendor, [*OLD, {**NEW[2], "recertify_by": "2026-03-31"}], "2026-02-05")
    sweep("2026-02-06")
    assert still_told(vendor) == now
    assert still_told(other) == ["certificate_release 2026-09-30"]


@pytest.mark.usefixtures("committed_db")
def test_the_warnings_go_by_the_new_end() -> None:
    vendor, _people = released("4", "5")
    at = day("2026-07-31")
    raised = []
    while at <= day("2026-10-02"):
        if sweep_certificate_alerts(at=noon(at)):
            raised.append(at.isoformat())
        at += dt.timedelta(days=1)
    assert raised == ["2026-08-01", "2026-08-31", "2026-09-30"]
    assert {due for _kind, due, _window in told(vendor)} == {"2026-09-30"}


@pytest.mark.usefixtures("committed_db")
def test_recertifying_settles_every_warning() -> None:
    vendor, [person] = released("4")
    sweep("2026-01-06")
    sweep_certificate_alerts(at=noon("2026-08-05"))
    world.pass_exam(person, "deploy", "2026-08-06", version="5")
    with scope.entered_vendor(vendor.pk):
        assert list(Alert.objects.values_list("superseded", flat=True)) == [True, True]
    assert sweep_certificate_alerts(at=noon("2026-09-30")) == 0


@pytest.mark.usefixtures("committed_db")
def test_rows_kept_under_a_former_code_are_told_too() -> None:
    vendor, _people = released("4")
    renamed = {"renamed": {**track(NEW), "was": "deploy"}}
    with scope.entered_vendor(vendor.pk):
        publish_program(world.small_program(**renamed), at=noon("2026-01-10"))
        assert Certificate.objects.counting(day("2026-09-30")).count() == 0
    assert sweep("2026-01-11") == 1
