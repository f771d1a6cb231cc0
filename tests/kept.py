"""The migrated server, kept from run to run: making it anew takes half a minute of each start.

A copy of the stopped throw-away cluster lies on disk, under the digest of all that migrations are
made of; another digest, another copy. The newest few are kept.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import importlib.metadata
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from runtime import process
from runtime.postgres import PACKAGE, PASSWORD_FILE, Cluster, throwaway_parent

HOUSE = Path(__file__).resolve().parent.parent
MOST = 4


def _sources() -> Iterator[Path]:
    """Every migration, and whatever of this project one of them imports."""
    seen: set[Path] = set()
    waiting = [
        *sorted(HOUSE.glob("*/migrations/*.py")),
        HOUSE / "runtime/roles.py",
        HOUSE / "runtime/postgres.py",
        HOUSE / "config/settings.py",
        Path(__file__),
    ]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        if "migrations" in path.parts:
            waiting += _imported(path)
    yield from sorted(seen)


def _imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            base = HOUSE.joinpath(*name.split("."))
            yield from (p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file())


def _digest() -> str:
    found = hashlib.sha256(importlib.metadata.version(PACKAGE).encode())
    found.update(importlib.metadata.version("django").encode())
    for path in _sources():
        found.update(str(path.relative_to(HOUSE)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def start_migrated(server: Cluster, migrate: Callable[[], None]) -> None:
    """Start a throw-away server with what ``migrate`` makes in it, or with a copy of what it made
    in an earlier run. Other processes wait, so that one of them does the work."""
    kept = throwaway_parent() / f"mainstay-kept-{os.geteuid()}-{_digest()}"
    with (kept.parent / f"{kept.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.is_dir() and kept.stat().st_uid == os.geteuid():
            _copy(kept, server.folder)
            os.utime(kept)
        else:
            server.start()
            migrate()
            assert server.process is not None
            process.stop(server.process, (signal.SIGINT, 60))
            fresh = kept.with_suffix(f".{os.getpid()}")
            fresh.mkdir(mode=0o700)
            _copy(server.folder, fresh)
            shutil.rmtree(kept, ignore_errors=True)
            fresh.rename(kept)
            _forget_older(kept)
    server.start()


def _copy(source: Path, target: Path) -> None:
    for name in ("data", PASSWORD_FILE):
        subprocess.run(["cp", "-a", "--", source / name, target / name], check=True)


def _forget_older(kept: Path) -> None:
    found = [one for one in kept.parent.glob(f"mainstay-kept-{os.geteuid()}-*") if one.is_dir()]
    for old in sorted(found, key=lambda one: one.stat().st_mtime, reverse=True)[MOST:]:
        shutil.rmtree(old, ignore_errors=True)
        old.with_name(f"{old.name}.lock").unlink(missing_ok=True)
