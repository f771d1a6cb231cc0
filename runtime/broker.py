"""The message broker: a given Redis, one of our own, or a folder of files.

Nothing may depend on a message arriving: PostgreSQL holds the truth, so no broker keeps
anything on disk across a restart.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
from pathlib import Path

from . import process
from .bootstrap import write_private

SERVERS = ("redis-server", "valkey-server")


class Broker:
    """Where the messages go; `executable` is None when no process of ours carries them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "broker"
        self.log = home / "logs" / "broker.log"
        self.given = os.environ.get("REDIS_URL", "")
        found = next(filter(None, map(shutil.which, SERVERS)), None)
        self.executable = None if self.given else found
        self.password = secrets.token_urlsafe(24)
        self.port = _free_port() if self.executable else 0

    @property
    def description(self) -> str:
        """What carries the messages, for the progress line."""
        if self.given:
            return "Redis at REDIS_URL"
        return Path(self.executable).name if self.executable else "files (no redis-server found)"

    def environment(self) -> dict[str, str]:
        """The variable that tells Celery where the broker is."""
        if self.given:
            return {"REDIS_URL": self.given}
        if self.executable:
            return {"REDIS_URL": f"redis://:{self.password}@127.0.0.1:{self.port}/0"}
        # Messages left by an earlier run only repeat "look": the sweeps look anyway.
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("messages", "control"):
            (self.folder / name).mkdir(mode=0o700, parents=True)
        return {"MAINSTAY_BROKER": str(self.folder)}

    def spawn(self) -> process.Process:
        """Start our Redis: loopback only, with a password, nothing written to disk."""
        assert self.executable is not None
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = self.folder / "redis.conf"
        write_private(
            settings,
            f'bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\nsave ""\n'
            f'appendonly no\ndaemonize no\ndir "{self.folder}"\n',
        )
        return process.start(
            [self.executable, settings],
            env={"PATH": os.defpath},
            log=self.log,
            death_signal=signal.SIGTERM,
        )

    def ready(self) -> bool:
        """Whether the server answers at all; asking for the password is an answer."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64)[:1] in (b"-", b"+")
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
