"""The database itself: every wall stands as its model says, and nobody holds more than needed."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connections, models

from tenants import scope
from tenants.rows import ScopedForeignKey, VendorRow
from tenants.wall import _row_security, partner_condition
from tests.catalogue import (
    DEFINER_FUNCTIONS,
    GLOBAL_TABLES,
    GRANTS,
    NOT_TIED_TO_A_PARTNER,
    ROWS,
)

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
ROWS_OF_A_VENDOR = [
    model for model in apps.get_models(include_auto_created=True) if issubclass(model, VendorRow)
]
each_model = pytest.mark.parametrize(
    "model", ROWS_OF_A_VENDOR, ids=[m._meta.label for m in ROWS_OF_A_VENDOR]
)


def ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def policies(table: str, alias: str = "default") -> dict[str, tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT policyname, permissive, roles::text, cmd, qual, with_check "
            "FROM pg_policies WHERE tablename = %s",
            [table],
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


@pytest.fixture(scope="module")
def as_written(
    django_db_setup: None, django_db_blocker: Any
) -> dict[str, dict[str, tuple[Any, ...]]]:
    """The policies that ``Wall`` makes for each kind, as PostgreSQL words them."""
    made = {}
    with django_db_blocker.unblock(), connections["owner"].cursor() as cursor:
        for kind in ("vendor", "partner", "staff"):
            cursor.execute("CREATE TABLE scratch (vendor_id bigint, partner_id bigint)")
            for forward, _backward in _row_security("scratch", partner_condition(kind)):
                cursor.execute(forward)
            made[kind] = policies("scratch", "owner")
            cursor.execute("DROP TABLE scratch")
    connections["owner"].close()
    return made


@each_model
def test_every_vendors_table_is_behind_row_level_security(model: type[VendorRow]) -> None:
    assert ask(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
        model._meta.db_table,
    ) == [(True, True)]


@each_model
def test_the_policies_are_those_of_the_models_wall(
    model: type[VendorRow], as_written: dict[str, dict[str, tuple[Any, ...]]]
) -> None:
    held = policies(model._meta.db_table)
    if model.wall != "custom":
        assert held == as_written[model.wall]
        return
    assert held["vendor_wall"] == as_written["vendor"]["vendor_wall"]
    permissive, roles, command, condition, check = held["partner_wall"]
    assert (permissive, roles, command) == ("RESTRICTIVE", "{public}", "ALL")
    assert condition == check
    assert condition != as_written["staff"]["partner_wall"][3]
    assert len(held) == 2


@each_model
def test_a_custom_wall_stands_in_the_code_as_well(model: type[VendorRow]) -> None:
    registered = scope.visibility_of(model._meta.label) is not None
    assert registered == (model.wall == "custom")


@each_model
def test_a_wall_by_partner_has_its_column(model: type[VendorRow]) -> None:
    if model.wall == "partner":
        assert "partner_id" in {f.column for f in model._meta.local_fields}


@each_model
def test_foreign_keys_are_held_to_the_vendor(model: type[VendorRow]) -> None:
    found = {
        tuple(columns)
        for (columns,) in ask(
            "SELECT array(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, o) "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.o) "
            "FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = %s::regclass",
            model._meta.db_table,
        )
    }
    for field in model._meta.local_fields:
        if not isinstance(field, models.ForeignKey) or not issubclass(
            field.related_model, VendorRow
        ):
            continue
        assert isinstance(field, ScopedForeignKey), field
        held = {keys for keys in found if keys[-1] == field.column}
        assert held, f"{field} has no foreign key in the database"
        assert {keys[0] for keys in held} == {"vendor_id"}, field


def test_a_partners_row_is_tied_to_a_partner_of_the_vendor() -> None:
    with_column = {
        m._meta.db_table
        for m in ROWS_OF_A_VENDOR
        if "partner_id" in {f.column for f in m._meta.local_fields}
    }
    tied = {
        table
        for (table,) in ask(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' "
            "AND confrelid = 'partners_partner'::regclass "
            "AND pg_get_constraintdef(oid) LIKE 'FOREIGN KEY (vendor_id, partner_id) %%'"
        )
    }
    assert with_column - tied == set(NOT_TIED_TO_A_PARTNER)


def test_every_table_without_a_wall_is_listed_with_a_reason() -> None:
    found = {
        table
        for (table,) in ask(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p', 'f', 'm', 'v') AND NOT relrowsecurity"
        )
    }
    assert found == set(GLOBAL_TABLES)


@pytest.mark.parametrize(("role", "which"), [("mainstay_app", 0), ("mainstay_ops", 1)])
def test_the_runtime_roles_hold_no_grant_beyond_rows(role: str, which: int) -> None:
    held: dict[str, set[str]] = {}
    for table, privilege in ask(
        "SELECT c.relname::text, a.privilege_type FROM pg_class c, "
        "aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f', 'm', 'v') "
        "AND NOT c.relispartition AND a.grantee = %s::regrole",
        role,
    ):
        held.setdefault(table, set()).add(privilege)
    wrong = {t: p for t, p in held.items() if p != GRANTS.get(t, (ROWS, ROWS))[which]}
    assert wrong == {}


def test_nothing_is_granted_to_everybody_or_on_partitions() -> None:
    assert (
        ask(
            "SELECT c.relname::text, a.grantee FROM pg_class c, aclexplode(c.relacl) a "
            "WHERE c.relnamespace = 'public'::regnamespace AND (a.grantee = 0 OR (c.relispartition "
            "AND a.grantee <> c.relowner))"
        )
        == []
    )


def test_the_runtime_roles_own_nothing_and_are_nobody_special() -> None:
    assert (
        ask(
            "SELECT 'class', relname::text FROM pg_class WHERE relowner <> 10 "
            "AND relowner <> 'mainstay_owner'::regrole "
            "UNION ALL SELECT 'function', proname::text FROM pg_proc WHERE proowner <> 10 "
            "AND proowner <> 'mainstay_owner'::regrole "
            "UNION ALL SELECT 'schema', nspname::text FROM pg_namespace "
            "WHERE nspowner IN ('mainstay_app'::regrole, 'mainstay_ops'::regrole)"
        )
        == []
    )
    assert ask(
        "SELECT rolname::text, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles "
        "WHERE rolname IN ('mainstay_app', 'mainstay_ops') ORDER BY rolname"
    ) == [
        ("mainstay_app", False, False, False, False),
        ("mainstay_ops", False, False, False, True),
    ]


def test_functions_that_act_as_the_owner_are_listed_and_fixed() -> None:
    found = ask(
        "SELECT proname::text, proconfig FROM pg_proc WHERE prosecdef "
        "AND pronamespace = 'public'::regnamespace ORDER BY proname"
    )
    assert {name for name, _config in found} == set(DEFINER_FUNCTIONS)
    assert {config[0] for _name, config in found} == {"search_path=pg_catalog, public"}


def test_only_the_app_asks_for_a_logins_memberships() -> None:
    assert ask(
        "SELECT a.grantee::regrole::text FROM pg_proc p, aclexplode(p.proacl) a "
        "WHERE p.proname = 'memberships_of_user' AND a.grantee <> p.proowner"
    ) == [("mainstay_app",)]


def test_the_log_refuses_changes_by_trigger_too() -> None:
    held = ask(
        "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger t JOIN pg_proc p "
        "ON p.oid = t.tgfoid WHERE p.proname = 'refuse_change' AND t.tgenabled = 'O' GROUP BY 1"
    )
    append_only = dict(held)
    assert {append_only["tenants_event"], append_only["tenants_seal"]} == {2}


def test_the_kinds_of_wall_are_told_apart(
    as_written: dict[str, dict[str, tuple[Any, ...]]],
) -> None:
    """The comparison above can fail: each kind is worded otherwise."""
    assert len({as_written[k].get("partner_wall") for k in ("vendor", "partner", "staff")}) == 3
