"""Staging and loading files in tests of imports."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from tenants.importing import (
    apply_import,
    stage_import,
)
from tenants.models import ImportJob, ImportRow
from tenants.writing import Refused
from tests.partners.conftest import NOW

PEOPLE = "Name,E-Mail,Job title,External ID\nAna,ana@x.example,Lead,1\nBo,bo@x.example,,2\n"


def stage(kind: str, text: str | bytes, **values: Any) -> ImportJob:
    data = text.encode() if isinstance(text, str) else text
    return stage_import(kind, data=data, file_name="f.csv", at=NOW, **values)


def load(kind: str, text: str | bytes, **values: Any) -> ImportJob:
    return apply_import(stage(kind, text, **values), at=NOW)


def totals(job: ImportJob) -> tuple[int, int, int, int]:
    return job.creates, job.updates, job.unchanged, job.failures


def problems(job: ImportJob) -> list[tuple[int, str, str]]:
    return [
        (row.number, error["column"], error["message"])
        for row in ImportRow.objects.filter(job=job)
        for error in row.errors
    ]


def sheet(*rows: list[Any]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def refusal(kind: str, text: str | bytes, **values: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        stage(kind, text, **values)
    assert ImportJob.objects.count() == 0
    return refused.value
