"""The program's pages: versions, upload, plan, publish. Nothing is published without its plan."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import actions, document_page
from programs import document as documents
from programs.compiled import program_numbered
from programs.forms import ProgramUploadForm
from programs.models import ProgramDraft, ProgramVersion
from programs.plan import Plan, contents, plan_program
from tenants.clock import today
from tenants.vendor_admin import VendorAdmin, may
from tenants.writing import Refused
from web import clock

YAML = "application/yaml"


@admin.register(ProgramVersion)
class ProgramVersionAdmin(VendorAdmin):
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
    upload_button: ClassVar[Any] = gettext_lazy("Upload a program")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the key of the version in force, for ``state``; documents stay where they are."""
        current = ProgramVersion.objects.in_force(today()).values("pk")
        return super().get_queryset(request).defer("document").annotate(current=Subquery(current))

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
        pages = (
            ("upload/", self.upload_view, "upload"),
            ("plan/", self.plan_view, "plan"),
            ("plan/publish/", self.publish_view, "publish"),
            ("plan/discard/", self.discard_view, "discard"),
            ("<path:object_id>/yaml/", self.download_view, "download"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=f"programs_programversion_{name}")
            for route, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        links = []
        if may(actions.stage_program):
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
        text = documents.export_yaml(program_numbered(version.number).document)
        name = f"{request.vendor.code}-program-v{version.number}.yaml"  # type: ignore[attr-defined]
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(text, content_type=f"{YAML}; charset=utf-8", headers=headers)

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """A file or a text, read and staged; then its plan."""
        self._require_publisher()
        if request.method != "POST":
            return self._upload_page(request, ProgramUploadForm(initial=self._start(request)))
        form = ProgramUploadForm(request.POST, request.FILES)
        if form.is_valid():
            given = form.cleaned_data
            try:
                actions.stage_program(
                    given["document"],
                    at=clock.now(),
                    effective_from=given["effective_from"],
                    note=given["note"],
                )
                return redirect(self._address("plan"))
            except Refused as refused:
                named = refused.code == "effective_in_past"
                form.add_error("effective_from" if named else None, refused.detail)
        return self._upload_page(request, form)

    def _start(self, request: HttpRequest) -> dict[str, Any]:
        """What stands in the form: an older version or the draft to begin with, and today."""
        start: dict[str, Any] = {"effective_from": today()}
        number = request.GET.get("version", "")
        draft = ProgramDraft.objects.first() if "draft" in request.GET else None
        if draft is not None:
            start |= {"effective_from": draft.effective_from, "note": draft.note}
            start["text"] = documents.export_yaml(documents.document_from(draft.document))
        elif number.isascii() and number.isdigit() and len(number) < 9:
            try:
                start["text"] = documents.export_yaml(program_numbered(int(number)).document)
            except Refused:
                raise Http404 from None
        return start

    def _upload_page(self, request: HttpRequest, form: ProgramUploadForm) -> HttpResponse:
        context = {
            "title": self.upload_button,
            "form": form,
            "problems": document_page.problem_table(form.problems),
            "back": self._address("changelist"),
        }
        return self._page(request, "upload", context, status=422 if form.errors else 200)

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """What the draft would change, computed now, with the button that publishes just that."""
        self._require_publisher()
        draft = ProgramDraft.objects.select_related("edited_by").first()
        if draft is None:
            messages.info(request, _("There is no draft. Upload a document to plan it."))
            return redirect(self._address("upload"))
        return self._page(request, "plan", self._planned(draft))

    def _planned(self, draft: ProgramDraft) -> dict[str, Any]:
        plan = _plan_of(draft)
        return {
            "title": _("Plan"),
            "draft": draft,
            "plan": plan,
            "moved": plan.effective_from != draft.effective_from,
            "contents": contents(plan.document),
            "effects": document_page.effect_tables(plan),
            "publish": self._address("publish"),
            "discard": self._address("discard"),
            "edit": f"{self._address('upload')}?draft",
        }

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        """Publish what the plan page showed, or say why not and show the plan again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        day, base = parse_date(request.POST.get("effective_from", "")), request.POST.get("base", "")
        if day is None or not (base.isascii() and base.isdigit() and len(base) < 9):
            messages.error(request, _("The form was incomplete. Read the plan and publish again."))
            return redirect(self._address("plan"))
        try:
            version = actions.publish_draft(
                digest=request.POST.get("digest", ""),
                base=int(base),
                effective_from=day,
                at=clock.now(),
            )
        except Refused as refused:
            messages.error(request, refused.detail)
            return redirect(self._address("plan"))
        words = _("Version %(number)d is published, in force from %(day)s.")
        found = {"number": version.number, "day": version.effective_from}
        messages.success(request, words % found)
        return redirect(self._address("change", version.ref))

    def discard_view(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            actions.discard_draft()
            messages.success(request, _("The draft is discarded; nothing was published."))
        except Refused as refused:
            messages.error(request, refused.detail)
        return redirect(self._address("changelist"))

    def _require_publisher(self) -> None:
        if not may(actions.stage_program):
            raise Http404

    def _page(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        template = f"admin/programs/{name}.html"
        return TemplateResponse(request, template, context, status=status)


def _plan_of(draft: ProgramDraft) -> Plan:
    """The draft's plan; a day that has passed while the draft lay there becomes today."""
    day: dt.date = draft.effective_from
    if ProgramVersion.objects.exists():
        day = max(day, today())
    return plan_program(documents.document_from(draft.document), effective_from=day)
