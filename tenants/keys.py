"""The vendor's own Ed25519 keys: they sign access tokens and receipts.

The public parts stand at ``/.well-known/jwks.json`` on the vendor's hosts, retired ones too,
because receipts are kept for ever. The private part is encrypted in the database.

    token = keys.sign({"sub": "aut_…"}, typ="receipt+jwt")      # inside a scope
    keys.verify(token, keys.jwks(vendor_id))                    # -> the payload, or BadSignature
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, transaction

from tenants import directory
from tenants import scope as scopes
from tenants.encryption import decrypt, encrypt
from tenants.models import SigningKey
from tenants.writing import action, record_event
from web import clock

ALGORITHM = "EdDSA"
_SECONDS = 30.0
_active: dict[int, tuple[float, ActiveKey]] = {}
_public: dict[int, tuple[float, dict[str, Any]]] = {}
directory.on_forget(_active.clear)
directory.on_forget(_public.clear)


class BadSignature(ValueError):
    """The text is not a JWS that one of the given keys signed."""


@dataclass(frozen=True)
class ActiveKey:
    kid: str
    private: Ed25519PrivateKey


def active_key(vendor_id: int) -> ActiveKey:
    """The key that signs for the vendor now; made the first time anything is signed."""
    held = _active.get(vendor_id)
    if held is not None and held[0] > time.monotonic():
        return held[1]
    with scopes.widen("signing key", vendor_id=vendor_id):
        row = _row() or _made()
    key = ActiveKey(row.kid, _load(row))
    # Remembered only when it is surely kept: a rolled back transaction takes its key along.
    transaction.on_commit(lambda: _active.update({vendor_id: (time.monotonic() + _SECONDS, key)}))
    return key


def sign(payload: Mapping[str, Any], *, typ: str, key: ActiveKey | None = None) -> str:
    """A compact JWS over ``payload`` by the entered vendor's key; ``typ`` says what it is.

    Who signs many at once gives the ``key``, which may be asked of the database each time.
    """
    key = key or active_key(scopes.current().vendor_id)
    headers = {"kid": key.kid, "typ": typ}
    return jwt.encode(dict(payload), key.private, algorithm=ALGORITHM, headers=headers)


def verify(jws: str, keys: Mapping[str, Any], *, typ: str | None = None) -> dict[str, Any]:
    """The payload of a JWS signed by one of ``keys`` (a JWK set); ``BadSignature`` otherwise.

    Checks the signature and, where given, the type; never the expiry, which receipts lack.
    """
    try:
        header = jwt.get_unverified_header(jws)
        if typ is not None and header.get("typ") != typ:
            raise BadSignature(f"This is not a {typ}.")
        found = [k for k in keys["keys"] if k["kid"] == header.get("kid")]
        if not found:
            raise BadSignature("The signing key is not one of this vendor's.")
        payload = jwt.PyJWS().decode(jws, jwt.PyJWK(found[0]).key, algorithms=[ALGORITHM])
        return _object(payload)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise BadSignature(str(error)) from None


def jwks(vendor_id: int) -> dict[str, Any]:
    """The vendor's public keys as a JWK set, newest first; retired ones still verify receipts."""
    held = _public.get(vendor_id)
    if held is not None and held[0] > time.monotonic():
        return held[1]
    active_key(vendor_id)
    with scopes.widen("signing key", vendor_id=vendor_id):
        rows = SigningKey.objects.order_by("-id").values_list("public_jwk", flat=True)
        answer = {"keys": list(rows)}
    transaction.on_commit(
        lambda: _public.update({vendor_id: (time.monotonic() + _SECONDS, answer)})
    )
    return answer


def rotate() -> SigningKey:
    """Retire the entered vendor's key and sign with a new one from now on."""
    key = _rotate()
    directory.forget()
    return key


@action("vendor.write")
def _rotate() -> SigningKey:
    SigningKey.objects.filter(retired_at__isnull=True).update(retired_at=clock.now())
    return _new_key()


def _row() -> SigningKey | None:
    return SigningKey.objects.filter(retired_at__isnull=True).first()


def _made() -> SigningKey:
    try:
        return _make_first()
    except IntegrityError:  # another process was faster; the database allows one
        row = _row()
        assert row is not None
        return row


@action(None)
def _make_first() -> SigningKey:
    """No capability: whoever first needs a signature brings the key about, once."""
    return _new_key()


def _new_key() -> SigningKey:
    private = Ed25519PrivateKey.generate()
    public = _public_jwk(private)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    row = SigningKey.objects.create(
        kid=public["kid"],
        public_jwk=public,
        private_encrypted=encrypt(pem),
        created_at=clock.now(),
    )
    row.refresh_from_db(fields=["public_id"])
    record_event("signing_key.created", row, data={"kid": row.kid})
    return row


def _load(row: SigningKey) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(decrypt(row.private_encrypted), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def _public_jwk(private: Ed25519PrivateKey) -> dict[str, str]:
    raw = private.public_key().public_bytes_raw()
    core = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    # RFC 7638: the key's own thumbprint is its name, so two keys never share one.
    kid = _base64url(hashlib.sha256(json.dumps(core, separators=(",", ":")).encode()).digest())
    return {**core, "kid": kid, "alg": ALGORITHM, "use": "sig"}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _object(payload: bytes) -> dict[str, Any]:
    value = json.loads(payload)
    if not isinstance(value, dict):
        raise BadSignature("The payload is not an object.")
    return value
