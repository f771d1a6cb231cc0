"""Cursors: the last row's keys, sealed: nobody comes to depend on them, and the numbers of rows,
which count those of all vendors, stay inside."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12


class BadCursor(ValueError):
    """Not a cursor that this list gave out under this order."""


def encode(purpose: str, keys: Sequence[str | None]) -> str:
    """``purpose`` names list and order: a cursor of another one is refused."""
    body = json.dumps(list(keys), separators=(",", ":"), ensure_ascii=False).encode()
    cipher, digest_key = _cipher(settings.SECRET_KEY)
    # Of the text itself: the same page has the same cursor, and no two texts share a nonce.
    said = purpose.encode()
    nonce = hashlib.blake2b(said + b"\0" + body, key=digest_key, digest_size=_NONCE).digest()
    sealed = nonce + cipher.encrypt(nonce, body, said)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def decode(purpose: str, text: str, length: int) -> list[str | None]:
    """The keys inside; ``BadCursor`` for anything that ``encode`` did not make."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        nonce, sealed = raw[:_NONCE], raw[_NONCE:]
        body = _cipher(settings.SECRET_KEY)[0].decrypt(nonce, sealed, purpose.encode())
    except (ValueError, InvalidTag):
        raise BadCursor from None
    keys: list[str | None] = json.loads(body)
    if len(keys) != length:
        raise BadCursor
    return keys


@lru_cache(maxsize=2)
def _cipher(secret: str) -> tuple[AESGCM, bytes]:
    """The cipher, and the key of its nonces."""
    both = hashlib.blake2b(secret.encode(), digest_size=64, person=b"mainstay.cursor").digest()
    return AESGCM(both[:32]), both[32:]
