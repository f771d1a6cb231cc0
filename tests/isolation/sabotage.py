"""Deliberate holes, to prove that the walk would find real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.urls import clear_url_caches, get_resolver, path


@contextmanager
def extra_route(name: str, view: Callable[[Any], Any]) -> Iterator[None]:
    patterns = get_resolver().url_patterns
    patterns.insert(0, path(f"sabotage/{name}/", view, name=name))
    forget()
    try:
        yield
    finally:
        patterns.pop(0)
        forget()


def forget() -> None:
    clear_url_caches()
    resolver = get_resolver()
    resolver._populated = False
    resolver._reverse_dict = {}
    resolver._namespace_dict = {}
    resolver._app_dict = {}


@contextmanager
def without_policy(table: str, policy: str) -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy "
            "WHERE polname = %s AND polrelid = %s::regclass",
            [policy, table],
        )
        condition = cursor.fetchone()[0]
        cursor.execute(f"DROP POLICY {policy} ON {table}")
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                f"CREATE POLICY {policy} ON {table} AS RESTRICTIVE "
                f"USING ({condition}) WITH CHECK ({condition})"
            )
