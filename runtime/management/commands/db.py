"""`manage.py db upgrade`, listed with the other commands; manage.py runs it before Django."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Move the embedded database's data over to this release's version of PostgreSQL."""

    help = "Move the embedded database's data over to this release's version of PostgreSQL."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        from runtime import upgrade

        upgrade.main(argv[2:])

    def handle(self, *args: Any, **options: Any) -> None:
        from runtime import upgrade

        upgrade.main(["upgrade"])
