"""Starting and ending child processes so that none outlives the one who started it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Process = subprocess.Popen[bytes]

PR_SET_PDEATHSIG = 1
LOG_LIMIT_BYTES = 10 * 1024 * 1024

# Loaded before any fork: a child between fork and exec must not load libraries.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def follow_parent(death_signal: int) -> None:
    """Have the kernel send us `death_signal` when the thread that started us ends, even by
    kill -9. Does nothing outside Linux."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def _die_with(parent: int, death_signal: int) -> Callable[[], None]:
    def arm() -> None:
        follow_parent(death_signal)
        if os.getppid() != parent:  # the parent ended before the line above
            os._exit(1)

    return arm


def start(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: Path | None,
    cwd: Path | str = "/",
    death_signal: int = signal.SIGTERM,
    account: pwd.struct_passwd | None = None,
) -> Process:
    """Start a child in a process group of its own, tied to the life of this process.

    `log` None leaves the output on the terminal. `account` is the user to run as, for root.
    """
    if threading.current_thread() is not threading.main_thread():
        # The kernel ties the child to the *thread*: a short-lived one would end it.
        raise RuntimeError("Child processes are started from the main thread only.")
    output = None if log is None else log.open("ab")
    try:
        return subprocess.Popen(
            [str(part) for part in argv],
            env=dict(env),
            cwd=str(cwd),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output and subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which keeps the order
            preexec_fn=_die_with(os.getpid(), death_signal),
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    finally:
        if output is not None:
            output.close()


def kill_group(process: Process) -> None:
    """End what is left of a child's process group: its own children included."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop(process: Process, *signals: tuple[int, float]) -> None:
    """Send each (signal, seconds to wait) in turn until the child ends, then clear its group."""
    for number, seconds in signals:
        if process.poll() is not None:
            break
        process.send_signal(number)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
    kill_group(process)


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask `condition` until it holds or the seconds are over; say which."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists (a zombie counts as gone)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    except OSError:
        pass
    if Path("/proc/self").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, for an error message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def trim(log: Path) -> None:
    """Empty a log that has grown past the limit; called before its writer starts."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.write_bytes(b"")
