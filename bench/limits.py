"""The smallest WSGI applications that do the same work: what no framework can beat.

Served by the same granian with the same flags. Each thread keeps one psycopg2 connection as a
role past row-level security; the statement is given, its vendor a literal.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg2

_held = threading.local()
_SQL = os.environ.get("BENCH_SQL", "")


def _cursor() -> Any:
    if not hasattr(_held, "cursor"):
        connection = psycopg2.connect(os.environ["DATABASE_OPS_URL"])
        connection.autocommit = True
        _held.cursor = connection.cursor()
    return _held.cursor


def listing(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A list: one SELECT whose rows are JSON already."""
    cursor = _cursor()
    cursor.execute(_SQL)
    body = ('{"data":[' + ",".join([row[0] for row in cursor.fetchall()[:50]]) + "]}").encode()
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]


def creating(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A creation: one statement with the body as its parameter; answers with what it returns."""
    given = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    cursor = _cursor()
    cursor.execute(_SQL, [given])
    body = json.dumps({"id": str(cursor.fetchone()[1])}).encode()
    start_response(
        "201 Created", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]
