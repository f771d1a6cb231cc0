"""The two pipelines of registrations: what recurs, and transactions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from deals.pipeline import (
    RECURRING,
    TRANSACTIONS,
    ask_first,
    columns,
    figures,
    month_chart,
    of_kind,
)
from deals.rules.reading import registrations_read_by
from programs.compiled import program_or_none
from tenants import scope
from tenants.clock import today
from tenants.pages import page_for


@page_for("registrations.read")
def recurring(request: HttpRequest) -> HttpResponse:
    """Customer engagements, expansions and renegotiations, in seats."""
    return _page(request, RECURRING)


@page_for("registrations.read")
def transactions(request: HttpRequest) -> HttpResponse:
    """Transactions, in money at list price."""
    return _page(request, TRANSACTIONS)


def _page(request: HttpRequest, which: str) -> HttpResponse:
    on = today()
    program = program_or_none(on)
    currency = program.document.currency if program else ""
    rows = of_kind(registrations_read_by(), which, on)
    context: dict[str, Any] = {
        "which": which,
        "tabs": [
            {"title": title, "url": reverse(f"deals:{name}"), "here": name == which}
            for name, title in ((RECURRING, _("Recurring")), (TRANSACTIONS, _("Transactions")))
        ],
        "rows": rows,
        "kpis": figures(rows, which, on),
        "chart": month_chart(rows, which, currency, on),
        "unit": _("in %(currency)s") % {"currency": currency}
        if which == TRANSACTIONS
        else _("in seats"),
        "first": ask_first(rows, which, on),
        "columns": columns(rows, which),
        "today": on,
        "staff": scope.current().all_partners,
    }
    return render(request, "deals/pipeline.html", context)
