"""Who prepares for which exam: by action, page and API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from certifications.actions import drop_enrolment, enrol, tick_step
from certifications.models import CourseEnrolment
from partners.models import Partner
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Membership, Person
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.api import api_of
from tests.certifications import world
from tests.certifications.world import day, noon

pytestmark = pytest.mark.django_db
STEPS = [{"title": "Read", "minutes": 30}, {"title": "Lab", "url": "https://learn.example/lab"}]
DEPLOY = {
    "title": "Deploy", "months": 24, "retake": {"waits_days": [14]},
    "links": {"exam": "https://exams.example/deploy"},
    "versions": [
        {"code": "1", "released": "2025-01-01"},
        {"code": "1.5", "kind": "delta", "of": "1", "released": "2026-01-01", "curriculum": STEPS},
    ],
}  # fmt: skip
TODAY = "2026-06-01"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(noon(TODAY), tick=False):
        yield


@pytest.fixture
def ana() -> Membership:
    """A technician who holds version 1, and signs in."""
    vendor = make.VendorFactory()
    world.publish(
        vendor, world.small_program(deploy=DEPLOY, pro={"composite": ["deploy", "x"]}, x={})
    )
    partner = make.PartnerFactory(vendor=vendor)
    member: Membership = make.MembershipFactory(partner=partner, role=Role.PARTNER_MEMBER)
    make.EmploymentFactory(partner=partner, person=member.person, since=world.FIRST_DAY)
    world.pass_exam(member.person, "deploy", "2025-06-01", version="1")
    return member


def as_(member: Membership, role: Role) -> Any:
    with scope.entered_vendor(member.vendor_id):
        partner = Partner.objects.get(pk=member.partner_id)
    return make.enter_as(member.person, role, partner)


def planned(ana: Membership, code: str = "deploy") -> CourseEnrolment:
    with as_(ana, Role.PARTNER_MEMBER):
        return enrol(ana.person, world.track(ana.vendor, code), at=noon(TODAY))


def test_a_technician_plans_the_delta_on_what_they_hold(ana: Membership) -> None:
    row = planned(ana)
    assert (row.version, row.state, str(row.since)) == ("1.5", "planned", TODAY)


def test_ticking_a_step_sets_it_under_way_and_can_be_taken_back(ana: Membership) -> None:
    row = planned(ana)
    with as_(ana, Role.PARTNER_MEMBER):
        tick_step(row, "Read", at=noon(TODAY))
        row = tick_step(row, "Lab", at=noon(TODAY))
        assert (row.state, row.done) == ("under_way", ["Read", "Lab"])
        assert tick_step(row, "Read", done=False, at=noon(TODAY)).done == ["Lab"]
        with pytest.raises(Refused) as caught:
            tick_step(row, "Sleep", at=noon(TODAY))
    assert caught.value.code == "unknown_step"


def test_passing_the_exam_ends_the_enrolment(ana: Membership) -> None:
    row = planned(ana)
    world.take(ana.person, "deploy", TODAY, version="1.5", passed=False)
    with scope.entered_vendor(ana.vendor_id):
        assert CourseEnrolment.objects.get().state == "planned"
    world.pass_exam(ana.person, "deploy", "2026-06-20", version="1.5")
    with scope.entered_vendor(ana.vendor_id):
        row.refresh_from_db()
    assert (row.state, row.until) == ("passed", day("2026-06-20"))


@pytest.mark.parametrize(
    ("code", "track"), [("already_enrolled", "deploy"), ("composite_track", "pro")]
)
def test_what_cannot_be_planned_is_refused(ana: Membership, code: str, track: str) -> None:
    planned(ana)
    with pytest.raises(Refused) as caught:
        planned(ana, track)
    assert caught.value.code == code


def test_a_wait_after_a_failure_names_its_day(ana: Membership) -> None:
    world.take(ana.person, "deploy", "2026-05-25", version="1.5", passed=False)
    with pytest.raises(Refused) as caught:
        planned(ana)
    [reason] = caught.value.reasons
    assert (reason.code, reason.need) == ("retake_wait", "2026-06-08")
    assert "8 Jun 2026" in reason.detail


def test_nobody_plans_for_a_colleague_but_their_admin(ana: Membership) -> None:
    colleague = make.PersonFactory(vendor=ana.vendor)
    make.EmploymentFactory(
        partner_id=ana.partner_id, vendor=ana.vendor, person=colleague, since=world.FIRST_DAY
    )
    track = world.track(ana.vendor, "x")
    with as_(ana, Role.PARTNER_MEMBER), pytest.raises(NotAllowed):
        enrol(colleague, track, at=noon(TODAY))
    with as_(ana, Role.PARTNER_ADMIN):
        row = enrol(colleague, track, at=noon(TODAY))
        drop_enrolment(row, at=noon(TODAY))
        row.refresh_from_db()
        with pytest.raises(Refused) as caught:
            drop_enrolment(row, at=noon(TODAY))
    assert (row.state, caught.value.code) == ("dropped", "enrolment_over")


def test_an_admin_plans_for_nobody_who_has_left(ana: Membership) -> None:
    gone: Person = make.PersonFactory(vendor=ana.vendor)
    make.EmploymentFactory(
        partner_id=ana.partner_id,
        vendor=ana.vendor,
        person=gone,
        since=world.FIRST_DAY,
        until=day("2026-01-01"),
    )
    with as_(ana, Role.PARTNER_ADMIN), pytest.raises(NotAllowed):
        enrol(gone, world.track(ana.vendor, "x"), at=noon(TODAY))


def test_the_plan_is_kept_on_the_technicians_page(ana: Membership, client: Client) -> None:
    make.sign_in(client, ana)
    page = client.get("/certifications/plan/mine/", follow=True)
    here = page.redirect_chain[-1][0]
    client.post(f"{here}enrol/", {"track": "deploy"})
    with scope.entered_vendor(ana.vendor_id):
        row = CourseEnrolment.objects.get()
    client.post(f"/certifications/plan/{row.ref}/", {"op": "done", "step": "Read"})
    text = client.get(here).content.decode()
    assert "https://exams.example/deploy" in text and "Not done: Read" in text
    assert "1 of 2 steps" in client.get("/certifications/plan/").content.decode()
    client.post(f"/certifications/plan/{row.ref}/", {"op": "drop"})
    assert "No exam is planned." in client.get(here).content.decode()


def test_the_api_enrols_ticks_and_gives_up(ana: Membership) -> None:
    api = api_of(ana.vendor, "certificates.plan", "certificates.read", "people.write")
    made = api.post("/enrolments", {"person": ana.person.ref, "track": "deploy"})
    assert (made.status_code, made.json()["version"]) == (201, "1.5")
    path = f"/enrolments/{made.json()['id']}"
    assert api.post(f"{path}/tick", {"step": "Read"}).json()["done"] == ["Read"]
    assert api.post(f"{path}/drop", {}).json()["state"] == "dropped"
    assert api.post(f"{path}/drop", {}).status_code == 409
