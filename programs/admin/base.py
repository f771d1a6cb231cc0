"""What all of the program's own pages share: who may come in, the draft, the page itself."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from programs import actions
from programs.models import ProgramDraft
from tenants.vendor_admin import VendorAdmin, may

NAME = "programs_programversion"
View = Any


class ProgramPages(VendorAdmin):
    """Base of the mixins that make up the program's admin."""

    def own_pages(self) -> list[tuple[str, View, str]]:
        """(route, view, name) of the pages that are no list or form of versions."""
        return []

    def _require_publisher(self) -> None:
        if not may(actions.stage_program):
            raise Http404

    def _draft(self) -> ProgramDraft | None:
        found: ProgramDraft | None = ProgramDraft.objects.select_related("edited_by").first()
        return found

    def _page(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """A page, or only the part of it that htmx asked for: ``_<name>_part.html``."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        part = "_part" if request.headers.get("HX-Request") and name in _PARTS else ""
        template = f"admin/programs/{'_' if part else ''}{name}{part}.html"
        return TemplateResponse(request, template, context, status=status)


_PARTS = frozenset({"entry", "tree"})
