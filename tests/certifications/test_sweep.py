"""The sweep over committed rows, as ``mainstay_ops``: which alerts on which day, exactly once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pytest
from django.db import connections

from alerts.models import Alert, Delivery, Notification, Sweep
from certifications.actions import revoke_certificate, sweep_certificate_alerts
from certifications.models import Certificate
from partners.models import Employment
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Person, Vendor
from tests import factories as make
from tests.certifications import world
from tests.certifications.sweeping import raised, small, sweep
from tests.certifications.world import day, noon

SOPHOS = "firewall-engineer"
pytestmark = pytest.mark.usefixtures("committed_db")


def days(first: str, last: str, step: int = 1) -> Iterable[dt.date]:
    at = day(first)
    while at <= day(last):
        yield at
        at += dt.timedelta(days=step)


def delivered_windows(vendor: Vendor) -> list[int]:
    with scope.entered_vendor(vendor.pk):
        return sorted(Delivery.objects.values_list("alert__window", flat=True))


def sophos(**more: object) -> tuple[Vendor, Person]:
    vendor = make.VendorFactory(**more)
    world.publish(vendor, "sophos-partner-program")
    person = world.engineer(make.PartnerFactory(vendor=vendor))
    world.pass_exam(person, SOPHOS, "2020-11-03", version="18.0")
    return vendor, person


@pytest.mark.slow
def test_sophos_alerts_to_the_day_when_swept_daily_for_years() -> None:
    plain, _ = sophos()
    renewed, person = sophos()
    for at in days("2020-11-03", "2023-06-30"):
        if at == day("2021-07-02"):
            world.pass_exam(person, SOPHOS, "2021-07-02", version="18.5")
        sweep(at)
    assert raised(plain) == [("2021-12-13", 60), ("2022-01-12", 30), ("2022-02-11", 0)]
    assert raised(renewed) == [("2023-02-20", 60), ("2023-03-22", 30), ("2023-04-21", 0)]


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        (False, [("2021-12-13", 60), ("2022-01-12", 30), ("2022-02-11", 0)]),
        (True, [("2023-02-20", 60), ("2023-03-22", 30), ("2023-04-21", 0)]),
    ],
)
def test_sophos_alerts_on_the_published_days(delta: bool, expected: list[tuple[str, int]]) -> None:
    vendor, person = sophos()
    if delta:
        world.pass_exam(person, SOPHOS, "2021-07-02", version="18.5")
    for turning in (
        "2021-12-13",
        "2022-01-12",
        "2022-02-11",
        "2023-02-20",
        "2023-03-22",
        "2023-04-21",
    ):
        sweep(day(turning) - dt.timedelta(days=1))
        sweep(turning)
    assert raised(vendor) == expected


def test_every_window_is_delivered_when_beat_never_stops() -> None:
    vendor, _ = sophos()
    for at in days("2021-12-01", "2022-03-01"):
        sweep(at)
    assert delivered_windows(vendor) == [0, 30, 60]


def test_two_days_without_beat_lose_nothing() -> None:
    vendor, _ = sophos()
    for at in days("2021-12-01", "2022-03-01"):
        if at not in (day("2021-12-13"), day("2021-12-14")):
            sweep(at)
    assert raised(vendor) == [("2021-12-15", 60), ("2022-01-12", 30), ("2022-02-11", 0)]


def test_after_forty_days_without_beat_the_most_urgent_is_delivered() -> None:
    vendor, _ = sophos()
    sweep("2021-12-10")
    sweep("2022-01-19")
    assert raised(vendor) == [("2022-01-19", 60), ("2022-01-19", 30)]
    with scope.entered_vendor(vendor.pk):
        found = list(Alert.objects.order_by("-window").values_list("window", "superseded"))
    assert found == [(60, True), (30, False)]
    assert delivered_windows(vendor) == [30]


def test_a_year_without_beat_still_tells_of_the_lapse() -> None:
    vendor, _ = sophos()
    sweep("2021-12-10")
    sweep("2022-12-10")
    assert raised(vendor) == [("2022-12-10", 60), ("2022-12-10", 30), ("2022-12-10", 0)]
    assert delivered_windows(vendor) == [0]


def test_a_more_urgent_alert_supersedes_the_earlier_one() -> None:
    vendor, _ = sophos()
    sweep("2021-12-13")
    sweep("2022-01-12")
    with scope.entered_vendor(vendor.pk):
        found = list(Alert.objects.order_by("-window").values_list("window", "superseded"))
    assert found == [(60, True), (30, False)]


def test_a_second_sweep_raises_nothing() -> None:
    vendor, _ = sophos()
    assert [sweep("2021-12-13"), sweep("2021-12-13"), sweep("2021-12-14")] == [1, 0, 0]
    assert raised(vendor) == [("2021-12-13", 60)]


def test_a_result_recorded_late_is_told_at_once() -> None:
    vendor, _, _ = small()
    other = world.engineer(make.PartnerFactory(vendor=vendor))
    sweep("2025-02-08")
    world.pass_exam(other, "basics", "2024-03-05", at="2025-02-10")
    assert sweep("2025-02-10") == 2
    with scope.entered_vendor(vendor.pk):
        mine = Alert.objects.filter(person=other).order_by("window")
        assert list(mine.values_list("window", "superseded")) == [(30, False), (60, True)]


def test_a_revoked_certificate_raises_nothing() -> None:
    vendor, _, person = small()
    with scope.entered_vendor(vendor.pk):
        revoke_certificate(person.certificates.get(), "Copied", at=noon("2024-12-01"))
    for at in days("2024-12-01", "2025-04-01", 7):
        sweep(at)
    assert raised(vendor) == []


def test_an_earlier_certificate_counts_again_when_the_newer_is_revoked() -> None:
    vendor, _, person = small()
    newer = world.pass_exam(person, "basics", "2024-12-01")
    assert sweep("2025-01-05") == 0
    with scope.entered_vendor(vendor.pk):
        revoke_certificate(newer, "Copied", at=noon("2025-01-06"))
    assert sweep("2025-01-06") == 1


def open_windows(vendor: Vendor) -> list[tuple[str, int]]:
    with scope.entered_vendor(vendor.pk):
        found = Alert.objects.filter(superseded=False).order_by("due_on", "-window")
        return [(alert.due_on.isoformat(), alert.window) for alert in found]


def test_a_renewal_closes_what_was_told_of_the_certificate_before() -> None:
    vendor, partner, person = small()
    other = world.engineer(partner)
    world.pass_exam(other, "basics", "2024-03-01")
    sweep("2025-01-05")
    assert open_windows(vendor) == [("2025-03-01", 60), ("2025-03-01", 60)]
    world.pass_exam(person, "basics", "2025-01-06")
    assert open_windows(vendor) == [("2025-03-01", 60)]
    with scope.entered_vendor(vendor.pk):
        assert [alert.person for alert in Alert.objects.filter(superseded=False)] == [other]


def test_what_was_told_is_open_again_when_the_renewal_is_revoked() -> None:
    vendor, _partner, person = small()
    sweep("2025-01-05")
    sweep("2025-02-05")
    renewal = world.pass_exam(person, "basics", "2025-02-06")
    assert open_windows(vendor) == []
    with scope.entered_vendor(vendor.pk):
        revoke_certificate(renewal, "wrong person", at=noon("2025-02-07"))
    assert open_windows(vendor) == [("2025-03-01", 30)]


def test_a_revoked_certificate_has_no_open_alert() -> None:
    vendor, _partner, person = small()
    sweep("2025-01-05")
    with scope.entered_vendor(vendor.pk):
        held = Certificate.objects.get(person=person)
        revoke_certificate(held, "wrong person", at=noon("2025-01-07"))
    assert open_windows(vendor) == []


def test_of_two_certificates_that_end_on_one_day_one_is_told() -> None:
    _vendor, person = sophos()
    world.pass_exam(person, SOPHOS, "2020-12-01", version="18.0")
    assert sweep("2021-12-13") == 1


def test_a_leap_day_expiry_enters_its_windows() -> None:
    vendor = make.VendorFactory()
    world.publish(vendor, world.small_program(long={"months": 48}, basics={"months": 12}))
    person = world.engineer(make.PartnerFactory(vendor=vendor))
    world.pass_exam(person, "long", "2020-02-29")
    world.pass_exam(person, "basics", "2024-02-29")
    for at in days("2023-12-20", "2025-03-10"):
        sweep(at)
    assert raised(vendor) == [
        ("2023-12-31", 60),
        ("2024-01-30", 30),
        ("2024-02-29", 0),
        ("2024-12-30", 60),
        ("2025-01-29", 30),
        ("2025-02-28", 0),
    ]


def test_the_day_is_the_vendors_own() -> None:
    tokyo, _ = sophos(time_zone="Asia/Tokyo")
    la, _ = sophos(time_zone="America/Los_Angeles")
    at = dt.datetime(2021, 12, 12, 16, tzinfo=dt.UTC)  # 13 December in Tokyo, 12 in Los Angeles
    assert sweep_certificate_alerts(at=at) == 1
    assert (raised(tokyo), raised(la)) == ([("2021-12-13", 60)], [])


def test_a_leavers_certificate_alerts_the_new_employer_only() -> None:
    vendor, _old, person = small()
    new = make.PartnerFactory(vendor=vendor)
    with make.prepared(vendor):
        Employment.objects.filter(person=person).update(until=day("2024-11-01"))
    make.EmploymentFactory(partner=new, person=person, since=day("2024-11-01"))
    for at in days("2024-10-01", "2025-04-01"):
        sweep(at)
    with scope.entered_vendor(vendor.pk):
        found = list(Alert.objects.order_by("-window").values_list("partner_id", "window"))
    assert found == [(new.pk, 60), (new.pk, 30), (new.pk, 0)]


def test_an_employer_who_came_after_the_lapse_is_not_told() -> None:
    vendor, _old, person = small()
    with make.prepared(vendor):
        Employment.objects.filter(person=person).update(until=day("2024-11-01"))
    new = make.PartnerFactory(vendor=vendor)
    make.EmploymentFactory(partner=new, person=person, since=day("2025-03-02"))
    assert sweep("2025-03-03") == 0


def test_an_employer_who_comes_inside_a_window_is_told_the_most_urgent() -> None:
    vendor, _old, person = small()
    sweep("2025-01-05")
    new = make.PartnerFactory(vendor=vendor)
    make.EmploymentFactory(partner=new, person=person, since=day("2025-02-10"))
    sweep("2025-02-10")
    with scope.entered_vendor(vendor.pk):
        found = Alert.objects.filter(partner=new).order_by("window")
        assert list(found.values_list("window", "superseded")) == [(30, False), (60, True)]


def test_a_person_of_two_partners_alerts_both_once() -> None:
    vendor, first, person = small()
    second = make.PartnerFactory(vendor=vendor)
    make.EmploymentFactory(partner=second, person=person, since=day("2020-01-01"))
    assert sweep("2025-01-05") == 2
    with scope.entered_vendor(vendor.pk):
        found = set(Alert.objects.values_list("partner_id", flat=True))
    assert found == {first.pk, second.pk}


def test_technician_admin_and_account_manager_are_told() -> None:
    vendor, partner, person = small()
    admin = make.MembershipFactory(
        role=Role.PARTNER_ADMIN, partner=partner, since=day("2020-01-01")
    )
    member = make.MembershipFactory(
        role=Role.PARTNER_MEMBER, partner=partner, since=day("2020-01-01")
    )
    former = make.MembershipFactory(
        role=Role.PARTNER_ADMIN, partner=partner, since=day("2020-01-01"), until=day("2021-01-01")
    )
    cam = make.MembershipFactory(vendor=vendor, role=Role.CAM, since=day("2020-01-01"))
    make.PortfolioEntryFactory(partner=partner, person=cam.person, since=day("2020-01-01"))
    with make.prepared(vendor):
        cam.person.user = make.UserFactory()
        cam.person.save()
    sweep("2025-01-05")
    with scope.entered_vendor(vendor.pk):
        mailed = set(Delivery.objects.values_list("person_id", flat=True))
        listed = set(Notification.objects.values_list("person_id", flat=True))
    assert mailed == {person.pk, admin.person_id, cam.person_id}
    assert listed == {cam.person_id}  # the only one who can sign in
    assert not mailed & {member.person_id, former.person_id}


def test_an_admin_who_is_the_technician_is_told_once() -> None:
    vendor, partner, person = small()
    make.MembershipFactory(
        role=Role.PARTNER_ADMIN, partner=partner, person=person, since=day("2020-01-01")
    )
    sweep("2025-01-05")
    with scope.entered_vendor(vendor.pk):
        assert Delivery.objects.count() == 1


def test_a_person_without_an_address_is_mailed_at_the_login() -> None:
    vendor, _partner, person = small()
    with make.prepared(vendor):
        person.email, person.user = "", make.UserFactory(email="in@example.com")
        person.save()
    sweep("2025-01-05")
    with scope.entered_vendor(vendor.pk):
        assert list(Delivery.objects.values_list("address", flat=True)) == ["in@example.com"]


def test_without_a_program_nothing_is_raised() -> None:
    _vendor, _, _ = small()
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM programs_sweepsetting")
    assert sweep("2025-02-01") == 0


def test_a_window_of_a_later_program_waits_for_its_day() -> None:
    from programs import document as documents
    from programs.actions import publish_program

    vendor, _, _ = small()
    values = documents.to_dict(world.small_program()) | {"windows": {"certificate": [90]}}
    with scope.entered_vendor(vendor.pk):
        publish_program(
            documents.document_from(values),
            at=noon("2024-12-01"),
            effective_from=day("2024-12-20"),
        )
    assert [sweep("2024-12-10"), sweep("2024-12-20")] == [0, 1]
    assert raised(vendor) == [("2024-12-20", 90)]


def test_the_run_is_noted() -> None:
    small()
    sweep("2025-01-05")
    found = Sweep.objects.get()
    assert (found.name, found.last_at, found.last_count) == (
        "certificate alerts",
        noon("2025-01-05"),
        1,
    )
    assert found.late_by(noon("2025-01-05") + dt.timedelta(minutes=15)) is None
    assert found.late_by(noon("2025-01-05") + dt.timedelta(minutes=16)) == dt.timedelta(minutes=16)
