"""The three roles of the database, and the guard that refuses the wrong one.

`mainstay_owner` owns the schema (DDL, data migrations, dumps), `mainstay_app` serves people,
`mainstay_ops` sweeps over all vendors. Only the owner owns anything; only the owner and ops
pass row-level security.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import encrypt_password

OWNER = "mainstay_owner"
APP = "mainstay_app"
OPS = "mainstay_ops"
ROLES = (OWNER, APP, OPS)

ATTRIBUTES = {
    OWNER: "LOGIN NOCREATEDB NOCREATEROLE BYPASSRLS",
    APP: "LOGIN NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    OPS: "LOGIN NOCREATEDB NOCREATEROLE BYPASSRLS",
}

# A page that takes longer is broken; a sweep may work; a migration must not queue behind
# a long reader while everything else queues behind it.
TIMEOUTS = {
    OWNER: {"lock_timeout": "3s"},
    APP: {"statement_timeout": "15s", "idle_in_transaction_session_timeout": "60s"},
    OPS: {"statement_timeout": "10min", "idle_in_transaction_session_timeout": "10min"},
}

THREE_ADDRESSES = (
    "Give three addresses instead: DATABASE_URL (role mainstay_app), DATABASE_OPS_URL "
    "(role mainstay_ops) and DATABASE_OWNER_URL (role mainstay_owner, for migrations only)."
)


class RoleError(RuntimeError):
    """The roles cannot be made or must not be used; the text names the remedy."""


def with_login(url: str, role: str, password: str, database: str) -> str:
    """The same server and options, another login and database."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        (
            "postgresql",
            f"{quote(role, safe='')}:{quote(password, safe='')}@{place}",
            f"/{quote(database, safe='')}",
            urlencode(parse_qsl(parts.query), safe="/"),
            "",
        )
    )


def database_name(url: str) -> str:
    """The database an address names; `mainstay` where it names none or a maintenance one."""
    name = unquote(urlsplit(url).path.lstrip("/"))
    return name if name not in {"", "postgres", "template1"} else "mainstay"


def _in_database(dsn: str, database: str) -> str:
    parts = urlsplit(dsn)
    return urlunsplit((parts.scheme, parts.netloc, f"/{quote(database, safe='')}", parts.query, ""))


def provision(superuser_dsn: str, database: str, passwords: Mapping[str, str]) -> None:
    """Make the database and its three roles, or bring them back to what they must be.

    `passwords` is keyed by role name. May be repeated at every start. Raises RoleError when
    the login may not do it.
    """
    try:
        with closing(_connect(superuser_dsn)) as connection, connection.cursor() as cursor:
            superuser = _is_superuser(cursor)
            for role in ROLES:
                verifier = encrypt_password(passwords[role], role, connection)
                _make_role(cursor, role, verifier, superuser=superuser)
            _make_database(cursor, database, superuser=superuser)
        in_database = _in_database(superuser_dsn, database)
        with closing(_connect(in_database)) as connection, connection.cursor() as cursor:
            _grant(cursor, database)
    except psycopg2.Error as error:
        reason = f"The roles cannot be made: {error}".strip()
        raise RoleError(f"{reason}\n{THREE_ADDRESSES}") from None


def _connect(dsn: str) -> Any:
    connection = psycopg2.connect(dsn, connect_timeout=10)
    connection.autocommit = True
    return connection


def _is_superuser(cursor: Any) -> bool:
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    return bool(cursor.fetchone()[0])


def _make_role(cursor: Any, role: str, verifier: str, *, superuser: bool) -> None:
    # The verifier, not the password, is sent: a statement log cannot give it away. Only a
    # superuser may mention SUPERUSER, and only a superuser could have given it.
    attributes = f"{ATTRIBUTES[role]} NOSUPERUSER" if superuser else ATTRIBUTES[role]
    name = sql.Identifier(role)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    verb = "ALTER" if cursor.fetchone() else "CREATE"
    cursor.execute(
        sql.SQL("{} ROLE {} {} PASSWORD {}").format(
            sql.SQL(verb), name, sql.SQL(attributes), sql.Literal(verifier)
        )
    )
    for setting, value in TIMEOUTS[role].items():
        cursor.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                name, sql.Identifier(setting), sql.Literal(value)
            )
        )


def _make_database(cursor: Any, database: str, *, superuser: bool) -> None:
    owner = sql.Identifier(OWNER)
    if not superuser:
        # Giving something to a role takes membership of it; a superuser has it already.
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
    verb = "ALTER DATABASE {} OWNER TO {}" if cursor.fetchone() else "CREATE DATABASE {} OWNER {}"
    cursor.execute(sql.SQL(verb).format(sql.Identifier(database), owner))


GRANTS = """
ALTER SCHEMA public OWNER TO {owner};
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}, {ops};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {app}, {ops};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} 
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}, {ops};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {app}, {ops};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT EXECUTE ON FUNCTIONS TO {app}, {ops};
"""


def _grant(cursor: Any, database: str) -> None:
    # Default privileges only: what a migration took away again (events, partitions) stays away.
    names = {"database": database, "owner": OWNER, "app": APP, "ops": OPS}
    identifiers = {key: sql.Identifier(value) for key, value in names.items()}
    cursor.execute(sql.SQL(GRANTS).format(**identifiers))


def may_provision(dsn: str) -> bool:
    """Whether this login may create roles and databases."""
    with closing(_connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR (rolcreaterole AND rolcreatedb AND rolbypassrls)"
            " FROM pg_roles WHERE rolname = current_user"
        )
        return bool(cursor.fetchone()[0])


# Every role this session is or could become by SET ROLE: a superuser could become any.
PRIVILEGES = """
SELECT r.rolname, r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')
                 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema')
FROM pg_roles r
WHERE pg_has_role(session_user, r.oid, 'MEMBER')
ORDER BY r.rolname = session_user DESC, r.rolname
"""


def refuse_privileged(connection: Any) -> None:
    """Stop the process when its login is a superuser, passes row-level security or owns
    tables: the walls between vendors would not hold for it."""
    with connection.cursor() as cursor:
        cursor.execute(PRIVILEGES)
        for role, superuser, bypass, owner in cursor.fetchall():
            if reason := _reason(superuser, bypass, owner):
                raise SystemExit(
                    f"Refusing to start: the database role {role} {reason}, so the walls between "
                    f"vendors would not hold. Set DATABASE_URL to the role {APP}."
                )


def _reason(superuser: bool, bypass: bool, owner: bool) -> str:
    if superuser:
        return "is a superuser"
    if bypass:
        return "passes row-level security (BYPASSRLS)"
    return "owns tables" if owner else ""
