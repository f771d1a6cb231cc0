"""The statements that our own work sends, kept so that they can be sent again bare."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Sent = tuple[str, Any]
"""A statement and its values."""


def sent_by(work: Callable[[], object]) -> list[Sent]:
    """What the work sends over Django's connection, in order."""
    from django.db import connection

    sent: list[Sent] = []

    def record(execute: Any, text: Any, values: Any, many: bool, context: Any) -> Any:
        sent.append((str(text), values))
        return execute(text, values, many, context)

    with connection.execute_wrapper(record):
        work()
    return sent


def send(cursor: Any, statements: Iterable[Sent]) -> None:
    """Send them again, and fetch what they answer."""
    for text, values in statements:
        cursor.execute(text, values)
        if cursor.description:
            cursor.fetchall()


def load(connection: Any, vendor_id: int, statements: Iterable[Sent]) -> None:
    """Send again those that read facts; what is prepared is the version in force, and no fact."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.vendor_id', %s, false)", [str(vendor_id)])
        send(cursor, (one for one in statements if not one[0].startswith(("EXECUTE", "PREPARE"))))
