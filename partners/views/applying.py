"""The public pages by which a company applies, goes on with a draft and answers questions."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control

from partners import actions, rules
from partners.actions.applications import by_link
from partners.application_forms import AnswerForm, ApplicationForm
from partners.models import Application
from partners.pages import said_yes
from partners.rules.field_sets import fields_of
from programs.models import PartnerType
from tenants import scope
from tenants.adapters import client_address
from tenants.files import download
from tenants.models import File
from tenants.pages import page_for
from web import clock
from web.api import rates

PER_MINUTE = 5


def apply(request: HttpRequest) -> HttpResponse:
    """The type, then its form; the answer is the same for people and for robots that fill the
    trap."""
    with scope.widen("application", vendor_id=request.vendor.pk):  # type: ignore[attr-defined]
        return _form(request, None)


@cache_control(private=True, no_store=True)  # what a company wrote, to whoever holds its link
def apply_continue(request: HttpRequest, token: str) -> HttpResponse:
    """A draft goes on, or a question is answered, by whoever holds the link; else 404."""
    with scope.widen("application", vendor_id=request.vendor.pk):  # type: ignore[attr-defined]
        found = by_link(token, clock.now())
        if found is None:
            return render(request, "partners/apply_over.html", status=404)
        if found.state == Application.State.ASKED:
            return _answer(request, found)
        return _form(request, found)


def _form(request: HttpRequest, draft: Application | None) -> HttpResponse:
    now, posted = clock.now(), request.method == "POST"
    types = rules.open_types(request.vendor.day_of(now))  # type: ignore[attr-defined]
    wanted = request.POST.get("partner_type") if posted else request.GET.get("type")
    kind = _kind(types, wanted, draft)
    saving = "save" in request.POST
    given = (request.POST, request.FILES) if posted else ()
    form = ApplicationForm(*given, types=types, kind=kind, draft=draft, saving=saving)
    if not posted:
        return _shown(request, form, types, kind, draft)
    if _busy(request):
        return _shown(request, form, types, kind, draft, status=429, busy=True)
    if not form.is_valid():
        return _shown(request, form, types, kind, draft, status=422)
    values = dict(form.cleaned_data)
    if values.pop("website"):
        return redirect("partners:applied")
    verb = actions.save_draft if saving else actions.submit_application
    if said_yes(form, lambda: verb(draft, at=now, **values)):
        return redirect("partners:apply_saved" if saving else "partners:applied")
    return _shown(request, form, types, kind, draft, status=422)


def _kind(
    types: list[PartnerType], wanted: str | None, draft: Application | None
) -> PartnerType | None:
    if wanted is None and draft is not None:
        wanted = draft.partner_type.code
    if wanted is None and len(types) == 1:
        return types[0]
    return next((row for row in types if row.code == wanted), None)


def _busy(request: HttpRequest) -> bool:
    who = ("apply", request.vendor.pk, client_address(request))  # type: ignore[attr-defined]
    return bool(rates.count("applications", who, PER_MINUTE).exceeded)


def _shown(
    request: HttpRequest,
    form: ApplicationForm,
    types: list[PartnerType],
    kind: PartnerType | None,
    draft: Application | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"form": form, "types": types, "kind": kind, "draft": draft, **more}
    return render(request, "partners/apply.html", context, status=status)


def _answer(request: HttpRequest, application: Application) -> HttpResponse:
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AnswerForm(*given, application=application)
    context = {"form": form, "application": application}
    if request.method != "POST":
        return render(request, "partners/apply_answer.html", context)
    if _busy(request):
        return render(request, "partners/apply_answer.html", {**context, "busy": True}, status=429)
    if form.is_valid() and said_yes(
        form,
        lambda: actions.answer_question(application, at=clock.now(), **form.cleaned_data),
    ):
        return redirect("partners:applied")
    return render(request, "partners/apply_answer.html", context, status=422)


def applied(request: HttpRequest) -> HttpResponse:
    """The application was received."""
    return render(request, "partners/applied.html")


def apply_saved(request: HttpRequest) -> HttpResponse:
    """The draft is kept; its link is in the mail."""
    return render(request, "partners/apply_saved.html")


@page_for("applications.decide")
def application_document(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """A document of an application, for those who decide."""
    row = Application.objects.with_public_id(ref).first()
    known = {field.code for field in fields_of("application")}
    value = row.custom.get(code) if row is not None and code in known else None
    file = (
        File.objects.by_ref(value["file"]) if isinstance(value, dict) and "file" in value else None
    )
    if file is None:
        raise Http404
    return download(file)
