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
        for cells in [[_cell(row.values.get(name)) for name in columns]]
        for error in row.errors
    )
    return write_csv(["row", "column", "message", *columns], lines)


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
    """``bulk_create`` in the entered vendor; keys and public ids come back on the rows."""
    if not rows:
        return
    vendor_id = scope.current().vendor_id
    for row in rows:
        row.vendor_id = vendor_id
    type(rows[0]).objects.bulk_create(rows, batch_size=2_000)
