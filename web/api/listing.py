"""The one list path: one statement whose rows PostgreSQL turns into JSON, paged by key.

Compiling a queryset costs as much as running it, so the compiled statement is remembered. Its
key holds everything it was compiled from: the whole scope, the vendor's day and the parameters;
only the cursor's values are filled in later. A statement of one scope can thus never serve
another. Lists with filters are compiled each time, because their values vary without end.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import BooleanField, F, Func, QuerySet, TextField
from django.db.models.expressions import Expression
from django.db.models.functions import Cast

from web.api.output import Out, field_at, json_object

_MAX_STATEMENTS = 500
_statements: dict[Hashable, Statement] = {}


@dataclass(frozen=True)
class Statement:
    """SQL with its parameters; a ``Late`` among them is filled in per request."""

    sql: str
    params: tuple[Any, ...]

    def run(self, late: Sequence[Any] = ()) -> list[tuple[str, ...]]:
        if not self.sql:
            return []
        params = [late[p.position] if type(p) is _Slot else p for p in self.params]
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(self.sql, params)
            return cursor.fetchall()


@dataclass(frozen=True)
class Order:
    """The keys a list is ordered by, the unique one last; all rise or all fall."""

    paths: tuple[str, ...]
    falling: bool = False

    def terms(self) -> list[str]:
        return [f"-{path}" if self.falling else path for path in self.paths]


def remembered(key: Hashable | None, build: Any) -> Statement:
    """The statement under ``key``, built when it is not there; ``None`` is never remembered."""
    if key is None:
        return build()
    found = _statements.get(key)
    if found is None:
        if len(_statements) >= _MAX_STATEMENTS:
            _statements.clear()
        found = _statements[key] = build()
    return found


def list_statement(
    rows: QuerySet[Any], values: dict[str, Out], order: Order, limit: int, *, after: bool
) -> Statement:
    """Rows as ``(json, key, key..)``, one more than asked for, which says whether there are more.

    With ``after`` only rows beyond the keys given to ``run``.
    """
    if after:
        rows = rows.filter(_Beyond(rows.model, order))
    keys = [Cast(F(path), TextField()) for path in order.paths]
    rows = rows.order_by(*order.terms())
    return compiled(rows.values_list(_json(rows.model, values), *keys)[: limit + 1])


def item_statement(rows: QuerySet[Any], values: dict[str, Out], by: str) -> Statement:
    """The one row whose ``by`` is the value given to ``run``, as ``(json,)``."""
    rows = rows.filter(**{by: Late(0, field_at(rows.model, by))}).order_by()
    return compiled(rows.values_list(_json(rows.model, values)))


def compiled(rows: QuerySet[Any]) -> Statement:
    try:
        sql, params = rows.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    except EmptyResultSet:
        return Statement("", ())
    return Statement(sql, tuple(params))


def _json(model: type[models.Model], values: dict[str, Out]) -> Any:
    # As text: psycopg2 would parse json into objects that are only written out again.
    return Cast(json_object(values, model), TextField())


@dataclass(frozen=True)
class _Slot:
    position: int


class Late(Expression):
    """A parameter whose value comes when the statement runs, cast to the field's type."""

    def __init__(self, position: int, field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.position = position

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return f"%s::{self.output_field.cast_db_type(connection)}", [_Slot(self.position)]


class _Beyond(Func):
    """``(a, id) > (%s, %s)``: the rows after the last one of the page before.

    Where ``a`` may be null it follows PostgreSQL's own order: nulls last rising, first falling.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, model: type[models.Model], order: Order) -> None:
        fields = [field_at(model, path) for path in order.paths]
        self.falling, self.nulls = order.falling, fields[0].null
        marks = [Late(n, field) for n, field in enumerate(fields)]
        super().__init__(*(F(path) for path in order.paths), *marks)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        parts = [compiler.compile(source) for source in self.source_expressions]
        width = len(parts) // 2
        keys, marks = [sql for sql, _ in parts[:width]], [sql for sql, _ in parts[width:]]
        params = [p for _, more in parts for p in more]
        sign = "<" if self.falling else ">"
        beyond = f"({', '.join(keys)}) {sign} ({', '.join(marks)})"
        if not self.nulls:
            return beyond, params
        (a, id), (last, last_id) = keys, marks
        others = f"{a} IS NOT NULL" if self.falling else "false"
        nulls = "false" if self.falling else f"{a} IS NULL"
        # The values are literals when they arrive, so the planner keeps one branch only.
        sql = (
            f"CASE WHEN {last} IS NULL THEN ({a} IS NULL AND {id} {sign} {last_id}) OR {others} "
            f"ELSE {beyond} OR {nulls} END"
        )
        mark, mark_id = (more for _, more in parts[width:])
        return sql, [*mark, *mark_id, *mark, *mark_id]
