"""Subcommands of ``manage.py program`` that higher apps add (``replay`` by licensing)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Configure = Callable[[argparse.ArgumentParser], None]
Run = Callable[..., str]
registered: dict[str, tuple[str, Configure, Run]] = {}


def register_subcommand(name: str, help_text: str, configure: Configure, run: Run) -> None:
    """``run(**options)`` returns the text to print; it may raise ``CommandError``."""
    registered[name] = (help_text, configure, run)


def options_of(values: dict[str, Any]) -> dict[str, Any]:
    """A subcommand's own options, without Django's."""
    django = {"verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color",
              "skip_checks", "subcommand", "stdout", "stderr"}  # fmt: skip
    return {key: value for key, value in values.items() if key not in django}
