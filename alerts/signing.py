"""Signatures as Standard Webhooks define them: ``v1`` is HMAC-SHA256 over id, instant and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"


def new_secret() -> str:
    """A fresh secret of 32 random bytes, as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def is_secret(text: str) -> bool:
    """Whether it is ``whsec_`` and the base64 of 24 to 64 bytes."""
    try:
        return text.startswith(PREFIX) and 24 <= len(_key(text)) <= 64
    except (binascii.Error, ValueError):
        return False


def signature(message_id: str, seconds: int, body: bytes, held: Iterable[str]) -> str:
    """The ``webhook-signature`` header: one signature per secret, so that a rotated one still fits.

    ``seconds`` is the ``webhook-timestamp`` of this attempt (Unix time).
    """
    signed = f"{message_id}.{seconds}.".encode() + body
    digests = (hmac.new(_key(one), signed, hashlib.sha256).digest() for one in held)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
