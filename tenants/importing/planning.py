"""What rows of a file would do: columns, cells, rows of one record. Reads, and writes nothing."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import ValidationError

from tenants.importing.cells import cell_errors
from tenants.importing.kinds import Context, ImportKind, Outcome, Planned, Row, nested
from tenants.importing.reading import RawRow
from tenants.writing import Reason, Refused

Staged = dict[str, Any]
"""A row as it is kept: the columns of ``ImportRow``."""

CHUNK = 5_000
ADDED = ("row", "error")
"""Titles of the columns that an error file adds; a file that has them is taken without them."""
NAMED = 3
"""How many rows of the same record a message names."""

T = TypeVar("T")


def chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """The rows in lists of at most ``size``, as they come."""
    taken = iter(rows)
    while chunk := list(islice(taken, size)):
        yield chunk


def columns_of(kind: ImportKind, header: Sequence[str]) -> list[str]:
    """The schema's field for each column of a file; empty for a column of an error file.

    Raises ``Refused``: ``unknown_column``, ``column_missing``, ``column_twice``.
    """
    also = {alias: name for name, others in kind.schema.also.items() for alias in others}
    known = {_plain(name): name for name in kind.columns} | {_plain(k): v for k, v in also.items()}
    fields = [known.get(_plain(title), "") for title in header]
    for title, name in zip(header, fields, strict=True):
        if not name and _plain(title) not in ADDED:
            words = _("There is no column “%(title)s” in this import.") % {"title": title or "?"}
            raise refused("unknown_column", words, _columns_known(kind))
        if name and fields.count(name) > 1:
            raise refused(
                "column_twice", _("The column “%(title)s” is there twice.") % {"title": title}
            )
    for name in kind.required:
        if name not in fields:
            raise refused(
                "column_missing",
                _("The column “%(title)s” is missing.") % {"title": name},
                _columns_known(kind),
            )
    return fields


def _columns_known(kind: ImportKind) -> str:
    return _("Columns: %(names)s.") % {"names": ", ".join(kind.columns)}


def _plain(title: str) -> str:
    return "".join(c for c in title.casefold() if c.isalnum())


def staged_rows(
    kind: ImportKind, fields: Sequence[str], raws: Iterable[RawRow], context: Context
) -> list[Staged]:
    """A chunk of a file as it is to be kept: what each row would do, or what is wrong with it."""
    wrong, rows = _parsed(kind, fields, raws)
    planned = plan_rows(kind, rows, context)
    return sorted([*wrong, *(_staged(kind, one) for one in planned)], key=lambda row: row["number"])


def _parsed(
    kind: ImportKind, fields: Sequence[str], raws: Iterable[RawRow]
) -> tuple[list[Staged], list[Row]]:
    wrong: list[Staged] = []
    rows: list[Row] = []
    for raw in raws:
        cells = {n: cell for n, cell in zip(fields, raw.cells, strict=False) if cell and n}
        problem = raw.problem or _too_long(raw, fields)
        read = _row(kind, raw.number, cells) if not problem else [_error(problem)]
        if isinstance(read, Row):
            rows.append(read)
        else:
            wrong.append(_kept(raw.number, cells, str(Outcome.ERROR), {}, read))
    return wrong, rows


def _row(kind: ImportKind, number: int, cells: Mapping[str, str]) -> Row | list[dict[str, str]]:
    try:
        return Row(number, kind.schema.model_validate(nested(cells)), cells)
    except ValidationError as error:
        return cell_errors(error)


def rows_of(kind: ImportKind, fields: Sequence[str], raws: Iterable[RawRow]) -> list[Row]:
    """Those whose cells are well-formed."""
    return _parsed(kind, fields, raws)[1]


def read_again(kind: ImportKind, items: Iterable[tuple[int, Mapping[str, str]]]) -> list[Row]:
    """Staged rows validated again: the schema may have become stricter since the upload."""
    found = (_row(kind, number, cells) for number, cells in items)
    return [row for row in found if isinstance(row, Row)]


def _too_long(raw: RawRow, fields: Sequence[str]) -> str:
    if not any(raw.cells[len(fields) :]):
        return ""
    words = _("The row has %(cells)s cells, the header %(names)s.")
    return words % {"cells": len(raw.cells), "names": len(fields)}


def plan_rows(kind: ImportKind, rows: Sequence[Row], context: Context) -> list[Planned]:
    """What each row would do; rows that mean the same record are errors of both."""
    twice = _twice(kind, rows)
    fit = [row for row in rows if row.number not in twice] if twice else rows
    planned = list(kind.plan(fit, context)) if fit else []
    by_target: dict[int, list[int]] = defaultdict(list)
    for one in planned:
        if one.target is not None:
            by_target[one.target.pk].append(one.row.number)
    for place, one in enumerate(planned):
        same = by_target[one.target.pk] if one.target is not None else []
        if len(same) > 1:
            error = one.row.error("", same_record(same, one.row.number))
            planned[place] = replace(error, target=one.target)
    return [*planned, *twice.values()]


def _twice(kind: ImportKind, rows: Sequence[Row]) -> dict[int, Planned]:
    """Rows that share a key with others of the chunk, each naming the others."""
    by_key: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        key = kind.key(row.values)
        if key is not None:
            by_key[key].append(row)
    return {
        row.number: row.error(*same_key(kind, [one.number for one in same], row.number, row.cells))
        for same in by_key.values()
        if len(same) > 1
        for row in same
    }


def same_key(
    kind: ImportKind, numbers: Sequence[int], own: int, cells: Mapping[str, str]
) -> tuple[str, str]:
    """The column and the words for a row whose key other rows of the file have, too."""
    column = next((name for name in kind.key_columns if cells.get(name)), "")
    words = _("“%(value)s” is also in row %(rows)s.")
    return column, words % {"value": cells.get(column, ""), "rows": _others(numbers, own)}


def same_record(numbers: Sequence[int], own: int) -> str:
    """The words for a row that means what other rows of the file mean, too."""
    return _("This is the same record as in row %(rows)s.") % {"rows": _others(numbers, own)}


def _others(numbers: Sequence[int], own: int) -> str:
    """The first few of the other rows: a file may repeat one record a hundred thousand times."""
    found = [number for number in numbers[: NAMED + 2] if number != own]
    words = ", ".join(str(number) for number in found[:NAMED])
    return f"{words} …" if len(found) > NAMED else words


def _staged(kind: ImportKind, one: Planned) -> Staged:
    key = kind.key(one.row.values)
    return _kept(
        one.row.number,
        one.row.cells,
        str(one.outcome),
        one.changes,
        list(one.errors),
        key=None if key is None else _digest(key),
        target=None if one.target is None else one.target.pk,
    )


def _kept(
    number: int,
    cells: Mapping[str, str],
    outcome: str,
    changes: Mapping[str, Any],
    errors: list[dict[str, str]],
    *,
    key: uuid.UUID | None = None,
    target: int | None = None,
) -> Staged:
    return {
        "number": number,
        "values": cells,
        "outcome": outcome,
        "changes": changes,
        "errors": errors,
        "key": key,
        "target": target,
    }


def _digest(key: Hashable) -> uuid.UUID:
    """The same for the same key, in every process: keys hold texts, days and truth values."""
    return uuid.UUID(bytes=hashlib.blake2b(repr(key).encode(), digest_size=16).digest())


def _error(message: str) -> dict[str, str]:
    return {"column": "", "message": message}


def refused(code: str, detail: str, fix: str = "", *, pointer: str = "file") -> Refused:
    """A refusal with its way out."""
    reason = Reason(code, detail, fix=fix, pointer=pointer)
    return Refused(code, f"{detail} {fix}".strip(), reasons=[reason])
