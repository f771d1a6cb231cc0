"""Imports in the portal: upload, look at what it would do, apply or discard."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from partners.forms import PasteForm, UploadForm
from partners.imports.withheld import withheld_whole, without_withheld
from partners.pages import own_partner
from tenants.importing import (
    ImportKind,
    apply_import,
    discard_import,
    errors_csv,
    import_kind,
    import_kinds,
    refresh_import,
    stage_import,
    template_csv,
)
from tenants.models import ImportJob, ImportRow
from tenants.pages import page_for
from tenants.writing import NotAllowed, Refused
from web import clock

KINDS = ("people", "invitations", "customers", "contracts")
SHOWN = 50


def kind_or_404(name: str) -> ImportKind:
    if name not in KINDS or name not in {kind.name for kind in import_kinds()}:
        raise Http404
    return import_kind(name)


@page_for("imports.run")
def upload(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose a file; it is read and previewed at once."""
    chosen, partner = kind_or_404(kind), own_partner()
    form_class = PasteForm if kind == "invitations" else UploadForm
    form = form_class(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data, file_name = form.given()
        try:
            job = stage_import(
                kind,
                data=data,
                file_name=file_name,
                at=clock.now(),
                partner_id=partner.pk,
            )
            return redirect("partners:import", ref=job.ref)
        except NotAllowed:
            raise
        except Refused as refused:
            pasted = bool(form.cleaned_data.get("pasted"))
            form.add_error("pasted" if pasted else "file", refused.detail)
    status = 422 if form.is_bound else 200
    context = {"form": form, "kind": chosen, "columns": chosen.columns, "required": chosen.required}
    return render(request, "partners/import_upload.html", context, status=status)


@page_for("imports.run")
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty file with the right columns."""
    return as_file(template_csv(kind_or_404(kind)), f"{kind}.csv")


def as_file(text: str, name: str) -> HttpResponse:
    """A CSV to save, never to open in place."""
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def found(ref: str) -> ImportJob:
    job = ImportJob.objects.with_public_id(ref).first()
    if job is None:
        raise Http404
    return job


def preview_of(job: ImportJob) -> dict[str, Any]:
    """Totals, the first rows of each outcome, and what differs cell by cell."""
    rows = ImportRow.objects.filter(job=job).order_by("number")
    outcome = ImportRow.Outcome

    def first(of: str) -> list[dict[str, Any]]:
        return [
            {
                "number": row.number,
                "name": next(filter(None, map(row.values.get, ("name", "customer", "email"))), ""),
                "changes": [
                    {"field": field.replace("_", " "), "old": shown(old), "new": shown(new)}
                    for field, (old, new) in row.changes.items()
                ],
                "errors": row.errors,
            }
            for row in without_withheld(job, list(rows.filter(outcome=of)[:SHOWN]))
        ]

    return {
        "job": job,
        "kind": import_kind(job.kind),
        "open": job.state == ImportJob.State.PREVIEWED,
        "groups": [
            {
                "title": _("Rows with errors"),
                "tone": "bad",
                "count": job.failures,
                "rows": first(outcome.ERROR),
            },
            {
                "title": _("Changes"),
                "tone": "warn",
                "count": job.updates,
                "rows": first(outcome.UPDATE),
            },
            {"title": _("New"), "tone": "ok", "count": job.creates, "rows": first(outcome.CREATE)},
        ],
        "shown": SHOWN,
        "withheld": withheld_whole(job),
    }


def shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


@page_for("imports.run")
def preview(request: HttpRequest, ref: str, **more: Any) -> HttpResponse:
    """What the file would do."""
    status = more.pop("status", 200)
    context = {**preview_of(found(ref)), **more}
    return render(request, "partners/import_preview.html", context, status=status)


@page_for("imports.run")
def decide(request: HttpRequest, ref: str) -> HttpResponse:
    """Apply or discard; a preview that no longer holds is made anew and shown again."""
    job = found(ref)
    try:
        if request.POST.get("intent") == "discard":
            discard_import(job, at=clock.now())
        else:
            apply_import(job, at=clock.now())
    except NotAllowed:
        raise
    except Refused as refused:
        if refused.code == "preview_outdated":
            refresh_import(job, at=clock.now())
        return preview(request, ref=ref, status=422, refused=refused)
    return redirect("partners:import", ref=job.ref)


decide = require_POST(decide)


@page_for("imports.run")
def errors(request: HttpRequest, ref: str) -> HttpResponse:
    """The rows with errors as a file, to correct and upload again."""
    job = found(ref)
    return as_file(errors_csv(job, import_kind(job.kind).columns), f"{job.kind}-errors.csv")
