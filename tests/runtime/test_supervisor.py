"""Keeping children alive, without the product: small programs stand in for the services."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from runtime import process, supervisor
from runtime.supervisor import Child, ChildFailed, Supervisor

SLEEP = "import time; time.sleep(60)"
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('deaf', flush=True); time.sleep(60)"
)


def child(tmp_path: Path, program: str, **options: object) -> Child:
    """A child that runs a line of Python."""
    log = tmp_path / "child.log"

    def spawn() -> process.Process:
        return process.start([sys.executable, "-c", program], env=dict(os.environ), log=log)

    return Child("child", spawn, lambda: True, log, **options)  # type: ignore[arg-type]


def test_child_that_ends_at_once_shows_the_end_of_its_log(tmp_path: Path) -> None:
    made = child(tmp_path, "raise SystemExit('the reason')")
    made.ready = lambda: False
    made.start()
    with pytest.raises(ChildFailed, match=r"child ended at once(.|\n)*the reason"):
        made.wait_ready()


def test_child_that_never_becomes_ready_is_reported(tmp_path: Path) -> None:
    made = child(tmp_path, SLEEP, ready_seconds=0.2)
    made.ready = lambda: False
    made.start()
    with pytest.raises(ChildFailed, match="did not become ready"):
        made.wait_ready()
    made.end()


def test_first_restart_is_at_once_and_later_ones_wait_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    watch = Supervisor(said.append)
    clock = [0.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: clock[0])
    made = child(tmp_path, "raise SystemExit(3)")
    watch.add(made)
    for _ in range(4):
        assert made.process is not None
        made.process.wait()
        watch._look_after(made)
        clock[0] = made.due
        watch._look_after(made)
    waits = [line.split("starting it again ")[1].split(".")[0] for line in said]
    assert waits == ["now", "in 1 s", "in 2 s", "in 4 s"]
    assert said[0].startswith("child ended (exit code 3)")


def test_pause_has_an_upper_limit(tmp_path: Path) -> None:
    watch = Supervisor(lambda line: None)
    made = child(tmp_path, SLEEP)
    watch.add(made)
    made.failures = 50
    watch._note_end(made, "ended")
    assert made.due - supervisor.time.monotonic() <= supervisor.LONGEST_PAUSE


def test_stop_ends_a_child_that_does_not_listen(tmp_path: Path) -> None:
    watch = Supervisor(lambda line: None)
    made = child(tmp_path, DEAF, stop_signals=((signal.SIGTERM, 0.2),))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    watch.add(made)
    assert process.wait_until(lambda: "deaf" in process.tail(made.log), 10)
    assert made.process is not None
    pid = made.process.pid
    watch.stop()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    assert not process.is_alive(pid)


def test_children_of_an_ended_child_end_too(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, time\n"
        f"print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True)\n"
        "time.sleep(60)"
    )
    made = child(tmp_path, program)
    made.start()
    assert process.wait_until(lambda: process.tail(made.log) != "", 10)
    grandchild = int(process.tail(made.log))
    assert made.process is not None
    made.process.kill()
    made.process.wait()
    made.end()
    assert process.wait_until(lambda: not process.is_alive(grandchild), 5)


def test_starting_from_a_thread_is_refused(tmp_path: Path) -> None:
    import threading

    raised: list[str] = []

    def start() -> None:
        try:
            child(tmp_path, SLEEP).start()
        except RuntimeError as error:
            raised.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert raised == ["Child processes are started from the main thread only."]


def test_long_log_is_emptied_before_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LOG_LIMIT_BYTES", 10)
    log = tmp_path / "log"
    log.write_text("more than ten bytes")
    process.trim(log)
    assert log.read_bytes() == b""


def test_whoever_did_not_press_ctrl_c_reads_why_it_ends() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    told = []
    supervisor.stop_on_signal()
    try:
        for number in numbers:
            with pytest.raises(KeyboardInterrupt) as stopped:
                signal.raise_signal(number)
            told.append(stopped.value.args)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert told == [
        (),
        ("Told to end from outside (SIGTERM)",),
        ("The terminal was closed (SIGHUP)",),
    ]
