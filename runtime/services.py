"""The commands of web, worker and beat: the same under `manage.py up`, systemd and compose.

`python -m runtime.services web` becomes the web server; `health NAME` says whether one lives.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

from .bootstrap import BEAT_FILE, HEARTBEAT_FILE, PROJECT, home, load_environment

SIGN_OF_LIFE_SECONDS = 120.0
CELERY = [sys.executable, "-m", "celery", "-A", "config.celery"]


def web_command() -> list[str]:
    """The web server, on the loopback interface unless MAINSTAY_BIND says otherwise."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi",
        "--host", os.environ.get("MAINSTAY_BIND") or "127.0.0.1",
        "--port", os.environ.get("PORT") or "8000",
        "--workers", os.environ.get("MAINSTAY_WEB_WORKERS") or "2",
        "--blocking-threads", "4", "--blocking-threads-idle-timeout", "600",
        "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "10", "--access-log",
        "config.wsgi:application",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """The Celery worker, two tasks at a time."""
    return [
        *CELERY, "worker", "--concurrency", os.environ.get("MAINSTAY_WORKERS") or "2",
        "--loglevel", "INFO", "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def beat_command() -> list[str]:
    """Celery's clock. Its state is thrown away: a torn file stops it, and the schedule is code."""
    schedule = home() / "beat-schedule"
    schedule.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in schedule.parent.glob(f"{schedule.name}*"):
        old.unlink()
    return [*CELERY, "beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "INFO"]


COMMANDS = {"web": web_command, "worker": worker_command, "beat": beat_command}
SIGNS = {"worker": HEARTBEAT_FILE, "beat": BEAT_FILE}


def touched(path: Path) -> float:
    """When a file was last touched, in seconds of the wall clock; 0 if there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def web_status(port: int) -> int:
    """The HTTP status of /healthz on this machine; 0 without an answer."""
    # Production answers to its own names only.
    host = (os.environ.get("MAINSTAY_HOSTS") or "127.0.0.1").split(",")[0].lstrip(".")
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(f"GET /healthz HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            words = connection.recv(64).split()
            return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/") else 0
    except (OSError, ValueError):
        return 0


def is_healthy(name: str) -> bool:
    """Whether web answers well, or worker or beat gave a sign of life in the last two minutes."""
    if name == "web":
        return web_status(int(os.environ.get("PORT") or 8000)) in range(200, 400)
    return time.time() - touched(home() / SIGNS[name]) < SIGN_OF_LIFE_SECONDS


def main(arguments: list[str]) -> None:
    """`NAME` to become a service, `health NAME` to ask for one."""
    match arguments:
        case ["health", name] if name in COMMANDS:
            raise SystemExit(0 if is_healthy(name) else 1)
        case [name] if name in COMMANDS:
            load_environment()
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
            command = COMMANDS[name]()
            os.chdir(PROJECT)
            os.execv(command[0], command)
        case _:
            raise SystemExit("usage: python -m runtime.services [health] web|worker|beat")


if __name__ == "__main__":
    main(sys.argv[1:])
