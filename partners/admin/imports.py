"""Imports in the admin: upload, look at the preview, apply or discard."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from partners.admin.forms import ImportForm
from partners.imports.withheld import columns_for_reader, withheld_whole
from partners.views.imports import as_file, preview_of
from tenants.admin import ImportJobAdmin
from tenants.edges import with_now
from tenants.importing import (
    apply_import,
    discard_import,
    errors_csv,
    import_kind,
    refresh_import,
    stage_import,
)
from tenants.models import ImportJob
from tenants.vendor_admin import Button
from tenants.writing import Refused
from web import clock


def stage_now(*, kind: str, file: Any) -> ImportJob:
    """Preview an uploaded file."""
    return stage_import(kind, data=file.read(), file_name=file.name, at=clock.now())


stage_now.capability = stage_import.capability  # type: ignore[attr-defined]


def apply_now(job: ImportJob) -> ImportJob:
    """Apply; where the preview no longer holds it is made anew before the refusal is shown."""
    try:
        return apply_import(job, at=clock.now())
    except Refused as refused:
        if refused.code == "preview_outdated":
            refresh_import(job, at=clock.now())
        raise


apply_now.capability = apply_import.capability  # type: ignore[attr-defined]


def _open(job: ImportJob) -> bool:
    return job.state == ImportJob.State.PREVIEWED


admin.site.unregister(ImportJob)


@admin.register(ImportJob)
class ImportAdmin(ImportJobAdmin):
    """The list of the base, with its verbs: they need the kinds that apps register."""

    add_action = stage_now
    add_form = ImportForm
    add_fields = ("kind", "file")
    add_label = _("Upload and look")
    show = (*ImportJobAdmin.show, "preview")  # type: ignore[assignment]
    buttons = (
        Button(
            "apply",
            _("Apply"),
            apply_now,
            shown=lambda job: _open(job) and not job.failures,
            tone="primary",
            done=_("Applied."),
        ),
        Button(
            "discard",
            _("Discard"),
            with_now(discard_import),
            shown=_open,
            done=_("Discarded. Nothing was changed."),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.errors_view)
        own = path("<path:object_id>/errors.csv", view, name="tenants_importjob_errors")
        return [own, *super().get_urls()]

    def errors_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The rows with errors as a file."""
        job = self._object(request, object_id)
        if withheld_whole(job):
            raise Http404
        columns = columns_for_reader(import_kind(job.kind))
        return as_file(errors_csv(job, columns), f"{job.kind}-errors.csv")

    @admin.display(description=_("preview"))
    def preview(self, job: ImportJob) -> SafeString | str:
        if not job.rows:
            return "–"
        if withheld_whole(job):
            return str(_("The partner's own: only its people read the rows."))
        body = render_to_string("partners/_import_groups.html", preview_of(job))
        if not job.failures:
            return SafeString(body)
        address = reverse("admin:tenants_importjob_errors", args=[job.ref])
        words = _("Rows with errors as a file")
        return format_html('<p><a href="{}">{}</a></p>{}', address, words, SafeString(body))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """On to the preview, which is what the upload was for."""
        from django.shortcuts import redirect

        messages.info(request, _("This is what the file would do. Nothing has been changed yet."))
        return redirect(self._address("change", obj.ref))
