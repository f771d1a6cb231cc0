"""`make fuzz`: the OpenAPI document against the running API, round after round, until one fails.

Not part of the suite, whose run of schemathesis is short and always the same: here every round
draws other examples and follows the links from one operation to the next.
"""

from __future__ import annotations

import itertools

import pytest

from tests.test_schemathesis import document_kept, token  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.no_action_audit]
EXAMPLES = 50  # per operation and round


def test_rounds_without_end(token: str, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    total = 0
    for number in itertools.count(1):
        cases, failures = document_kept(token, examples=EXAMPLES, random=True)
        total += cases
        with capsys.disabled():
            print(f"Round {number}: {cases} cases, {total} in all.", flush=True)
        assert failures == []
