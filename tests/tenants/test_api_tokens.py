from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from tenants import directory, keys, scope
from tenants.actions.clients import renew_api_client_secret, revoke_api_client
from tenants.api import tokens
from tenants.models import ApiClient, Event, Host, Vendor
from tests.api import Api, api_of, new_client, token_of
from tests.factories import PartnerFactory
from web.api import rates

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor() -> Vendor:
    found = Vendor.objects.create(code="one", name="One")
    Host.objects.create(name="one.localhost", vendor=found)
    return found


@pytest.fixture
def other() -> Vendor:
    found = Vendor.objects.create(code="two", name="Two")
    Host.objects.create(name="two.localhost", vendor=found)
    return found


def ask(client_id: str, secret: str, *, host: str = "127.0.0.1", **form: str) -> Any:
    given = {"grant_type": "client_credentials", **form}
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Host": host}
    return Client().post("/api/v1/token", given, headers=headers)


def refused(api: Api) -> tuple[int, str, str]:
    answer = api.get("/events")
    return answer.status_code, answer.json()["code"], answer["WWW-Authenticate"]


REFUSED = (401, "authentication_failed", 'Bearer realm="Mainstay"')


def test_a_secret_becomes_a_token_that_opens_the_api(vendor: Vendor) -> None:
    made = new_client(vendor, "events.read")
    answer = ask(made.client_id, made.secret)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, "events.read")
    assert answer["Cache-Control"] == "no-store"
    assert Api(body["access_token"]).get("/events").status_code == 200


def test_a_secret_is_taken_from_the_form_too(vendor: Vendor) -> None:
    made = new_client(vendor, "events.read")
    form = {
        "grant_type": "client_credentials",
        "client_id": made.client_id,
        "client_secret": made.secret,
    }
    assert Client().post("/api/v1/token", form).status_code == 200


def test_a_token_says_whose_it_is_and_verifies_with_the_published_keys(vendor: Vendor) -> None:
    made = new_client(vendor, "events.read")
    published = Client().get("/.well-known/jwks.json", headers={"Host": "one.localhost"}).json()
    claims = keys.verify(token_of(made), published, typ="at+jwt")
    assert claims["iss"] == "http://one.localhost:8000"
    assert (claims["sub"], claims["client_id"]) == (made.client.ref, made.client_id)
    assert (claims["scope"], claims["version"], claims["vendor"]) == ("events.read", 1, "one")
    assert claims["exp"] - claims["iat"] == 600


def test_a_token_carries_no_row_number(vendor: Vendor) -> None:
    partner = PartnerFactory(vendor=vendor)
    made = new_client(vendor, "events.read", partner=partner)
    claims = jwt.decode(token_of(made), options={"verify_signature": False})
    numbers = {name for name, value in claims.items() if isinstance(value, int)}
    assert numbers == {"iat", "exp", "version"}


@pytest.mark.parametrize(
    ("client_id", "secret"), [("right", "wrong"), ("wrong", "right"), ("", ""), ("a\0b", "c")]
)
def test_a_wrong_id_or_secret_gets_one_answer(vendor: Vendor, client_id: str, secret: str) -> None:
    made = new_client(vendor, "events.read")
    real = {"right": made.client_id}
    answer = ask(real.get(client_id, client_id), made.secret if secret == "right" else secret)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_fewer_scopes_may_be_asked_for_and_not_more(vendor: Vendor) -> None:
    made = new_client(vendor, "events.read", "partners.read")
    token = ask(made.client_id, made.secret, scope="partners.read").json()["access_token"]
    answer = Api(token).get("/events")
    assert (answer.status_code, answer.json()["capability"]) == (403, "events.read")
    more = ask(made.client_id, made.secret, scope="program.publish")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


def test_another_grant_type_is_refused(vendor: Vendor) -> None:
    answer = ask("x", "y", grant_type="password")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_secret_is_not_taken_on_another_vendors_host(vendor: Vendor, other: Vendor) -> None:
    made = new_client(vendor, "events.read")
    assert ask(made.client_id, made.secret, host="two.localhost").status_code == 401
    assert ask(made.client_id, made.secret, host="one.localhost").status_code == 200


def test_guessing_secrets_is_slowed_down(vendor: Vendor) -> None:
    made = new_client(vendor, "events.read")
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    # Within one minute by the clock: on a busy machine 61 requests may take longer.
    with quick, time_machine.travel(time.time(), tick=False):
        answers = [ask("unknown", "x").status_code for _ in range(61)]
    assert answers == [401] * 60 + [429]
    assert ask(made.client_id, made.secret).status_code == 200


def test_anonymous_requests_are_told_how_to_sign_in() -> None:
    assert refused(Api()) == (401, "not_authenticated", 'Bearer realm="Mainstay"')


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer  ", "Bearer x.y.z", "Bearer …"])
def test_what_is_no_token_is_refused(vendor: Vendor, header: str) -> None:
    answer = Api().get("/events", Authorization=header)
    assert (answer.status_code, answer.json()["code"]) == REFUSED[:2]


def test_an_expired_token_is_refused(vendor: Vendor) -> None:
    with time_machine.travel(time.time(), tick=False) as clock:
        api = api_of(vendor, "events.read")
        clock.shift(599)
        assert api.get("/events").status_code == 200
        clock.shift(2)
        assert refused(api) == REFUSED


def test_a_token_counts_on_its_vendors_hosts_only(vendor: Vendor, other: Vendor) -> None:
    token = token_of(new_client(vendor, "events.read"))
    assert Api(token, "one.localhost").get("/events").status_code == 200
    assert refused(Api(token, "two.localhost")) == REFUSED


def forged(token: str, signer: Vendor, **changes: object) -> str:
    """The same claims, changed, signed by a key of the forger's own under the real key's name."""
    claims = jwt.decode(token, options={"verify_signature": False}) | changes
    header = {"kid": keys.jwks(signer.pk)["keys"][0]["kid"], "typ": "at+jwt"}
    return jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=header)


def test_a_token_of_a_foreign_key_is_refused(vendor: Vendor, other: Vendor) -> None:
    token = token_of(new_client(vendor, "events.read"))
    assert refused(Api(forged(token, vendor))) == REFUSED
    assert refused(Api(forged(token, vendor, vendor="two"))) == REFUSED
    assert refused(Api(forged(token, vendor, vendor=10**30))) == REFUSED
    assert refused(Api(forged(token, vendor, vendor="1"))) == REFUSED


def test_an_unsigned_token_is_refused(vendor: Vendor) -> None:
    token = token_of(new_client(vendor, "events.read"))
    claims = jwt.decode(token, options={"verify_signature": False})
    assert refused(Api(jwt.encode(claims, None, algorithm="none"))) == REFUSED


def test_a_token_cannot_claim_another_vendor(vendor: Vendor, other: Vendor) -> None:
    made = new_client(vendor, "events.read")
    head, _, tail = token_of(made).split(".")
    claims = jwt.decode(token_of(made), options={"verify_signature": False})
    body = json.dumps(claims | {"vendor": other.pk}).encode()
    altered = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    keys.jwks(other.pk)
    assert refused(Api(f"{head}.{altered}.{tail}")) == REFUSED


def test_a_receipt_is_no_access_token(vendor: Vendor) -> None:
    token = token_of(new_client(vendor, "events.read"))
    claims = jwt.decode(token, options={"verify_signature": False})
    with scope.entered_vendor(vendor.pk):
        assert refused(Api(keys.sign(claims, typ="receipt+jwt"))) == REFUSED


def test_a_revoked_client_is_out_within_half_a_minute(vendor: Vendor) -> None:
    made = new_client(vendor, "events.read")
    api = Api(token_of(made))
    assert api.get("/events").status_code == 200
    with scope.entered_vendor(vendor.pk):
        revoke_api_client(made.client)
    assert refused(api) == REFUSED
    assert ask(made.client_id, made.secret).status_code == 401


def test_another_process_sees_the_revocation_after_half_a_minute(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_client(vendor, "events.read")
    api = Api(token_of(made))
    with time_machine.travel(time.time(), tick=False) as clock:
        api.get("/events")
        with scope.entered_vendor(vendor.pk), monkeypatch.context() as patched:
            patched.setattr(directory, "forget", lambda: None)  # as if it happened elsewhere
            revoke_api_client(made.client)
        assert api.get("/events").status_code == 200
        clock.shift(31)
        assert refused(api) == REFUSED


def test_a_new_secret_ends_old_tokens(vendor: Vendor) -> None:
    made = new_client(vendor, "events.read")
    api = Api(token_of(made))
    with scope.entered_vendor(vendor.pk):
        renewed = renew_api_client_secret(made.client)
    assert refused(api) == REFUSED
    assert ask(made.client_id, made.secret).status_code == 401
    assert ask(renewed.client_id, renewed.secret).status_code == 200


def test_a_capability_that_was_not_granted_is_named(vendor: Vendor) -> None:
    answer = api_of(vendor, "partners.read").get("/events")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert answer.json()["capability"] == "events.read"


def test_a_browsers_session_opens_nothing(vendor: Vendor) -> None:
    from tenants.models import User

    browser = Client()
    browser.force_login(User.objects.create_user("ana@example.com", "x"))
    assert browser.get("/api/v1/events").status_code == 401


def test_the_second_request_costs_no_query_for_its_token(
    vendor: Vendor, django_assert_num_queries: Any
) -> None:
    api = api_of(vendor, "events.read")
    api.get("/events")
    with django_assert_num_queries(1):
        api.get("/events")


def test_the_rate_limit_is_told_and_kept(vendor: Vendor) -> None:
    api = api_of(vendor, "events.read")
    with override_settings(API_RATE_PER_MINUTE=2), time_machine.travel(1_800_000_000, tick=False):
        api = api_of(vendor, "partners.read", "events.read")
        first, _, third = (api.get("/events") for _ in range(3))
    assert first["RateLimit-Policy"] == '"client";q=2;w=60, "vendor";q=30000;w=60'
    assert first["RateLimit"].startswith('"client";r=1;t=60, "vendor";r=')
    assert (third.status_code, third.json()["code"]) == (429, "throttled")
    assert third["Retry-After"] == "60"


def test_the_rate_limit_of_a_vendor_counts_all_its_clients(vendor: Vendor) -> None:
    rates.forget()
    with (
        override_settings(API_VENDOR_RATE_PER_MINUTE=2),
        time_machine.travel(1_800_000_000, tick=False),
    ):
        apis = [api_of(vendor, "partners.read", "events.read") for _ in range(3)]
        found = [api.get("/events").status_code for api in apis]
    assert found == [200, 200, 429]


def test_a_partners_client_is_not_told_how_much_the_others_ask(vendor: Vendor) -> None:
    partner = PartnerFactory(vendor=vendor)
    found = api_of(vendor, "events.read", partner=partner).get("/events")
    assert found["RateLimit-Policy"] == '"client";q=6000;w=60'
    assert "vendor" not in found["RateLimit"]


def test_too_many_tries_for_a_token_say_when_to_come_again(vendor: Vendor) -> None:
    rates.forget()
    with time_machine.travel(1_800_000_000, tick=False):
        for _ in range(tokens.TRIES_PER_MINUTE):
            rates.count("token", "nobody", tokens.TRIES_PER_MINUTE)
        found = ask("nobody", "x")
    assert (found.status_code, found["Retry-After"]) == (429, "60")


def test_the_vendors_keys_stand_on_its_hosts_only(vendor: Vendor) -> None:
    assert Client().get("/.well-known/jwks.json").status_code == 404
    found = Client().get("/.well-known/jwks.json", headers={"Host": "one.localhost"})
    assert found.json() == keys.jwks(vendor.pk)


def test_the_command_prints_a_secret_that_works(
    vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--vendor", "one", "--name", "erp", "--scopes", "events.read,partners.read"]
    call_command("api_client", "create", *options)
    lines = capsys.readouterr().out.splitlines()
    client_id, secret = (line.split(": ")[1].strip() for line in lines[:2])
    assert ask(client_id, secret).status_code == 200
    call_command("api_client", "list", "--vendor", "one")
    assert capsys.readouterr().out == f"erp\t{client_id}\tactive\tevents.read,partners.read\n"
    call_command("api_client", "revoke", "--vendor", "one", "--name", "erp")
    assert ask(client_id, secret).status_code == 401


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["create", "--vendor", "no", "--name", "x", "--scopes", "events.read"], "Known: one"),
        (["create", "--vendor", "one", "--name", "x", "--scopes", "nonsense"], "Unknown: nonsense"),
        (["create", "--vendor", "one", "--name", "x", "--scopes", ","], "at least one"),
        (["revoke", "--vendor", "one", "--name", "x"], "no API client"),
    ],
)
def test_the_command_names_what_is_wrong(vendor: Vendor, options: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("api_client", *options)
    with scope.entered_vendor(vendor.pk):
        assert ApiClient.objects.count() == 0


def test_a_client_is_made_and_ended_with_an_event(vendor: Vendor) -> None:
    made = new_client(vendor, "events.read")
    with scope.entered_vendor(vendor.pk):
        revoke_api_client(made.client)
        revoke_api_client(made.client)
        kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["api_client.created", "api_client.revoked"]
