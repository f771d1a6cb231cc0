"""Several registrations decided at once, and one that goes to another partner."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from deals import actions
from deals.models import Registration
from deals.registration_forms import SeveralForm, TransferForm
from deals.registration_tables import queue
from partners.pages import form_page
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


@page_for("registrations.decide")
def transfer(request: HttpRequest, ref: str) -> HttpResponse:
    """Another partner takes over what it protects."""
    rows: Any = Registration.objects.filter(state__in=Registration.LIVE).select_related("partner")
    row = rows.with_public_id(ref).first()
    if row is None:
        raise Http404
    form, page = TransferForm(request.POST or None, held=row), _page(row)

    def verb() -> None:
        actions.transfer_registration(row, at=clock.now(), on=today(), **form.cleaned_data)

    return form_page(
        request, form, verb, page,
        back=page, back_label=row.name, subtitle=f"{row.name} · {row.partner.name}",
        heading=_("Transfer to another partner"), button=_("Transfer it today"), tone="danger",
        note=_("The other partner is protected until the same day. Each keeps its own history and"
               " does not read who the other one is."),
    )  # fmt: skip


def _page(row: Registration) -> str:
    return reverse("deals:registration", args=[row.ref])
