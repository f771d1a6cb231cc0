"""Limits: one count over all processes, few questions to the cache, none that stops the work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from web.api import rates


@pytest.fixture(autouse=True)
def one_minute() -> Iterator[Any]:
    rates.forget()
    with time_machine.travel(1_800_000_000, tick=False) as travel:
        yield travel
    rates.forget()


def another_process() -> None:
    """Forget what this process knows; the shared cache keeps what it was told."""
    rates._windows.clear()


def left(limit: int = 10) -> int:
    return rates.count("client", 7, limit).remaining


def test_processes_count_together() -> None:
    mine = [left(), left()]
    another_process()
    assert [*mine, left()] == [9, 8, 7]


def test_each_asker_and_each_limit_has_its_own_count() -> None:
    left()
    assert rates.count("client", 8, 10).remaining == 9
    assert rates.count("vendor", 7, 10).remaining == 9


def test_next_minute_begins_anew(one_minute: Any) -> None:
    left()
    one_minute.shift(60)
    assert left() == 9


def test_cache_is_asked_once_for_a_hundredth_of_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    incr = cache.incr
    monkeypatch.setattr(
        rates.cache, "incr", lambda key, by: asked.append(by) or incr(key, by), raising=False
    )
    assert [left(1000) for _ in range(21)][-1] == 979
    assert asked == [1, 10, 10]


def test_cache_that_is_gone_stops_nobody_and_the_process_counts_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(*arguments: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(rates.cache, "add", gone, raising=False)
    assert [left(2) for _ in range(3)] == [1, 0, -1]


def test_headers_name_every_limit() -> None:
    standings = (rates.count("client", 1, 5), rates.count("vendor", 1, 9))
    assert rates.headers(standings) == {
        "RateLimit-Policy": '"client";q=5;w=60, "vendor";q=9;w=60',
        "RateLimit": '"client";r=4;t=60, "vendor";r=8;t=60',
    }
