"""`manage.py check_templates`: compile every template of the project, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

SUFFIXES = {".html", ".txt", ".xml", ".ics"}


class Command(BaseCommand):
    """Find templates that do not compile before a visitor does."""

    help = "Compile every template in templates/ and in the apps' own template folders."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile all; name each broken one with its error, and fail if there is one."""
        names = sorted(set(self._names()))
        broken = []
        for name in names:
            try:
                get_template(name)
            except (TemplateSyntaxError, TemplateDoesNotExist) as error:
                broken.append(f"{name}: {type(error).__name__}: {error}")
        if broken:
            raise CommandError("Templates that do not compile:\n" + "\n".join(broken))
        self.stdout.write(f"{len(names)} templates compile.")

    def _names(self) -> list[str]:
        base = Path(settings.BASE_DIR)
        roots = [base / "templates", *base.glob("*/templates")]
        return [
            path.relative_to(root).as_posix()
            for root in roots
            if root.is_dir() and "node_modules" not in root.parts
            for path in root.rglob("*")
            if path.suffix in SUFFIXES
        ]
