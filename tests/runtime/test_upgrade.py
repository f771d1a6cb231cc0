"""Data of PostgreSQL 16, whose programs the wheel still brings, moved to the present version."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from runtime import bootstrap, postgres, process, roles, upgrade
from runtime.postgres import PASSWORD_FILE, Cluster, ClusterError
from tests.runtime.checkout import Checkout
from tests.runtime.conftest import PASSWORDS

OLD = 16
SCHEMA = """
CREATE TABLE partner (vendor_id bigint, name text);
INSERT INTO partner VALUES (1, 'Zoë'), (2, 'Ärger'), (2, 'Straße');
ALTER TABLE partner ENABLE ROW LEVEL SECURITY;
CREATE POLICY wall ON partner
    USING (vendor_id = nullif(current_setting('app.vendor_id', true), '')::bigint);
"""


@pytest.fixture(scope="module")
def programs() -> Path:
    """Where the programs of PostgreSQL 16 are, for the account that runs the server."""
    return upgrade._programs(OLD, None)


def make_old_data(folder: Path, programs: Path, passwords: dict[str, str]) -> None:
    """A data folder of the old version with a table behind a wall."""
    server = Cluster(folder, programs=programs)
    server._make_folder(folder)
    password = folder / PASSWORD_FILE
    bootstrap.write_private(password, "old secret\n")
    server._own(password)
    subprocess.run(
        [programs / "initdb", "-D", server.data, "-U", "postgres", "--pwfile", password,
         "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync"],
        cwd="/", check=True, capture_output=True,
        user=server.account and server.account.pw_uid,
        group=server.account and server.account.pw_gid,
    )  # fmt: skip
    server.start()
    try:
        roles.provision(server.superuser_url(), "mainstay", passwords)
        ask(server.url(roles.OWNER, passwords[roles.OWNER], "mainstay"), SCHEMA)
    finally:
        server.stop()


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    """All rows that the server answers to the last statement, if any."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(question)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def folder(reachable: Path, programs: Path) -> Path:
    made = reachable / "cluster"
    make_old_data(made, programs, PASSWORDS)
    return made


@pytest.fixture
def asked(folder: Path) -> Iterator[Callable[[str], list[tuple[object, ...]]]]:
    """What the upgraded server answers to the app role."""
    servers = []

    def ask_app(question: str) -> list[tuple[object, ...]]:
        if not servers:
            servers.append(Cluster(folder))
            servers[0].start()
        url = servers[0].url(roles.APP, PASSWORDS[roles.APP], "mainstay")
        return ask(url, question)

    yield ask_app
    for server in servers:
        server.stop()


def version(data: Path) -> str:
    return (data / "PG_VERSION").read_text().strip()


def test_rows_and_walls_are_moved_and_the_old_folder_is_kept(
    folder: Path, asked: Callable[[str], list[tuple[object, ...]]]
) -> None:
    kept = upgrade.upgrade(folder, PASSWORDS)
    assert (kept, version(kept), version(folder / "data")) == (
        folder / "data-16", "16", str(postgres.MAJOR),
    )  # fmt: skip
    assert asked("SELECT name FROM partner") == []
    mine = asked("SET app.vendor_id = '2'; SELECT name FROM partner ORDER BY name")
    assert mine == [("Straße",), ("Ärger",)]
    assert not (folder / "upgrading").exists()


def test_upgrade_that_fails_leaves_the_data_as_it_was(folder: Path, programs: Path) -> None:
    old = Cluster(folder, programs=programs)
    old.start()
    ask(old.superuser_url("mainstay"), "CREATE ROLE stranger; CREATE TABLE theirs ()")
    ask(old.superuser_url("mainstay"), "ALTER TABLE theirs OWNER TO stranger")
    old.stop()
    with pytest.raises(ClusterError, match='role "stranger" does not exist'):
        upgrade.upgrade(folder, PASSWORDS)
    assert (version(folder / "data"), (folder / "data-16").exists()) == ("16", False)
    old.start()
    assert ask(old.superuser_url("mainstay"), "SELECT count(*) FROM partner") == [(3,)]
    old.stop()


@pytest.mark.parametrize(
    ("found", "old_bin", "said"),
    [
        (str(postgres.MAJOR), None, "already. Nothing was changed"),
        ("15", None, "manage.py db upgrade --old-bin DIR"),
        ("15", "/nowhere", "/nowhere holds no postgres that runs here"),
        ("15", "16", "is PostgreSQL 16; the data was made by PostgreSQL 15"),
    ],
)
def test_what_cannot_be_moved_is_refused_with_the_reason(
    tmp_path: Path, programs: Path, found: str, old_bin: str | None, said: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text(found)
    given = {None: None, "16": programs}.get(old_bin, Path("/nowhere"))
    with pytest.raises(ClusterError, match=said.replace(".", r"\.")):
        upgrade.upgrade(tmp_path, PASSWORDS, given)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_start_makes_no_empty_data_beside_data_put_aside(reachable: Path) -> None:
    (reachable / "data-16").mkdir()
    with pytest.raises(ClusterError, match=r"data is missing\. Rename .*data-16 to it"):
        Cluster(reachable).prepare()
    assert not (reachable / "data").exists()


@pytest.mark.slow
def test_command_then_start_keeps_the_data(checkout: Checkout, programs: Path) -> None:
    checkout.home.mkdir()
    secrets = bootstrap.load_secrets(checkout.home, roles.ROLES)
    make_old_data(bootstrap.cluster_folder(checkout.home), programs, secrets)
    refused = checkout.command("up")
    assert (refused.returncode, "manage.py db upgrade" in refused.stderr) == (1, True)
    done = checkout.command("db", "upgrade")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The data is PostgreSQL 18 now" in done.stdout
    running = checkout.up()
    assert "started, data kept" in checkout.said()
    busy = checkout.command("db", "upgrade")
    assert f"already runs with its state in {checkout.home} (process {running.pid})" in busy.stderr
    assert process.is_alive(running.pid)
