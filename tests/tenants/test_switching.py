"""A session is good on one host; switching program or partner carries it over on purpose."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tenants.capabilities import Role
from tenants.models import Membership, UsedHandOver, Vendor
from tests.factories import PartnerFactory
from tests.tenants.world import (
    BOREALIS,
    EMAIL,
    browser,
    is_anonymous,
    log_in,
    make_member,
    make_user,
    make_vendor,
    membership_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def borealis() -> Vendor:
    return make_vendor("borealis", name="Borealis")


@pytest.fixture
def ada(aurora: Vendor) -> Membership:
    return make_member(aurora, Role.CAM, email=EMAIL)


# Hosts


def test_a_session_is_anonymous_on_another_host(ada: Membership, borealis: Vendor) -> None:
    client, carried = browser(), browser(BOREALIS)
    log_in(client)
    carried.cookies.update(client.cookies)
    assert is_anonymous(carried)
    carried.cookies.update(client.cookies)
    assert carried.get("/account/password/change/").status_code == 302
    assert membership_in(client) == ada


def test_an_unknown_host_shows_no_vendor(aurora: Vendor) -> None:
    page = browser("elsewhere.example").get("/account/login/")
    assert page.status_code == 404
    assert "Aurora" not in page.content.decode()


def test_a_login_without_a_membership_is_told_so(aurora: Vendor, borealis: Vendor) -> None:
    make_member(borealis, email="bo@example.com")
    client = browser()
    log_in(client, email="bo@example.com")
    page = client.get("/portfolio/")
    assert (page.status_code, page.templates[0].name) == (403, "errors/no_access.html")


# Switching


@pytest.fixture
def both(aurora: Vendor, borealis: Vendor) -> tuple[Membership, Membership]:
    return (
        make_member(aurora, Role.CAM, email=EMAIL),
        make_member(borealis, Role.PARTNER_ADMIN, email=EMAIL),
    )


def link_to(client: Client, membership: Membership) -> str:
    answer = client.get(f"/switch/{membership.ref}/")
    assert answer.status_code == 302
    place = urlsplit(answer["Location"])
    assert place.netloc == f"{BOREALIS}:8000"
    return f"{place.path}?{place.query}"


def follow(client: Client, link: str) -> Any:
    """What the person does on the other host: look at the page, press the button."""
    page = client.get(link)
    if page.status_code != 200:
        return page
    return client.post("/handover/", {"t": page.context["token"]})


def test_the_frame_offers_the_other_program(both: tuple[Membership, Membership]) -> None:
    client = browser()
    log_in(client)
    offered = client.get("/security/").context["programs_of_user"]
    assert [(p["name"], p["current"], p["post"]) for p in offered] == [
        ("Aurora Cloud · Channel account manager", True, True),
        ("Borealis", False, False),
    ]


def test_switching_begins_a_session_on_the_other_host(both: tuple[Membership, Membership]) -> None:
    client, there = browser(), browser(BOREALIS)
    log_in(client)
    assert follow(there, link_to(client, both[1])).status_code == 302
    assert membership_in(there) == both[1]
    assert membership_in(client) == both[0]


def test_opening_the_link_alone_signs_nobody_in(both: tuple[Membership, Membership]) -> None:
    client, there = browser(), browser(BOREALIS)
    log_in(client)
    assert there.get(link_to(client, both[1])).status_code == 200
    assert is_anonymous(there)


def test_a_link_works_once(both: tuple[Membership, Membership]) -> None:
    client, first, second = browser(), browser(BOREALIS), browser(BOREALIS)
    log_in(client)
    link = link_to(client, both[1])
    token = second.get(link).context["token"]
    follow(first, link)
    assert second.post("/handover/", {"t": token}).status_code == 400
    assert is_anonymous(second)
    assert UsedHandOver.objects.count() == 1


def test_a_link_is_too_old_after_a_minute(
    both: tuple[Membership, Membership], time_machine: Any
) -> None:
    client, there = browser(), browser(BOREALIS)
    log_in(client)
    link = link_to(client, both[1])
    time_machine.move_to(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=62))
    assert follow(there, link).status_code == 400
    assert is_anonymous(there)


def test_a_link_is_for_its_host_only(both: tuple[Membership, Membership]) -> None:
    client, wrong = browser(), browser()
    log_in(client)
    assert follow(wrong, link_to(client, both[1])).status_code == 400


def test_a_link_does_not_open_an_ended_membership(
    both: tuple[Membership, Membership], borealis: Vendor
) -> None:
    from tests.factories import prepared

    client, there = browser(), browser(BOREALIS)
    log_in(client)
    link = link_to(client, both[1])
    with prepared(borealis):
        Membership.objects.filter(pk=both[1].pk).update(until=both[1].since)
    assert follow(there, link).status_code == 400
    assert is_anonymous(there)


def test_nobody_switches_to_anothers_membership(
    both: tuple[Membership, Membership], borealis: Vendor
) -> None:
    other = make_member(borealis, email="eve@example.com")
    client = browser()
    log_in(client)
    assert client.get(f"/switch/{other.ref}/").status_code == 404
    assert client.get("/switch/mem_nonsense/").status_code == 404


def test_switching_partner_stays_on_the_host(aurora: Vendor) -> None:
    first = make_member(
        aurora, Role.PARTNER_ADMIN, email=EMAIL, partner=PartnerFactory(vendor=aurora, name="North")
    )
    second = make_member(
        aurora,
        Role.PARTNER_MEMBER,
        email=EMAIL,
        partner=PartnerFactory(vendor=aurora, name="South"),
    )
    client = browser()
    log_in(client)
    assert membership_in(client) == first
    assert client.get(f"/switch/{second.ref}/").status_code == 405
    assert client.post(f"/switch/{second.ref}/").status_code == 302
    page = client.get("/security/")
    assert page.wsgi_request.scope.partners == {second.partner_id}  # type: ignore[attr-defined]
    assert [p["name"] for p in page.context["programs_of_user"]] == [
        "Aurora Cloud · North",
        "Aurora Cloud · South",
    ]


def test_a_login_of_nobody_reaches_nothing(aurora: Vendor) -> None:
    from tenants.switching import reachable_by

    make_member(aurora)
    assert reachable_by(make_user("eve@example.com").pk, dt.datetime.now(dt.UTC)) == []
