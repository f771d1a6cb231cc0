"""Three roles: what each may do, and who is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from runtime import database, roles
from runtime.postgres import Cluster
from tests.runtime.conftest import PASSWORDS


def connect(cluster: Cluster, role: str, dbname: str = "mainstay") -> Any:
    """A connection of one role that commits each statement."""
    connection = psycopg2.connect(cluster.url(role, PASSWORDS[role], dbname))
    connection.autocommit = True
    return connection


def run(connection: Any, statement: str) -> list[Any]:
    """Run one statement; its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture
def table(own_cluster: Cluster) -> Iterator[str]:
    """A table with row-level security that lets nobody see anything, made by the owner."""
    with closing(connect(own_cluster, roles.OWNER)) as owner:
        run(owner, "CREATE TABLE note (id bigserial PRIMARY KEY, text text)")
        run(owner, "INSERT INTO note (text) VALUES ('seen past the wall only')")
        run(owner, "ALTER TABLE note ENABLE ROW LEVEL SECURITY")
        run(owner, "ALTER TABLE note FORCE ROW LEVEL SECURITY")
        yield "note"
        run(owner, "DROP TABLE note")


def test_provision_may_be_repeated(own_cluster: Cluster) -> None:
    roles.provision(own_cluster.superuser_url(), "mainstay", PASSWORDS)
    with closing(connect(own_cluster, roles.APP)) as app:
        assert run(app, "SELECT current_user::text") == [(roles.APP,)]


def test_provision_brings_a_widened_role_back(own_cluster: Cluster) -> None:
    with closing(psycopg2.connect(own_cluster.superuser_url())) as superuser:
        superuser.autocommit = True
        run(superuser, f"ALTER ROLE {roles.APP} BYPASSRLS CREATEDB")
    roles.provision(own_cluster.superuser_url(), "mainstay", PASSWORDS)
    with closing(connect(own_cluster, roles.APP)) as app:
        found = run(
            app, f"SELECT rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = '{roles.APP}'"
        )
    assert found == [(False, False)]


@pytest.mark.parametrize(("role", "visible"), [(roles.OWNER, 1), (roles.APP, 0), (roles.OPS, 1)])
def test_only_owner_and_ops_pass_the_wall(
    own_cluster: Cluster, table: str, role: str, visible: int
) -> None:
    with closing(connect(own_cluster, role)) as connection:
        assert run(connection, f"SELECT count(*) FROM {table}") == [(visible,)]


@pytest.mark.parametrize("role", [roles.APP, roles.OPS])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE note DISABLE ROW LEVEL SECURITY",
        "DROP TABLE note",
        "TRUNCATE note",
        "CREATE POLICY open ON note USING (true)",
        "CREATE ROLE another",
        "CREATE SCHEMA mine",
        f"SET ROLE {roles.OWNER}",
    ],
)
def test_serving_roles_change_no_structure(
    own_cluster: Cluster, table: str, role: str, statement: str
) -> None:
    with (
        closing(connect(own_cluster, role)) as connection,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        run(connection, statement)


def test_functions_are_not_for_everybody(own_cluster: Cluster) -> None:
    with closing(connect(own_cluster, roles.OWNER)) as owner:
        run(owner, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        found = run(
            owner,
            "SELECT has_function_privilege(r, 'f()', 'EXECUTE') FROM unnest("
            f"ARRAY['{roles.APP}', '{roles.OPS}', 'public']) r",
        )
        run(owner, "DROP FUNCTION f()")
    assert found == [(True,), (True,), (False,)]


def test_roles_have_their_time_outs(own_cluster: Cluster) -> None:
    found = {}
    for role in roles.ROLES:
        with closing(connect(own_cluster, role)) as connection:
            found[role] = run(
                connection,
                "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),"
                " current_setting('idle_in_transaction_session_timeout')",
            )[0]
    assert found == {
        roles.OWNER: ("0", "3s", "0"),
        roles.APP: ("15s", "0", "1min"),
        roles.OPS: ("10min", "0", "10min"),
    }


def test_guard_lets_the_app_role_in(own_cluster: Cluster, table: str) -> None:
    with closing(connect(own_cluster, roles.APP)) as app:
        roles.refuse_privileged(app)


@pytest.mark.parametrize("role", [roles.OWNER, roles.OPS])
def test_guard_refuses_who_passes_the_walls(own_cluster: Cluster, role: str) -> None:
    with (
        closing(connect(own_cluster, role)) as connection,
        pytest.raises(SystemExit, match=r"BYPASSRLS.*Set DATABASE_URL to the role mainstay_app"),
    ):
        roles.refuse_privileged(connection)


def test_guard_refuses_a_superuser(own_cluster: Cluster) -> None:
    with (
        closing(psycopg2.connect(own_cluster.superuser_url("mainstay"))) as connection,
        pytest.raises(SystemExit, match="is a superuser"),
    ):
        roles.refuse_privileged(connection)


@pytest.fixture
def admin(own_cluster: Cluster) -> Iterator[str]:
    """A login that may make roles and databases without being a superuser."""
    with closing(psycopg2.connect(own_cluster.superuser_url())) as superuser:
        superuser.autocommit = True
        run(superuser, "CREATE ROLE admin LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD 'a'")
        for role in roles.ROLES:
            run(superuser, f"GRANT {role} TO admin WITH ADMIN OPTION")
        yield own_cluster.url("admin", "a", "elsewhere")
        run(superuser, "DROP DATABASE IF EXISTS elsewhere")
        run(superuser, "DROP OWNED BY admin; DROP ROLE admin")


def test_guard_refuses_a_member_of_a_privileged_role(own_cluster: Cluster, admin: str) -> None:
    with closing(psycopg2.connect(own_cluster.superuser_url())) as superuser:
        superuser.autocommit = True
        run(superuser, f"CREATE ROLE sly LOGIN PASSWORD 's' IN ROLE {roles.OWNER}")
        try:
            with (
                closing(psycopg2.connect(own_cluster.url("sly", "s", "postgres"))) as connection,
                pytest.raises(SystemExit, match="mainstay_owner passes row-level security"),
            ):
                roles.refuse_privileged(connection)
        finally:
            run(superuser, "DROP ROLE sly")


def test_given_admin_address_gets_the_roles_made(
    own_cluster: Cluster, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("DATABASE_OPS_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("DATABASE_URL", admin.replace("/elsewhere", "/postgres"))
    monkeypatch.setattr(database.roles, "database_name", lambda url: "elsewhere")
    made = database.addresses(None, PASSWORDS)
    with closing(psycopg2.connect(made["DATABASE_URL"])) as app:
        found = run(app, "SELECT current_user::text, current_database()::text")
    assert found == [(roles.APP, "elsewhere")]


def test_given_ordinary_address_is_refused_naming_the_three(
    own_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("DATABASE_OPS_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(key, raising=False)
    address = own_cluster.url(roles.APP, PASSWORDS[roles.APP], "mainstay")
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(
        roles.RoleError, match=r"Missing: DATABASE_OPS_URL, DATABASE_OWNER_URL\. Give three"
    ):
        database.addresses(None, PASSWORDS)


def test_three_given_addresses_are_used_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {key: f"postgresql://{key}@db/mainstay" for key in database.DATABASE_KEYS}
    for key, value in given.items():
        monkeypatch.setenv(key, value)
    assert database.addresses(None, {}) == given


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://a@db/partners", "partners"),
        ("postgresql://a@db/postgres", "mainstay"),
        ("postgresql://a@db", "mainstay"),
    ],
)
def test_database_name_comes_from_the_address(url: str, name: str) -> None:
    assert roles.database_name(url) == name


def test_login_of_an_address_is_replaced_and_quoted() -> None:
    found = roles.with_login("postgresql://a:b@db:5/x?sslmode=require", "r", "p@/w", "y")
    assert found == "postgresql://r:p%40%2Fw@db:5/y?sslmode=require"
