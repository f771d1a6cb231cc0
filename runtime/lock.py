"""One process at a time owns a home: `up`, `db upgrade` and `make clean` all ask here first.

Runs under the machine's own Python too: standard library only.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO


class AlreadyRuns(RuntimeError):
    """Another process holds the home; the text names it and the remedy."""


def hold(home: Path) -> IO[str]:
    """Hold the home until the file is closed; the kernel lets go of it however we end."""
    lock = (home / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise AlreadyRuns(
            f"Mainstay already runs with its state in {home} (process {holder}). Stop it with "
            "Ctrl-C in its terminal, or give this one its own MAINSTAY_HOME= and PORT=."
        ) from None
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
