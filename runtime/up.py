"""`manage.py up`: everything Mainstay needs on one machine, in one terminal.

Starts what is missing in the order of need, keeps it alive, and takes all of it down again.
Imports neither Django nor its settings: the database they name does not exist yet.
"""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping

from . import database, frontend, lock, process, roles, services
from .bootstrap import (
    APP_KEY,
    DATABASE_KEYS,
    OPS_KEY,
    OWNER_KEY,
    PROJECT,
    home,
    load_secrets,
    save_environment,
)
from .broker import Broker
from .postgres import Cluster, ClusterError
from .supervisor import Child, ChildFailed, Supervisor, stop_on_signal

SECRET_KEYS = ("MAINSTAY_SECRET_KEY", "MAINSTAY_ENCRYPTION_KEY")
DEFAULT_STALE_SECONDS = 300.0  # longer than two sweeps that keep both workers busy


class StepFailed(RuntimeError):
    """A step could not be done; the text holds the end of its log."""


def say(text: str) -> None:
    """One line on the terminal, at once."""
    print(text, flush=True)


class Up:
    """One run: the steps in order, then supervision until a signal."""

    def __init__(self) -> None:
        self.home = home()
        self.logs = self.home / "logs"
        self.port = int(os.environ.get("PORT") or 8000)
        self.signins = self.home / f"signins-{self.port}.txt"  # they name the port
        self.supervisor = Supervisor(lambda text: say(f"  {time.strftime('%H:%M:%S')} {text}"))
        self.urls: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self.extra: dict[str, str] = {}

    # -- the whole

    def run(self) -> None:
        """Start everything, print the addresses, look after it until a signal comes."""
        began = time.monotonic()
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        held = lock.hold(self.home)
        say(f"Mainstay, state in {self.home}")
        try:
            self._require_free_port()
            self._step("front end", self._front_end)
            cluster = database.embedded_cluster(self.home)
            self._step("PostgreSQL", lambda: self._database(cluster))
            self._step("broker", self._broker)
            self._step("migrations", lambda: self._migrate(cluster))
            self._step("demo", self._demo)
            # Web alone first: four processes that load Django side by side would keep people
            # waiting for work that none of them asked for.
            self._ready(self._web())
            say(f"Ready in {time.monotonic() - began:.1f} s.\n")
            self._introduce()
            self._ready(self._sign_of_life("worker", APP_KEY, OPS_KEY), self._sign_of_life("beat"))
            say(f"Logs: {self.logs}. Ctrl-C stops everything.")
            self.supervisor.watch()
        except KeyboardInterrupt as asked:
            say("".join(f"\n{why}." for why in asked.args))
            raise
        finally:
            say("\nStopping ...")
            self.supervisor.stop()
            say("Stopped.")
            held.close()

    def _step(self, name: str, work: Callable[[], str]) -> None:
        began = time.monotonic()
        outcome = work()
        say(f"  {name:<12}{outcome:<46}{time.monotonic() - began:6.1f} s")

    # -- refusals

    def _require_free_port(self) -> None:
        def free() -> bool:
            with socket.socket() as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    listener.bind(("127.0.0.1", self.port))
                except OSError:
                    return False
                return True

        # A web server whose supervisor was killed needs a moment to go.
        if not process.wait_until(free, 4):
            raise StepFailed(f"Port {self.port} is in use. Choose another: make run PORT=8001")

    # -- steps

    def _front_end(self) -> str:
        if frontend.is_current():
            return "unchanged"
        frontend.install(lambda command: self._once("front-end", command, dict(os.environ)))
        return "fetched"

    def _database(self, cluster: Cluster | None) -> str:
        kept = load_secrets(self.home, roles.ROLES)
        if cluster is not None:
            cluster.prepare()
            if cluster.created:
                for mark in ("migrated", "demo-loaded", self.signins.name):
                    (self.home / mark).unlink(missing_ok=True)
            child = Child(
                "PostgreSQL",
                cluster.spawn,
                cluster.ready,
                cluster.log,
                stop_signals=((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0)),
                serves_others=True,
            )
            self.supervisor.add(child)
            child.wait_ready()
        found = database.addresses(cluster, kept)
        self.urls = {key: found[key] for key in DATABASE_KEYS}
        self.environment = {key: os.environ.get(key) or kept[key] for key in SECRET_KEYS}
        self.extra = {key: value for key, value in found.items() if key not in DATABASE_KEYS}
        if cluster is None:
            return "as given by DATABASE_URL"
        return "made and started" if cluster.created else "started, data kept"

    def _broker(self) -> str:
        broker = Broker(self.home)
        self.environment |= broker.environment()
        if broker.executable is not None:
            child = Child(
                "broker",
                broker.spawn,
                broker.ready,
                broker.log,
                stop_signals=((signal.SIGTERM, 5.0),),
                serves_others=True,
            )
            self.supervisor.add(child)
            child.wait_ready()
        # The port too: commands in a second terminal print addresses.
        given = self.environment | self.urls | self.extra | {"PORT": str(self.port)}
        save_environment(self.home, given)
        return broker.description

    def _migrate(self, cluster: Cluster | None) -> str:
        mark = self.home / "migrated"
        wanted = f"{database.identity(self.urls[APP_KEY])} {_migrations_digest()}"
        before = database.applied_migrations(self.urls[OWNER_KEY])
        if mark.exists() and mark.read_text() == f"{wanted} {before}":
            return "unchanged"
        self._manage("migrate", "migrate", "--noinput", "--database", "owner")
        after = database.applied_migrations(self.urls[OWNER_KEY])
        mark.write_text(f"{wanted} {after}")
        self.signins.unlink(missing_ok=True)
        return f"{(after or 0) - (before or 0)} applied"

    def _demo(self) -> str:
        if os.environ.get("MAINSTAY_ENV") == "production":
            return "not in production"
        if not _has_command("demo"):
            return "no such command yet"
        mark = self.home / "demo-loaded"
        wanted = database.identity(self.urls[APP_KEY])
        if mark.exists() and mark.read_text() == wanted:
            return "already loaded"
        say("  demo        its history is being made, a minute or more this once ...")
        self._manage("demo", "demo")
        mark.write_text(wanted)
        return "loaded"

    def _ready(self, *children: Child) -> None:
        """Start them side by side and say when each is ready."""
        began = time.monotonic()
        for child in children:
            self.supervisor.add(child)
        for child in children:
            child.wait_ready()
            say(f"  {child.name:<12}{'ready':<46}{time.monotonic() - began:6.1f} s")

    def _introduce(self) -> None:
        kept = self.signins
        if not kept.exists() and (self.home / "demo-loaded").exists():
            self._manage("signins", "demo", "--signins")
            kept.touch(mode=0o600)
            kept.write_text((self.logs / "signins.log").read_text())
        say(kept.read_text() if kept.exists() else f"http://127.0.0.1:{self.port}/\n")

    # -- children

    def _child_environment(self, *addresses: str) -> dict[str, str]:
        """Ours, with only the database addresses that this child needs."""
        own = {key: value for key, value in os.environ.items() if key not in DATABASE_KEYS}
        chosen = {key: self.urls[key] for key in addresses}
        fixed = {
            "MAINSTAY_HOME": str(self.home),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        return own | self.environment | chosen | fixed

    def _child(self, name: str, *addresses: str) -> Child:
        log = self.logs / f"{name}.log"
        environment = self._child_environment(*addresses)

        def spawn() -> process.Process:
            return process.start(
                services.COMMANDS[name](),
                env=environment,
                log=log,
                cwd=PROJECT,
                # Whoever kills the supervisor ends the broker too: a worker that stops gently
                # would look for it first, for half a minute.
                death_signal=signal.SIGKILL if name == "worker" else signal.SIGTERM,
            )

        return Child(name, spawn, lambda: True, log)

    def _web(self) -> Child:
        child = self._child("web", APP_KEY)
        child.ready = lambda: services.web_status(self.port) > 0
        return child

    def _sign_of_life(self, name: str, *addresses: str) -> Child:
        """Worker or beat: ready when it touched its file, restarted when it stops doing so."""
        child = self._child(name, *addresses)
        file = self.home / services.SIGNS[name]
        seconds = float(os.environ.get("MAINSTAY_HEARTBEAT_STALE") or DEFAULT_STALE_SECONDS)
        child.ready = lambda: services.touched(file) >= child.started
        child.stale = lambda: time.time() - max(services.touched(file), child.started) > seconds
        return child

    # -- commands that end by themselves

    def _manage(self, name: str, *arguments: str) -> None:
        environment = self._child_environment(*DATABASE_KEYS)
        self._once(name, [sys.executable, "manage.py", *arguments], environment)

    def _once(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        log = self.logs / f"{name}.log"
        log.write_bytes(b"")
        child = process.start(command, env=environment, log=log, cwd=PROJECT)
        try:
            code = child.wait()
        finally:
            process.kill_group(child)
        if code != 0:
            last = process.tail(log)
            raise StepFailed(f"{' '.join(command[1:])} ended with {code}. From {log}:\n{last}")


def _migrations_digest() -> str:
    """Changes whenever a migration of ours or a dependency changes."""
    total = hashlib.sha256((PROJECT / "requirements.lock").read_bytes())
    for path in sorted(PROJECT.glob("*/migrations/*.py")):
        total.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def _has_command(name: str) -> bool:
    return any(PROJECT.glob(f"*/management/commands/{name}.py"))


def main() -> None:
    """Run until a signal; 0 after Ctrl-C or SIGTERM, 1 with the reason when a step fails."""
    stop_on_signal()
    try:
        Up().run()
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    except (StepFailed, lock.AlreadyRuns, ChildFailed, ClusterError, roles.RoleError) as error:
        raise SystemExit(f"\n{error}") from None
