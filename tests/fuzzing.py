"""`make fuzz`: the OpenAPI document against the running API, round after round, until one fails.

Not part of the suite, whose run of schemathesis is short and always the same: here every round
draws other examples, more than the round before, and follows the links from one operation to the
next. It says where it is every few seconds.
"""

from __future__ import annotations

import itertools
import os
import time

import pytest

from tests.test_schemathesis import document_kept, token  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.no_action_audit]
FIRST, MOST = 3, 50
"""Examples per operation in the first round, doubled in each until there are so many."""
SILENCE = 5.0
"""Seconds between two lines of progress."""


def test_rounds_without_end(token: str, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """``OPERATIONS`` narrows it: a regular expression of paths. ``ROUNDS`` ends it after so many
    (0: never)."""
    total, rounds = 0, int(os.environ.get("ROUNDS") or 0)
    for number in itertools.count(1):
        last = time.monotonic()

        def tell(what: str, cases: int, failed: int, number: int = number) -> None:
            nonlocal last
            if time.monotonic() - last >= SILENCE:
                last = time.monotonic()
                with capsys.disabled():
                    print(f"Round {number}: {cases} cases, {failed} failures; {what}", flush=True)

        examples = min(FIRST * 2 ** (number - 1), MOST)
        path = os.environ.get("OPERATIONS", "")
        cases, failures = document_kept(token, examples=examples, random=True, path=path, tell=tell)
        total += cases
        with capsys.disabled():
            print(f"Round {number}: {cases} cases, {total} in all.", flush=True)
        assert cases, f"No operation has a path like {path!r}."
        assert failures == []
        if number == rounds:
            break
