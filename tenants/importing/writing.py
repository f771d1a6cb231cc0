"""Bulk writes for imports, and what an import gives back as a file."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any

import orjson
from django.db import connection
from django.utils.functional import Promise

from tenants import scope
from tenants.importing.kinds import ImportKind, import_kind
from tenants.importing.planning import ADDED, CHUNK, columns_of
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


def errors_csv(job: ImportJob, columns: Collection[str]) -> IO[bytes]:
    """The rows with errors in the columns of their upload, as far as they are among ``columns``,
    with their number and what is wrong: to correct and to upload as it is."""
    kind = import_kind(job.kind)
    header = job.header or kind.columns
    fields = columns_of(kind, header)
    taken = [(title, name) for title, name in zip(header, fields, strict=True) if name in columns]
    out = tempfile.SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115  the caller reads it
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    lines = csv.writer(text)
    lines.writerow([*(title for title, _name in taken), *ADDED])
    for row in _wrong_rows(job):
        cells = [_cell(row.values.get(name)) for _title, name in taken]
        lines.writerow(map(safe_cell, [*cells, row.number, _reasons(row)]))
    text.detach().seek(0)
    return out


def _wrong_rows(job: ImportJob) -> Iterator[ImportRow]:
    """Page by page: there may be as many as the file has rows."""
    rows = ImportRow.objects.filter(job=job, outcome=ImportRow.Outcome.ERROR).order_by("number")
    last = 0
    while found := list(rows.filter(number__gt=last)[:CHUNK]):
        yield from found
        last = found[-1].number


def _reasons(row: ImportRow) -> str:
    parts = (
        f"{error['column']}: {error['message']}" if error["column"] else error["message"]
        for error in row.errors
    )
    return " ".join(parts)


def _cell(value: Any) -> Any:
    """Cells are kept as uploaded; those of earlier imports as values."""
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def as_json(value: Any) -> str:
    """For PostgreSQL: days, instants and ids by themselves, all else by its text."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, (Decimal, Promise)):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


_STAGE = """
INSERT INTO tenants_importrow
  (vendor_id, job_id, partner_id, number, "values", outcome, changes, errors, key, target)
SELECT %s, %s, %s, r.number, r."values", r.outcome, r.changes, r.errors, r.key, r.target
FROM jsonb_to_recordset(%s::jsonb)
  AS r(number integer, "values" jsonb, outcome text, changes jsonb, errors jsonb, key uuid,
       target bigint)
"""


def stage_rows(job: ImportJob, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write staged rows (columns of ``ImportRow``), ten thousand at a time."""
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
