"""What a web process costs before it has done anything: time to start, and memory."""

from __future__ import annotations

import itertools
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from bench.clients import http, requests_per_second
from bench.measuring import Measured, in_turns, row
from bench.world import World

ROUNDS, WARM_SECONDS = 5, 2.0


@row("start.cold", target=50.0, better="lower")
def start_cold(world: World) -> Measured:
    """Processor time to load the web process, against ``python -c "import django"``.

    Processor time, because the wall's depends on who else is on the machine. Fifty is two seconds
    where ``import django`` takes 0.04.
    """
    world.fresh("start_cold")
    environment = os.environ | {"DATABASE_URL": world.url("mainstay_app")}

    def loading(module: str) -> float:
        before = _children()
        command = [sys.executable, "-W", "ignore", "-c", f"import {module}"]
        subprocess.run(command, env=environment, check=True)
        return _children() - before

    found, bare = in_turns(lambda: loading("config.wsgi"), lambda: loading("django"), ROUNDS)
    return Measured(found / bare, ROUNDS, f"{found:.2f} s of {bare:.2f} s of a processor")


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@row("worker.memory", target=6.4, better="lower")
def worker_memory(world: World) -> Measured:
    """Memory of its own that a web process holds after some thousand requests, against one that
    runs the smallest WSGI application."""
    world.fresh("worker_memory")
    found = _megabytes(world, "config.wsgi:application", "/healthz")
    bare = _megabytes(world, "bench.limits:listing", "/", BENCH_SQL="SELECT '{}'")
    return Measured(found / bare, 2, f"{found:.0f} MB of {bare:.0f} MB")


def _megabytes(world: World, application: str, path: str, **environment: str) -> float:
    request = http("GET", path, {"Host": "127.0.0.1"})
    with world.server(application, **environment) as port:
        requests_per_second(port, lambda number: itertools.repeat(request), seconds=WARM_SECONDS)
        children = Path(f"/proc/{world.served}/task/{world.served}/children").read_text().split()
        return statistics.mean(_own_kilobytes(int(pid)) for pid in children) / 1024


def _own_kilobytes(pid: int) -> int:
    """Proportional set size: pages shared with others count in parts."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise RuntimeError(f"The kernel does not say what process {pid} holds.")
