from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certifications.actions import revoke_certificate
from certifications.rules import people_facts, stakes_of, standing
from partners.models import Employment, Partner
from programs import library
from programs.gathering import facts_of
from programs.rules import Case, Facts, requirement
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Person, Vendor
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import day, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    vendor = make.VendorFactory()
    world.publish(vendor, world.small_program(basics={"months": 12}, forever={}))
    return make.PartnerFactory(vendor=vendor)


def leave(person: Person, partner: Partner, on: str) -> None:
    with make.prepared(partner.vendor):
        Employment.objects.filter(person=person, partner=partner).update(until=day(on))


def counted(partner: Partner, on: str, track: str = "basics") -> list[tuple[str, dt.date | None]]:
    with scope.entered_vendor(partner.vendor_id):
        found = standing([partner.pk], track, day(on))[partner.pk]
    return [(holder.name, holder.until) for holder in found.holders]


def test_a_certificate_counts_from_its_day_until_it_expires(partner: Partner) -> None:
    ana = world.engineer(partner, name="Ana")
    world.pass_exam(ana, "basics", "2024-03-01")
    assert counted(partner, "2024-02-29") == []
    assert counted(partner, "2024-03-01") == [("Ana", day("2025-03-01"))]
    assert counted(partner, "2025-02-28") == [("Ana", day("2025-03-01"))]
    assert counted(partner, "2025-03-01") == []


def test_an_endless_certificate_has_no_end(partner: Partner) -> None:
    world.pass_exam(world.engineer(partner, name="Ana"), "forever", "2024-03-01")
    assert counted(partner, "2099-01-01", "forever") == [("Ana", None)]


def test_a_renewal_without_a_gap_is_one_standing(partner: Partner) -> None:
    ana = world.engineer(partner, name="Ana")
    world.pass_exam(ana, "basics", "2024-03-01")
    world.pass_exam(ana, "basics", "2025-02-01")
    assert counted(partner, "2024-06-01") == [("Ana", day("2026-02-01"))]


def test_a_renewal_after_a_gap_leaves_the_gap(partner: Partner) -> None:
    ana = world.engineer(partner, name="Ana")
    world.pass_exam(ana, "basics", "2024-03-01")
    world.pass_exam(ana, "basics", "2025-04-01")
    assert counted(partner, "2024-06-01") == [("Ana", day("2025-03-01"))]
    assert counted(partner, "2025-03-15") == []


def test_a_leaver_stops_counting_on_the_day_they_leave(partner: Partner) -> None:
    ana = world.engineer(partner, name="Ana")
    world.pass_exam(ana, "basics", "2024-03-01")
    leave(ana, partner, "2024-09-01")
    assert counted(partner, "2024-08-31") == [("Ana", day("2024-09-01"))]
    assert counted(partner, "2024-09-01") == []


def test_a_certificate_travels_to_the_next_employer(partner: Partner) -> None:
    ana = world.engineer(partner, name="Ana")
    world.pass_exam(ana, "basics", "2024-03-01")
    leave(ana, partner, "2024-09-01")
    other = make.PartnerFactory(vendor=partner.vendor)
    make.EmploymentFactory(partner=other, person=ana, since=day("2024-10-01"))
    assert counted(other, "2024-09-30") == []
    assert counted(other, "2024-10-01") == [("Ana", day("2025-03-01"))]


def test_a_revoked_certificate_stops_counting(partner: Partner) -> None:
    held = world.pass_exam(world.engineer(partner, name="Ana"), "basics", "2024-03-01")
    with scope.entered_vendor(partner.vendor_id):
        revoke_certificate(held, "Copied", at=noon("2024-05-05"))
    assert counted(partner, "2024-05-04") == [("Ana", day("2024-05-05"))]
    assert counted(partner, "2024-05-05") == []


def test_the_next_drop_names_everybody_who_goes(partner: Partner) -> None:
    for name, passed in (("Ana", "2024-03-01"), ("Bo", "2024-03-01"), ("Cy", "2024-06-01")):
        world.pass_exam(world.engineer(partner, name=name), "basics", passed)
    with scope.entered_vendor(partner.vendor_id):
        found = standing([partner.pk], "basics", day("2024-07-01"))[partner.pk]
    assert (found.count, found.drops_on) == (3, day("2025-03-01"))
    assert [holder.name for holder in found.because] == ["Ana", "Bo"]


def test_a_partner_without_people_has_an_empty_standing(partner: Partner) -> None:
    with scope.entered_vendor(partner.vendor_id):
        found = standing([partner.pk], "basics", day("2024-07-01"))[partner.pk]
    assert (found.count, found.drops_on, found.because) == (0, None, ())


def test_another_partners_standing_is_empty_to_a_partner(partner: Partner) -> None:
    other = make.PartnerFactory(vendor=partner.vendor)
    world.pass_exam(world.engineer(other, name="Ana"), "basics", "2024-03-01")
    held = scope.Scope(partner.vendor_id, frozenset({partner.pk}), Role.PARTNER_ADMIN)
    with scope.enter(held):
        assert standing([other.pk], "basics", day("2024-07-01"))[other.pk].count == 0


def crowd(vendor: Vendor, size: int) -> list[int]:
    found = []
    for _ in range(size):
        partner = make.PartnerFactory(vendor=vendor)
        world.pass_exam(world.engineer(partner), "basics", "2024-03-01")
        found.append(partner.pk)
    return found


def test_standing_costs_two_queries_for_2_and_for_20_partners(partner: Partner) -> None:
    counts = []
    for size in (2, 20):
        ids = crowd(partner.vendor, size)
        with (
            scope.entered_vendor(partner.vendor_id),
            CaptureQueriesContext(connection) as captured,
        ):
            found = standing(ids, "basics", day("2024-07-01"))
        assert sum(s.count for s in found.values()) == size
        counts.append(len(captured))
    assert counts == [2, 2]


def test_the_facts_of_people_cost_three_queries_for_2_and_for_20_partners(partner: Partner) -> None:
    counts = []
    for size in (2, 20):
        ids = crowd(partner.vendor, size)
        with (
            scope.entered_vendor(partner.vendor_id),
            CaptureQueriesContext(connection) as captured,
        ):
            assert len(people_facts(ids, day("2024-07-01"))) == size
        counts.append(len(captured))
    assert counts == [3, 3]


def test_the_facts_hold_what_a_requirement_asks(partner: Partner) -> None:
    ana = world.engineer(partner, name="Ana")
    held = world.pass_exam(ana, "basics", "2024-03-01")
    world.pass_exam(ana, "forever", "2024-04-01")
    leave(ana, partner, "2024-12-01")
    with scope.entered_vendor(partner.vendor_id):
        [found] = facts_of([partner.pk], day("2024-07-01"), kinds=["people"])[partner.pk].people
    assert (found.key, found.name, found.until) == (ana.ref, "Ana", day("2024-12-01"))
    assert [(c.track, c.from_, c.until) for c in found.certificates] == [
        ("basics", day("2024-03-01"), day("2025-03-01")),
        ("forever", day("2024-04-01"), None),
    ]
    assert found.certificates[0].number == held.number


def test_the_facts_and_the_standing_agree(partner: Partner) -> None:
    program = world.small_program(basics={"months": 12}, forever={})
    tree = requirement({"people": {"track": "basics", "at_least": 2}}, program)
    ana, bo = (world.engineer(partner, name=name) for name in ("Ana", "Bo"))
    world.pass_exam(ana, "basics", "2024-03-01")
    world.pass_exam(bo, "basics", "2024-05-01")
    leave(bo, partner, "2024-11-01")
    for on in ("2024-04-30", "2024-05-01", "2024-10-31", "2024-11-01", "2025-03-01"):
        with scope.entered_vendor(partner.vendor_id):
            facts: Facts = facts_of([partner.pk], day(on), kinds=["people"])[partner.pk]
            count = standing([partner.pk], "basics", day(on))[partner.pk].count
        assert tree.holds(Case(facts, day(on))) is (count >= 2)


def test_what_was_earned_later_is_not_known_on_an_earlier_day(partner: Partner) -> None:
    ana = world.engineer(partner)
    world.pass_exam(ana, "basics", "2024-03-01")
    world.pass_exam(ana, "basics", "2025-02-01")
    with scope.entered_vendor(partner.vendor_id):
        [found] = people_facts([partner.pk], day("2024-07-01"))[partner.pk]
    assert len(found.certificates) == 1


def test_what_is_at_stake_follows_the_gates() -> None:
    document = library.program("aurora")
    found = {stake.product: stake.environments for stake in stakes_of(document, "hipaa")}
    gated = {
        code: tuple(e for e in product.gates if e == "clinical")
        for code, product in document.products.items()
        if "clinical" in product.gates
    }
    assert found == gated
    assert stakes_of(document, "sales-core") == ()
