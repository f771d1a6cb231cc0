"""Keeping a handful of child processes alive, and ending all of them together."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import process

LONGEST_PAUSE = 30.0  # seconds between two restarts of a child that keeps ending
STEADY_AFTER = 60.0  # seconds after which an earlier failure is forgotten
GENTLE = ((signal.SIGTERM, 15.0), (signal.SIGQUIT, 3.0))


class ChildFailed(RuntimeError):
    """A child did not become ready; the text holds the end of its log."""


def _never() -> bool:
    return False


@dataclass
class Child:
    """One supervised process: how to start it, and how to tell that it is ready or stuck."""

    name: str
    spawn: Callable[[], process.Process]
    ready: Callable[[], bool]
    log: Path
    stale: Callable[[], bool] = _never
    stop_signals: tuple[tuple[int, float], ...] = GENTLE
    serves_others: bool = False  # stopped after those who need it
    ready_seconds: float = 60.0
    process: process.Process | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)  # wall clock, comparable with file times
    failures: int = field(default=0, init=False)
    due: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the process without waiting for it."""
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        process.trim(self.log)
        self.started = time.time()
        self.process = self.spawn()

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def wait_ready(self) -> None:
        """Return when the child is ready; raise ChildFailed with the end of its log."""
        ended_or_ready = process.wait_until(
            lambda: not self.alive() or self.ready(), self.ready_seconds
        )
        if not ended_or_ready or not self.alive():
            verb = "ended at once" if not self.alive() else "did not become ready"
            raise ChildFailed(
                f"{self.name} {verb}. The end of {self.log}:\n{process.tail(self.log)}"
            )

    def end(self, *, told: bool = False) -> None:
        """Stop the process and everything it started; `told`: it has its first signal already."""
        if self.process is not None:
            (first, seconds), *rest = self.stop_signals
            process.stop(self.process, (0 if told else first, seconds), *rest)
            self.process = None


class Supervisor:
    """Restarts what ends, with a growing pause, until told to stop."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.children: list[Child] = []

    def add(self, child: Child) -> None:
        """Start a child and keep it from now on; later ones may need earlier ones."""
        self.children.append(child)
        child.start()

    def watch(self, pause: float = 0.25) -> None:
        """Look after the children for ever; ends by an exception (see `stop_on_signal`)."""
        while True:
            for child in self.children:
                self._look_after(child)
            time.sleep(pause)

    def _look_after(self, child: Child) -> None:
        if child.process is not None and child.process.poll() is not None:
            self._note_end(child, f"ended ({_how(child.process.returncode)})")
        elif child.process is not None and child.stale():
            process.stop(child.process, (signal.SIGTERM, 2.0))  # it may not even hear that
            self._note_end(child, "gives no sign of life")
        elif child.process is None and time.monotonic() >= child.due:
            try:
                child.start()
            except OSError as error:
                self._note_end(child, f"cannot be started ({error})")

    def _note_end(self, child: Child, what: str) -> None:
        child.end()  # its own children too: they would hold the port or the queue
        if time.time() - child.started > STEADY_AFTER:
            child.failures = 0
        pause = 0.0 if child.failures == 0 else min(2.0 ** (child.failures - 1), LONGEST_PAUSE)
        child.failures += 1
        child.due = time.monotonic() + pause
        when = f"in {pause:.0f} s" if pause else "now"
        self.say(f"{child.name} {what}; starting it again {when}. Log: {child.log}")

    def stop(self) -> None:
        """End all children, the last started first; a second signal ends them at once."""
        _hurry_on_signal(self.children)
        for child in self.children:
            if child.process is not None and child.alive() and not child.serves_others:
                child.process.send_signal(child.stop_signals[0][0])  # they end side by side
        for child in sorted(self.children, key=lambda child: child.serves_others):
            child.end(told=not child.serves_others)


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _hurry_on_signal(children: list[Child]) -> None:
    def hurry(*_: Any) -> None:
        for child in children:
            if child.process is not None:
                child.process.kill()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, hurry)


def stop_on_signal() -> None:
    """Turn Ctrl-C, SIGTERM and a closed terminal into KeyboardInterrupt, in any step; whoever did
    not press Ctrl-C reads why it ends."""
    why = {
        signal.SIGTERM: "Told to end from outside (SIGTERM)",
        signal.SIGHUP: "The terminal was closed (SIGHUP)",
    }

    def interrupt(number: int, _: Any) -> None:
        raise KeyboardInterrupt(*filter(None, [why.get(signal.Signals(number))]))

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
