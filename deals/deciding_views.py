"""Several registrations decided at once, and what came of each."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from deals import actions
from deals.models import Registration
from deals.registration_forms import SeveralForm
from deals.registration_tables import queue
from tenants.clock import today
from tenants.pages import page_for
from web import clock

MOST = 100
"""Registrations on the page, those first that are due first."""


@page_for("registrations.decide")
def decide(request: HttpRequest) -> HttpResponse:
    """Choose of those that wait, and approve or refuse them; the same page tells what came of
    it."""
    chosen = set(request.POST.getlist("chosen") or request.GET.getlist("chosen"))
    posted = request.method == "POST"
    form = SeveralForm(request.POST or None, initial={"decision": "approve"})
    rows = _waiting()
    wanted = [row for row in rows if row.ref in chosen]
    found = None
    if posted and form.is_valid() and wanted:
        said = form.cleaned_data
        reason = said["reason"] if said["decision"] == "refuse" else ""
        found = actions.decide_several(
            wanted, refuse_for=reason, remark=said["remark"], at=clock.now(), on=today()
        )
        chosen = {one.row.ref for one in found if one.refused}
        form, rows = SeveralForm(initial={"decision": "approve"}), _waiting()
    context: dict[str, Any] = {
        "form": form,
        "rows": [{"record": row, "chosen": row.ref in chosen} for row in rows],
        "at": clock.now(),
        "found": found,
        "decided": sum(not one.refused for one in found or ()),
        "none_chosen": posted and not wanted,
    }
    status = 422 if posted and found is None else 200
    return render(request, "deals/decide.html", context, status=status)


def _waiting() -> list[Registration]:
    rows = Registration.objects.filter(state__in=Registration.WAITING).select_related("partner")
    return list(queue(rows)[:MOST])
