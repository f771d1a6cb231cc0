"""The suite's database: a throw-away PostgreSQL per process, migrated once, cloned where needed.

Ordinary tests run inside a transaction as ``mainstay_app``, the role that serves people, so the
walls stand in every test. Tests that need commits, several connections or sweeps (which run as
``mainstay_ops`` and see only what is committed) ask for ``committed_db``: a clone of their own.
"""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import hypothesis
import psycopg2
import pytest
from django.conf import settings
from django.db import connections

from runtime.postgres import Cluster
from runtime.roles import provision
from tests.action_audit import proves_its_event
from tests.kept import start_migrated
from tests.workers import ByFolder, place

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
PASSWORDS = dict.fromkeys(("mainstay_owner", "mainstay_app", "mainstay_ops"), "test")
TEMPLATE = "test_template"
_clone_number = itertools.count(1)
_in_use: list[Cluster] = []


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "slow: left out of make test-fast",
        "browser: drives a real Chromium",
        "no_action_audit: writes through actions without the proof that each leaves an event",
    ):
        config.addinivalue_line("markers", line)
    # Hashing that is slow on purpose would be most of the suite's time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Files that tests hand in are gone with their process.
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}
    # Else every test client reads the headers of all static files before its first page.
    settings.WHITENOISE_AUTOREFRESH = True
    # The same examples in every run: what a property finds anew is looked for at leisure
    # (HYPOTHESIS_PROFILE=search), not by somebody whose change it is not.
    hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
    hypothesis.settings.register_profile("search", deadline=None, max_examples=1_000)
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
    # What is imported stays, so the collector need not walk it again and again.
    gc.freeze()
    gc.set_threshold(100_000, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    return ByFolder(config, log)


@pytest.fixture(scope="session")
def cluster(django_db_blocker: Any) -> Iterator[Cluster]:
    """A PostgreSQL of this process's own, with the migrated template; removed at the end."""
    server = Cluster(throwaway=True, in_memory=True)
    try:
        with django_db_blocker.unblock():
            start_migrated(server, lambda: prepare_database(server))
        yield server
    finally:
        server.stop()


def point_at(cluster: Cluster, name: str) -> None:
    """Repoint Django's connections, existing and future, at one database of the cluster."""
    from config.settings import database

    assert name.startswith("test_"), name
    connections.close_all()
    for alias, role in (
        ("default", "mainstay_app"),
        ("ops", "mainstay_ops"),
        ("owner", "mainstay_owner"),
    ):
        entry = database(cluster.url(role, PASSWORDS[role], name))
        if alias not in connections.databases:
            connections.databases[alias] = connections.configure_settings({"default": dict(entry)})[
                "default"
            ]
        held = connections.databases[alias]
        held.update({k: entry[k] for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
        held["CONN_MAX_AGE"] = 0
        if alias == "owner":
            held["OPTIONS"] = dict(entry["OPTIONS"])  # no wall-carrying cursor


def run_as_superuser(cluster: Cluster, *statements: str) -> None:
    connection = psycopg2.connect(cluster.superuser_url("postgres"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def clone(cluster: Cluster, template: str = TEMPLATE) -> str:
    name = f"test_{os.getpid()}_{next(_clone_number)}"
    run_as_superuser(
        cluster,
        # By files: block by block, through the log, costs a clone several times as much.
        f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY OWNER mainstay_owner',
        f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO mainstay_app, mainstay_ops',
    )
    return name


def prepare_database(cluster: Cluster) -> None:
    """A migrated database with every connection pointed at it, outside pytest (pictures)."""
    from django.core.management import call_command

    provision(cluster.superuser_url("postgres"), TEMPLATE, PASSWORDS)
    point_at(cluster, TEMPLATE)
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    connections.close_all()


@pytest.fixture(scope="session")
def django_db_setup(cluster: Cluster, django_db_blocker: Any) -> Iterator[None]:
    """Replaces pytest-django's: clone the template and point every connection at the clone."""
    name = clone(cluster)
    with django_db_blocker.unblock():
        point_at(cluster, name)
    cluster.main_database = name  # type: ignore[attr-defined]
    _in_use.append(cluster)
    yield
    _in_use.clear()
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(autouse=True, scope="module")
def without_dead_rows() -> Iterator[None]:
    """What tests roll back stays in the tables as dead rows, and nothing else takes them away: by
    the end of the suite a page of the admin would read through them for a minute."""
    yield
    for cluster in _in_use:
        address = cluster.superuser_url(cluster.main_database)  # type: ignore[attr-defined]
        with closing(psycopg2.connect(address)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("SELECT relname FROM pg_stat_user_tables WHERE n_dead_tup > 1000")
            for (table,) in cursor.fetchall():
                cursor.execute(f'VACUUM "{table}"')


@contextmanager
def own_clone(cluster: Cluster, template: str = TEMPLATE, *, keep: bool = False) -> Iterator[str]:
    """Point everything at a fresh clone for the block, then back; kept, to be a template itself."""
    from tenants import directory

    name = clone(cluster, template)
    directory.forget()
    point_at(cluster, name)
    try:
        yield name
    finally:
        directory.forget()
        point_at(cluster, cluster.main_database)  # type: ignore[attr-defined]
        if not keep:
            run_as_superuser(cluster, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def committed_db(
    request: pytest.FixtureRequest,
    cluster: Cluster,
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[str]:
    """A database of this test's own in which commits are real. Do not mark it ``django_db``."""
    with django_db_blocker.unblock(), own_clone(cluster) as name:
        yield name


@pytest.fixture(autouse=True)
def fresh_process_memory() -> None:
    """Nothing remembered per process (hosts, programs) outlives a test."""
    from django.core.cache import cache

    from tenants import directory

    directory.forget()
    cache.clear()


@pytest.fixture(autouse=True)
def every_action_leaves_an_event(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An action that wrote to a vendor's table without an event fails the test that ran it."""
    if request.node.get_closest_marker("no_action_audit") is None:
        monkeypatch.setattr("tenants.writing.outermost_action", proves_its_event)
