"""The axis of a row as the program names it."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, QuerySet, Value, When

from programs.compiled import program_or_none
from tenants.clock import today
from web.codes import words_of


def with_axis_title(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows of a type's axis with the title that the program in force gives it."""
    program = program_or_none(today())
    named = [
        When(partner_type__code=code, axis=axis, then=Value(kind.axis_title(axis)))
        for code, kind in (program.document.types.items() if program else ())
        for axis in kind.axes
    ]
    title = Case(*named, default=Value(""), output_field=CharField())
    return rows.annotate(axis_title=title)


def axis_words(row: Any) -> str:
    """The title, or the code as words where the program gives none or the row was not asked for
    it."""
    return getattr(row, "axis_title", "") or words_of(row.axis)
