"""``manage.py shell``, but not as a database role for which the walls do not stand."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.shell import Command as DjangoShell
from django.db import connection

from runtime.roles import refuse_privileged


class Command(DjangoShell):
    def handle(self, **options: Any) -> None:
        refuse_privileged(connection)
        super().handle(**options)
