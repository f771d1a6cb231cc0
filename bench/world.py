"""What rows run on: a throw-away PostgreSQL, migrated once, and a fresh database per row."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2

from runtime import services
from runtime.postgres import Cluster
from runtime.roles import provision

ROLES = ("mainstay_owner", "mainstay_app", "mainstay_ops")
PASSWORDS = dict.fromkeys(ROLES, "bench")
TEMPLATE = "bench_template"


class World:
    """The cluster of this run. ``fresh(name)`` gives a row a migrated, empty database."""

    def __init__(self) -> None:
        self.cluster = Cluster(throwaway=True)
        self.database = ""
        self.served = 0
        self._ready = False

    def fresh(self, name: str) -> None:
        """Make ``bench_<name>`` from the template and point Django's connections at it."""
        self._prepare()
        self.database = f"bench_{name}"
        self._as_superuser(
            f'CREATE DATABASE "{self.database}" TEMPLATE {TEMPLATE} OWNER mainstay_owner',
            f'GRANT CONNECT, TEMPORARY ON DATABASE "{self.database}" TO mainstay_app, mainstay_ops',
        )
        self._point_at(self.database)

    def url(self, role: str) -> str:
        return self.cluster.url(role, PASSWORDS[role], self.database)

    def connect(self, role: str = "mainstay_owner") -> Any:
        """A bare psycopg2 connection in autocommit, past Django."""
        connection = psycopg2.connect(self.url(role))
        connection.autocommit = True
        return connection

    def run(self, statement: str, values: Any = None, role: str = "mainstay_owner") -> Any:
        """Run SQL as the owner, who passes row-level security (for seeding); rows if any."""
        with closing(self.connect(role)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else None

    @contextmanager
    def server(self, application: str, **environment: str) -> Iterator[int]:
        """Two granian processes with the flags that production uses; yields the port.

        ``self.served`` is the id of their parent.
        """
        port = _free_port()
        command = services.web_command()
        command[command.index("--port") + 1] = str(port)
        command[command.index("--workers") + 1] = "2"
        command.remove("--access-log")
        command[-1] = application
        env = os.environ | {
            "DATABASE_URL": self.url("mainstay_app"),
            "DATABASE_OPS_URL": self.url("mainstay_ops"),
            "MAINSTAY_API_RATE": str(10**9),
            "MAINSTAY_API_VENDOR_RATE": str(10**9),
            **environment,
        }
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=sys.stderr)
        try:
            _wait_for(port, process)
            self.served = process.pid
            yield port
        finally:
            process.terminate()
            process.wait(20)

    def close(self) -> None:
        from django.db import connections

        connections.close_all()
        if self._ready:
            self.cluster.stop()

    def _prepare(self) -> None:
        if self._ready:
            return
        from django.core.management import call_command

        self.cluster.start()
        self._ready = True
        provision(self.cluster.superuser_url("postgres"), TEMPLATE, PASSWORDS)
        self._point_at(TEMPLATE)
        call_command("migrate", database="owner", verbosity=0, interactive=False)

    def _point_at(self, name: str) -> None:
        from django.db import connections

        from config.settings import database
        from tenants import directory
        from tenants.cursor import WalledCursor

        connections.close_all()
        directory.forget()
        for alias, role in (("default", ROLES[1]), ("ops", ROLES[2]), ("owner", ROLES[0])):
            options = {"cursor_factory": WalledCursor} if alias == "default" else {}
            entry = database(self.cluster.url(role, PASSWORDS[role], name), **options)
            configured = connections.configure_settings({"default": entry})["default"]
            connections.databases[alias] = configured
            if hasattr(connections._connections, alias):
                delattr(connections._connections, alias)

    def _as_superuser(self, *statements: str) -> None:
        from django.db import connections

        connections.close_all()  # a template must have no sessions
        with closing(psycopg2.connect(self.cluster.superuser_url("postgres"))) as connection:
            connection.autocommit = True
            for statement in statements:
                connection.cursor().execute(statement)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with {process.returncode} before it answered.")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(1.0)  # the second process may still be loading
                return
        time.sleep(0.1)
    raise RuntimeError(f"No answer on port {port} after 30 s.")
