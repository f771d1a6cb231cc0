"""Secrets at rest: Fernet under `settings.ENCRYPTION_KEYS`, newest first; older ones still read."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CannotDecrypt(RuntimeError):
    """None of the configured keys opens the secret; the text names the remedy."""


def encrypt(secret: bytes) -> str:
    """``secret`` as text for the database."""
    return _box(tuple(settings.ENCRYPTION_KEYS)).encrypt(secret).decode()


def decrypt(text: str) -> bytes:
    """What ``encrypt`` hid; ``CannotDecrypt`` when the key it was hidden with is gone."""
    try:
        return _box(tuple(settings.ENCRYPTION_KEYS)).decrypt(text.encode())
    except InvalidToken:
        raise CannotDecrypt(
            "A stored secret was encrypted with another key: add the old key to the end of "
            "MAINSTAY_ENCRYPTION_KEY (comma-separated, newest first)."
        ) from None


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([_fernet(key) for key in keys])


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        # A passphrase rather than 32 random bytes: derive a key of the right shape from it.
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))
