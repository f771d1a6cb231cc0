"""Rows of one file that mean one record, found once all of it is staged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.db import connection

from tenants.importing.kinds import ImportKind, Outcome
from tenants.importing.planning import CHUNK, NAMED, same_key, same_record
from tenants.importing.writing import update_many
from tenants.models import ImportJob, ImportRow

# Groups are found by one pass over the job's rows; only rows of a group are read.
_REPEATED = """
WITH repeated AS (
  SELECT {column}, (array_agg(number ORDER BY number))[1:{named}] AS numbers
  FROM tenants_importrow WHERE vendor_id = %(vendor)s AND job_id = %(job)s AND {column} IS NOT NULL
  GROUP BY {column} HAVING count(*) > 1
)
SELECT r.id, r.number, r."values"::text, d.numbers
FROM tenants_importrow r JOIN repeated d USING ({column})
WHERE r.vendor_id = %(vendor)s AND r.job_id = %(job)s AND r.number > %(after)s
ORDER BY r.number LIMIT %(most)s
"""


def settle_repeated(job: ImportJob, kind: ImportKind) -> None:
    """Make errors of rows with the same key, and then of rows that change the same record.

    Each chunk was planned without knowing the others; a few statements for each chunk that
    repeats something, two where none does. Runs within an action.
    """
    _settle(
        job,
        "key",
        lambda row: same_key(kind, row["numbers"], row["number"], row["cells"]),
        ["target"],
    )
    _settle(job, "target", lambda row: ("", same_record(row["numbers"], row["number"])), [])


def _settle(
    job: ImportJob, column: str, words: Callable[[Any], tuple[str, str]], emptied: list[str]
) -> None:
    statement = _REPEATED.format(column=column, named=NAMED + 2)
    after = 0
    while found := _page(statement, job, after):
        wrong = []
        for row in found:
            where, message = words(row)
            errors = [{"column": where, "message": message}]
            values = {"outcome": str(Outcome.ERROR), "changes": {}, "errors": errors}
            wrong.append({"id": row["id"], **values, **dict.fromkeys(emptied)})
        update_many(ImportRow, wrong, ["outcome", "changes", "errors", *emptied])
        after = found[-1]["number"]


def _page(statement: str, job: ImportJob, after: int) -> list[dict[str, Any]]:
    values = {"vendor": job.vendor_id, "job": job.pk, "after": after, "most": CHUNK}
    with connection.cursor() as cursor:
        # Nobody has counted rows that were written a moment ago: taken for one row, each of
        # 50,000 would be looked for by reading all of them.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(statement, values)
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL enable_nestloop = on")
    return [
        {"id": pk, "number": number, "cells": orjson.loads(cells), "numbers": numbers}
        for pk, number, cells, numbers in rows
    ]
