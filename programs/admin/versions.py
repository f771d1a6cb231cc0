"""The versions of the program: what is in force, what was, what is to come."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import actions, document_page
from programs import document as documents
from programs.admin.base import NAME
from programs.admin.drafts import DraftPages
from programs.admin.places import PlacePages
from programs.admin.publishing import PublishingPages
from programs.admin.trials import TrialPages
from programs.compiled import document_as_written
from programs.models import ProgramDraft, ProgramVersion
from tenants.admin_home import register_first_step
from tenants.admin_site import register_admin_page
from tenants.clock import today
from tenants.vendor_admin import may

YAML = "application/yaml"


@admin.register(ProgramVersion)
class ProgramVersionAdmin(DraftPages, PlacePages, TrialPages, PublishingPages):
    """Versions are immutable; the only verb is to publish the next one."""

    job, icon, job_order = "program", "rule", 10
    list_display = (
        "number",
        "state",
        "effective_from",
        "announced_on",
        "published_by",
        "published_at",
        "short_digest",
        "note",
    )
    list_select_related = ("published_by",)
    ordering = ("-number",)
    show = (
        "number",
        "state",
        "effective_from",
        "announced_on",
        "published_by",
        "published_at",
        "based_on",
        "whole_digest",
        "note",
    )
    change_form_template = "admin/programs/version.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the key of the version in force, for ``state``; documents stay where they are."""
        current = ProgramVersion.objects.in_force(today()).values("pk")
        return super().get_queryset(request).defer("document").annotate(current=Subquery(current))

    def name_of(self, obj: ProgramVersion) -> str:
        return _("Version %(number)d") % {"number": obj.number}

    @admin.display(description=gettext_lazy("state"))
    def state(self, version: Any) -> str:
        """In force, waiting for its day, or replaced, on the vendor's day."""
        if version.current == version.pk:
            return _("In force")
        return _("Scheduled") if version.effective_from > today() else _("Replaced")

    @admin.display(description=gettext_lazy("digest"))
    def short_digest(self, version: ProgramVersion) -> str:
        return version.digest[:12]

    @admin.display(description=gettext_lazy("digest"))
    def whole_digest(self, version: ProgramVersion) -> str:
        """All 64 characters, broken where a phone needs it."""
        return format_html('<span style="overflow-wrap: anywhere">{}</span>', version.digest)

    def get_urls(self) -> list[URLPattern]:
        pages = [*self.own_pages(), ("<path:object_id>/yaml/", self.download_view, "download")]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"{NAME}_{name}")
            for route, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        links = []
        if may(actions.stage_program):
            links.append((_("Edit the program"), self._address("draft")))
            links.append((self.upload_button, self._address("upload")))
            if ProgramDraft.objects.exists():
                links.append((_("Review the draft's plan"), self._address("plan")))
        context = {"page_links": links, **(extra_context or {})}
        return super().changelist_view(request, context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        version = self.get_object(request, object_id) if object_id else None
        context = dict(extra_context or {})
        if version is not None:
            context |= document_page.version_context(version)
            context["download"] = self._address("download", version.ref)
            if may(actions.stage_program):
                context["reuse"] = f"{self._address('upload')}?version={version.number}"
        return super().changeform_view(request, object_id, form_url, context)

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The version's document as YAML, to edit and upload again."""
        version = self._object(request, object_id)
        text = documents.export_yaml(document_as_written(version.number))
        name = f"{request.vendor.code}-program-v{version.number}.yaml"  # type: ignore[attr-defined]
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(text, content_type=f"{YAML}; charset=utf-8", headers=headers)


def _own_program() -> bool:
    """Somebody published one: what the operator's command began with is a template's."""
    return bool(ProgramVersion.objects.exclude(published_by=None, number=1).exists())


register_first_step(
    10,
    gettext_lazy("Make the program your own"),
    gettext_lazy(
        "Tiers, requirements, products and benefits. The plan shows who is concerned before you "
        "publish."
    ),
    f"admin:{NAME}_draft",
    gettext_lazy("Edit the program"),
    _own_program,
)
register_admin_page(
    "program", gettext_lazy("Edit the program"), f"admin:{NAME}_draft", "edit_note",
    capability="program.publish", order=5,
    covers=(f"admin:{NAME}_plan", f"admin:{NAME}_upload"),
)  # fmt: skip
