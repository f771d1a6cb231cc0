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
from django.test import Client, RequestFactory, override_settings

from tenants.adapters import client_address
from tenants.capabilities import Role
from tenants.models import Membership, User, Vendor
from tests.tenants.world import (
    AURORA,
    EMAIL,
    PASSWORD,
    browser,
    is_anonymous,
    log_in,
    make_member,
    membership_in,
)

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another long pass phrase"


@pytest.fixture
def ada(aurora: Vendor) -> Membership:
    return make_member(aurora, Role.CAM, email=EMAIL)


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
        "The e-mail address or the password is not right."
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


def test_a_visitor_behind_our_proxy_counts_by_the_address_that_it_saw() -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "6.6.6.6, 9.9.9.9"})
    assert client_address(request) == "127.0.0.1"
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
        assert client_address(request) == "9.9.9.9"
