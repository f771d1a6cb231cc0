"""Which database is used, and by which of the three addresses."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg2

from . import roles
from .bootstrap import (
    APP_KEY,
    DATABASE_KEYS,
    GIVEN_KEY,
    OPS_KEY,
    OWNER_KEY,
    cluster_folder,
    digest,
)
from .postgres import Cluster

NAME = "mainstay"
ROLE_KEYS = {roles.APP: APP_KEY, roles.OPS: OPS_KEY, roles.OWNER: OWNER_KEY}


def embedded_cluster(home: Path) -> Cluster | None:
    """Our own server, unless DATABASE_URL names another."""
    return None if os.environ.get(APP_KEY) else Cluster(cluster_folder(home))


def addresses(cluster: Cluster | None, passwords: Mapping[str, str]) -> dict[str, str]:
    """The three addresses: made in our own server, as given, or made by the login given.

    Raises RoleError, naming the three addresses to give, when neither is possible.
    """
    if cluster is not None:
        roles.provision(cluster.superuser_url(), NAME, passwords)
        return {key: cluster.url(role, passwords[role], NAME) for role, key in ROLE_KEYS.items()}
    given = {key: os.environ[key] for key in DATABASE_KEYS if os.environ.get(key)}
    if len(given) == len(DATABASE_KEYS):
        return given
    if OWNER_KEY in given or not _may_provision(given[APP_KEY]):
        missing = ", ".join(key for key in DATABASE_KEYS if key not in given)
        raise roles.RoleError(f"Missing: {missing}. {roles.THREE_ADDRESSES}")
    admin = given[APP_KEY]
    name = roles.database_name(admin)
    roles.provision(admin, name, passwords)
    made = {
        key: roles.with_login(admin, role, passwords[role], name) for role, key in ROLE_KEYS.items()
    }
    return made | {GIVEN_KEY: digest(admin)}


def _may_provision(dsn: str) -> bool:
    try:
        return roles.may_provision(dsn)
    except psycopg2.OperationalError as error:
        raise roles.RoleError(f"DATABASE_URL does not answer: {error}".strip()) from None


def identity(url: str) -> str:
    """Which database this is, without its password: for marks like "demo loaded"."""
    place = url.rpartition("@")[2]
    return digest(place)


def applied_migrations(url: str) -> int | None:
    """How many migrations the database has seen; None for an empty one."""
    with closing(psycopg2.connect(url, connect_timeout=10)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT to_regclass('public.django_migrations')")
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute("SELECT count(*) FROM django_migrations")
        return int(cursor.fetchone()[0])
