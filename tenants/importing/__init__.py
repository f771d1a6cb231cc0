"""The one importer: portal, admin, API and command load files by the same three actions.

    file -> rows of text -> a schema per kind -> staged rows -> preview -> one action, or nothing

An app registers what it can load (``partners/imports.py`` shows how):

    register_import(ImportKind(
        name="people", title=_("People"), schema=PersonRow, capability="people.write",
        key=lambda row: row.external_id, plan=plan_people, apply=apply_people))

``plan(rows, context)`` answers for all valid rows at once what each would do; ``apply(planned,
context)`` writes the rows whose outcome is not ``unchanged`` and leaves their events. When
``context.applying`` is set, ``plan`` locks first what it is going to read. Nothing is written
before ``apply_import``, which plans again and refuses where the preview no longer holds. A program
that needs no preview sends a few rows to ``upsert_rows``, which goes the same way at once.
"""

from tenants.importing.cells import (
    Codes,
    Country,
    Day,
    Email,
    ImportSchema,
    Line,
    Number,
    Text,
)
from tenants.importing.kinds import (
    Context,
    ImportKind,
    Planned,
    Row,
    import_kind,
    import_kinds,
    register_import,
)
from tenants.importing.reading import MAX_BYTES, MAX_ROWS, Table, read_table
from tenants.importing.staging import (
    apply_import,
    discard_import,
    refresh_import,
    stage_import,
)
from tenants.importing.upserting import MOST_UPSERTS, Upserted, upsert_rows
from tenants.importing.writing import (
    errors_csv,
    insert_many,
    safe_cell,
    template_csv,
    update_many,
    write_csv,
)

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "MOST_UPSERTS",
    "Codes",
    "Context",
    "Country",
    "Day",
    "Email",
    "ImportKind",
    "ImportSchema",
    "Line",
    "Number",
    "Planned",
    "Row",
    "Table",
    "Text",
    "Upserted",
    "apply_import",
    "discard_import",
    "errors_csv",
    "import_kind",
    "import_kinds",
    "insert_many",
    "read_table",
    "refresh_import",
    "register_import",
    "safe_cell",
    "stage_import",
    "template_csv",
    "update_many",
    "upsert_rows",
    "write_csv",
]
