"""Drafts of applications that nobody can go on with any more."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from partners.models import Application
from tenants.models import File
from tenants.rows import parse_public_id
from tenants.writing import action, record_event


@action("applications.decide")
def drop_drafts(*, at: dt.datetime) -> int:
    """Delete drafts whose link has ended at ``at``, with their documents; returns how many.

    The event keeps the type applied for and nothing of the company.
    """
    over = Application.objects.filter(state=Application.State.DRAFT, link_until__lte=at)
    rows = list(over.select_for_update(of=("self",)).select_related("partner_type").order_by("pk"))
    for row in rows:
        _drop_documents(row)
        record_event("application.dropped", row, data={"type": row.partner_type.code})
    Application.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _drop_documents(draft: Application) -> None:
    refs = [value["file"] for value in draft.custom.values() if isinstance(value, dict)]
    ids = [found for ref in refs if (found := parse_public_id(File, ref))]
    files = File.objects.filter(public_id__in=ids, partner_id=None)
    keys = list(files.values_list("key", flat=True))
    files.delete()
    for key in keys:
        transaction.on_commit(partial(default_storage.delete, key))
