from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.api import cursors, etags
from web.api.problems import Problem


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3))
def test_a_cursor_comes_back_as_it_was(keys: list[str]) -> None:
    assert cursors.decode("list", cursors.encode("list", keys), len(keys)) == keys


@given(st.text(max_size=80))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(cursors.BadCursor):
        cursors.decode("list", text, 1)


@given(st.integers(0, 30), st.sampled_from("AZaz09-_"))
def test_an_altered_cursor_is_refused(position: int, letter: str) -> None:
    cursor = cursors.encode("list", ["2026-11-23", "77"])
    altered = cursor[:position] + letter + cursor[position + 1 :]
    if altered != cursor:
        with pytest.raises(cursors.BadCursor):
            cursors.decode("list", altered, 2)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(cursors.BadCursor):
        cursors.decode("people", cursors.encode("partners", ["1"]), 1)


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        ('"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('W/"a"', False),
        ("a", False),
        ("", False),
        (None, False),
    ],
)
def test_an_etag_is_matched_strongly(header: str | None, matches: bool) -> None:
    assert etags.names(header, '"a"') is matches


def test_a_missing_version_is_428_and_an_old_one_412() -> None:
    with pytest.raises(Problem) as missing:
        etags.require_match(None, '"a"')
    with pytest.raises(Problem) as stale:
        etags.require_match('"b"', '"a"')
    assert (missing.value.status_code, stale.value.status_code) == (428, 412)


def test_a_cursor_shows_nothing_of_its_keys() -> None:
    cursor = cursors.encode("list", ["2026-11-23", "33211"])
    assert b"33211" not in base64.urlsafe_b64decode(cursor + "==")
    assert cursor == cursors.encode("list", ["2026-11-23", "33211"])
