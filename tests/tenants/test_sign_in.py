"""Every way in, with the browser's eyes: the client speaks to the hosts of two vendors."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from tenants.capabilities import Role
from tenants.models import Membership, UsedHandOver, User, Vendor
from tests.factories import PartnerFactory
from tests.tenants.world import (
    AURORA,
    BOREALIS,
    PASSWORD,
    make_member,
    make_user,
    make_vendor,
)

pytestmark = pytest.mark.django_db
EMAIL = "ada@example.com"
NEW_PASSWORD = "another long pass phrase"


@pytest.fixture
def aurora() -> Vendor:
    return make_vendor("aurora", name="Aurora Cloud")


@pytest.fixture
def borealis() -> Vendor:
    return make_vendor("borealis", name="Borealis")


@pytest.fixture
def ada(aurora: Vendor) -> Membership:
    return make_member(aurora, Role.CAM, email=EMAIL)


def browser(host: str = AURORA) -> Client:
    return Client(HTTP_HOST=host)


def log_in(client: Client, password: str = PASSWORD, email: str = EMAIL) -> Any:
    return client.post("/account/login/", {"login": email, "password": password})


def membership_in(client: Client) -> Membership | None:
    return client.get("/security/").wsgi_request.membership  # type: ignore[attr-defined]


def is_anonymous(client: Client) -> bool:
    answer = client.get("/security/")
    return answer.status_code == 302 and answer["Location"].startswith("/account/login/")


def totp_code(secret: str) -> str:
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06}"


# Password


def test_a_password_opens_the_vendors_program(ada: Membership) -> None:
    client = browser()
    assert log_in(client)["Location"] == "/"
    assert membership_in(client) == ada


def test_an_address_is_known_in_any_case(ada: Membership) -> None:
    client = browser()
    log_in(client, email="Ada@Example.COM")
    assert membership_in(client) == ada


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong"), ("nobody@example.com", PASSWORD)]
)
def test_a_wrong_pair_says_nothing_about_which_half(
    ada: Membership, email: str, password: str
) -> None:
    client = browser()
    page = log_in(client, password, email)
    assert page.context["form"].non_field_errors() == [
        "The email address and/or password you specified are not correct."
    ]
    assert is_anonymous(client)


def test_sign_in_attempts_are_limited(ada: Membership) -> None:
    client = browser()
    for _ in range(5):
        log_in(client, "wrong")
    assert log_in(client).status_code == 200
    assert is_anonymous(client)


def test_nobody_signs_up(aurora: Vendor) -> None:
    client = browser()
    page = client.post("/account/signup/", {"email": "eve@example.com", "password1": PASSWORD})
    assert page.templates[0].name == "account/signup_closed.html"
    assert not User.objects.filter(email="eve@example.com").exists()


def test_signing_out_ends_the_session(ada: Membership) -> None:
    client = browser()
    log_in(client)
    client.get("/account/logout/")
    assert not is_anonymous(client)
    client.post("/account/logout/")
    assert is_anonymous(client)


def test_a_blocked_login_does_not_open(ada: Membership) -> None:
    User.objects.filter(email=EMAIL).update(is_active=False)
    client = browser()
    log_in(client)
    assert is_anonymous(client)


# A code by e-mail


def test_a_code_by_mail_opens(ada: Membership) -> None:
    client = browser()
    client.post("/account/login/code/", {"email": EMAIL})
    (letter,) = mail.outbox
    assert (letter.to, letter.from_email) == ([EMAIL], "Aurora Cloud <no-reply@mainstay.localhost>")
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", letter.body, re.M)
    assert code is not None, letter.body
    client.post("/account/login/code/confirm/", {"code": code.group(1)})
    assert membership_in(client) == ada


def test_a_wrong_code_does_not_open(ada: Membership) -> None:
    client = browser()
    client.post("/account/login/code/", {"email": EMAIL})
    client.post("/account/login/code/confirm/", {"code": "WRONG1"})
    assert is_anonymous(client)


def test_a_code_for_an_unknown_address_looks_the_same(ada: Membership) -> None:
    known = browser().post("/account/login/code/", {"email": EMAIL})
    unknown = browser().post("/account/login/code/", {"email": "nobody@example.com"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


# Second factor


def confirm(client: Client, address: str) -> None:
    """A sensitive page asks for the password first, however fresh the session is."""
    answer = client.get(address)
    assert urlsplit(answer["Location"]).path == "/account/reauthenticate/"
    client.post(answer["Location"], {"password": PASSWORD})


@pytest.fixture
def secret(ada: Membership) -> str:
    made = generate_totp_secret()
    user = User.objects.get(email=EMAIL)
    TOTP.activate(user, made)
    RecoveryCodes.activate(user)
    return str(made)


def test_a_second_factor_is_turned_on_in_the_browser(ada: Membership) -> None:
    client = browser()
    log_in(client)
    confirm(client, "/account/2fa/totp/activate/")
    page = client.get("/account/2fa/totp/activate/")
    client.post("/account/2fa/totp/activate/", {"code": totp_code(page.context["form"].secret)})
    kinds = set(Authenticator.objects.values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}


def test_with_a_second_factor_the_password_alone_does_not_open(secret: str) -> None:
    client = browser()
    assert log_in(client)["Location"] == "/account/2fa/authenticate/"
    assert is_anonymous(client)


def test_the_six_digits_open(secret: str, ada: Membership) -> None:
    client = browser()
    log_in(client)
    client.post("/account/2fa/authenticate/", {"code": totp_code(secret)})
    assert membership_in(client) == ada


def test_the_code_by_mail_asks_for_the_second_factor_too(secret: str) -> None:
    client = browser()
    client.post("/account/login/code/", {"email": EMAIL})
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[0].body, re.M)
    assert code is not None
    client.post("/account/login/code/confirm/", {"code": code.group(1)})
    assert is_anonymous(client)


def test_a_recovery_code_opens_once(secret: str, ada: Membership) -> None:
    codes = Authenticator.objects.get(type="recovery_codes").wrap()
    code = codes.get_unused_codes()[0]
    first, second = browser(), browser()
    for client in (first, second):
        log_in(client)
        client.post("/account/2fa/authenticate/", {"code": code})
    assert membership_in(first) == ada
    assert is_anonymous(second)


# Keeping it


def test_sessions_are_listed_and_ended(ada: Membership) -> None:
    here, elsewhere = browser(), browser()
    log_in(here)
    log_in(elsewhere)
    assert UserSession.objects.count() == 2
    assert here.get("/account/sessions/").status_code == 200
    here.post("/account/sessions/")
    assert (membership_in(here), is_anonymous(elsewhere)) == (ada, True)


def test_a_forgotten_password_is_set_anew(ada: Membership) -> None:
    client = browser()
    client.post("/account/password/reset/", {"email": EMAIL})
    found = re.search(r"https?://(\S+?)(/account/password/reset/key/\S+)", mail.outbox[0].body)
    assert found is not None and found.group(1) == AURORA
    page = client.get(found.group(2), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert User.objects.get(email=EMAIL).check_password(NEW_PASSWORD)


def test_a_reset_for_an_unknown_address_looks_the_same(ada: Membership) -> None:
    known = browser().post("/account/password/reset/", {"email": EMAIL})
    unknown = browser().post("/account/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_password_is_changed_by_its_owner(ada: Membership) -> None:
    client = browser()
    log_in(client)
    client.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )
    assert User.objects.get(email=EMAIL).check_password(NEW_PASSWORD)


def test_a_sensitive_page_asks_again_after_a_while(
    secret: str, ada: Membership, time_machine: Any
) -> None:
    client = browser()
    log_in(client)
    client.post("/account/2fa/authenticate/", {"code": totp_code(secret)})
    confirm(client, "/account/2fa/recovery-codes/")
    assert client.get("/account/2fa/recovery-codes/").status_code == 200
    time_machine.move_to(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10))
    confirm(client, "/account/2fa/recovery-codes/")
    assert client.get("/account/2fa/recovery-codes/").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/account/login/", "/account/login/code/", "/account/password/reset/", "/account/signup/"],
)
def test_the_entrance_speaks_in_the_vendors_name(aurora: Vendor, address: str) -> None:
    assert "Aurora Cloud" in browser().get(address).content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/security/",
        "/account/2fa/",
        "/account/sessions/",
        "/account/password/change/",
        "/account/logout/",
        "/account/email/",
        "/account/reauthenticate/",
    ],
)
def test_the_account_pages_open(ada: Membership, address: str) -> None:
    client = browser()
    log_in(client)
    assert client.get(address).status_code == 200


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
