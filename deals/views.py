"""Renewals: the list with what it adds up to, the board by stage, one page each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from deals import actions
from deals.forms import OutcomeForm, PlanForm
from deals.models import Renewal
from deals.outlook import decisions_chart, figures, first_to_lose, worth_of_renewals
from deals.rules.co_sell import may_ask
from deals.rules.reading import FIELD, renewals_read_by
from deals.tables import RenewalFilter, RenewalTable, dress, in_state
from partners.actions import note_reads
from partners.contracts_shown import end_words, services_words
from partners.pages import form_page
from partners.rules.sharing import reads_everything
from partners.timeline import timeline_page
from tenants import scope
from tenants.clock import today
from tenants.pages import page_for
from web import clock
from web.lists import ListPage
from web.templatetags.mainstay import short_date


class RenewalsPage(ListPage):
    """Everything that is decided soon, or is overdue."""

    table_class = RenewalTable
    filterset_class = RenewalFilter
    template_name = "deals/renewals.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return page_for("renewals.read")(super().get)(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        return renewals_read_by(today())

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today(), "staff": scope.current().all_partners}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on = today()
        context = super().get_context_data(**kwargs)
        shown = [row.record for row in context["table"].paginated_rows]
        found = list(in_state(renewals_read_by(on), "open", on))
        worth = worth_of_renewals(found, on)
        first = first_to_lose(found, worth, on)
        note([*shown, *(one["row"] for one in first)], on)
        return {
            **context,
            "open": bool(found),
            "kpis": figures(found, worth, on),
            "chart": decisions_chart(found, worth, on, weekly=scope.current().all_partners),
            "first": first,
            "staff": scope.current().all_partners,
        }


def note(rows: Collection[Renewal], on: dt.date) -> None:
    """Record that somebody of the vendor's read when these contracts end."""
    if rows and not reads_everything():
        with scope.as_oneself():
            note_reads({row.contract.customer_id: {FIELD} for row in rows}, on=on)


MOST_CARDS = 200


@page_for("renewals.read")
def board(request: HttpRequest) -> HttpResponse:
    """The open renewals by stage, the earliest decision first."""
    on = today()
    rows = list(in_state(renewals_read_by(on), "open", on).order_by("decision_on", "pk"))
    shown = rows[:MOST_CARDS]
    dress(shown, on)
    note(shown, on)
    columns = [
        {"title": title, "rows": [row for row in shown if row.stage == stage]}
        for stage, title in Renewal.Stage.choices
    ]
    context = {
        "columns": columns,
        "count": len(rows),
        "hidden": len(rows) - len(shown),
        "today": on,
        "staff": scope.current().all_partners,
    }
    return render(request, "deals/board.html", context)


def found(ref: str, on: dt.date) -> Renewal:
    """The renewal by its public id, among those the reader may read; else 404."""
    rows: Any = renewals_read_by(on)
    row: Renewal | None = rows.with_public_id(ref).first()
    if row is None:
        raise Http404
    return row


@page_for("renewals.read")
def renewal(request: HttpRequest, ref: str) -> HttpResponse:
    """One renewal: what is decided, what is planned, what came of it."""
    on = today()
    row = found(ref, on)
    dress([row], on)
    note([row], on)
    may_write = scope.current().can("renewals.write") and reads_everything()
    contract = row.contract
    context = {
        "renewal": row,
        "today": on,
        "services": services_words(contract),
        "end": end_words(contract, on),
        "may_write": may_write,
        "may_ask": not row.outcome and may_ask(on),
        "may_settle": may_write and "lost" in Renewal.TRANSITIONS[Renewal.Outcome(row.outcome)],
        "staff": scope.current().all_partners,
        "timeline": timeline_page(request.GET, on=on, subjects=[row.public_id, contract.public_id]),
    }
    return render(request, "deals/renewal.html", context)


@page_for("renewals.write")
def plan(request: HttpRequest, ref: str) -> HttpResponse:
    """How far the talks are, and what comes next."""
    row = found(ref, today())
    form = PlanForm(request.POST or None, held=row)
    page = reverse("deals:renewal", args=[row.ref])
    return form_page(
        request,
        form,
        lambda: actions.plan_renewal(row, at=clock.now(), **form.cleaned_data),
        page,
        heading=_("Plan the renewal with %(name)s") % {"name": row.contract.customer.name},
        back=page,
        back_label=row.contract.customer.name,
        button=_("Save"),
    )


@page_for("renewals.write")
def settle(request: HttpRequest, ref: str) -> HttpResponse:
    """What came of it."""
    on = today()
    row = found(ref, on)
    form = OutcomeForm(request.POST or None, held=row, on=on)
    page = reverse("deals:renewal", args=[row.ref])
    return form_page(
        request,
        form,
        lambda: actions.record_outcome(row, at=clock.now(), on=on, **form.cleaned_data),
        page,
        heading=_("What came of the contract with %(name)s") % {"name": row.contract.customer.name},
        subtitle=_("Term until %(day)s") % {"day": short_date(row.term_end)},
        note=_("An outcome stays once you recorded it."),
        back=page,
        back_label=row.contract.customer.name,
        button=_("Record outcome"),
    )


def waiting(request: HttpRequest) -> int:
    """The count beside the menu's entry: in the window or overdue, of which nobody planned
    anything yet."""
    on = today()
    rows = in_state(renewals_read_by(on), "open", on).filter(window_on__lte=on)
    return int(rows.filter(stage=Renewal.Stage.TO_PLAN).count())
