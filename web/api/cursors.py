"""Cursors: the last row's keys, signed so that nobody comes to depend on what is inside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from functools import lru_cache

from django.conf import settings

_DIGEST = 9


class BadCursor(ValueError):
    """Not a cursor that this list gave out under this order."""


def encode(purpose: str, keys: Sequence[str | None]) -> str:
    """``purpose`` names list and order: a cursor of another one is refused."""
    body = json.dumps(list(keys), separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_sign(purpose, body) + body).rstrip(b"=").decode()


def decode(purpose: str, text: str, length: int) -> list[str | None]:
    """The keys inside; ``BadCursor`` for anything that ``encode`` did not make."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raise BadCursor from None
    digest, body = raw[:_DIGEST], raw[_DIGEST:]
    if not hmac.compare_digest(digest, _sign(purpose, body)):
        raise BadCursor
    keys = json.loads(body)
    if len(keys) != length:
        raise BadCursor
    return keys


def _sign(purpose: str, body: bytes) -> bytes:
    signed = purpose.encode() + b"\0" + body
    return hashlib.blake2b(signed, key=_key(settings.SECRET_KEY), digest_size=_DIGEST).digest()


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"mainstay.cursor").digest()
