"""Imports in the portal: upload, see how far it is and what it would do, apply, discard, cancel."""

from __future__ import annotations

from typing import IO, Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from partners.forms import PasteForm, UploadForm
from partners.imports.withheld import columns_for_reader, withheld_whole, without_withheld
from partners.pages import own_partner
from tenants.importing import (
    ImportKind,
    ask_apply,
    cancel_import,
    discard_import,
    errors_csv,
    import_kind,
    import_kinds,
    template_csv,
    upload_import,
)
from tenants.models import ImportJob, ImportRow
from tenants.pages import page_for
from tenants.writing import NotAllowed, Refused
from web import clock

KINDS = ("people", "invitations", "customers", "contracts")
SHOWN = 50
"""Rows to a page of the preview."""
ONWARD = {
    "people": ("partners:team", _lazy("Our team")),
    "invitations": ("partners:team", _lazy("Our team")),
    "customers": ("partners:customers", _lazy("Customers")),
    "contracts": ("partners:contracts", _lazy("Contracts")),
}
"""Where a partner finds what an import of the kind wrote."""
Outcome = ImportRow.Outcome
TONES = {
    ImportJob.State.UPLOADED: "info",
    ImportJob.State.READING: "info",
    ImportJob.State.PREVIEWED: "muted",
    ImportJob.State.APPLYING: "info",
    ImportJob.State.APPLIED: "ok",
    ImportJob.State.DISCARDED: "muted",
    ImportJob.State.CANCELLED: "muted",
    ImportJob.State.FAILED: "bad",
}


def kind_or_404(name: str) -> ImportKind:
    if name not in KINDS or name not in {kind.name for kind in import_kinds()}:
        raise Http404
    return import_kind(name)


@page_for("imports.run")
def upload(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose a file; a small one is previewed at once, a larger one read by the worker."""
    chosen, partner = kind_or_404(kind), own_partner()
    form_class = PasteForm if kind == "invitations" else UploadForm
    form = form_class(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data, file_name = form.given()
        try:
            job = upload_import(
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
    empty = reverse("partners:import_template", args=[kind])
    context = {"form": form, "kind": chosen, "empty_file": empty}
    return render(request, "partners/import_upload.html", context, status=status)


@page_for("imports.run")
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty file with the right columns."""
    return as_file(template_csv(kind_or_404(kind)), f"{kind}.csv")


def as_file(content: str | IO[bytes], name: str) -> Any:
    """A CSV to save, never to open in place."""
    kind = "text/csv; charset=utf-8"
    if isinstance(content, str):
        response: Any = HttpResponse(content, content_type=kind)
    else:
        response = FileResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def found(ref: str) -> ImportJob:
    job = ImportJob.objects.with_public_id(ref).select_related("file").first()
    if job is None:
        raise Http404
    return job


def preview_of(job: ImportJob, asked: Any, address: str) -> dict[str, Any]:
    """How far the job is, its totals, and a page of the rows of one outcome.

    ``asked`` is the query of the page at ``address``: ``outcome`` and ``page``.
    """
    groups = [group for group in _groups(job) if group["count"]]
    chosen = next((g for g in groups if g["outcome"] == asked.get("outcome")), None)
    chosen = chosen or (groups[0] if groups else None)
    return {
        "job": job,
        "kind": import_kind(job.kind),
        "working": job.is_working,
        "open": job.state == ImportJob.State.PREVIEWED,
        "tone": TONES[ImportJob.State(job.state)],
        "percent": min(100, 100 * job.done // job.total) if job.total else 0,
        "address": address,
        "groups": groups,
        "rows": _page(job, chosen, asked.get("page")) if chosen and not job.is_working else None,
        "withheld": withheld_whole(job),
        "onward": ONWARD.get(job.kind),
    }


def _groups(job: ImportJob) -> list[dict[str, Any]]:
    each = (
        (Outcome.ERROR, _("With errors"), _("What is wrong"), "bad", job.failures),
        (Outcome.UPDATE, _("Changes"), _("What changes"), "warn", job.updates),
        (Outcome.CREATE, _("New"), _("What it adds"), "ok", job.creates),
    )
    keys = ("outcome", "title", "about", "tone", "count")
    return [dict(zip(keys, group, strict=True)) for group in each]


def _page(job: ImportJob, group: dict[str, Any], asked: str | None) -> dict[str, Any]:
    """One page of a group's rows; the count is the job's own, so nothing is counted again."""
    last = max(1, -(-group["count"] // SHOWN))
    number = min(int(asked), last) if asked and asked.isascii() and asked.isdigit() else 1
    first = max(0, number - 1) * SHOWN
    rows = ImportRow.objects.filter(job=job, outcome=group["outcome"]).order_by("number")
    return {
        "group": group,
        "items": [
            {
                "number": row.number,
                "name": next(filter(None, map(row.values.get, ("name", "customer", "email"))), ""),
                "changes": [
                    {"field": field.replace("_", " "), "old": shown(old), "new": shown(new)}
                    for field, (old, new) in row.changes.items()
                ],
                "errors": row.errors,
            }
            for row in without_withheld(job, list(rows[first : first + SHOWN]))
        ],
        "first": first + 1,
        "last": min(first + SHOWN, group["count"]),
        "before": number - 1 if number > 1 else None,
        "after": number + 1 if number < last else None,
        "cleared": job.cleared_at is not None,
    }


def shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


@page_for("imports.run")
def preview(request: HttpRequest, ref: str, **more: Any) -> HttpResponse:
    """How far it is; then what the file would do, or did."""
    status, job = more.pop("status", 200), found(ref)
    address = reverse("partners:import", args=[job.ref])
    context = {**preview_of(job, request.GET, address), **more}
    if request.GET.get("part") == "progress":
        return progress_part(request, context)
    return render(request, "partners/import_preview.html", context, status=status)


def progress_part(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What a page that shows the progress asks for: how far it is; the whole page once it is
    through."""
    if context["working"]:
        return render(request, "partners/_import_progress.html", context)
    return HttpResponse(headers={"HX-Refresh": "true"})


@page_for("imports.run")
def decide(request: HttpRequest, ref: str) -> HttpResponse:
    """Apply, discard or cancel; a preview that no longer holds is made anew and shown again."""
    job = found(ref)
    verbs = {"discard": discard_import, "cancel": cancel_import}
    try:
        verbs.get(request.POST.get("intent", ""), ask_apply)(job, at=clock.now())
    except NotAllowed:
        raise
    except Refused as refused:
        return preview(request, ref=ref, status=422, refused=refused)
    return redirect("partners:import", ref=job.ref)


decide = require_POST(decide)


@page_for("imports.run")
def errors(request: HttpRequest, ref: str) -> HttpResponse:
    """The rows with errors as a file, to correct and upload again."""
    job = found(ref)
    columns = columns_for_reader(import_kind(job.kind))
    return as_file(errors_csv(job, columns), f"{job.kind}-errors.csv")
