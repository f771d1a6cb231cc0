"""A passkey of Chromium's own (virtual) authenticator: made, then used to sign in alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from demo.people import PASSWORD
from tests.browser.conftest import Visit
from tests.browser.site import Site, address_of

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def sign_in(page: Any, site: Site, email: str) -> None:
    page.goto(site.url("/account/login/"))
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/account/login/" not in url)


def test_a_passkey_is_made_and_signs_in_alone(visit_as: Callable[..., Visit], site: Site) -> None:
    visit = visit_as()
    page = visit.page
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    sign_in(page, site, address_of("cam"))

    visit.open("/account/2fa/webauthn/add/")
    page.fill("input[name=password]", PASSWORD)  # asked once more before a way in is added
    page.press("input[name=password]", "Enter")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/**")
    held = devtools.send("WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]})[
        "credentials"
    ]
    assert [one["rpId"] for one in held] == ["aurora.localhost"]

    page.context.clear_cookies()
    visit.open("/account/login/")
    page.click("#passkey_login")
    page.wait_for_url(lambda url: "/account/" not in url)
    assert visit.open("/security/").status == 200
    assert "Passkeys On" in " ".join(page.inner_text("main").split())
    assert visit.console == [] and visit.foreign == []
