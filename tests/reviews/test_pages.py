"""The surfaces: admin, portal, account manager, API, command."""

from __future__ import annotations

import io
import re

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from reviews import actions
from reviews.models import LevelException, LevelRequest, ReviewOutcome, ReviewRun
from tenants import scope
from tenants.capabilities import Role
from tests import factories as make
from tests.api import api_of
from tests.reviews import world
from tests.reviews.world import beat, day, level, level_of, noon, runs

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("february"),
]


@pytest.fixture
def february():
    with time_machine.travel(noon("2026-02-10"), tick=True):
        yield


@pytest.fixture
def vendor():
    return world.new_vendor()


@pytest.fixture
def admin(vendor, client: Client) -> Client:
    return make.sign_in(client, make.MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN))


def member(partner, role=Role.PARTNER_ADMIN) -> Client:
    return make.sign_in(Client(), make.MembershipFactory(role=role, partner=partner))


def words(response) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def test_an_admin_previews_reads_approves_and_undoes_a_review(admin, vendor) -> None:
    partner = world.add_partner(vendor, "registered", 130, name="Northwind")
    world.add_partner(vendor, "gold", 120, name="Southwind")
    made = admin.post(reverse("admin:reviews_reviewrun_add"), {"axis_of_type": "msp tier"})
    assert made.status_code == 302
    (run,) = runs(vendor, "demand")
    page = reverse("admin:reviews_reviewrun_change", args=[run.ref])
    shown = words(admin.get(page))
    assert "A preview by what was known for 10 Feb 2026: nobody has moved" in shown
    assert "Northwind Registered → Silver" in shown
    assert "Southwind Gold 10 May 2026" in shown and "150" in shown
    assert "Approved by" not in shown and "Undone" not in shown
    listed = reverse("admin:reviews_reviewoutcome_changelist")
    assert "Preview" in words(admin.get(listed, {"run": run.ref}))
    admin.post(f"{page.removesuffix('change/')}do/approve/")
    assert level_of(partner) == "silver"
    assert "Northwind" in words(admin.get(listed, {"run": run.ref}))
    assert "Applied on 10 Feb 2026" in words(admin.get(listed, {"run": run.ref}))
    admin.post(f"{page.removesuffix('change/')}do/undo/", {"reason": "Wrong figures"})
    assert level_of(partner) == "registered"
    assert "This review was taken back" in words(admin.get(page))


def test_an_outcome_in_the_admin_draws_what_was_asked(admin, vendor) -> None:
    world.add_partner(vendor, "gold", 120, name="Southwind")
    admin.post(reverse("admin:reviews_reviewrun_add"), {"axis_of_type": "msp tier"})
    with scope.entered_vendor(vendor.pk):
        outcome = ReviewOutcome.objects.get()
    page = admin.get(reverse("admin:reviews_reviewoutcome_change", args=[outcome.ref]))
    assert [one.met for one in page.context["requirements"]] == [False]
    assert "Southwind · In cure · 10 Feb 2026" in words(page)


def test_lists_name_an_axis_as_the_program_does(admin, vendor) -> None:
    admin.post(reverse("admin:reviews_reviewrun_add"), {"axis_of_type": "msp badge"})
    assert "Badges" in words(admin.get(reverse("admin:reviews_reviewrun_changelist")))
    offered = words(admin.get(reverse("admin:reviews_levelrequest_add")))
    assert "· Badges ·" in offered


def test_an_admin_grants_an_exception_and_answers_a_request(admin, vendor) -> None:
    partner = world.add_partner(vendor, "gold", 120)
    gold = level(vendor, "gold")
    admin.post(
        reverse("admin:reviews_levelexception_add"),
        {"partner": partner.pk, "level": gold.pk, "until": "2026-12-31", "reason": "Merger"},
    )
    with scope.entered_vendor(vendor.pk):
        assert LevelException.objects.get().until == day("2026-12-31")
        asked = actions.request_level(
            partner, level=level(vendor, "voice"), on=day("2026-02-10"), at=noon("2026-02-10")
        )
    page = reverse("admin:reviews_levelrequest_change", args=[asked.ref])
    admin.post(f"{page.removesuffix('change/')}do/accept/")
    assert level_of(partner, "badge") == "voice"


def test_a_partner_reads_its_cure_asks_and_answers(vendor) -> None:
    partner = world.add_partner(vendor, "gold", 120)
    beat(vendor, "2026-02-10")
    with scope.entered_vendor(vendor.pk):
        actions.invite_to_level(
            partner, level=level(vendor, "circle"), on=day("2026-02-10"), at=noon("2026-02-10")
        )
    people = member(partner)
    shown = words(people.get(reverse("reviews:levels", args=[partner.ref])))
    assert "In cure" in shown and "1 Apr" in shown and "Invitation" in shown
    voice = level(vendor, "voice")
    address = reverse("reviews:ask", args=[partner.ref])
    assert people.post(address, {"level": voice.ref, "note": "Please"}).status_code == 302
    with scope.entered_vendor(vendor.pk):
        invitation = LevelRequest.objects.get(kind="invitation")
    people.post(reverse("reviews:answer", args=[invitation.ref]), {"answer": "accept"})
    assert level_of(partner) == "circle"
    shown = words(people.get(reverse("reviews:benefits")))
    assert "Discount" in shown and "30 %" in shown


def test_a_colleague_without_the_right_may_read_and_not_ask(vendor) -> None:
    partner = world.add_partner(vendor, "gold", 160)
    people = member(partner, Role.PARTNER_MEMBER)
    assert people.get(reverse("reviews:levels", args=[partner.ref])).status_code == 200
    assert people.get(reverse("reviews:ask", args=[partner.ref])).status_code == 403


def test_an_outcome_is_explained_down_to_what_is_missing(vendor) -> None:
    partner = world.add_partner(vendor, "gold", 120)
    beat(vendor, "2026-02-10")
    with scope.entered_vendor(vendor.pk):
        outcome = ReviewRun.objects.get(trigger="clock", axis="tier").outcomes.get()
    shown = words(member(partner).get(reverse("reviews:outcome", args=[outcome.ref])))
    assert "Missing" in shown and "150" in shown
    other = member(world.add_partner(vendor, "gold", 160))
    assert other.get(reverse("reviews:outcome", args=[outcome.ref])).status_code == 404


def test_the_account_managers_page_loads_the_levels(vendor, client: Client) -> None:
    partner = world.add_partner(vendor, "gold", 120)
    cam = make.sign_in(client, make.MembershipFactory(vendor=vendor, role=Role.CAM))
    page = cam.get(reverse("scorecards:partner", args=[partner.ref])).content.decode()
    address = reverse("reviews:levels", args=[partner.ref])
    assert f'hx-get="{address}"' in page
    piece = cam.get(address, headers={"HX-Request": "true"}).content.decode().strip()
    assert piece.startswith('<section class="card" id="levels"')


def test_the_api_lists_reviews_and_benefits_and_takes_requests(vendor) -> None:
    partner = world.add_partner(vendor, "gold", 120)
    beat(vendor, "2026-02-10")
    api = api_of(vendor, "reviews.read", "levels.request", "levels.set", "benefits.use")
    with scope.entered_vendor(vendor.pk):
        actions.settle_benefits(on=day("2026-02-10"))
    (review,) = api.get("/reviews?type=msp").json()["data"]
    assert (review["outcome"], review["level_before"], review["until"]) == (
        "cure", "gold", "2026-04-01",
    )  # fmt: skip
    held = {row["benefit"]: row for row in api.get("/benefits").json()["data"]}
    assert held["hours"]["value"] == "10"
    used = api.post(f"/benefits/{held['hours']['id']}/use", {"amount": "3"})
    assert used.status_code == 200
    over = api.post(f"/benefits/{held['hours']['id']}/use", {"amount": "8"})
    assert (over.status_code, over.json()["code"]) == (409, "quota_exceeded")
    body = {"partner": partner.ref, "type": "msp", "level": "voice"}
    made = api.post("/level-requests", body)
    assert (made.status_code, made.json()["state"]) == (201, "open")
    done = api.post(f"/level-requests/{made.json()['id']}/decide", {"accept": True})
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert level_of(partner, "badge") == "voice"


def test_the_command_previews_approves_and_undoes(vendor) -> None:
    partner = world.add_partner(vendor, "registered", 130, name="Northwind")

    def review(*words: str) -> str:
        out = io.StringIO()
        call_command("review", *words, "--vendor", vendor.code, stdout=out)
        return out.getvalue()

    printed = review("preview", "--type", "msp")
    assert "promote" in printed and "Northwind: Registered -> Silver" in printed
    ref = printed.split()[0]
    review("approve", ref)
    assert level_of(partner) == "silver"
    review("undo", ref, "--reason", "Wrong figures")
    assert level_of(partner) == "registered"
    assert "undone" in review("list")
