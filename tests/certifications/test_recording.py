from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certifications.actions import record_result, record_results, revoke_certificate
from certifications.models import Certificate, Result
from certifications.numbers import number_typed
from certifications.rules import NewResult
from partners.models import Partner
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event, Person, Vendor
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import day, noon

pytestmark = pytest.mark.django_db
SOPHOS = "firewall-engineer"


@pytest.fixture
def sophos() -> Iterator[Person]:
    vendor = make.VendorFactory()
    world.publish(vendor, "sophos-partner-program")
    with scope.entered_vendor(vendor.pk):
        yield world.engineer(make.PartnerFactory(vendor=vendor))


@pytest.fixture
def aurora() -> Iterator[Person]:
    vendor = make.VendorFactory()
    world.publish(vendor, "aurora")
    with scope.entered_vendor(vendor.pk):
        yield world.engineer(make.PartnerFactory(vendor=vendor))


def small(**tracks: dict[str, object]) -> Person:
    vendor = make.VendorFactory()
    world.publish(vendor, world.small_program(**tracks))
    return world.engineer(make.PartnerFactory(vendor=vendor))


def refused_codes(person: Person, code: str, passed_on: str, **more: object) -> list[str]:
    """The reasons of a refusal, which left nothing behind."""
    with scope.entered_vendor(person.vendor_id):
        before = (Result.objects.count(), Certificate.objects.count(), Event.objects.count())
        with pytest.raises(Refused) as refused:
            world.pass_exam(person, code, passed_on, **more)  # type: ignore[arg-type]
        assert (Result.objects.count(), Certificate.objects.count(), Event.objects.count()) == (
            before
        )
    return [reason.code for reason in refused.value.reasons]


def test_sophos_expiry_counts_from_the_release_of_the_course(sophos: Person) -> None:
    held = world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    assert (held.earned_on, held.expires_on) == (day("2020-11-03"), day("2022-02-11"))


def test_sophos_delta_extends_to_its_own_release(sophos: Person) -> None:
    world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    held = world.pass_exam(sophos, SOPHOS, "2021-07-02", version="18.5")
    assert held.expires_on == day("2023-04-21")


def test_the_returned_certificate_equals_the_stored_row(sophos: Person) -> None:
    held = world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0", score=Decimal("81.50"))
    stored = Certificate.objects.select_related("result").get()
    for name in ("pk", "public_id", "number", "person_id", "track_id", "result_id", "version"):
        assert getattr(held, name) == getattr(stored, name)
    for name in ("pk", "public_id", "passed_on", "score", "source", "recorded_at"):
        assert getattr(held.result, name) == getattr(stored.result, name)


def test_a_result_leaves_one_event_without_names(sophos: Person) -> None:
    held = world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    event = Event.objects.get(kind="certificate.issued")
    assert (event.subject_id, event.partner_id, event.program_version) == (
        held.public_id,
        Partner.objects.get().pk,
        1,
    )
    assert event.data == {
        "person": sophos.ref,
        "track": SOPHOS,
        "version": "18.0",
        "passed_on": "2020-11-03",
        "expires_on": "2022-02-11",
        "source": "form",
        "result": held.result.ref,
    }


def test_a_number_is_unguessable_and_reads_back_as_typed(sophos: Person) -> None:
    held = world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    assert len(held.number) == 14
    assert number_typed(held.number.lower().replace("-", " ")) == held.number
    assert number_typed("not a number") is None


def test_a_track_without_end_gives_a_certificate_without_end() -> None:
    person = small(forever={"title": "Forever"})
    assert world.pass_exam(person, "forever", "2020-02-29").expires_on is None


def test_a_leap_day_expires_on_the_last_of_february() -> None:
    person = small()
    assert world.pass_exam(person, "basics", "2024-02-29").expires_on == day("2025-02-28")


def test_an_unstated_validity_asks_for_the_issuers_end(sophos: Person) -> None:
    assert refused_codes(sophos, "sales", "2021-01-05") == ["validity_not_stated"]
    held = world.pass_exam(sophos, "sales", "2021-01-05", expires_on=day("2022-01-05"))
    assert held.expires_on == day("2022-01-05")


def test_an_end_is_refused_where_the_program_states_it() -> None:
    person = small()
    codes = refused_codes(person, "basics", "2024-01-01", expires_on=day("2040-01-01"))
    assert codes == ["end_by_program"]


@pytest.mark.parametrize(
    ("passed_on", "version", "at", "code"),
    [
        ("2020-11-03", "19.0", "2020-11-03", "unknown_version"),
        ("2020-11-03", "", "2020-11-03", "version_needed"),
        ("2020-02-10", "18.0", "2020-11-03", "passed_before_release"),
        ("2020-11-04", "18.0", "2020-11-03", "passed_in_future"),
        ("2020-11-03", "18.0", "2022-02-11", "already_expired"),
        ("2021-07-02", "18.5", "2021-07-02", "delta_without_course"),
    ],
)
def test_an_impossible_result_is_refused(
    sophos: Person, passed_on: str, version: str, at: str, code: str
) -> None:
    assert refused_codes(sophos, SOPHOS, passed_on, version=version, at=at) == [code]


def test_a_delta_needs_a_certificate_still_valid(sophos: Person) -> None:
    world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    assert refused_codes(sophos, SOPHOS, "2022-02-11", version="18.5") == ["delta_without_course"]


def test_a_delta_on_a_revoked_certificate_is_refused(sophos: Person) -> None:
    held = world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    revoke_certificate(held, "Wrong person", at=noon("2021-06-01"))
    assert refused_codes(sophos, SOPHOS, "2021-07-02", version="18.5") == ["delta_without_course"]


def test_a_track_needs_its_prerequisite(aurora: Person) -> None:
    assert refused_codes(aurora, "ot-deploy", "2026-11-01") == ["needs_track"]
    world.pass_exam(aurora, "endpoint-deploy", "2026-10-01", version="5.0")
    assert world.pass_exam(aurora, "ot-deploy", "2026-11-01").expires_on == day("2028-11-01")


def test_a_track_taken_out_of_the_program_is_refused() -> None:
    person = small(old={"months": 12}, kept={"months": 12})
    from programs.actions import publish_program

    with scope.entered_vendor(person.vendor_id):
        publish_program(world.small_program(kept={"months": 12}), at=noon("2026-02-01"))
    assert refused_codes(person, "old", "2026-02-02") == ["retired_track"]


def test_a_person_employed_nowhere_may_pass() -> None:
    vendor = make.VendorFactory()
    world.publish(vendor, world.small_program())
    person = make.PersonFactory(vendor=vendor)
    held = world.pass_exam(person, "basics", "2024-01-01")
    with scope.entered_vendor(vendor.pk):
        event = Event.objects.get(kind="certificate.issued")
    assert (event.subject_id, event.partner_id) == (held.public_id, None)


def test_the_same_result_twice_is_refused_and_changes_nothing(sophos: Person) -> None:
    world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    codes = refused_codes(sophos, SOPHOS, "2020-11-03", version="18.0")
    assert codes == ["already_recorded"]


def test_an_external_id_of_another_result_is_refused() -> None:
    person = small()
    world.pass_exam(person, "basics", "2024-01-01", external_id="lms-1")
    codes = refused_codes(person, "basics", "2024-02-01", external_id="lms-1")
    assert codes == ["external_id_taken"]


def test_a_set_is_recorded_in_any_order_of_prerequisites(aurora: Person) -> None:
    rows = [
        NewResult(aurora, world.track(aurora.vendor, "ot-deploy"), "", day("2026-10-01")),
        NewResult(aurora, world.track(aurora.vendor, "endpoint-deploy"), "5.0", day("2026-10-01")),
    ]
    found = record_results(rows, at=noon("2026-10-02"))
    assert [one.certificate.track_id for one in found if one] == [row.track.pk for row in rows]


def test_a_set_with_one_wrong_row_records_nothing(aurora: Person) -> None:
    good = world.track(aurora.vendor, "endpoint-deploy")
    rows = [
        NewResult(aurora, good, "5.0", day("2026-10-01")),
        NewResult(aurora, good, "9.9", day("2026-10-01")),
    ]
    with pytest.raises(Refused) as refused:
        record_results(rows, at=noon("2026-10-02"))
    assert [(r.code, r.pointer) for r in refused.value.reasons] == [
        ("unknown_version", "rows/1/version")
    ]
    assert (Result.objects.count(), Certificate.objects.count()) == (0, 0)


def test_a_set_recorded_twice_changes_nothing(aurora: Person) -> None:
    track = world.track(aurora.vendor, "endpoint-deploy")
    rows = [NewResult(aurora, track, "5.0", day("2026-10-01"), source="import")]
    [first] = record_results(rows, at=noon("2026-10-02"))
    events = Event.objects.count()
    assert record_results(rows, at=noon("2026-10-03")) == [None]
    assert first is not None
    assert (Certificate.objects.get().updated_at, Event.objects.count()) == (
        noon("2026-10-02"),
        events,
    )


def test_a_set_costs_the_same_queries_for_2_and_for_20() -> None:
    person = small()
    partner = make.PartnerFactory(vendor=person.vendor)
    track = world.track(person.vendor, "basics")

    def queries(count: int) -> int:
        people = [world.engineer(partner) for _ in range(count)]
        rows = [NewResult(p, track, "", dt.date(2024, 1, 1)) for p in people]
        with (
            scope.entered_vendor(person.vendor_id),
            CaptureQueriesContext(connection) as captured,
        ):
            record_results(rows, at=noon("2024-01-02"))
        return len(captured)

    assert queries(2) == queries(20)


@pytest.mark.parametrize("role", [Role.CAM, Role.PARTNER_ADMIN, Role.EXAMINER])
def test_recording_needs_the_capability(sophos: Person, role: Role) -> None:
    held = scope.Scope(vendor_id=sophos.vendor_id, partners="*", role=role)
    track = world.track(sophos.vendor, SOPHOS)
    with scope.enter(held), pytest.raises(NotAllowed):
        record_result(sophos, track, "18.0", day("2020-11-03"), at=noon("2020-11-03"))
    assert Result.objects.count() == 0


def test_a_partners_own_client_may_not_record_results(sophos: Person) -> None:
    partner = Partner.objects.get()
    held = scope.Scope(
        vendor_id=sophos.vendor_id, partners=frozenset({partner.pk}), role=Role.INTEGRATION
    )
    track = world.track(sophos.vendor, SOPHOS)
    with scope.enter(held), pytest.raises(NotAllowed):
        record_result(sophos, track, "18.0", day("2020-11-03"), at=noon("2020-11-03"))
    assert Result.objects.count() == 0


def test_a_revoked_certificate_stops_counting_that_day(sophos: Person) -> None:
    held = world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    revoke_certificate(held, " Sat by somebody else ", at=noon("2021-01-10"))
    stored = Certificate.objects.get()
    assert (stored.revoked_on, stored.revoked_reason) == (
        day("2021-01-10"),
        "Sat by somebody else",
    )
    assert list(Certificate.objects.counting(day("2021-01-09"))) == [stored]
    assert list(Certificate.objects.counting(day("2021-01-10"))) == []
    assert Event.objects.get(kind="certificate.revoked").data == {
        "person": sophos.ref,
        "number": stored.number,
        "revoked_on": "2021-01-10",
    }


def test_a_revocation_without_a_reason_is_refused(sophos: Person) -> None:
    held = world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    with pytest.raises(Refused) as refused:
        revoke_certificate(held, "  ", at=noon("2021-01-10"))
    assert refused.value.code == "reason_needed"
    assert Certificate.objects.get().revoked_on is None


def test_a_certificate_is_revoked_once(sophos: Person) -> None:
    held = world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    revoke_certificate(held, "First", at=noon("2021-01-10"))
    with pytest.raises(Refused) as refused:
        revoke_certificate(held, "Second", at=noon("2021-01-11"))
    assert refused.value.code == "already_revoked"
    stored = Certificate.objects.get()
    assert (stored.revoked_on, stored.revoked_reason) == (day("2021-01-10"), "First")


def test_a_vendor_does_not_see_anothers_certificates(sophos: Person) -> None:
    world.pass_exam(sophos, SOPHOS, "2020-11-03", version="18.0")
    stranger: Vendor = make.VendorFactory()
    with scope.enter(None), scope.entered_vendor(stranger.pk):
        assert (Certificate.objects.count(), Result.objects.count()) == (0, 0)


def test_a_former_employer_does_not_see_what_a_leaver_earns() -> None:
    vendor = make.VendorFactory()
    world.publish(vendor, world.small_program())
    old, new = make.PartnerFactory(vendor=vendor), make.PartnerFactory(vendor=vendor)
    person = make.PersonFactory(vendor=vendor)
    make.EmploymentFactory(
        partner=old, person=person, since=day("2020-01-01"), until=day("2024-01-01")
    )
    make.EmploymentFactory(partner=new, person=person, since=day("2024-01-01"))
    early = world.pass_exam(person, "basics", "2023-06-01")
    late = world.pass_exam(person, "basics", "2024-06-01")
    for partner, seen in ((old, [early.pk]), (new, [early.pk, late.pk])):
        held = scope.Scope(vendor.pk, frozenset({partner.pk}), Role.PARTNER_ADMIN)
        with scope.enter(held):
            assert list(Certificate.objects.values_list("pk", flat=True)) == seen
