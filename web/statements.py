"""Statements compiled once and run many times: compiling a queryset costs as much as running it.

A statement is remembered under a key that holds everything it was compiled from, the scope
included; only the values marked ``Late`` are filled in per run. One scope's statement can thus
never serve another.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Lookup, QuerySet
from django.db.models.expressions import Expression
from django.db.models.fields.related import ForeignObject

_MAX_STATEMENTS = 1_000
_MAX_PREPARED = 200
_statements: dict[Hashable, Statement] = {}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class _Slot:
    position: int


@dataclass(frozen=True)
class Statement:
    """SQL with its parameters, slots among them; empty SQL finds nothing."""

    sql: str
    params: tuple[Any, ...]

    def run(self, late: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows, with ``late`` in the slots. Prepared on the connection at the first run."""
        if not self.sql:
            return []
        connection = connections[DEFAULT_DB_ALIAS]
        values = [late[p.position] if type(p) is _Slot else p for p in self.params]
        with connection.cursor() as cursor:
            if not settings.PREPARED_STATEMENTS:
                cursor.execute(self.sql, values)
            elif (name := _prepared(connection).get(self.sql)) is not None:
                cursor.execute(_call(name, values), values)
            else:
                self._prepare(connection, cursor, values)
            return cursor.fetchall()

    def _prepare(self, connection: Any, cursor: Any, values: list[Any]) -> None:
        """Prepare and run in one batch. A failed one leaves a name behind that is never reused."""
        name = f"mainstay_{next(_numbers)}"
        marks = iter(f"${n}" for n in range(1, len(values) + 1))
        text = re.sub("%s|%%", lambda m: next(marks) if m[0] == "%s" else "%%", self.sql)
        held = _prepared(connection)
        if len(held) >= _MAX_PREPARED:
            cursor.execute("DEALLOCATE ALL")
            held.clear()
        cursor.execute(f"PREPARE {name} AS {text};{_call(name, values)}", values)
        held[self.sql] = name


def _call(name: str, values: list[Any]) -> str:
    return f"EXECUTE {name}({', '.join(['%s'] * len(values))})" if values else f"EXECUTE {name}"


def _prepared(connection: Any) -> dict[str, str]:
    """The names prepared on this very connection, by SQL; another one knows nothing of them."""
    held = getattr(connection, "_mainstay_prepared", None)
    if held is None or held[0] is not connection.connection:
        held = connection._mainstay_prepared = (connection.connection, {})
    names: dict[str, str] = held[1]
    return names


class Late(Expression):
    """A parameter whose value comes when the statement runs, cast to the field's type."""

    def __init__(self, position: int, field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.position = position

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        field = self.output_field
        # A cast to varchar(60) would cut a longer value off and find another row by it.
        kind = "text" if isinstance(field, models.CharField) else field.cast_db_type(connection)
        return f"%s::{kind}", [_Slot(self.position)]


class Keys(Expression):
    """``partner_id__any=Keys(ids)``: thousands of keys as one parameter, where ``__in`` would look
    at each of them several times. ``kind`` is PostgreSQL's name of their type."""

    def __init__(self, keys: Iterable[int | str], kind: str = "bigint") -> None:
        super().__init__(output_field=models.Field())
        self.keys, self.kind = list(keys), kind

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return f"%s::{self.kind}[]", [self.keys]


class AnyOf(Lookup):  # type: ignore[type-arg]  # no generic at run time
    """``person_id__any=Late(0, ArrayField(BigIntegerField()))``: one parameter for a whole set,
    so that the statement is the same for one and for a thousand."""

    lookup_name = "any"

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        left, params = self.process_lhs(compiler, connection)
        right, more = compiler.compile(self.rhs)
        return f"{left} = ANY({right})", [*params, *more]


models.Field.register_lookup(AnyOf)
ForeignObject.register_lookup(AnyOf)


def compiled(rows: QuerySet[Any]) -> Statement:
    """The queryset as a statement."""
    try:
        sql, params = rows.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    except EmptyResultSet:
        return Statement("", ())
    return Statement(sql, tuple(params))


def remembered(key: Hashable | None, build: Callable[[], Statement]) -> Statement:
    """The statement under ``key``, built when it is not there; ``None`` is never remembered."""
    if key is None:
        return build()
    found = _statements.get(key)
    if found is None:
        if len(_statements) >= _MAX_STATEMENTS:
            _statements.clear()
        found = _statements[key] = build()
    return found


def forget() -> None:
    """Compile anew (when the walls themselves were changed: in tests)."""
    _statements.clear()
