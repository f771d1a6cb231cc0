"""The file that shows what a partner did before it asked for more time."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from deals.rules.reading import registrations_read_by
from tenants.files import download
from tenants.models import File
from tenants.pages import page_for


@page_for("registrations.read")
def evidence(request: HttpRequest, ref: str) -> HttpResponse:
    """To whoever may read the registration."""
    rows: Any = registrations_read_by()
    row = rows.with_public_id(ref).first()
    file = File.objects.filter(pk=row.evidence_id).first() if row and row.evidence_id else None
    if file is None:
        raise Http404
    return download(file)
