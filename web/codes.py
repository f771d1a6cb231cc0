"""Codes as words, for what nobody gave a title."""

from __future__ import annotations

import re

_SHORT = re.compile(
    r"\b(api|baa|cam|dpa|edr|id|mdf|mdr|mrr|msp|mssp|nfr|ot|pci|siem|sla|sso|url|xdr)(s?)\b",
    re.IGNORECASE,
)
_WORDS_OF_TWO = frozenset({"as", "at", "by", "in", "is", "no", "of", "on", "to"})


def words_of(code: str) -> str:
    """``home_office`` is "Home office", ``manufacturing_ot`` "Manufacturing OT", ``eu`` "EU"."""
    if len(code) == 2 and code.lower() not in _WORDS_OF_TWO:
        return code.upper()
    words = code.replace("_", " ").replace("-", " ").strip().capitalize()
    return _SHORT.sub(lambda found: found[1].upper() + found[2].lower(), words)
