"""What can be imported: a registry that the apps fill, and the values that travel between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from tenants.importing.cells import ImportSchema
from tenants.importing.reading import MAX_ROWS
from tenants.models import ImportRow
from tenants.writing import Reason, Refused

Outcome = ImportRow.Outcome
CUSTOM = "custom"
_WITHIN = f"{CUSTOM}."


def nested(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Cells by column as the schemas take them: ``custom.region`` stands within ``custom``."""
    own = {name: cell for name, cell in cells.items() if not name.startswith(_WITHIN)}
    if len(own) < len(cells):
        custom = {name for name in cells if name not in own}
        own[CUSTOM] = {name.removeprefix(_WITHIN): cells[name] for name in custom}
    return own


@dataclass(frozen=True)
class Context:
    """For whom and when: ``partner_id`` is empty where staff load rows of several partners.

    ``known`` holds what was read once for all chunks of a run, like the partners that they name.
    """

    partner_id: int | None
    on: dt.date
    at: dt.datetime
    known: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Row:
    """A row whose cells are well-formed."""

    number: int
    values: Any  # the kind's own schema
    cells: Mapping[str, str] = field(default_factory=dict)
    """Its filled cells as uploaded."""

    def error(self, column: str, message: str) -> Planned:
        """This row cannot be imported."""
        return Planned(self, Outcome.ERROR, errors=({"column": column, "message": message},))


@dataclass(frozen=True)
class Planned:
    """What a row would do. ``changes`` is ``{field: [old, new]}``; ``target`` the row it changes.

    ``extra`` is the kind's own baggage from ``plan`` to ``apply`` and is not stored.
    """

    row: Row
    outcome: str
    changes: dict[str, list[Any]] = field(default_factory=dict)
    errors: tuple[dict[str, str], ...] = ()
    target: Any = None
    extra: Any = None


@dataclass(frozen=True)
class ImportKind:
    """See ``tenants/importing/__init__.py``. ``key`` must be unique in a file; ``None`` is free.

    ``lock(names, context)`` holds, before the rows are planned to be written, what they are
    planned on: ``names`` are the filled cells of ``lock_column`` in all of them.

    ``together(rows, context)`` says for rows of a kind that judge each other what each is about
    (a number or a text): those of one customer, say, are planned in one chunk, in their order.
    A file has at most ``most`` rows.

    ``seen(names, context, cursor)`` stays the same as long as nothing changes that ``plan`` judges
    by, as a cursor sees it that does not see what is being written. For a kind that has it the
    worker holds partners only once the new rows are written (``holding.Hold``).
    """

    name: str
    title: Any
    schema: type[ImportSchema]
    capability: str
    plan: Callable[[Sequence[Row], Context], Sequence[Planned]]
    apply: Callable[[Sequence[Planned], Context], None]
    key: Callable[[Any], Hashable | None] = lambda values: None
    lock: Callable[[Collection[str], Context], None] = lambda names, context: None
    lock_column: str = "partner"
    seen: Callable[[Collection[str], Context, Any], Hashable] | None = None
    together: Callable[[Sequence[Row], Context], Sequence[Hashable]] | None = None
    most: int = MAX_ROWS
    key_columns: tuple[str, ...] = ("external_id",)
    staff_only: bool = False
    help: Any = ""
    custom_columns: Callable[[], Sequence[str]] = tuple
    """Further columns that the vendor defined, ``custom.region``: the schema's field ``custom``
    holds their cells by what follows the point."""

    @property
    def columns(self) -> list[str]:
        built_in = [name for name in self.schema.model_fields if name != CUSTOM]
        return [*built_in, *self.custom_columns()]

    @property
    def required(self) -> list[str]:
        return [name for name, f in self.schema.model_fields.items() if f.is_required()]


_kinds: dict[str, ImportKind] = {}


def register_import(kind: ImportKind) -> None:
    _kinds[kind.name] = kind


def import_kinds() -> list[ImportKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.name)


def import_kind(name: str) -> ImportKind:
    """The kind of this name, or ``Refused("unknown_kind")``."""
    if name not in _kinds:
        detail = _("Nothing of the kind “%(name)s” can be imported.") % {"name": name}
        fix = _("Known: %(names)s.") % {"names": ", ".join(sorted(_kinds))}
        reason = Reason("unknown_kind", detail, fix=fix, pointer="kind")
        raise Refused("unknown_kind", f"{detail} {fix}", reasons=[reason])
    return _kinds[name]
