"""`manage.py up`, listed with the other commands; manage.py itself runs it before Django."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Start and supervise PostgreSQL, broker, web, worker and beat in this terminal."""

    help = "Start and supervise PostgreSQL, broker, web, worker and beat in this terminal."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        from runtime import up

        up.main()
