"""The public page by which a company applies, in the vendor's own look."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from partners import actions, rules
from partners.forms import ApplicationForm
from partners.pages import said_yes
from tenants import scope
from tenants.adapters import client_address
from web import clock
from web.api import rates

PER_MINUTE = 5


def apply(request: HttpRequest) -> HttpResponse:
    """The form; the answer is the same for people and for robots that fill the trap."""
    vendor = request.vendor  # type: ignore[attr-defined]
    now = clock.now()
    with scope.widen("application", vendor_id=vendor.pk):
        types = rules.open_types(vendor.day_of(now))
        initial = {"partner_type": request.GET.get("type", "")}
        form = ApplicationForm(request.POST or None, types=types, initial=initial)
        if request.method != "POST":
            return _shown(request, form, types)
        who = ("apply", vendor.pk, client_address(request))
        if rates.count("applications", who, PER_MINUTE).exceeded:
            return _shown(request, form, types, status=429, busy=True)
        if not form.is_valid():
            return _shown(request, form, types, status=422)
        values = dict(form.cleaned_data)
        trapped = bool(values.pop("website"))
        if trapped or said_yes(form, lambda: actions.submit_application(at=now, **values)):
            return redirect("partners:applied")
        return _shown(request, form, types, status=422)


def _shown(
    request: HttpRequest, form: ApplicationForm, types: list[Any], *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, "types": types, **more}
    return render(request, "partners/apply.html", context, status=status)


def applied(request: HttpRequest) -> HttpResponse:
    """The application was received."""
    return render(request, "partners/applied.html")
