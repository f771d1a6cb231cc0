"""Bulk writes for imports, and what an import gives back as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from tenants import scope
from tenants.importing.kinds import ImportKind
from tenants.models import ImportJob, ImportRow

BATCH = 10_000
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula: prefixed with an apostrophe if need be."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV text with a byte order mark, so that Excel reads it as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
    return "\ufeff" + out.getvalue()


def template_csv(kind: ImportKind) -> str:
    """The kind's columns, ready to be filled."""
    return write_csv(kind.columns, [])


def errors_csv(job: ImportJob, columns: Sequence[str]) -> str:
    """The rows with errors: row, column, message, then the cells as they were uploaded."""
    rows = ImportRow.objects.filter(job=job, outcome=ImportRow.Outcome.ERROR).order_by("number")
    lines = (
        [row.number, error["column"], error["message"], *cells]
        for row in rows
        for cells in [[_cell(_value(row.values, name)) for name in columns]]
        for error in row.errors
    )
    return write_csv(["row", "column", "message", *columns], lines)


def _value(values: Mapping[str, Any], name: str) -> Any:
    """The cell of a column; of a custom field it lies within."""
    head, _point, code = name.partition(".")
    within = values.get(head)
    return within.get(code) if code and isinstance(within, Mapping) else values.get(name)


def _cell(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def as_json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


_STAGE = """
INSERT INTO tenants_importrow
  (vendor_id, job_id, partner_id, number, "values", outcome, changes, errors)
SELECT %s, %s, %s, r.number, r."values", r.outcome, r.changes, r.errors
FROM jsonb_to_recordset(%s::jsonb)
  AS r(number integer, "values" jsonb, outcome text, changes jsonb, errors jsonb)
"""


def stage_rows(job: ImportJob, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write staged rows (``number, values, outcome, changes, errors``), ten thousand at a time."""
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            batch = as_json(rows[start : start + BATCH])
            cursor.execute(_STAGE, [job.vendor_id, job.pk, job.partner_id, batch])


def update_many(model: Any, rows: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> None:
    """Set ``fields`` of many rows (``{"id": .., field: ..}``) in one statement per batch."""
    columns = [model._meta.get_field(name) for name in fields]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    sets = ", ".join(f"{quote(c.column)} = v.{quote(c.name)}" for c in columns)
    types = ", ".join(f"{quote(c.name)} {c.db_type(connection)}" for c in columns)
    statement = (
        f"UPDATE {table} AS t SET {sets} "
        f"FROM jsonb_to_recordset(%s::jsonb) AS v(id bigint, {types}) "
        "WHERE t.id = v.id AND t.vendor_id = %s"
    )
    vendor_id = scope.current().vendor_id
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            cursor.execute(statement, [as_json(rows[start : start + BATCH]), vendor_id])


def insert_many(rows: Sequence[Any]) -> None:
    """Insert new rows of one model in the entered vendor, ten thousand to a statement.

    Keys and public ids come back on the rows. ``bulk_create`` spends most of an import on
    parameters; here PostgreSQL reads one JSON text.
    """
    if not rows:
        return
    model = type(rows[0])
    vendor_id = scope.current().vendor_id
    own = model._meta.concrete_fields
    fields = [f for f in own if not f.primary_key and (f.has_default() or not f.has_db_default())]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column) for f in fields)
    types = ", ".join(f"{quote(f.column)} {f.db_type(connection)}" for f in fields)
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) SELECT {columns} "
        f"FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({types})) "
        f"WITH ORDINALITY AS r({columns}, place) ORDER BY place RETURNING id, public_id"
    )
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            for row in batch:
                row.vendor_id = vendor_id
            values = [{f.column: f.pre_save(row, True) for f in fields} for row in batch]
            cursor.execute(statement, [as_json(values)])
            for row, (pk, public_id) in zip(batch, cursor.fetchall(), strict=True):
                row.pk, row.public_id = pk, public_id
                row._state.adding = False
