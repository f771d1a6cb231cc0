"""A file of bytes becomes rows of text, or a refusal that says what to do. No database here."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tenants.writing import Reason, Refused

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 100
_MAX_LINES = 2 * MAX_ROWS  # empty ones cost time, too, and a sheet's cell may name any row
_MAX_UNPACKED = 100 * 1024 * 1024
_MAX_STRINGS = 32 * 1024 * 1024
_MAX_ROW = 2 * 1024 * 1024  # as XML, and the most of any part between two rows
_STRINGS = "sharedStrings.xml"
_ROW = re.compile(rb"</?(?:\w{1,30}:)?row[\s/>]")
_STRING = re.compile(rb"</?(?:\w{1,30}:)?si[\s/>]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class RawRow:
    """A row as read: its number as a spreadsheet shows it (the header is row 1), cells as text."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """A file that is open: rows come one by one, as they are read.

    ``count`` is how many there are: exact for text, for a sheet what its largest part holds.
    """

    header: tuple[str, ...]
    count: int
    rows: Iterator[RawRow]


def is_sheet(data: bytes) -> bool:
    """Whether it is opened as a spreadsheet: unpacking one takes seconds."""
    return data.startswith(b"PK\x03\x04")


def refuse_unreadable(data: bytes, file_name: str) -> None:
    """Raise what can be told without reading: ``file_too_large``, ``old_spreadsheet``."""
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1024 / 1024:.1f}"
        raise _no(
            "file_too_large",
            _("The file has %(size)s MB; 10 MB are allowed.") % {"size": size},
            _("Split it and upload the parts."),
        )
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _no(
            "old_spreadsheet",
            _("“%(name)s” is an old Excel file (.xls).") % {"name": file_name},
            _("Save it as .xlsx or as CSV (UTF-8)."),
        )


def open_table(data: bytes, file_name: str) -> Table:
    """Open a CSV (UTF-8) or XLSX file (first sheet).

    Raises ``Refused``: ``file_too_large``, ``too_many_rows``, ``too_many_columns``, ``file_empty``,
    ``wrong_encoding``, ``broken_file``, ``old_spreadsheet``. Text is read through once to count it,
    so it refuses nothing later; a sheet may while its rows are taken.
    """
    refuse_unreadable(data, file_name)
    if is_sheet(data):
        found, count = _sheet(data)
    else:
        found, count = _text_rows(data), sum(1 for _row in _filled(_text_rows(data))) - 1
    filled = _filled(found)
    header = next(filled, None)
    if header is None:
        raise _no("file_empty", _("The file has no rows."), _("Begin with a row of column names."))
    first = next(filled, None)
    if first is None:
        raise _no(
            "file_empty",
            _("The file has column names and no rows below them."),
            _("Add one row for each record."),
        )
    return Table(tuple(header.cells), max(count, 1), itertools.chain([first], filled))


def _filled(found: Iterable[RawRow]) -> Iterator[RawRow]:
    """Rows that hold something, the header first."""
    taken = 0
    for row in found:
        if row.number > _MAX_LINES:
            raise _too_many()
        if row.problem or any(row.cells):
            if taken > MAX_ROWS:
                raise _too_many()
            taken += 1
            yield row


def _too_many() -> Refused:
    return _no(
        "too_many_rows",
        _("The file has more than 100,000 rows, or too many empty ones."),
        _("Split it and upload the parts."),
    )


def _text_rows(data: bytes) -> Iterator[RawRow]:
    reader = csv.reader(_lines(data), delimiter=_delimiter(data), strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            yield RawRow(number, tuple([_plain(cell) for cell in _bounded(cells)]))
    except csv.Error as error:
        raise _no(
            "broken_file",
            _("Row %(row)s cannot be read: %(error)s.") % {"row": number + 1, "error": error},
            _("Look for a quotation mark that is not closed."),
        ) from None


def _lines(data: bytes) -> Iterator[str]:
    """Lines with their ends; decoded as they are read, so that the text is not held twice."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _no("wrong_encoding", _("The file is encoded in UTF-16."), _save_as())
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        words = _("Line %(line)s contains a NUL character: this is no text file.")
        raise _no("wrong_encoding", words % {"line": line}, _save_as())
    try:
        yield from io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    except UnicodeDecodeError:
        raise _not_utf8(data) from None


def _not_utf8(data: bytes) -> Refused:
    for line, text in enumerate(io.BytesIO(data), start=1):
        try:
            text.decode()
        except UnicodeDecodeError as error:
            begun = text[: error.start + 12].split(b"\n")[0]
            shown = begun.decode("cp1252", "replace")[-40:]
            words = _(
                "Line %(line)s is not UTF-8: “%(text)s”. It looks like Windows-1252 (Latin-1)."
            )
            return _no("wrong_encoding", words % {"line": line, "text": shown}, _save_as())
    return _no("wrong_encoding", _("The file is not UTF-8."), _save_as())


def _save_as() -> str:
    return _("In Excel choose “Save as” and “CSV UTF-8”, then upload again.")


def _delimiter(data: bytes) -> str:
    """Spreadsheets of half of Europe write semicolons; the header line tells."""
    begin = re.match(rb"(?:\xef\xbb\xbf)?[\r\n]*([^\r\n]*)", data)
    header = begin.group(1) if begin else b""
    return max(",;\t", key=lambda sign: header.count(sign.encode()))


def _plain(cell: str) -> str:
    """Without space around, and without the apostrophe that our exports put before formula signs"""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA_STARTS else text


def _bounded(cells: list[str]) -> list[str]:
    if len(cells) > MAX_COLUMNS:
        raise _no(
            "too_many_columns",
            _("The file has more than 100 columns."),
            _("Keep the columns of the template."),
        )
    return cells


def _sheet(data: bytes) -> tuple[Iterator[RawRow], int]:
    """The rows of the first sheet, and about how many there are."""
    with _told_as_broken(), zipfile.ZipFile(io.BytesIO(data)) as packed:
        count = _counted(packed)
    return _sheet_rows(data), count


@contextmanager
def _told_as_broken() -> Iterator[None]:
    try:
        yield
    except Refused:
        raise
    except Exception as error:  # openpyxl raises whatever the broken part happens to cause
        raise _no(
            "broken_file",
            _("The spreadsheet cannot be opened (%(error)s).") % {"error": type(error).__name__},
            _("Open it, save it again as .xlsx, and upload that."),
        ) from error


def _sheet_rows(data: bytes) -> Iterator[RawRow]:
    import openpyxl  # heavy, and only for this

    with _told_as_broken():
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a wrong dimension in the file would hide rows
        cells_of_rows = sheet.iter_rows(max_col=MAX_COLUMNS)
    gap: Any = None  # openpyxl gives one and the same for every row that is not there
    for number in itertools.count(1):
        with _told_as_broken():  # not around the yield: what the taker raises is no broken file
            cells = next(cells_of_rows, None)
            if cells is None:
                return
            row = RawRow(number, ()) if cells is gap else _sheet_row(number, cells)
        if not row.cells:
            gap = cells
        yield row


def _counted(packed: zipfile.ZipFile) -> int:
    """The rows of the largest part below its header, before openpyxl holds a row, a part or the
    strings in memory whole.

    What a part says it unpacks to is the most that is ever read of it; one that is longer is
    refused for its checksum then. Each part is read through once to measure its rows.
    """
    entries = packed.infolist()
    strings = sum(entry.file_size for entry in entries if entry.filename.endswith(_STRINGS))
    swollen = sum(entry.file_size for entry in entries) > _MAX_UNPACKED or strings > _MAX_STRINGS
    most = 0
    for entry in () if swollen else entries:
        longest, rows = _measured(packed, entry)
        swollen, most = swollen or longest > _MAX_ROW, max(most, rows)
        if swollen:
            break
    if swollen:
        raise _no(
            "file_too_large",
            _("The spreadsheet unpacks to more than can be read."),
            _("Save only the sheet with the rows, as CSV (UTF-8)."),
        )
    return most - 1


def _measured(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """The most bytes from one row's tag to the next, counted until there are too many; and the
    rows, each by the tag that begins it."""
    tag = _STRING if part.filename.endswith(_STRINGS) else _ROW
    longest = last = read = rows = 0
    tail, seen = b"", -1
    with packed.open(part) as stream:
        while longest <= _MAX_ROW and (chunk := stream.read(256 * 1024)):
            held, begin = tail + chunk, read - len(tail)
            if tag is _STRING and _ROW.search(held):
                return _MAX_ROW + 1, rows  # rows among the strings: made to be read as another
            for found in tag.finditer(held):
                place = begin + found.start()
                longest, last = max(longest, place - last), max(last, place)
                if place > seen and tag is _ROW and not found.group().startswith(b"</"):
                    rows += 1
                seen = max(seen, place)
            read += len(chunk)
            longest, tail = max(longest, read - last), chunk[-64:]
    return longest, rows


def _sheet_row(number: int, cells: Iterable[Any]) -> RawRow:
    texts, formulas = [], []
    for cell in cells:
        if cell.value is not None and cell.data_type == "f":
            formulas.append(cell.coordinate)
            texts.append("")
        else:
            texts.append(_text(cell.value))
    while texts and not texts[-1] and not formulas:
        texts.pop()
    problem = ""
    if formulas:
        problem = _("%(cell)s is a formula. Paste its value instead.") % {"cell": formulas[0]}
    return RawRow(number, tuple(texts), problem)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return _plain(str(value))


def _no(code: str, detail: str, fix: str = "") -> Refused:
    return Refused(
        code, f"{detail} {fix}".strip(), reasons=[Reason(code, detail, fix=fix, pointer="file")]
    )
