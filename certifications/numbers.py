"""Numbers of certificates: unguessable, since the public page shows whatever number is named."""

from __future__ import annotations

import re
import secrets

# Crockford's base 32: no I, L, O and U, so that a number read aloud or typed from paper arrives.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_TYPED = str.maketrans({"I": "1", "L": "1", "O": "0"})
_NUMBER = re.compile(rf"[{ALPHABET}]{{{_LENGTH}}}")


def new_number() -> str:
    """A fresh number such as ``7K3M-9QXW-2P4T``: 60 random bits."""
    bits = secrets.randbits(5 * _LENGTH)
    return _grouped("".join(ALPHABET[bits >> 5 * place & 31] for place in range(_LENGTH)))


def number_typed(text: str) -> str | None:
    """The number somebody typed, with or without dashes and in any case; ``None`` for no number."""
    plain = re.sub(r"[\s-]+", "", text).upper().translate(_TYPED)
    return _grouped(plain) if _NUMBER.fullmatch(plain) else None


def _grouped(plain: str) -> str:
    return "-".join(plain[start : start + 4] for start in range(0, _LENGTH, 4))
