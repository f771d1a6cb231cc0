"""A small stand-in for a checkout: our runtime with an empty Django project around it.

The processes are the real ones (PostgreSQL, broker, granian, Celery); only the product is left
out, so that these tests stand on nothing but `runtime/`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from runtime import process
from runtime.bootstrap import cluster_folder

REAL = Path(__file__).resolve().parents[2]

SETTINGS = """
import os
from runtime.roles import with_login
from urllib.parse import parse_qs, unquote, urlsplit
def entry(url):
    parts = urlsplit(url)
    return {"ENGINE": "django.db.backends.postgresql", "NAME": unquote(parts.path[1:]),
            "USER": parts.username, "PASSWORD": unquote(parts.password),
            "HOST": parse_qs(parts.query)["host"][0]}
SECRET_KEY = os.environ["MAINSTAY_SECRET_KEY"]
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "config.urls"
INSTALLED_APPS = ["runtime", "shop"]
DATABASES = {"default": entry(os.environ["DATABASE_URL"])}
if "DATABASE_OWNER_URL" in os.environ:
    DATABASES["owner"] = entry(os.environ["DATABASE_OWNER_URL"])
USE_TZ = True
"""
URLS = """
import json, os
from django.db import connection
from django.http import JsonResponse
from django.urls import path
def whoami(request):
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        role = cursor.fetchone()[0]
    return JsonResponse({"role": role, "environment": sorted(os.environ)})
urlpatterns = [path("healthz", whoami)]
"""
WSGI = """
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""
CELERY = """
import os
from runtime.bootstrap import load_environment
load_environment()
from celery import Celery
app = Celery("stand-in")
app.conf.beat_schedule = {"heartbeat": {"task": "runtime.tasks.heartbeat", "schedule": 1.0}}
app.conf.broker_connection_retry_on_startup = True
if os.environ.get("REDIS_URL"):
    app.conf.broker_url = os.environ["REDIS_URL"]
else:
    folder = os.environ["MAINSTAY_BROKER"]
    app.conf.broker_url = "filesystem://"
    app.conf.broker_transport_options = {
        "data_folder_in": folder + "/messages", "data_folder_out": folder + "/messages",
        "control_folder": folder + "/control"}
app.autodiscover_tasks(["runtime"], force=True)
"""
DEMO = """
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--signins", action="store_true")
    def handle(self, signins, **options):
        self.stdout.write("ada@example.com signs in" if signins else "loaded")
"""
FILES = {
    "config/__init__.py": "",
    "config/settings.py": SETTINGS,
    "config/urls.py": URLS,
    "config/wsgi.py": WSGI,
    "config/celery.py": CELERY,
    "shop/__init__.py": "",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/demo.py": DEMO,
    "requirements.lock": "",
    "package-lock.json": "{}",
}


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Checkout:
    """A folder with `manage.py up` in it, and what runs from there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / ".mainstay"
        self.port = free_port()
        self.running: list[subprocess.Popen[str]] = []
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REAL / "runtime", folder / "runtime", ignore=ignored)
        for name in ("manage.py", "Makefile"):
            shutil.copy(REAL / name, folder)
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self._mark_front_end()
        self._mark_packages()

    def _mark_front_end(self) -> None:
        stamp = self.folder / "node_modules" / ".mainstay-lock"
        stamp.parent.mkdir()
        stamp.write_text(hashlib.sha256(b"{}").hexdigest())

    def _mark_packages(self) -> None:
        """What `make run` takes for an installed `.venv`: the interpreter that runs the tests."""
        python = self.folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        stamp = self.folder / ".venv" / ".installed-run"
        stamp.write_text(f"{hashlib.sha256(b'').hexdigest()} {version}")

    def environment(self, **extra: str) -> dict[str, str]:
        """The test's environment without addresses of a running installation."""
        own = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("DATABASE_", "REDIS_", "MAINSTAY_", "DJANGO_"))
        }
        return own | {"PORT": str(self.port)} | extra

    def command(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run one command of manage.py to its end, as in a second terminal."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=self.environment(**extra),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def up(self, *command: str, **extra: str) -> subprocess.Popen[str]:
        """Start `manage.py up`, or a command that does, in a session of its own as a terminal
        would; return when it says that it is ready."""
        output = self.folder / f"up-{len(self.running)}.txt"
        with output.open("w") as stream:
            started = subprocess.Popen(
                command or [sys.executable, "manage.py", "up"],
                start_new_session=True,
                cwd=self.folder,
                env=self.environment(**extra),
                stdout=stream,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.running.append(started)
        done = process.wait_until(
            lambda: "Ctrl-C stops everything" in output.read_text() or started.poll() is not None,
            60,
        )
        assert done and started.poll() is None, output.read_text()
        return started

    def said(self) -> str:
        """What the newest `up` has printed."""
        return (self.folder / f"up-{len(self.running) - 1}.txt").read_text()

    def processes(self) -> dict[int, str]:
        """Every process that belongs to this checkout, by its working folder, home or data."""
        marks = [str(self.folder).encode(), str(cluster_folder(self.home)).encode()]
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                command = (entry / "cmdline").read_bytes()
                place = os.readlink(entry / "cwd").encode()
            except OSError:
                continue
            if process.is_alive(int(entry.name)) and any(
                m in command or place.startswith(m) for m in marks
            ):
                found[int(entry.name)] = command.replace(b"\0", b" ").decode()
        return found

    def pid_of(self, *words: str) -> int:
        """The oldest process of this checkout whose command has all the words."""
        return min(pid for pid, line in self.processes().items() if all(w in line for w in words))

    def health(self) -> dict[str, object]:
        """What the web process says about itself."""
        import urllib.request

        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
            return dict(json.load(answer))

    def healthy(self) -> bool:
        """Whether the web process answers."""
        try:
            return bool(self.health())
        except OSError:
            return False

    def healthy_again(self, words: tuple[str, ...], killed: int) -> bool:
        """Whether another process with these words runs, and the web process can use it."""
        try:
            return self.pid_of(*words) != killed and self.healthy()
        except ValueError:
            return False

    def remove(self) -> None:
        """End what still runs (only our own), and remove the server's data."""
        for started in self.running:
            if started.poll() is None:
                started.send_signal(signal.SIGTERM)
                try:
                    started.wait(20)
                except subprocess.TimeoutExpired:
                    started.kill()
        shutil.rmtree(cluster_folder(self.home), ignore_errors=True)


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether the condition comes true in time."""
    time.sleep(0.05)
    return process.wait_until(condition, seconds, pause=0.1)
