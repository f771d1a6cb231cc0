"""`manage.py up` with real processes: started, watched, and gone again without a trace."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.bootstrap import HEARTBEAT_FILE, cluster_folder
from runtime.services import touched
from tests.runtime.checkout import Checkout, eventually

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One running installation in a folder that only its owner can enter."""
    folder = tmp_path_factory.mktemp("running")
    folder.chmod(0o700)
    made = Checkout(folder)
    try:
        made.up()
        yield made
    finally:
        made.remove()


def environment_of(pid: int) -> set[str]:
    """The names of a process's variables."""
    entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return {entry.partition(b"=")[0].decode() for entry in entries}


def test_web_serves_as_the_app_role(running: Checkout) -> None:
    assert running.health()["role"] == "mainstay_app"


def test_sign_ins_are_printed(running: Checkout) -> None:
    assert "ada@example.com signs in" in running.said()


@pytest.mark.parametrize(
    ("words", "addresses"),
    [
        (("granian",), {"DATABASE_URL"}),
        (("celery", "worker"), {"DATABASE_URL", "DATABASE_OPS_URL"}),
        (("celery", "beat"), set()),
    ],
)
def test_child_gets_only_the_addresses_it_needs(
    running: Checkout, words: tuple[str, ...], addresses: set[str]
) -> None:
    names = environment_of(running.pid_of(*words))
    assert {name for name in names if name.startswith("DATABASE_")} == addresses


def test_heartbeat_goes_round_through_beat_broker_and_worker(running: Checkout) -> None:
    file = running.home / HEARTBEAT_FILE
    before = touched(file)
    assert eventually(lambda: touched(file) > before)


def test_second_instance_is_refused_naming_the_first(running: Checkout) -> None:
    second = running.command("up")
    first = running.running[0].pid
    assert second.returncode == 1
    assert f"already runs with its state in {running.home} (process {first})" in second.stderr


def test_clean_is_refused_while_running(running: Checkout) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "runtime.clean"],
        cwd=running.folder,
        env=running.environment(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "Stop it with Ctrl-C" in done.stderr) == (1, True)
    assert (running.home / "secrets.json").exists()


def test_command_in_a_second_terminal_finds_the_database(running: Checkout) -> None:
    done = running.command("migrate", "--database", "owner")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "words", [("granian",), ("celery", "worker"), ("celery", "beat"), ("redis-server",)]
)
def test_killed_child_comes_back(running: Checkout, words: tuple[str, ...]) -> None:
    try:
        killed = running.pid_of(*words)
    except ValueError:
        pytest.skip("this machine has no redis-server")
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: running.healthy_again(words, killed))


def test_killed_postgresql_comes_back_with_its_data(running: Checkout) -> None:
    killed = running.pid_of("bin/postgres")
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: running.healthy_again(("bin/postgres",), killed))


def test_stop_leaves_nothing_and_the_second_start_keeps_the_data(checkout: Checkout) -> None:
    first = checkout.up()
    first.send_signal(signal.SIGTERM)
    assert (first.wait(30), checkout.processes()) == (0, {})
    secrets = (checkout.home / "secrets.json").read_text()
    second = checkout.up()
    assert "started, data kept" in checkout.said()
    assert "already loaded" in checkout.said()
    assert (checkout.home / "secrets.json").read_text() == secrets
    second.send_signal(signal.SIGINT)
    assert (second.wait(30), checkout.processes()) == (0, {})


@pytest.mark.parametrize("how", ["Ctrl-C in the terminal", "SIGTERM to make"])
def test_make_run_ends_without_a_trace(checkout: Checkout, how: str) -> None:
    made = checkout.up("make", "run", f"PYTHON={sys.executable}")
    if how == "SIGTERM to make":
        made.send_signal(signal.SIGTERM)
    else:
        os.killpg(made.pid, signal.SIGINT)  # a terminal signals everybody in the foreground
    made.wait(30)
    assert eventually(lambda: checkout.processes() == {}), checkout.processes()
    assert "Stopped." in checkout.said()


def test_sign_ins_come_before_the_worker(running: Checkout) -> None:
    said = running.said()
    assert 0 < said.index("ada@example.com") < said.index("worker  ")


def test_killed_supervisor_leaves_no_process(checkout: Checkout) -> None:
    started = checkout.up()
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert eventually(lambda: checkout.processes() == {}), checkout.processes()


def test_stuck_worker_is_restarted(checkout: Checkout) -> None:
    checkout.up(MAINSTAY_HEARTBEAT_STALE="4")
    stuck = checkout.pid_of("celery", "worker")
    os.kill(stuck, signal.SIGSTOP)
    assert eventually(lambda: "worker gives no sign of life" in checkout.said(), 30)
    assert eventually(lambda: checkout.pid_of("celery", "worker") != stuck, 30)


def test_without_a_redis_server_the_messages_go_through_files(checkout: Checkout) -> None:
    checkout.up(PATH=str(Path(sys.executable).parent))
    file = checkout.home / HEARTBEAT_FILE
    before = touched(file)
    assert "files (no redis-server found)" in checkout.said()
    assert eventually(lambda: touched(file) > before)


def test_port_in_use_is_refused_with_the_remedy(checkout: Checkout) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", checkout.port))
        other.listen()
        done = checkout.command("up")
    assert (done.returncode, f"Port {checkout.port} is in use" in done.stderr) == (1, True)
    assert "make run PORT=" in done.stderr
    assert checkout.processes() == {}


def test_data_of_root_lies_outside_of_the_private_checkout(running: Checkout) -> None:
    inside = cluster_folder(running.home).is_relative_to(running.folder)
    assert inside == (os.geteuid() != 0)
