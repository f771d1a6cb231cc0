"""How files are read: encodings, sheets, formulas, and the row of each error."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from types import SimpleNamespace

import pytest

from partners.models import Customer, Employment
from tenants.importing import (
    apply_import,
    errors_csv,
    import_kind,
    safe_cell,
    template_csv,
)
from tenants.importing.reading import open_table
from tenants.writing import Refused
from tests import factories as make
from tests.partners.conftest import NOW
from tests.partners.importing import load, problems, refusal, sheet, stage, totals


def test_an_error_stops_all_rows(as_owner: SimpleNamespace) -> None:
    rows = ["name,email,since", "Ana,ana@x.example,", "Bo,nope,31.12.2026", ",c@x.example,"]
    job = stage("people", "\n".join(rows))
    assert totals(job) == (1, 0, 0, 2)
    assert problems(job) == [
        (3, "email", "“nope” is not an e-mail address."),
        (3, "since", "“31.12.2026” is not a day. Write it like 2026-11-23."),
        (4, "name", "This is missing."),
    ]
    with pytest.raises(Refused) as refused:
        apply_import(job, at=NOW)
    assert refused.value.code == "import_has_errors"
    assert Employment.objects.count() == 0


def test_ten_megabytes_in_another_encoding_are_refused_with_the_line(
    as_owner: SimpleNamespace,
) -> None:
    line = "M\u00fcller,m@x.example\n".encode("cp1252")
    head = b"name,email\n" + b"Ana,ana@x.example\n" * 90_000
    data = head + line * ((10 * 1024 * 1024 - len(head)) // len(line))
    found = refusal("people", data)
    assert (found.code, found.reasons[0].pointer) == ("wrong_encoding", "file")
    assert found.reasons[0].detail == (
        "Line 90002 is not UTF-8: “Müller,m@x.ex”. It looks like Windows-1252 (Latin-1)."
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"name\n\n", "file_empty"),
        ("name\nAna\n".encode("utf-16"), "wrong_encoding"),
        (b"name\nA\x00na\n", "wrong_encoding"),
        (b'name\n"Ana\n', "broken_file"),
        (b"PK\x03\x04 not a zip", "broken_file"),
        (b"\xd0\xcf\x11\xe0 old", "old_spreadsheet"),
        (b"x" * (10 * 1024 * 1024 + 1), "file_too_large"),
        (b"name\n" + b"A\n" * 100_001, "too_many_rows"),
        (b"name\n" + b"\n" * 200_001, "too_many_rows"),
        (b"name" + b",x" * 100 + b"\nA\n", "too_many_columns"),
        (b"name,salary\nAna,1\n", "unknown_column"),
        (b"name,NAME\nAna,Bo\n", "column_twice"),
        (b"email\na@x.example\n", "column_missing"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    as_owner: SimpleNamespace, data: bytes, code: str
) -> None:
    assert refusal("people", data).code == code


def test_a_byte_order_mark_and_semicolons_are_read(as_owner: SimpleNamespace) -> None:
    job = stage("people", "\ufeffName;E-mail\r\nMüller;m@x.example\r\n".encode())
    assert totals(job) == (1, 0, 0, 0)


def test_duplicate_external_ids_name_each_others_rows(as_owner: SimpleNamespace) -> None:
    job = stage("people", "name,external_id\nAna,7\nBo,8\nCy,7\n")
    assert problems(job) == [
        (2, "external_id", "“7” is also in row 4."),
        (4, "external_id", "“7” is also in row 2."),
    ]


def test_two_rows_for_one_record_are_an_error(as_owner: SimpleNamespace) -> None:
    make.EmploymentFactory(
        partner=as_owner.partner,
        external_id="7",
        person=make.PersonFactory(vendor=as_owner.vendor, email="a@x.example"),
    )
    job = stage("people", "name,external_id,email\nAna,7,\nAna,,a@x.example\n")
    assert [row[2] for row in problems(job)] == [
        "This is the same record as in row 3.",
        "This is the same record as in row 2.",
    ]


def test_a_row_longer_than_its_header_is_an_error(as_owner: SimpleNamespace) -> None:
    job = stage("people", "name,email\nAna,ana@x.example,extra\n")
    assert problems(job) == [(2, "", "The row has 3 cells, the header 2.")]


def test_a_sheet_is_read_with_its_days_and_numbers(as_owner: SimpleNamespace) -> None:
    data = sheet(["Name", "ID", "Since"], ["Ana", 7.0, dt.datetime(2026, 1, 5)])
    load("people", data)
    assert list(Employment.objects.values_list("external_id", "since")) == [
        ("7", dt.date(2026, 1, 5))
    ]


def test_a_formula_in_a_sheet_is_an_error_that_names_the_cell(as_owner: SimpleNamespace) -> None:
    job = stage("people", sheet(["Name", "ID"], ["Ana", "=1+1"]))
    assert problems(job) == [(2, "", "B2 is a formula. Paste its value instead.")]


def test_a_formula_in_a_csv_is_text_and_leaves_as_text(as_owner: SimpleNamespace) -> None:
    load("customers", "name,id\n=HYPERLINK(1),1\n")
    assert Customer.objects.get().name == "=HYPERLINK(1)"
    job = stage("customers", "name,id,country\n=HYPERLINK(1),1,Germany\n")
    assert errors_csv(job, ["name"]).read().decode().splitlines() == [
        "\ufeffname,row,error",
        '\'=HYPERLINK(1),2,"country: “Germany” is not a country code. Write two letters, like DE."',
    ]
    assert totals(stage("customers", "name,id\n'=HYPERLINK(1),1\n")) == (0, 0, 1, 0)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_cells_that_spreadsheets_would_run_are_prefixed(sign: str) -> None:
    assert safe_cell(f"{sign}1") == f"'{sign}1"


def test_a_template_holds_the_columns() -> None:
    assert template_csv(import_kind("facts")) == (
        "\ufeffpartner,metric,period,value,unit,source\r\n"
    )


def test_a_sheet_cannot_name_a_row_without_end(as_owner: SimpleNamespace) -> None:
    packed, made = zipfile.ZipFile(io.BytesIO(sheet(["name"], ["Ana"]))), io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        for entry in packed.namelist():
            text = packed.read(entry)
            far = text.replace(b'r="A2"', b'r="A4000000000"')
            far = far.replace(b'<row r="2"', b'<row r="4000000000"')
            written.writestr(entry, far)
    assert refusal("people", made.getvalue()).code == "too_many_rows"


def test_a_record_repeated_without_end_names_a_few_rows(as_owner: SimpleNamespace) -> None:
    job = stage("people", "name,external id\n" + "Ana,7\n" * 5)
    assert problems(job)[0] == (2, "external_id", "“7” is also in row 3, 4, 5 ….")
    assert problems(job)[4] == (6, "external_id", "“7” is also in row 2, 3, 4 ….")


HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def repacked(part: str, body: bytes) -> bytes:
    """A real workbook in which one part was replaced."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheet(["name"], ["Ana"]))) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, body)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("xl/worksheets/sheet1.xml", HEAD + b'<row r="1">' + b"<c/>" * 50_000_000),
        ("xl/worksheets/sheet1.xml", HEAD + b'<row r="1">' + b"<c/>" * 1_000_000 + b"</row>"),
        ("xl/sharedStrings.xml", b"<sst>" + b"<si><t>x</t></si>" * 3_000_000 + b"</sst>"),
        ("xl/sharedStrings.xml", b"<sst><si><t>" + b"x" * 3_000_000 + b"</t></si></sst>"),
        ("xl/sharedStrings.xml", HEAD + b"<row><si/>" + b"<c/>" * 10),
        ("xl/styles.xml", b"<styleSheet>" + b"<fill/>" * 500_000),
    ],
    ids=["200 MB in one row", "a long row", "many strings", "a long string", "rows as strings",
         "styles"],
)  # fmt: skip
def test_a_sheet_that_swells_is_refused_before_it_is_held(part: str, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        open_table(repacked(part, body), "people.xlsx")
    assert refused.value.code == "file_too_large"


def test_a_part_longer_than_it_says_is_refused() -> None:
    rows = HEAD + b"".join(b'<row r="%d"><c/></row>' % n for n in range(1, 300_000))
    honest = repacked("xl/worksheets/sheet1.xml", rows)
    with zipfile.ZipFile(io.BytesIO(honest)) as packed:
        size = packed.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = honest.replace(size.to_bytes(4, "little"), (9_000).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(Refused) as refused:
        open_table(lying, "people.xlsx")
    assert refused.value.code == "broken_file"
