"""``Wall``: the migration operation that puts a table behind its vendor's and partner's walls.

It makes, and takes back when reversed: row-level security with FORCE, the vendor's policy, the
partner's restrictive policy, the unique keys that composite foreign keys refer to, a composite
foreign key led by ``vendor_id`` for each ``ScopedForeignKey``, and an index for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations.base import Operation

VENDOR_IS_MINE = "vendor_id = (select nullif(current_setting('app.vendor_id', true), '')::bigint)"
ALL_PARTNERS = "(select current_setting('app.partner_ids', true)) = '*'"
# The cast is doubled on purpose: with the outer one alone the array is parsed again per row.
MY_PARTNERS = (
    "any ((select nullif(nullif(current_setting('app.partner_ids', true), ''), '*')"
    "::bigint[])::bigint[])"
)
PARTNER_IS_MINE = f"{ALL_PARTNERS} or partner_id = {MY_PARTNERS}"


def partner_condition(kind: str) -> str | None:
    """The partner wall's SQL condition; ``kind`` is the model's ``wall`` or a condition."""
    if kind == "vendor":
        return None
    if kind == "partner":
        return PARTNER_IS_MINE
    if kind == "staff":
        return ALL_PARTNERS
    return f"{ALL_PARTNERS} or ({kind})"


class Wall(Operation):
    """Put ``model`` behind its walls.

    ``partners`` is the model's ``wall``, or for ``"custom"`` the SQL condition itself, in which
    ``{mine}`` stands for "any of my partners". ``loose`` names foreign keys that are held to the
    vendor but not to the partner (history that stays when a customer moves on).
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, partners: str = "vendor", loose: Sequence[str] = ()) -> None:
        self.model = model
        self.partners = partners
        self.loose = tuple(loose)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            self.__class__.__name__,
            [self.model],
            {"partners": self.partners, "loose": list(self.loose)},
        )

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        for forward, _ in self._statements(after.apps.get_model(app_label, self.model)):
            editor.execute(forward)

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        statements = list(self._statements(before.apps.get_model(app_label, self.model)))
        for _, backward in reversed(statements):
            editor.execute(backward)

    def describe(self) -> str:
        return f"Wall {self.model}"

    def _statements(self, model: Any) -> list[tuple[str, str]]:
        table = model._meta.db_table
        found = [
            *_row_security(table, partner_condition(self.partners.replace("{mine}", MY_PARTNERS))),
            *_keys(table, _has_partner(model)),
        ]
        for field in model._meta.local_fields:
            if field.is_relation and _is_vendor_row(field.related_model):
                found += _foreign_key(model, field, loose=field.name in self.loose)
        return found


class ScopedKey(Operation):
    """Hold a ``ScopedForeignKey`` that is added to a walled table as ``Wall`` holds those it finds:
    by a composite constraint and an index. ``loose`` as there."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, field: str, loose: bool = False) -> None:
        self.model = model
        self.field = field
        self.loose = loose

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.model, self.field], {"loose": self.loose})

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        for forward, _ in self._statements(after.apps.get_model(app_label, self.model)):
            editor.execute(forward)

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        statements = self._statements(before.apps.get_model(app_label, self.model))
        for _, backward in reversed(statements):
            editor.execute(backward)

    def describe(self) -> str:
        return f"Scoped key {self.model}.{self.field}"

    def _statements(self, model: Any) -> list[tuple[str, str]]:
        return _foreign_key(model, model._meta.get_field(self.field), loose=self.loose)


def _foreign_key(model: Any, field: Any, *, loose: bool) -> list[tuple[str, str]]:
    table, target = model._meta.db_table, field.related_model._meta.db_table
    column = field.column
    tied = (
        column != "partner_id"
        and _has_partner(model)
        and _has_partner(field.related_model)
        and not loose
    )
    own = f"vendor_id, partner_id, {column}" if tied else f"vendor_id, {column}"
    theirs = "vendor_id, partner_id, id" if tied else "vendor_id, id"
    name = f"{table}_{column}_same_vendor"[:63]
    index = f"{table}_{column}_led"[:63]
    key = (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY ({own}) '
        f'REFERENCES "{target}" ({theirs})',
        f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"',
    )
    led = (
        f'CREATE INDEX "{index}" ON "{table}" (vendor_id, {column})',
        f'DROP INDEX IF EXISTS "{index}"',
    )
    # The partner leads the table's own key (``_keys``); beside it this index would be chosen for
    # what asks for the whole key, and read all rows of the partner.
    return [key] if column == "partner_id" else [key, led]


class PartnerWall(Operation):
    """Add the partner's policy to a table of a lower app, which cannot name employment itself."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, table: str, condition: str) -> None:
        self.table = table
        self.condition = condition

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.table, self.condition], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        wanted = partner_condition(self.condition.replace("{mine}", MY_PARTNERS))
        editor.execute(_drop_partner_policy(self.table))
        editor.execute(_partner_policy(self.table, wanted or "true"))

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        editor.execute(_drop_partner_policy(self.table))
        editor.execute(_partner_policy(self.table, ALL_PARTNERS))

    def describe(self) -> str:
        return f"Partner wall of {self.table}"


def _partner_policy(table: str, condition: str) -> str:
    return (
        f'CREATE POLICY partner_wall ON "{table}" AS RESTRICTIVE '
        f"USING ({condition}) WITH CHECK ({condition})"
    )


def _drop_partner_policy(table: str) -> str:
    return f'DROP POLICY IF EXISTS partner_wall ON "{table}"'


def _row_security(table: str, condition: str | None) -> list[tuple[str, str]]:
    statements = [
        (
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
        ),
        (
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
        ),
        (
            f'CREATE POLICY vendor_wall ON "{table}" '
            f"USING ({VENDOR_IS_MINE}) WITH CHECK ({VENDOR_IS_MINE})",
            f'DROP POLICY IF EXISTS vendor_wall ON "{table}"',
        ),
    ]
    if condition is not None:
        statements.append((_partner_policy(table, condition), _drop_partner_policy(table)))
    return statements


def _keys(table: str, has_partner: bool) -> list[tuple[str, str]]:
    keys = [("vendor_key", "vendor_id, id")]
    if has_partner:
        keys.append(("partner_key", "vendor_id, partner_id, id"))
    return [
        (
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{name}" UNIQUE ({columns})',
            f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{table}_{name}"',
        )
        for name, columns in keys
    ]


def _is_vendor_row(model: Any) -> bool:
    """Migration state knows no base classes: a vendor's row is one that carries both keys."""
    names = {f.name for f in model._meta.local_fields}
    return {"vendor", "public_id"} <= names


def _has_partner(model: Any) -> bool:
    return any(f.column == "partner_id" for f in model._meta.local_fields)
