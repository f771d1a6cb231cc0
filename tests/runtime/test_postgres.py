"""The embedded server: private, password-protected, and gone with whoever started it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from runtime import postgres, process
from runtime.postgres import SOCKET_NAME, SOCKET_PATH_LIMIT, Cluster, ClusterError
from tests.runtime.checkout import REAL, eventually

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts it as another user")


def ask(url: str, question: str) -> object:
    """The first value that the server answers."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(question)
        return cursor.fetchone()[0]


def test_server_listens_on_its_socket_only(own_cluster: Cluster) -> None:
    assert ask(own_cluster.superuser_url(), "SHOW listen_addresses") == ""


def test_server_sorts_by_code_point_in_unicode(own_cluster: Cluster) -> None:
    found = ask(
        own_cluster.superuser_url(),
        "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'template1'",
    )
    assert found == "bC.UTF-8"


def test_server_refuses_a_wrong_password(own_cluster: Cluster) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(own_cluster.url("postgres", "guess", "postgres"))


def test_socket_folder_and_password_are_private(own_cluster: Cluster) -> None:
    modes = [
        path.stat().st_mode & 0o777
        for path in (own_cluster.folder, own_cluster.socket_folder, own_cluster.password_file)
    ]
    assert modes == [0o700, 0o700, 0o600]


@root_only
def test_server_of_root_runs_as_another_user(own_cluster: Cluster) -> None:
    assert own_cluster.process is not None
    assert Path(f"/proc/{own_cluster.process.pid}").stat().st_uid != 0


@root_only
def test_unknown_run_user_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAINSTAY_RUN_USER", "nobody-of-that-name")
    with pytest.raises(ClusterError, match="Set MAINSTAY_RUN_USER to an ordinary user"):
        Cluster(throwaway=True)


def test_throwaway_server_leaves_nothing() -> None:
    server = Cluster(throwaway=True)
    server.start()
    assert server.process is not None
    pid, folder = server.process.pid, server.folder
    server.stop()
    assert (process.is_alive(pid), folder.exists()) == (False, False)


def test_data_survives_a_restart(reachable: Path) -> None:
    first = Cluster(reachable / "kept")
    first.start()
    ask(first.superuser_url(), "CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1")
    first.stop()
    second = Cluster(reachable / "kept")
    second.start()
    try:
        found = (second.created, ask(second.superuser_url(), "SELECT answer FROM kept"))
        assert (first.created, *found) == (True, False, 42)
    finally:
        second.stop()


def test_long_path_gets_its_socket_elsewhere(reachable: Path) -> None:
    server = Cluster(reachable / ("long" * 30), throwaway=True)
    server.start()
    try:
        assert len(str(server.folder / "socket" / SOCKET_NAME)) > SOCKET_PATH_LIMIT
        assert len(str(server.socket_folder / SOCKET_NAME)) <= SOCKET_PATH_LIMIT
        assert ask(server.superuser_url(), "SELECT 1") == 1
    finally:
        server.stop()
        shutil.rmtree(server.socket_folder)


def test_socket_folder_of_a_stranger_is_refused(
    reachable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = reachable / "trap"
    trap.mkdir(mode=0o777)
    trap.chmod(0o777)
    monkeypatch.setattr(postgres, "short_socket_folder", lambda folder: trap)
    with pytest.raises(ClusterError, match="belongs to someone else"):
        Cluster(reachable / ("long" * 30), throwaway=True).prepare()


def test_data_of_another_major_version_is_refused_with_the_remedy(reachable: Path) -> None:
    server = Cluster(reachable / "old", throwaway=True)
    server.prepare()
    (server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(ClusterError, match=r"made by PostgreSQL 16.*db upgrade.*make clean"):
        Cluster(reachable / "old", throwaway=True).prepare()


def test_second_server_on_the_same_data_is_refused(
    reachable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "OTHER_SERVER_SECONDS", 0.2)
    first = Cluster(reachable / "one", throwaway=True)
    first.start()
    try:
        with pytest.raises(ClusterError, match="Another PostgreSQL server uses"):
            Cluster(reachable / "one", throwaway=True).start()
    finally:
        first.stop()


@root_only
def test_wheel_in_a_private_folder_is_copied_to_where_the_server_can_run_it(
    tmp_path: Path, reachable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = postgres.package_folder()
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    install = f"pginstall{postgres.MAJOR}"
    shutil.copytree(wheel / install, private / wheel.name / install, symlinks=True)
    libraries = f"{wheel.name}.libs"
    shutil.copytree(wheel.parent / libraries, private / libraries)
    monkeypatch.setattr(postgres, "package_folder", lambda: private / wheel.name)
    monkeypatch.setattr(postgres, "SYSTEM_FOLDER", reachable)
    server = Cluster(reachable / "data", throwaway=True)
    server.start()
    try:
        assert ask(server.superuser_url(), "SELECT 1") == 1
        assert [path.name for path in reachable.glob("pg-*")] == ["pg-0.6.0"]
    finally:
        server.stop()


def test_server_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    program = (
        "import time\nfrom runtime.postgres import Cluster\n"
        "server = Cluster(throwaway=True)\nserver.start()\n"
        "print(server.process.pid, server.folder, flush=True)\ntime.sleep(60)\n"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program], cwd=REAL, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    pid, folder = starter.stdout.readline().split()
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    try:
        assert eventually(lambda: not process.is_alive(int(pid)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
