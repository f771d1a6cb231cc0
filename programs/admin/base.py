"""What all of the program's own pages share: who may come in, the draft, the page itself."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

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
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "beside_list": True,
            **context,
        }
        if name not in _HEADED:
            context["head"] = _("Edit the program")
        part = "_part" if request.headers.get("HX-Request") and name in _PARTS else ""
        template = f"admin/programs/{'_' if part else ''}{name}{part}.html"
        return TemplateResponse(request, template, context, status=status)


def back_to(request: HttpRequest, otherwise: str) -> str:
    """Where the form came from, as it says itself; ``otherwise`` where that is not of this site."""
    back: str = request.POST.get("back", "")
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else otherwise


_PARTS = frozenset({"entry", "tree"})
_HEADED = frozenset({"draft", "plan", "upload"})  # their title stands in the head of the page
