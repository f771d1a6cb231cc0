"""The second step that a vendor asks for: whom, from when, what else stays shut."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from tenants import scope
from tenants.actions.vendors import change_vendor
from tenants.capabilities import Role
from tenants.models import Event, Membership, Vendor
from tenants.switching import hand_over_token
from tests.api import api_of
from tests.factories import PartnerFactory, prepared, scope_of
from tests.tenants.inviting import TODAY
from tests.tenants.world import AURORA, browser, make_member, signed_in

pytestmark = pytest.mark.django_db
SET_UP = "/security/second-step/"


def asks(admin: Membership, of: str, since: dt.date | None = None) -> None:
    with scope.enter(scope_of(admin)):
        change_vendor(second_factor=of, second_factor_from=since)


@pytest.fixture
def cam(aurora: Vendor) -> Membership:
    return make_member(aurora, Role.CAM, email="cam@example.com")


@pytest.fixture
def pat(aurora: Vendor) -> Membership:
    partner = PartnerFactory(vendor=aurora)
    return make_member(aurora, Role.PARTNER_ADMIN, partner=partner, email="pat@example.com")


def goes_to(client: Client, path: str = "/audit/", **headers: str) -> Any:
    return client.get(path, headers=headers).get("Location")


@pytest.mark.parametrize(("of", "staff", "partner"), [
    ("off", False, False), ("staff", True, False), ("everybody", True, True),
])  # fmt: skip
def test_the_vendor_says_whom_it_asks(
    admin: Membership, cam: Membership, pat: Membership, of: str, staff: bool, partner: bool
) -> None:
    asks(admin, of)
    led = [goes_to(signed_in(member)) == SET_UP for member in (cam, pat)]
    assert led == [staff, partner]


def test_nothing_opens_before_it_is_set_up(admin: Membership, cam: Membership) -> None:
    asks(admin, "staff")
    client = signed_in(cam)
    assert goes_to(client, "/admin/") == SET_UP
    assert client.get("/audit/", headers={"HX-Request": "true"})["HX-Redirect"] == SET_UP
    assert client.post("/audit/export/").headers["Location"] == SET_UP
    page = client.get(SET_UP)
    assert page.status_code == 200 and page.wsgi_request.scope is None  # type: ignore[attr-defined]


def test_a_second_step_opens_the_program(admin: Membership, cam: Membership) -> None:
    asks(admin, "staff")
    TOTP.activate(cam.person.user, generate_totp_secret())
    page = signed_in(cam).get("/security/")
    assert page.wsgi_request.membership == cam  # type: ignore[attr-defined]


def test_until_the_day_of_grace_people_are_reminded(
    admin: Membership, cam: Membership, time_machine: Any
) -> None:
    asks(admin, "staff", TODAY + dt.timedelta(days=1))
    time_machine.move_to(dt.datetime.combine(TODAY, dt.time(12), dt.UTC))
    page = signed_in(cam).get("/security/")
    assert page.wsgi_request.membership == cam  # type: ignore[attr-defined]
    assert "you need a second step" in page.content.decode()
    time_machine.move_to(dt.datetime.combine(TODAY + dt.timedelta(days=2), dt.time(12), dt.UTC))
    assert goes_to(signed_in(cam)) == SET_UP


def test_api_clients_are_not_asked(admin: Membership, aurora: Vendor) -> None:
    asks(admin, "everybody")
    assert api_of(aurora, "events.read").get("/events").status_code == 200


def test_changing_it_is_an_event(admin: Membership, aurora: Vendor) -> None:
    asks(admin, "everybody", TODAY)
    with prepared(aurora):
        data = Event.objects.get(kind="vendor.changed").data
    assert data["changes"] == {
        "second_factor": ["off", "everybody"],
        "second_factor_from": [None, TODAY.isoformat()],
    }


def test_authenticator_secrets_are_encrypted_at_rest(cam: Membership) -> None:
    secret = generate_totp_secret()
    stored = TOTP.activate(cam.person.user, secret).instance.data["secret"]
    assert secret not in stored and len(stored) > 2 * len(secret)


def passkey(user: Any, host: str) -> Authenticator:
    """A stored passkey as a browser on the host would have made it (no one holds its key)."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(b"\0" * 16, b"credential-" + host.encode(), key)
    data = AuthenticatorData.create(
        hashlib.sha256(host.encode()).digest(), 0x45, 0, bytes(credential)
    )
    made = AttestationObject.create("none", data, {})
    answer = {
        "id": websafe_encode(credential.credential_id),
        "rawId": websafe_encode(credential.credential_id),
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": websafe_encode(b'{"type": "webauthn.create", "challenge": "",'
                                             b' "origin": "http://x"}'),
            "attestationObject": websafe_encode(bytes(made)),
        },
    }  # fmt: skip
    return WebAuthn.add(user, "Laptop", answer).instance


def test_a_passkey_counts_on_its_own_host_only(admin: Membership, cam: Membership) -> None:
    asks(admin, "staff")
    passkey(cam.person.user, "borealis.localhost")
    assert goes_to(signed_in(cam)) == SET_UP
    passkey(cam.person.user, AURORA)
    assert signed_in(cam).get("/security/").wsgi_request.membership == cam  # type: ignore[attr-defined]


def test_a_hand_over_without_the_passkey_of_the_other_host_opens_nothing(cam: Membership) -> None:
    user = cam.person.user
    assert user is not None
    link = f"/handover/?t={hand_over_token(user.pk, cam.pk, AURORA, [{'method': 'password'}])}"
    assert browser().get(link).status_code == 200
    passkey(user, AURORA)
    assert browser().get(link)["Location"] == "/account/login/"
    proved = hand_over_token(user.pk, cam.pk, AURORA, [{"method": "mfa", "type": "totp"}])
    assert browser().get(f"/handover/?t={proved}").status_code == 200
