"""`python3 -m runtime.venv run|dev`: the packages of a lock file in `.venv`, when they changed.

Runs under the machine's own Python: standard library only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .bootstrap import PROJECT

FOLDER = PROJECT / ".venv"
PYTHON = FOLDER / "bin" / "python"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
OLDEST, NEWEST = (3, 11), (3, 14)


def fingerprint(kind: str) -> str:
    """What must be installed: the lock's content, for this version of Python."""
    content = (PROJECT / LOCKS[kind]).read_bytes()
    return f"{hashlib.sha256(content).hexdigest()} {sys.version_info[0]}.{sys.version_info[1]}"


def stamp(kind: str) -> Path:
    """Where the fingerprint of the last complete installation is kept."""
    return FOLDER / f".installed-{kind}"


def is_current(kind: str) -> bool:
    """Whether `.venv` holds the packages of the lock; the dev lock includes the other."""
    return stamp(kind).exists() and stamp(kind).read_text() == fingerprint(kind) and works()


def works() -> bool:
    """Whether the interpreter in `.venv` starts (a moved checkout breaks it)."""
    try:
        return subprocess.run([PYTHON, "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


def make() -> None:
    """Make an empty `.venv`, or say what the machine lacks."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:2]))
        raise SystemExit(
            f"Mainstay needs Python 3.11 to 3.14; python3 is {found}. Name another one: "
            "make run PYTHON=python3.12"
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise SystemExit(
            "This Python cannot make virtual environments. On Debian and Ubuntu: "
            "apt-get install python3-venv"
        )
    shutil.rmtree(FOLDER, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)


def install(kind: str) -> None:
    """Install the lock, hashes checked; the output goes to a log unless it fails."""
    log = FOLDER / "pip.log"
    command: list[str | Path] = [
        PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes",
        "--no-deps", "-r", PROJECT / LOCKS[kind],
    ]  # fmt: skip
    with log.open("wb") as stream:
        done = subprocess.run(command, stdout=stream, stderr=subprocess.STDOUT, cwd=PROJECT)
    if done.returncode != 0:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise SystemExit(f"Installing {LOCKS[kind]} failed. The end of {log}:\n{last}")
    stamp(kind).write_text(fingerprint(kind))
    if kind == "dev":
        stamp("run").write_text(fingerprint("run"))


def main(arguments: list[str]) -> None:
    """Bring `.venv` up to date; quick and silent when it is."""
    kind = arguments[0] if arguments and arguments[0] in LOCKS else "run"
    if is_current(kind):
        return
    began = time.monotonic()
    print(
        f"Installing the packages of {LOCKS[kind]} (about a minute the first time) ...", flush=True
    )
    if not works():
        make()
    install(kind)
    print(f"  {'packages':<12}{'installed':<46}{time.monotonic() - began:6.1f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
