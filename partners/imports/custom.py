"""Custom fields in files: columns ``custom.code``. Internal fields are in no file: a partner
sees what staff loaded for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from partners.actions.fields import lock_fields
from partners.rules.field_sets import fields_of, types_by_partner
from partners.rules.fields import Taken, applying, taken
from tenants.importing import Planned, Row


def columns_of(subject: str) -> Sequence[str]:
    """The columns that whoever loads a file may fill."""
    fields = fields_of(subject, writable=True)
    return [field.pointer for field in fields if not field.internal]


class CustomCells:
    """The definitions of one subject, asked and held once for a file."""

    def __init__(self, subject: str, partner_ids: Collection[int]) -> None:
        lock_fields(subject)
        self.fields = [f for f in fields_of(subject, writable=True) if not f.internal]
        self.types = types_by_partner(partner_ids) if self.fields else {}

    def read(
        self,
        row: Row,
        before: Mapping[str, Any],
        *,
        partner_id: int = 0,
        types: Collection[str] = (),
        new: bool = False,
    ) -> Taken | Planned:
        """What the row's cells make of the values ``before``, or the row's error. A ``new`` record
        gets every required field."""
        given = row.values.custom
        if not given and not (new and self.fields):
            return Taken(dict(before), {})
        fields = applying(self.fields, types or self.types.get(partner_id, ()))
        found = taken(fields, before, given, complete=new)
        if found.problems:
            first = found.problems[0]
            return row.error(first.pointer, " ".join(filter(None, [first.detail, first.fix])))
        return found
