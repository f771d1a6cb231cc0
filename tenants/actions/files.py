"""Keeping a file that somebody handed in. A part of other actions, which leave the event."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tenants import scope
from tenants.files import Document
from tenants.models import File


def keep(document: Document, *, partner_id: int | None, at: dt.datetime) -> File:
    """Store the bytes and record the file; an action calls it and leaves the event.

    Bytes of an action that fails afterwards stay behind in the storage, where nothing names them.
    """
    vendor_id = scope.current().vendor_id
    key = default_storage.save(f"{vendor_id}/{uuid.uuid4().hex}", ContentFile(document.data))
    file = File(
        partner_id=partner_id,
        name=document.name,
        content_type=document.content_type,
        size=len(document.data),
        sha256=document.sha256,
        key=key,
        created_at=at,
    )
    file.save()
    return file
