"""Upload, plan, publish. Nothing is published without its plan."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import actions, document_page
from programs import document as documents
from programs.admin.base import ProgramPages, View
from programs.admin.drafts import number_in, parse_day
from programs.compiled import program_numbered
from programs.drafts import approval_of, drafted, first_day, problems_in, told_on
from programs.editing.entries import Gone, followed
from programs.errors import ProgramError
from programs.forms import ProgramUploadForm
from programs.models import ProgramDraft
from programs.plan import Plan, plan_program
from programs.plan_words import contents
from programs.usage import SECTIONS
from tenants import scope
from tenants.clock import today
from tenants.writing import Refused
from web import clock
from web.templatetags.mainstay import short_date


class PublishingPages(ProgramPages):
    """The way of a document from a file or the draft to a version."""

    upload_button: Any = gettext_lazy("Upload a program")

    def own_pages(self) -> list[tuple[str, View, str]]:
        return [
            *super().own_pages(),
            ("upload/", self.upload_view, "upload"),
            ("plan/", self.plan_view, "plan"),
            ("plan/follow/", self.follow_view, "follow"),
            ("plan/publish/", self.publish_view, "publish"),
            ("plan/approve/", self.approve_view, "approve"),
            ("plan/discard/", self.discard_view, "discard"),
        ]

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
                    replaces=given["replaces"],
                )
                return redirect(self._address("plan"))
            except Refused as refused:
                named = refused.code == "effective_in_past"
                form.add_error("effective_from" if named else None, refused.detail)
                if refused.code == "draft_open":
                    return self._upload_page(request, form, asks=self._draft())
        return self._upload_page(request, form)

    def _start(self, request: HttpRequest) -> dict[str, Any]:
        """What stands in the form: an older version or the draft to begin with, and today."""
        start: dict[str, Any] = {"effective_from": today()}
        number = request.GET.get("version", "")
        draft = ProgramDraft.objects.first() if "draft" in request.GET else None
        if draft is not None:
            start |= {"effective_from": draft.effective_from, "note": draft.note}
            start["replaces"] = draft.lock_version
            start["text"] = documents.export_yaml(drafted(draft.document))
        elif number.isascii() and number.isdigit() and len(number) < 9:
            try:
                start["text"] = documents.export_yaml(program_numbered(int(number)).document)
            except Refused:
                raise Http404 from None
        return start

    def _upload_page(
        self, request: HttpRequest, form: ProgramUploadForm, asks: ProgramDraft | None = None
    ) -> HttpResponse:
        """``asks``: the open draft that this upload would take the place of."""
        context = {
            "asks": asks,
            "edit": self._address("draft"),
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
            messages.info(request, _("There is no draft to plan. Start one, or upload a document."))
            return redirect(self._address("draft"))
        if problems_in(draft.document):
            messages.error(request, _("The draft cannot be planned yet: see what to put right."))
            return redirect(self._address("draft"))
        return self._page(request, "plan", self._planned(draft))

    def _planned(self, draft: ProgramDraft) -> dict[str, Any]:
        plan = _plan_of(draft)
        return {
            "title": _("Plan"),
            "draft": draft,
            "approval": approval_of(draft, today(), scope.current().person_id),
            "approve": self._address("approve"),
            "plan": plan,
            "moved": plan.effective_from != draft.effective_from,
            "contents": contents(plan.document),
            **document_page.plan_context(plan),
            "publish": self._address("publish"),
            "follow": self._address("follow"),
            "edit": self._address("draft"),
        }

    def follow_view(self, request: HttpRequest) -> HttpResponse:
        """Say which code stands for one that goes although it is in use; then the plan again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        section, code, chosen = (
            request.POST.get(name, "") for name in ("section", "code", "successor")
        )
        try:
            if section not in SECTIONS or not chosen:
                raise Refused("no_successor", _("Choose what follows."))
            successor = None if chosen == document_page.NOTHING else chosen
            actions.edit_draft(
                lambda values: followed(values, section, code, successor),
                place="mapping",
                lock_version=number_in(request.POST.get("lock_version", "")),
                at=clock.now(),
            )
        except Gone:
            messages.error(request, _("What you chose is not in the draft any more."))
        except ProgramError as error:
            messages.error(request, str(error.problems[0]))
        except Refused as refused:
            messages.error(request, refused.detail)
        return redirect(self._address("plan"))

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        """Publish what the plan page showed, or say why not and show the plan again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        day, base = parse_day(request.POST.get("effective_from", "")), request.POST.get("base", "")
        told = parse_day(request.POST.get("announced_on", ""))
        if day is None or told is None or not (base.isascii() and base.isdigit() and len(base) < 9):
            messages.error(request, _("The form was incomplete. Read the plan and publish again."))
            return redirect(self._address("plan"))
        try:
            version = actions.publish_draft(
                digest=request.POST.get("digest", ""),
                base=int(base),
                effective_from=day,
                announced_on=told,
                at=clock.now(),
            )
        except Refused as refused:
            messages.error(request, refused.detail)
            return redirect(self._address("plan"))
        words = _("Version %(number)d is published, in force from %(day)s.")
        found = {"number": version.number, "day": short_date(version.effective_from)}
        messages.success(request, words % found)
        return redirect(self._address("change", version.ref))

    def approve_view(self, request: HttpRequest) -> HttpResponse:
        """A second person's yes to what the plan page showed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        version = request.POST.get("lock_version", "")
        try:
            actions.approve_draft(
                digest=request.POST.get("digest", ""),
                lock_version=int(version) if version.isascii() and version.isdigit() else 0,
                at=clock.now(),
            )
            messages.success(request, _("The draft is approved. It can be published now."))
        except Refused as refused:
            messages.error(request, refused.detail)
        return redirect(self._address("plan"))

    def discard_view(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        version = request.POST.get("lock_version", "")
        try:
            actions.discard_draft(int(version) if version.isascii() and version.isdigit() else None)
            messages.success(request, _("The draft is discarded; nothing was published."))
        except Refused as refused:
            messages.error(request, refused.detail)
            return redirect(self._address("draft"))
        return redirect(self._address("changelist"))


def _plan_of(draft: ProgramDraft) -> Plan:
    """The draft's plan, from the day on which it can be in force."""
    on = today()
    return plan_program(
        documents.document_from(draft.document),
        effective_from=first_day(draft, on),
        announced_on=told_on(draft, on),
        today=on,
    )
