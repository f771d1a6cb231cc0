"""`python3 -m runtime.clean`: remove what `make` made here, the demo's data included.

Runs under the machine's own Python: standard library only.
"""

from __future__ import annotations

import shutil

from . import lock
from .bootstrap import PROJECT, SYSTEM_FOLDER, cluster_folder, home, short_socket_folder

MADE = (
    ".venv",
    "node_modules",
    "static-built",
    "test-results",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
)


def main() -> None:
    """Remove state, server, packages and caches; never anything outside our own folders."""
    state = home()
    if (state / "lock").exists():
        try:
            lock.hold(state)
        except lock.AlreadyRuns as error:
            raise SystemExit(str(error)) from None
    cluster = cluster_folder(state)
    doomed = [state, cluster, short_socket_folder(cluster), *(PROJECT / name for name in MADE)]
    doomed += [path for path in PROJECT.glob("*/**/__pycache__") if ".venv" not in path.parts]
    for path in doomed:
        shutil.rmtree(path, ignore_errors=True)
    others = list(SYSTEM_FOLDER.iterdir()) if SYSTEM_FOLDER.exists() else []
    if all(path.name.startswith("pg-") for path in others):
        for path in others:  # copies of the server's programs that no other checkout uses
            shutil.rmtree(path, ignore_errors=True)
    print(f"Removed {state}, its PostgreSQL data, .venv, node_modules and caches.")


if __name__ == "__main__":
    main()
