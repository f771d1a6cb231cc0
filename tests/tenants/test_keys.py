from __future__ import annotations

import pytest
from django.test import override_settings

from tenants import directory, keys, scope
from tenants.encryption import CannotDecrypt, decrypt, encrypt
from tenants.models import Event, SigningKey, Vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendors() -> tuple[Vendor, Vendor]:
    return (
        Vendor.objects.create(code="one", name="One"),
        Vendor.objects.create(code="two", name="Two"),
    )


def signed(vendor: Vendor) -> str:
    with scope.entered_vendor(vendor.pk):
        return keys.sign({"sub": "aut_1"}, typ="receipt+jwt")


def test_a_signature_verifies_with_the_vendors_public_keys(
    vendors: tuple[Vendor, Vendor],
) -> None:
    assert keys.verify(signed(vendors[0]), keys.jwks(vendors[0].pk)) == {"sub": "aut_1"}


def test_a_signature_of_another_vendor_is_refused(vendors: tuple[Vendor, Vendor]) -> None:
    with pytest.raises(keys.BadSignature, match="not one of this vendor's"):
        keys.verify(signed(vendors[0]), keys.jwks(vendors[1].pk))


def test_an_altered_payload_is_refused(vendors: tuple[Vendor, Vendor]) -> None:
    head, body, tail = signed(vendors[0]).split(".")
    with pytest.raises(keys.BadSignature):
        keys.verify(f"{head}.{body[:-2]}AA.{tail}", keys.jwks(vendors[0].pk))


@pytest.mark.parametrize("text", ["", "a.b.c", "…", "e30.e30.", "eyJraWQiOjF9.e30.e30"])
def test_what_is_no_signature_is_refused(text: str, vendors: tuple[Vendor, Vendor]) -> None:
    with pytest.raises(keys.BadSignature):
        keys.verify(text, keys.jwks(vendors[0].pk))


def test_a_signature_of_another_type_is_refused(vendors: tuple[Vendor, Vendor]) -> None:
    with pytest.raises(keys.BadSignature, match="at\\+jwt"):
        keys.verify(signed(vendors[0]), keys.jwks(vendors[0].pk), typ="at+jwt")


def test_the_public_keys_hold_no_private_part(vendors: tuple[Vendor, Vendor]) -> None:
    (key,) = keys.jwks(vendors[0].pk)["keys"]
    assert sorted(key) == ["alg", "crv", "kid", "kty", "use", "x"]


def test_the_key_is_made_once_with_an_event(vendors: tuple[Vendor, Vendor]) -> None:
    signed(vendors[0])
    signed(vendors[0])
    with scope.entered_vendor(vendors[0].pk):
        assert SigningKey.objects.count() == 1
        assert [e.kind for e in Event.objects.all()] == ["signing_key.created"]


def test_a_retired_key_still_verifies_what_it_signed(vendors: tuple[Vendor, Vendor]) -> None:
    before = signed(vendors[0])
    with scope.entered_vendor(vendors[0].pk):
        keys.rotate()
    after = signed(vendors[0])
    public = keys.jwks(vendors[0].pk)
    assert len(public["keys"]) == 2
    assert keys.verify(before, public) == keys.verify(after, public)
    assert before.split(".")[0] != after.split(".")[0]


def test_an_old_encryption_key_still_opens_secrets(vendors: tuple[Vendor, Vendor]) -> None:
    with override_settings(ENCRYPTION_KEYS=["old"]):
        text = encrypt(b"secret")
    with override_settings(ENCRYPTION_KEYS=["new", "old"]):
        assert decrypt(text) == b"secret"
    with override_settings(ENCRYPTION_KEYS=["new"]), pytest.raises(CannotDecrypt):
        decrypt(text)
    directory.forget()
