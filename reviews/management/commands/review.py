"""``manage.py review due|preview|run|approve|undo|list``: reviews of levels from a terminal."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from programs.models import PartnerType
from reviews import actions
from reviews.models import ReviewOutcome, ReviewRun
from reviews.rules import KINDS
from reviews.words import gap_words
from tenants import scope
from tenants.clock import today
from tenants.models import Vendor
from tenants.writing import Refused
from web import clock

SHOWN = 20


class Command(BaseCommand):
    help = "Review levels: open what is due, preview, run, approve, undo, list."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for name, text in (
            ("due", "open the reviews that the clocks made due"),
            ("list", "the newest reviews"),
            ("preview", "compute a review of today, without moving anybody"),
            ("run", "review today and apply it at once"),
            ("approve", "apply a preview as it was shown"),
            ("undo", "restore what a review moved"),
        ):
            one = verbs.add_parser(name, help=text)
            one.add_argument("--vendor", required=True, help="the vendor's code")
            if name in ("preview", "run"):
                one.add_argument("--type", required=True, help="the partner type's code")
                one.add_argument("--axis", default="tier", help="the axis' code")
            if name in ("approve", "undo"):
                one.add_argument("review", help="its id, e.g. rvr_0199…")
            if name == "undo":
                one.add_argument("--reason", required=True, help="why, for those who read it")

    def handle(self, *args: Any, **options: Any) -> None:
        vendor = Vendor.objects.filter(code=options["vendor"]).first()
        if vendor is None:
            raise CommandError(
                f"There is no vendor {options['vendor']}; see: manage.py vendor list"
            )
        with scope.entered_vendor(vendor.pk, origin="command"):
            try:
                getattr(self, f"_{options['verb']}")(options, today(), clock.now())
            except Refused as refused:
                raise CommandError("; ".join(r.detail for r in refused.reasons)) from refused

    def _due(self, options: dict[str, Any], on: dt.date, at: dt.datetime) -> None:
        self.stdout.write(f"{actions.open_due_runs(on=on, at=at)} opened")

    def _list(self, options: dict[str, Any], on: dt.date, at: dt.datetime) -> None:
        for run in ReviewRun.objects.select_related("partner_type")[:SHOWN]:
            self.stdout.write(_line(run))

    def _preview(self, options: dict[str, Any], on: dt.date, at: dt.datetime) -> None:
        self._print(actions.preview_run(_type(options), options["axis"], on=on, at=at))

    def _run(self, options: dict[str, Any], on: dt.date, at: dt.datetime) -> None:
        kind = _type(options)
        self._print(actions.apply_run(kind, options["axis"], due_on=on, on=on, at=at))

    def _approve(self, options: dict[str, Any], on: dt.date, at: dt.datetime) -> None:
        self._print(actions.approve_run(_found(options), on=on, at=at))

    def _undo(self, options: dict[str, Any], on: dt.date, at: dt.datetime) -> None:
        run = actions.undo_run(_found(options), on=on, at=at, reason=options["reason"])
        self.stdout.write(_line(run))

    def _print(self, run: ReviewRun) -> None:
        self.stdout.write(_line(run))
        rows = ReviewOutcome.objects.filter(run=run).exclude(kind="keep").defer("explanation")
        named = rows.select_related("partner", "from_level", "to_level").order_by("partner__name")
        for row in sorted(named[:200], key=lambda one: KINDS.index(one.kind)):
            levels = f"{row.from_level or '-'} -> {row.to_level or '-'}"
            until = f" until {row.until}" if row.until else ""
            gap = f": {gap_words(row.gap)}" if row.gap else ""
            self.stdout.write(f"  {row.kind:9} {row.partner.name}: {levels}{until}{gap}")


def _line(run: ReviewRun) -> str:
    counts = ", ".join(f"{kind} {run.counts[kind]}" for kind in KINDS if run.counts.get(kind))
    return f"{run.ref} {run.due_on} {run.partner_type.code}/{run.axis} {run.state}: {counts or '-'}"


def _type(options: dict[str, Any]) -> PartnerType:
    found: PartnerType | None = PartnerType.objects.filter(code=options["type"]).first()
    if found is None:
        raise CommandError(f"There is no partner type {options['type']}.")
    return found


def _found(options: dict[str, Any]) -> ReviewRun:
    rows = ReviewRun.objects.select_related("partner_type").with_public_id(options["review"])
    found: ReviewRun | None = rows.first()
    if found is None:
        raise CommandError(f"There is no review {options['review']}; see: manage.py review list")
    return found
