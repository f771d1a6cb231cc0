"""The start page of the editor: where the program stands, its sections, the draft's life."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from programs import actions, draft_page
from programs.admin.base import ProgramPages, View, back_to
from programs.beginnings import beginning, beginnings
from programs.drafts import approval_of, edits_of
from programs.errors import ProgramError
from programs.models import ProgramDraft, ProgramVersion
from tenants import scope
from tenants.clock import today
from tenants.writing import Refused
from web import clock


class DraftPages(ProgramPages):
    """Start, schedule, comment; the pages of its places are ``PlacePages``."""

    def own_pages(self) -> list[tuple[str, View, str]]:
        return [
            *super().own_pages(),
            ("draft/", self.draft_view, "draft"),
            ("draft/start/", self.start_view, "draft_start"),
            ("draft/schedule/", self.schedule_view, "draft_schedule"),
            ("draft/comment/", self.comment_view, "draft_comment"),
            ("draft/comment/settle/", self.settle_view, "draft_settle"),
            ("draft/undo/", self.undo_view, "draft_undo"),
        ]

    def draft_view(self, request: HttpRequest) -> HttpResponse:
        """What is in force, what is to come, and the draft: section by section."""
        self._require_publisher()
        draft = self._draft()
        day = today()
        context: dict[str, Any] = {
            "title": _("Edit the program"),
            "draft": draft,
            "current": ProgramVersion.objects.in_force(day).first(),
            "scheduled": ProgramVersion.objects.filter(effective_from__gt=day).order_by(
                "effective_from"
            ),
            "addresses": self._addresses(),
        }
        if draft is None:
            vendor = request.vendor  # type: ignore[attr-defined]
            context["beginnings"] = beginnings(vendor, day)
        else:
            context |= self._open(draft)
        return self._page(request, "draft", context)

    def _open(self, draft: ProgramDraft) -> dict[str, Any]:
        edits = edits_of(draft)
        return {
            **draft_page.overview(draft, lambda place: self._address("draft_place", place)),
            "edits": edits[:10],
            "edits_more": max(0, len(edits) - 10),
            "undoes": draft.steps.exists(),
            "comments": draft_page.comments(draft),
            "approval": approval_of(draft, today(), scope.current().person_id),
            "newer": ProgramVersion.objects.filter(number__gt=draft.base_version).exists(),
        }

    def _addresses(self) -> dict[str, str]:
        return {
            name: self._address(page)
            for name, page in (
                ("start", "draft_start"), ("schedule", "draft_schedule"), ("plan", "plan"),
                ("comment", "draft_comment"), ("settle", "draft_settle"), ("undo", "draft_undo"),
                ("discard", "discard"), ("upload", "upload"),
                ("test", "draft_test"), ("test_all", "draft_test_all"), ("draft", "draft"),
                ("versions", "changelist"),
            )
        }  # fmt: skip

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Begin the draft with what was chosen."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        chosen = request.POST.get("from", "")
        vendor = request.vendor  # type: ignore[attr-defined]
        try:
            document = beginning(chosen, vendor)
            actions.start_draft(document, at=clock.now(), origin=chosen)
        except KeyError:
            messages.error(request, _("Choose what the draft begins with."))
        except ProgramError as error:
            messages.error(request, str(error.problems[0]))
        except Refused as refused:
            messages.error(request, refused.detail)
        return redirect(self._address("draft"))

    def schedule_view(self, request: HttpRequest) -> HttpResponse:
        """The day from which the draft shall be in force, and the note for the history."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        day = parse_day(request.POST.get("effective_from", ""))
        try:
            if day is None:
                raise Refused("no_day", _("Write the day as YYYY-MM-DD."))
            told = request.POST.get("announced_on", "").strip()
            if told and parse_day(told) is None:
                raise Refused("no_day", _("Write the day as YYYY-MM-DD."))
            actions.schedule_draft(
                effective_from=day,
                announced_on=parse_day(told),
                note=request.POST.get("note", "").strip()[:500],
                lock_version=number_in(request.POST.get("lock_version", "")),
                at=clock.now(),
            )
            messages.success(request, _("The days and the note are kept."))
        except Refused as refused:
            messages.error(request, refused.detail)
        return redirect(self._address("draft"))

    def comment_view(self, request: HttpRequest) -> HttpResponse:
        """Keep a comment and return to the page on which it was written."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            actions.comment_on_draft(
                request.POST.get("text", "")[:4000],
                place=request.POST.get("place", "")[:400],
                at=clock.now(),
            )
        except Refused as refused:
            messages.error(request, refused.detail)
        return redirect(f"{back_to(request, self._address('draft'))}#comments")

    def settle_view(self, request: HttpRequest) -> HttpResponse:
        """Resolve a comment, or reopen it, and return to the page on which it stands."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            actions.settle_comment(
                request.POST.get("comment", ""),
                resolved=request.POST.get("op") == "resolve",
                at=clock.now(),
            )
        except Refused as refused:
            messages.error(request, refused.detail)
        return redirect(f"{back_to(request, self._address('draft'))}#comments")

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take back the last change, and return to the page from which it was asked."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            actions.undo_draft(
                lock_version=number_in(request.POST.get("lock_version", "")), at=clock.now()
            )
            messages.success(request, _("The last change is undone."))
        except Refused as refused:
            messages.error(request, refused.detail)
        return redirect(self._address("draft"))


def number_in(text: str) -> int:
    """A version as a form sends it; 0 for anything else, which no draft has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def parse_day(text: str) -> Any:
    """A day as a form sends it, or None."""
    try:
        return parse_date(text.strip())
    except ValueError:
        return None
