from __future__ import annotations

import pytest
from django.db import connection

from tenants.database import base


def ask() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


@pytest.fixture
def kept_connection(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that outlives the request, as in the web process."""
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 600)
    connection.close()
    ask()
    connection.close_if_unusable_or_obsolete()  # what ends a request


def wait_until_dropped() -> None:
    import select

    connection.connection.cursor().execute("SET SESSION idle_session_timeout = 1")
    select.select([connection.connection.fileno()], [], [], 10)


def test_a_connection_that_was_idle_is_checked_and_replaced(
    kept_connection: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until_dropped()
    monkeypatch.setattr(base, "IDLE_SECONDS", 0.0)
    assert ask() == 1


def test_a_connection_used_just_now_is_replaced_when_the_server_has_closed_it(
    kept_connection: None,
) -> None:
    wait_until_dropped()
    assert ask() == 1


def test_a_quiet_connection_used_just_now_is_not_asked(
    kept_connection: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda self: pytest.fail("asked"))
    assert ask() == 1
