"""What of a partner's import the vendor's people do not read: what the partner alone does."""

from __future__ import annotations

from partners.rules.sharing import reads_everything
from tenants.importing import ImportKind, import_kind
from tenants.models import ImportJob, ImportRow

WITHHELD: dict[str, frozenset[str]] = {"customers": frozenset({"private_name"})}


def withheld_whole(job: ImportJob) -> bool:
    """Whether the reader sees the job's numbers and none of its rows."""
    return job.kind == "contracts" and not reads_everything()


def columns_for_reader(kind: ImportKind) -> list[str]:
    """The kind's columns that the reader may read."""
    hidden = frozenset() if reads_everything() else WITHHELD.get(kind.name, frozenset())
    return [name for name in kind.columns if name not in hidden]


def without_withheld(job: ImportJob, rows: list[ImportRow]) -> list[ImportRow]:
    """The rows as the reader may read them; none where all of it is withheld."""
    if reads_everything():
        return rows
    if withheld_whole(job):
        return []
    hidden = set(import_kind(job.kind).columns) - set(columns_for_reader(import_kind(job.kind)))
    for row in rows:
        row.values = {name: value for name, value in row.values.items() if name not in hidden}
        row.changes = {name: pair for name, pair in row.changes.items() if name not in hidden}
    return rows
