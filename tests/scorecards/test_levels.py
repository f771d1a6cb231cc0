"""What a level gives, in words."""

from __future__ import annotations

from typing import Any

import pytest

from programs import library
from scorecards.rules.levels import benefit_words


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("support", "msp", "Managed service providers"),
        ("nfr_seats", 25, "25 seats"),
        ("discount_percent", 20, "20 %"),
        ("mdf", True, "included"),
        ("mdf", False, "not included"),
        ("threat_feed", "not_stated", "not stated by the program"),
    ],
)
def test_a_benefit_is_written_in_words(code: str, value: Any, words: str) -> None:
    assert benefit_words(library.program("aurora"), code, value) == words
