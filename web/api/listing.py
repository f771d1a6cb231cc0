"""The one list path: one statement whose rows PostgreSQL turns into JSON, paged by key.

Lists with filters are compiled each time, because their values vary without end; all others are
remembered (``web/statements.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import BooleanField, F, Func, QuerySet, TextField
from django.db.models.functions import Cast

from web.api.output import Out, field_at, json_object
from web.statements import Late, Statement, compiled


@dataclass(frozen=True)
class Order:
    """The keys a list is ordered by, the unique one last; all rise or all fall."""

    paths: tuple[str, ...]
    falling: bool = False

    def terms(self) -> list[str]:
        return [f"-{path}" if self.falling else path for path in self.paths]


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


def _json(model: type[models.Model], values: dict[str, Out]) -> Any:
    # As text: psycopg2 would parse json into objects that are only written out again.
    return Cast(json_object(values, model), TextField())


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

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
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
