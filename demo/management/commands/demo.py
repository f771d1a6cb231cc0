"""``manage.py demo``: load the demo once, print its sign-ins, or move its clock."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from demo import aurora, borealis, clock, cosell, joining, people, renewals
from demo.stage import Stage, open_stage
from tenants import scope
from tenants.actions.vendors import create_vendor
from tenants.models import Vendor
from web import clock as web_clock

Build = Callable[[Stage, int], None]
VENDORS: tuple[tuple[str, str, str, str, str, Build], ...] = (
    ("aurora", "Aurora Security", "USD", "Europe/Berlin", "#3b5bdb", aurora.build),
    ("borealis", "Borealis Backup", "EUR", "Europe/Lisbon", "#0b7285", borealis.build),
)
EDITS = {"aurora": joining.with_steps}


class Command(BaseCommand):
    help = "Load the demo vendors, print their sign-ins, or move the demo's clock."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--scale", type=int, default=1, help="times the usual partners")
        parser.add_argument("--signins", action="store_true", help="print addresses and sign-ins")
        parser.add_argument("--day", help="move the clock: +1, -2, or 0 for the true day")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo is not loaded in production (MAINSTAY_ENV=production).")
        if options["signins"]:
            self.stdout.write(people.signins(settings.PORT))
        elif options["day"] is not None:
            self.stdout.write(clock.move(options["day"]))
        else:
            self._load(options["scale"])

    def _load(self, scale: int) -> None:
        if scale < 0 or scale > 100:
            raise CommandError("--scale takes a whole number from 0 (a handful) to 100.")
        for code, name, currency, zone, accent, build in VENDORS:
            if Vendor.objects.filter(code=code).exists():
                self.stdout.write(f"{name} is loaded already.")
                continue
            self._build(code, name, currency, zone, accent, build, scale)
            renewals.begin(web_clock.now())
            if code == "aurora":
                vendor = Vendor.objects.get(code=code)
                at = web_clock.now()
                with scope.entered_vendor(vendor.pk, origin="command"):
                    renewals.play(people.LEADS[code], at, vendor.day_of(at))
                    cosell.waiting(people.LEADS[code], at, vendor.day_of(at))
            self.stdout.write(f"{name} is loaded.")

    @transaction.atomic
    def _build(
        self,
        code: str,
        name: str,
        currency: str,
        zone: str,
        accent: str,
        build: Build,
        scale: int,
    ) -> None:
        """One vendor, whole or not at all."""
        with connection.cursor() as cursor:
            # PostgreSQL has no statistics of what one transaction loads, so on a busy machine a
            # statement may take longer than a page's may.
            cursor.execute("SET LOCAL statement_timeout = 0")
        at = web_clock.now()
        vendor = create_vendor(
            code=code, name=name, host=f"{code}.localhost", currency=currency, time_zone=zone
        )
        with scope.entered_vendor(vendor.pk, origin="command"):
            people.dress(vendor, accent)
            build(open_stage(vendor, at, EDITS.get(code)), scale)
