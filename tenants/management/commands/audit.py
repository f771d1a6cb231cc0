"""``manage.py audit seal|verify|export``: the log's seals, by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.actions.sealing import sweep_event_seal
from tenants.audit import (
    Anchor,
    Report,
    anchor_file,
    newest_anchors,
    read_anchors,
    verify,
    write_anchors,
)
from tenants.models import Vendor
from web import clock


class Command(BaseCommand):
    help = "Seal finished events, verify the log against its seals, export the newest links."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("seal", help="seal finished events now")
        check = verbs.add_parser("verify", help="recompute every digest and link; 1 on findings")
        check.add_argument("--vendor", default="", help="code; all without it")
        check.add_argument(
            "--anchor", type=Path, help="file of exported links (default: the one kept daily)"
        )
        export = verbs.add_parser("export", help="append the newest links to a file to keep away")
        export.add_argument("--vendor", default="")
        export.add_argument("--output", type=Path, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _seal(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{sweep_event_seal(at=clock.now())} events sealed.")

    def _verify(self, options: dict[str, Any]) -> None:
        report = verify(_vendor_id(options["vendor"]), self._anchors(options["anchor"]))
        codes = dict(Vendor.objects.values_list("pk", "code"))
        for finding in report.findings:
            code = codes.get(finding.vendor_id, finding.vendor_id)
            self.stdout.write(
                f"{finding.check.upper()}  {code}  event {finding.event}: {finding.words}"
            )
        self.stdout.write(_summary(report))
        if report.findings:
            sys.exit(1)

    def _anchors(self, file: Path | None) -> list[Anchor]:
        if file is None and not anchor_file().exists():
            return []
        try:
            return read_anchors(file or anchor_file())
        except (OSError, ValueError) as wrong:
            raise CommandError(str(wrong)) from wrong

    def _export(self, options: dict[str, Any]) -> None:
        file = options["output"] or anchor_file()
        count = write_anchors(newest_anchors(_vendor_id(options["vendor"])), file)
        self.stdout.write(f"{count} anchors appended to {file}. Keep a copy on another machine.")


def _vendor_id(code: str) -> int | None:
    if not code:
        return None
    found = Vendor.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"There is no vendor {code}; see: manage.py vendor list")
    return found


def _summary(report: Report) -> str:
    verdict = f"{len(report.findings)} findings." if report.findings else "Clean."
    told = (
        f"{verdict} {report.sealed} sealed events checked, {report.waiting} not sealed yet, "
        f"{report.erased} with an erased personal part, {report.anchors} anchors compared."
    )
    if not report.anchors:
        told += (
            "\nWithout anchors a log that was cut off at its end, seals included, looks whole: "
            "run `manage.py audit export` and keep the file elsewhere."
        )
    return told
