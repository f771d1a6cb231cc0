"""How single values of an event read."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tenants.event_words import value_words

DIGEST = "dc98d8a58112dbc3dd4f3d40de749e7f339b8a61e11bf22248c5b1f2b89a881d"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (DIGEST, DIGEST),
        ("2026-12-03T14:00:00Z", "3 Dec 2026, 15:00"),
        ("2026-12-03", "3 Dec 2026"),
        ("between_reviews", "Between reviews"),
        (None, "nothing"),
        (["mdr", "edr"], "MDR, EDR"),
    ],
)
def test_values_read_as_people_write_them(value: object, words: str) -> None:
    with timezone.override(dt.timezone(dt.timedelta(hours=1))):
        assert value_words(value) == words
