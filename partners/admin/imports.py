"""Imports in the admin: upload, see how far it is and what it would do, apply, discard, cancel."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from partners.admin.forms import ImportForm
from partners.imports.withheld import columns_for_reader, withheld_whole
from partners.views.imports import as_file, preview_of, progress_part
from tenants.admin import ImportJobAdmin
from tenants.edges import with_now
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
from tenants.models import ImportJob
from tenants.vendor_admin import Button
from web import clock


def upload_now(*, kind: str, file: Any) -> ImportJob:
    """Preview an uploaded file, or have it read."""
    return upload_import(kind, data=file.read(), file_name=file.name, at=clock.now())


upload_now.capability = "imports.run"  # type: ignore[attr-defined]


def _open(job: ImportJob) -> bool:
    return job.state == ImportJob.State.PREVIEWED


def _working(job: ImportJob) -> bool:
    return job.is_working and not job.cancel_asked


def _kind_or_404(name: str) -> ImportKind:
    found = next((kind for kind in import_kinds() if kind.name == name), None)
    if found is None:
        raise Http404
    return found


def _columns_of(request: HttpRequest) -> dict[str, Any]:
    """The kind that the form has chosen, by default its first, and its empty file."""
    kinds, name = import_kinds(), request.POST.get("kind") or request.GET.get("kind")
    kind = next((kind for kind in kinds if kind.name == name), kinds[0])
    address = reverse("admin:tenants_importjob_empty", args=[kind.name])
    return {"kind": kind, "empty_file": address}


admin.site.unregister(ImportJob)


@admin.register(ImportJob)
class ImportAdmin(ImportJobAdmin):
    """The list of the base, with its verbs: they need the kinds that apps register."""

    add_action = upload_now
    add_form = ImportForm
    add_fields = ("kind", "file")
    add_label = _("Upload and look")
    change_form_outer_after_template = "partners/_import_admin_columns.html"
    show = ("state", "note", "preview", *ImportJobAdmin.show)  # type: ignore[assignment]
    buttons = (
        Button(
            "apply",
            _("Apply"),
            with_now(ask_apply),
            shown=lambda job: _open(job) and not job.failures,
            tone="primary",
            done=_("All rows are applied together, or none."),
        ),
        Button(
            "discard",
            _("Discard"),
            with_now(discard_import),
            shown=_open,
            done=_("Discarded. Nothing was changed."),
        ),
        Button(
            "cancel",
            _("Cancel the import"),
            with_now(cancel_import),
            shown=_working,
            done=_("Cancelled: nothing of it is kept."),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{address}",
                self.admin_site.admin_view(view),
                name=f"tenants_importjob_{name}",
            )
            for address, view, name in (
                ("errors.csv", self.errors_view, "errors"),
                ("rows/", self.rows_view, "rows"),
            )
        ]
        columns, empty = self.columns_view, self.empty_view
        own += [
            path("columns/", self.admin_site.admin_view(columns), name="tenants_importjob_columns"),
            path(
                "empty/<slug:kind>.csv",
                self.admin_site.admin_view(empty),
                name="tenants_importjob_empty",
            ),
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Beside the form stand the columns of the kind that is chosen."""
        context = {**_columns_of(request), **(extra_context or {})}
        return super().add_view(request, form_url, context)

    def columns_view(self, request: HttpRequest) -> HttpResponse:
        """The columns of another kind, once it is chosen."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return render(request, "partners/_import_columns.html", _columns_of(request))

    def empty_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """An empty file with the right columns."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return as_file(template_csv(_kind_or_404(kind)), f"{kind}.csv")

    def errors_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The rows with errors as a file."""
        job = self._object(request, object_id)
        if withheld_whole(job):
            raise Http404
        columns = columns_for_reader(import_kind(job.kind))
        return as_file(errors_csv(job, columns), f"{job.kind}-errors.csv")

    def rows_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How far it is, or a page of its rows: a part of the job's own page."""
        job = self._object(request, object_id)
        context = preview_of(
            job, request.GET, reverse("admin:tenants_importjob_rows", args=[job.ref])
        )
        if request.GET.get("part") == "progress":
            return progress_part(request, context)
        if context["withheld"]:
            raise Http404
        return HttpResponse(render_to_string("partners/_import_rows.html", context, request))

    @admin.display(description=_("preview"))
    def preview(self, job: ImportJob) -> SafeString | str:
        address = reverse("admin:tenants_importjob_rows", args=[job.ref])
        context = preview_of(job, QueryDict(), address)
        if job.is_working:
            return render_to_string("partners/_import_progress.html", context)
        if withheld_whole(job):
            return str(_("The partner's own: only its people read the rows."))
        if not context["rows"]:
            return "–"
        errors = reverse("admin:tenants_importjob_errors", args=[job.ref]) if job.failures else ""
        return render_to_string("partners/_import_rows.html", {**context, "errors": errors})

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """On to the preview, which is what the upload was for."""
        messages.info(request, _("Nothing has been changed yet: first look at what it would do."))
        return redirect(self._address("change", obj.ref))
