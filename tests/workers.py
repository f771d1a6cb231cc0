"""How the suite's workers share it: what they begin with, and what stays together.

Marks of ``xdist_group`` do nothing under pytest 9, so that what is expensive to set up (the demo
behind a browser, the world of the isolation walk) would be set up by each worker.
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/browser/", "tests/runtime/", "tests/isolation/")
"""Folders whose tests share what they set up. The first two begin: while the one migrates the
database and loads the demo, the other needs no database, and waits more than it works."""
FIRST = (*TOGETHER[:2], "tests/test_schemathesis.py", "tests/test_migrations.py", TOGETHER[2])
"""The longest: begun last, one of them would keep one worker while the other rests."""


class ByFolder(LoadScopeScheduling):
    """Test by test to whoever is free; those of a folder above to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


def place(item: pytest.Item) -> int:
    """For sorting: when a test is begun."""
    found = (number for number, path in enumerate(FIRST) if item.nodeid.startswith(path))
    return next(found, len(FIRST))
