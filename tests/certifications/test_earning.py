"""Recording parts, attempts, composites and renewals by other tracks, as rows."""

from __future__ import annotations

from typing import Any

import pytest

from certifications.actions import record_results, revoke_certificate
from certifications.models import Certificate, Result
from certifications.rules import NewResult
from tenants import scope
from tenants.models import Event, Person
from tenants.writing import Refused
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import day, noon

pytestmark = pytest.mark.django_db
HIPAA = {
    "title": "HIPAA", "months": 12, "anchor": "requirement_met", "pass_mark": 80,
    "parts": {"privacy": {}, "breach": {"pass_mark": 90}}, "parts_within_days": 180,
    "retake": {"waits_days": [7, 14]},
}  # fmt: skip
SALES: dict[str, Any] = {
    "core": {"months": 12, "renew": ["exam", {"track": "expert"}]},
    "net": {"months": 12},
    "pro": {"composite": ["core", "net"]},
    "expert": {"months": 24},
}


def somebody(**tracks: dict[str, Any]) -> Person:
    vendor = make.VendorFactory()
    world.publish(vendor, world.small_program(**tracks))
    return world.engineer(make.PartnerFactory(vendor=vendor))


def held(person: Person) -> list[tuple[str, str]]:
    with scope.entered_vendor(person.vendor_id):
        rows = Certificate.objects.order_by("pk").select_related("track")
        return [(row.track.code, str(row.expires_on)) for row in rows]


def refused(person: Person, code: str, taken_on: str, **more: Any) -> tuple[str, str]:
    with scope.entered_vendor(person.vendor_id):
        before = Result.objects.count()
        with pytest.raises(Refused) as caught:
            world.take(person, code, taken_on, **more)
        assert Result.objects.count() == before
    [reason] = caught.value.reasons
    return reason.code, reason.need


def test_the_last_part_issues_the_certificate() -> None:
    person = somebody(hipaa=HIPAA)
    assert world.take(person, "hipaa", "2026-01-10", part="privacy").certificates == ()
    found = world.take(person, "hipaa", "2026-03-01", part="breach")
    assert [str(one.expires_on) for one in found.certificates] == ["2027-03-01"]
    with scope.entered_vendor(person.vendor_id):
        assert list(Event.objects.order_by("pk").values_list("kind", flat=True))[-2:] == [
            "result.recorded", "certificate.issued",
        ]  # fmt: skip
        assert Event.objects.filter(kind="result.recorded").get().data == {
            "person": person.ref, "track": "hipaa", "version": "", "part": "privacy",
            "passed": True, "passed_on": "2026-01-10", "source": "form",
        }  # fmt: skip


def test_a_failed_attempt_is_kept_and_earns_nothing() -> None:
    person = somebody(hipaa=HIPAA)
    found = world.take(person, "hipaa", "2026-01-10", part="breach", score=85)
    with scope.entered_vendor(person.vendor_id):
        stored = Result.objects.get()
    assert (stored.passed, stored.score, found.certificates) == (False, 85, ())
    assert refused(person, "hipaa", "2026-01-16", part="breach") == ("retake_wait", "2026-01-17")
    assert world.take(person, "hipaa", "2026-01-17", part="breach").result.passed


def test_the_same_attempt_twice_changes_nothing() -> None:
    person = somebody(hipaa=HIPAA)
    world.take(person, "hipaa", "2026-01-10", part="breach", score=85)
    with pytest.raises(Refused) as caught:
        world.take(person, "hipaa", "2026-01-10", part="breach", score=85)
    assert caught.value.code == "already_recorded"


@pytest.mark.parametrize(("part", "code"), [("", "part_needed"), ("privacy_rule", "unknown_part")])
def test_a_part_is_named_as_the_program_names_it(part: str, code: str) -> None:
    assert refused(somebody(hipaa=HIPAA), "hipaa", "2026-01-10", part=part)[0] == code


def test_all_parts_in_one_set_earn_one_certificate() -> None:
    person = somebody(hipaa=HIPAA)
    track = world.track(person.vendor, "hipaa")
    rows = [
        NewResult(person, track, "", day("2026-03-01"), part="breach"),
        NewResult(person, track, "", day("2026-01-10"), part="privacy"),
    ]
    with scope.entered_vendor(person.vendor_id):
        found = record_results(rows, at=noon("2026-03-02"))
    assert [len(one.certificates) for one in found if one] == [1, 0]
    assert held(person) == [("hipaa", "2027-03-01")]


def test_a_composite_is_issued_by_itself_and_has_no_exam() -> None:
    person = somebody(**SALES)
    world.take(person, "net", "2026-01-10")
    assert refused(person, "pro", "2026-01-12")[0] == "composite_track"
    world.take(person, "core", "2026-02-01")
    assert held(person) == [
        ("net", "2027-01-10"), ("core", "2027-02-01"), ("pro", "2027-01-10"),
    ]  # fmt: skip


def test_one_result_renews_another_track_under_a_number_of_its_own() -> None:
    person = somebody(**SALES)
    world.take(person, "core", "2026-02-01")
    found = world.take(person, "expert", "2026-08-01")
    assert held(person)[1:] == [("expert", "2028-08-01"), ("core", "2027-08-01")]
    assert {one.result_id for one in found.certificates} == {found.result.pk}
    with scope.entered_vendor(person.vendor_id):
        carried = Event.objects.filter(kind="certificate.issued").order_by("pk").last()
    assert carried is not None and carried.data["by"] == "expert"


def test_what_was_built_on_a_certificate_falls_with_it() -> None:
    person = somebody(**SALES)
    world.take(person, "net", "2026-01-10")
    first = world.take(person, "core", "2026-02-01")
    world.take(person, "expert", "2026-08-01")  # carries core on, and pro with it
    with scope.entered_vendor(person.vendor_id):
        expert = Certificate.objects.get(track__code="expert")
        revoke_certificate(expert, "Sat by somebody else", at=noon("2026-08-09"))
        standing = Certificate.objects.counting(day("2026-08-09")).values_list(
            "track__code", "result_id"
        )
        assert ("core", first.result.pk) in set(standing)
        assert "expert" not in {code for code, _ in standing}
        core = first.certificate
        revoke_certificate(core, "The same", at=noon("2026-08-10"))
        left = Certificate.objects.counting(day("2026-08-10")).values_list("track__code", flat=True)
        assert list(left) == ["net"]
        because = Event.objects.filter(kind="certificate.revoked").order_by("pk").last()
    assert because is not None and because.data["because"] == core.number


def test_a_renewal_too_early_says_from_when() -> None:
    person = somebody(t={"months": 12, "renew_from_days": 90, "anchor": "old_expiry"})
    world.take(person, "t", "2026-01-10")
    assert refused(person, "t", "2026-10-11") == ("renewal_too_early", "2026-10-12")
    world.take(person, "t", "2026-10-12")
    assert held(person)[-1] == ("t", "2028-01-10")


def test_a_way_that_the_track_does_not_name_renews_nothing() -> None:
    versions = [{"code": "1", "released": "2025-01-01"}]
    person = somebody(t={"months": 12, "renew": ["delta"], "versions": versions})
    world.take(person, "t", "2026-01-10", version="1")
    assert refused(person, "t", "2026-06-01", version="1")[0] == "renewed_otherwise"
    world.take(person, "t", "2027-01-10", version="1")  # it has ended: the exam again
