"""Background work of partners: onboarding steps that are met, take-outs, drafts that ended."""

from __future__ import annotations

import datetime as dt
import json
import logging
import tempfile
import zipfile
from dataclasses import replace
from typing import Any

from celery import shared_task
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder

from partners.actions.drafts import drop_drafts
from partners.actions.onboarding import record_met_steps
from partners.actions.takeouts import finish_take_out, note_progress
from partners.models import Partner, TakeOut
from partners.rules.onboarding import checklists
from partners.rules.taking import FORMAT, FORMAT_VERSION, taken_tables
from tenants import scope
from tenants.capabilities import Role
from tenants.clock import today
from tenants.files import Document
from tenants.models import File, Vendor
from tenants.tasks import vendor_task
from web import clock

logger = logging.getLogger(__name__)
README = """All data that {vendor} keeps of {partner}, as of {at}.

manifest.json  names each table with its columns and rows
data/*.jsonl   one JSON object per line and row; ids link the tables
files/         documents, named by the id of their row in data/tenants.file.jsonl

The format is described in docs/take-out.md of Mainstay.
"""


@shared_task(name="partners.tasks.take_outs_due", ignore_result=True)
def take_outs_due() -> int:
    """Have every vendor's waiting take-outs made; returns how many vendors were asked."""
    vendors = list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
    for vendor_id in vendors:
        make_take_outs.delay(vendor_id)
    return len(vendors)


@shared_task(name="partners.tasks.onboarding_due", ignore_result=True)
def onboarding_due() -> int:
    """Have every vendor's met steps of onboarding recorded; returns how many vendors were asked."""
    vendors = list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
    for vendor_id in vendors:
        record_onboarding.delay(vendor_id)
    return len(vendors)


@vendor_task(name="partners.tasks.record_onboarding", ignore_result=True)
def record_onboarding(vendor_id: int) -> int:
    """Record what the vendor's partners have met since, each step once; returns how many."""
    now = clock.now()
    living = Partner.objects.exclude(status=Partner.Status.EXITED)
    steps = checklists(list(living.values_list("pk", flat=True)), today())
    met = [pk for pk, asked in steps.items() if any(one.met and not one.done for one in asked)]
    return sum(record_met_steps([pk], at=now) for pk in met)


@shared_task(name="partners.tasks.drafts_due", ignore_result=True)
def drafts_due() -> int:
    """Have every vendor's drafts of applications that ended deleted; returns how many vendors."""
    vendors = list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
    for vendor_id in vendors:
        drop_ended_drafts.delay(vendor_id)
    return len(vendors)


@vendor_task(name="partners.tasks.drop_ended_drafts", ignore_result=True)
def drop_ended_drafts(vendor_id: int) -> int:
    """Delete the vendor's drafts that nobody can go on with; returns how many."""
    return drop_drafts(at=clock.now())


@vendor_task(name="partners.tasks.make_take_outs", ignore_result=True)
def make_take_outs(vendor_id: int) -> int:
    """Make the vendor's waiting take-outs, oldest first; returns how many."""
    waiting = TakeOut.objects.filter(state=TakeOut.State.ASKED).select_related("partner", "vendor")
    made = 0
    for row in waiting.order_by("pk"):
        own = replace(
            scope.current(), partners=frozenset({row.partner_id}), role=Role.PARTNER_ADMIN
        )
        with scope.enter(own):
            made += make_take_out(row, at=clock.now())
    return made


def make_take_out(take_out: TakeOut, *, at: dt.datetime) -> bool:
    """Pack the partner's rows and files; a defect is logged and shown as a failed take-out."""
    try:
        document, rows = packed(take_out, at)
    except Exception:
        logger.exception("take-out %s failed", take_out.ref)
        return finish_take_out(take_out, None, rows=0, at=at)
    return finish_take_out(take_out, document, rows=rows, at=at)


def packed(take_out: TakeOut, at: dt.datetime) -> tuple[Document, int]:
    """The ZIP and how many rows it holds. Runs within the partner's own scope."""
    tables, partner = taken_tables(), take_out.partner
    listed: list[dict[str, Any]] = []
    with tempfile.TemporaryFile() as held:
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for done, table in enumerate(tables):
                total = sum(one["rows"] for one in listed)
                note_progress(take_out, done=done, total=len(tables), rows=total)
                count = 0
                name = f"data/{table.name}.jsonl"
                with archive.open(name, "w", force_zip64=True) as out:
                    for row in table.rows(partner.pk):
                        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
                        out.write(text.encode() + b"\n")
                        count += 1
                columns = ["id", *table.columns]
                listed.append(
                    {"table": table.name, "file": name, "rows": count, "columns": columns}
                )
            _files(archive, partner.pk)
            words = {"vendor": take_out.vendor.name, "partner": partner.name, "at": at.isoformat()}
            archive.writestr("README.txt", README.format(**words))
            manifest = {"format": FORMAT, "version": FORMAT_VERSION, **words, "tables": listed}
            archive.writestr("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False))
        held.seek(0)
        document = Document(f"take-out-{at:%Y-%m-%d}.zip", "application/zip", held.read())
    return document, sum(one["rows"] for one in listed)


def _files(archive: zipfile.ZipFile, partner_id: int) -> None:
    earlier = TakeOut.objects.filter(file__isnull=False).values("file_id")
    for file in File.objects.filter(partner_id=partner_id).exclude(pk__in=earlier):
        if default_storage.exists(file.key):
            with default_storage.open(file.key) as content:
                archive.writestr(f"files/{file.ref}-{file.name}", content.read())
