"""``manage.py import KIND FILE --vendor CODE [--apply]``: preview, then apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import scope
from tenants.importing import apply_import, import_kinds, stage_import
from tenants.models import ImportJob, ImportRow, Vendor
from tenants.writing import Refused
from web import clock

_SHOWN = 20


class Command(BaseCommand):
    help = "Load a CSV or XLSX file: shows what it would do, and does it with --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[kind.name for kind in import_kinds()])
        parser.add_argument("file", type=Path)
        parser.add_argument("--vendor", required=True, help="the vendor's code")
        parser.add_argument("--apply", action="store_true", help="write, if no row has an error")

    def handle(self, *args: Any, **options: Any) -> None:
        vendor = Vendor.objects.filter(code=options["vendor"]).first()
        if vendor is None:
            raise CommandError(f"There is no vendor {options['vendor']!r}.")
        file = Path(options["file"])
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        with scope.entered_vendor(vendor.pk, origin="command"):
            try:
                self._run(file, options)
            except Refused as refused:
                raise CommandError(refused.detail) from None

    def _run(self, file: Path, options: dict[str, Any]) -> None:
        job = stage_import(
            options["kind"],
            data=file.read_bytes(),
            file_name=file.name,
            at=clock.now(),
        )
        self._show(job)
        if job.failures:
            raise CommandError(self._errors(job))
        if options["apply"]:
            apply_import(job, at=clock.now())
            self.stdout.write("Applied.")
        else:
            self.stdout.write("Nothing was written; add --apply to do it.")

    def _show(self, job: ImportJob) -> None:
        self.stdout.write(
            f"{job.rows} rows: {job.creates} new, {job.updates} changed, "
            f"{job.unchanged} unchanged, {job.failures} with errors."
        )

    def _errors(self, job: ImportJob) -> str:
        rows = ImportRow.objects.filter(job=job, outcome=ImportRow.Outcome.ERROR)
        lines = [
            f"row {row.number}, {error['column'] or 'row'}: {error['message']}"
            for row in rows[:_SHOWN]
            for error in row.errors
        ]
        more = job.failures - _SHOWN
        return "\n".join([*lines, *([f"… and {more} more"] if more > 0 else [])])
