"""The one importer: portal, admin, API and command load files by the same actions.

    file -> rows of text -> a schema per kind -> staged rows -> preview -> one action, or nothing

An app registers what it can load (``partners/imports`` shows how):

    register_import(ImportKind(
        name="people", title=_("People"), schema=PersonRow, capability="people.write",
        key=lambda row: row.external_id, lock=lock_named, plan=plan_people, apply=apply_people))

``plan(rows, context)`` answers for a chunk of valid rows what each would do; ``apply(planned,
context)`` writes the rows whose outcome is not ``unchanged`` and leaves their events. Before rows
are planned to be written, ``lock`` holds what they are planned on.

Surfaces call ``upload_import`` and ``ask_apply``, ``discard_import`` or ``cancel_import``: small
files are read and applied at once, larger ones by the worker (``working.py``), in chunks. Nothing
is written before all of it is, and where the preview no longer holds it is made anew. A program
that needs no preview sends a few rows to ``upsert_rows``, which goes the same way at once.
"""

from tenants.importing.applying import apply_import, cancel_import
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
from tenants.importing.reading import MAX_BYTES, MAX_ROWS
from tenants.importing.staging import discard_import, refresh_import, stage_import
from tenants.importing.surfaces import AT_ONCE, ask_apply, ask_refresh, upload_import
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
    "AT_ONCE",
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
    "Text",
    "Upserted",
    "apply_import",
    "ask_apply",
    "ask_refresh",
    "cancel_import",
    "discard_import",
    "errors_csv",
    "import_kind",
    "import_kinds",
    "insert_many",
    "refresh_import",
    "register_import",
    "safe_cell",
    "stage_import",
    "template_csv",
    "update_many",
    "upload_import",
    "upsert_rows",
    "write_csv",
]
