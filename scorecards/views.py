"""The home pages. Every query of a page is asked here; templates ask none."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tables2 import RequestConfig

from partners.models import Partner
from partners.pages import own_partner
from partners.rules.relations import looked_after, tends, uses_log
from partners.timeline import timeline_page
from programs.compiled import program_on
from scorecards.case_views import in_view
from scorecards.cases import case_lines, open_cases
from scorecards.coming import coming_notice, coming_page, supply_address
from scorecards.morning import morning
from scorecards.panels import level_facts, partner_panels, task_panel
from scorecards.rules import PortfolioRow, level_views, portfolio
from scorecards.rules.runways import outlook
from scorecards.runway import PortfolioLoss, portfolio_overview, runway_page
from scorecards.tables import PortfolioFilter, PortfolioTable, RunwayFilter, RunwayTable
from tenants import scope
from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES
from tenants.clock import today
from tenants.landing import landing_url
from tenants.pages import page_for
from web import clock
from web.lists import ListPage, is_filtering
from web.templatetags import mainstay as words


@page_for(*PARTNER_ROLES, *STAFF_ROLES)
def home(request: HttpRequest) -> HttpResponse:
    """The root of a vendor's host: a partner's home, or the way to where the role works."""
    scope = request.scope  # type: ignore[attr-defined]
    if scope.role not in PARTNER_ROLES:
        return redirect(landing_url(scope))
    on = today()
    context = {**partner_panels(own_partner(), on), "coming": coming_notice(on)}
    return render(request, "scorecards/home.html", context)


@page_for(*PARTNER_ROLES)
def level(request: HttpRequest) -> HttpResponse:
    """Our level: every requirement down to the records that count."""
    partner, on = own_partner(), today()
    document = program_on(on).document
    facts = level_facts(document, partner, on)
    context = {
        "partner": partner,
        "levels": level_views(document, facts, on, supply_address),
        "coming": coming_notice(on),
        "today": on,
    }
    return render(request, "scorecards/level.html", context)


@page_for(*PARTNER_ROLES)
def coming(request: HttpRequest) -> HttpResponse:
    """What is coming: every announced version beside today's, for this partner."""
    return render(request, "scorecards/coming.html", coming_page(own_partner(), today()))


@page_for("portfolio.read")
def partner(request: HttpRequest, partner_ref: str) -> HttpResponse:
    """One partner as its account manager sees it."""
    found = Partner.objects.with_public_id(partner_ref).first()
    if found is None:
        raise Http404
    on = today()
    context = partner_panels(found, on, staff=True)
    context["case"] = next(iter(case_lines(open_cases().filter(partner=found), on)), None)
    context["may_settle"] = scope.current().can("cases.write") and tends(found, on)
    context["tasks"] = task_panel(found, on)
    view_as = scope.current().can("partners.view_as")
    context["may_view_as"] = view_as and found.pk in looked_after([found.pk], on)
    logs = uses_log(found, on)
    context["uses_log"] = logs
    context["timeline"] = timeline_page(request.GET, on=on, partner_id=found.pk, with_unseen=logs)
    return render(request, "scorecards/partner.html", context)


@page_for(*PARTNER_ROLES)
def runway(request: HttpRequest) -> HttpResponse:
    """Our runway: what is lost on which day if nobody acts, and what if somebody leaves."""
    return _runway(request, own_partner(), staff=False)


@page_for("portfolio.read")
def partner_runway(request: HttpRequest, partner_ref: str) -> HttpResponse:
    """The same of one partner, as its account manager sees it."""
    found = Partner.objects.with_public_id(partner_ref).first()
    if found is None:
        raise Http404
    return _runway(request, found, staff=True)


def _runway(request: HttpRequest, partner: Partner, *, staff: bool) -> HttpResponse:
    without = [key for key in request.GET.getlist("without") if key]
    try:
        context = runway_page(partner, today(), without=without, staff=staff)
    except LookupError:  # somebody who does not work there
        raise Http404 from None
    return render(request, "scorecards/runway.html", context)


class PortfolioRunwayPage(ListPage):
    """What the account manager's partners lose in the next months, by day."""

    table_class = RunwayTable
    filterset_class = RunwayFilter
    template_name = "scorecards/portfolio_runway.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return page_for("portfolio.read")(super().get)(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on = today()
        chosen = RunwayFilter(self.request.GET, queryset=in_view(self.request, on))
        found = outlook(chosen.qs.order_by("pk"), on)
        everything = [PortfolioLoss(loss, found) for loss in found.losses]
        table = RunwayTable([row for row in everything if chosen.shows(row)])
        table.today = on
        paging = {"per_page": self.page_size, "silent": True}
        RequestConfig(self.request, paginate=paging).configure(table)
        table.base_url, table.filtering = self.request.path, is_filtering(chosen)
        table.sorted_by_user = table.prefixed_order_by_field in self.request.GET
        if table.filtering and not table.total:
            table.hidden_count = len(everything)
        table.fetch()
        return {
            "table": table,
            "filter": chosen,
            "today": on,
            "until": found.until,
            **portfolio_overview(found),
        }


class PortfolioPage(ListPage):
    """The account manager's home: what needs them today, then every partner."""

    table_class = PortfolioTable
    filterset_class = PortfolioFilter
    template_name = "scorecards/portfolio.html"
    page_size = 20

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return page_for("portfolio.read")(super().get)(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on = today()
        mine = in_view(self.request, on)
        everything = mine.count()
        chosen = PortfolioFilter(self.request.GET, queryset=mine, request=self.request)
        rows = portfolio(chosen.qs, on)
        state = self.request.GET.get("state", "")
        shown = [row for row in rows if row.in_state(state)]
        table = PortfolioTable(shown)
        table.today = on
        RequestConfig(
            self.request, paginate={"per_page": self.page_size, "silent": True}
        ).configure(table)
        table.base_url, table.filtering = self.request.path, is_filtering(chosen)
        if table.filtering and not table.total:
            table.hidden_count = everything
        table.fetch()
        found = {"table": table, "filter": chosen, "today": on}
        if self.asks_for_list(table.region_id):  # what stands above the list is not drawn
            return found
        found["may_hand_over"] = scope.current().can("portfolio.hand_over")
        return {**found, **overview(rows, on), **morning(mine, on, clock.now())}


def overview(rows: list[PortfolioRow], on: dt.date) -> dict[str, Any]:
    """The key figures, and the expiries of the next twelve weeks."""
    return {
        "kpis": _kpis(rows),
        "expiry_chart": _weeks(rows, on),
    }


def _kpis(rows: list[PortfolioRow]) -> list[dict[str, Any]]:
    seats = sum(row.seats for row in rows)
    stuck = sum(row.blocked_seats for row in rows)
    blocked = sum(bool(row.blocked) for row in rows)
    ending = [expiry for row in rows for expiry in row.expiring]
    month = sum(1 for row in rows for signal in row.signals if signal.kind == "closing")
    return [
        {"label": _("Partners"), "value": words.number(len(rows)), "note": _("in this view")},
        {"label": _("Managed seats"), "value": words.number(seats), "note": _("running today")},
        {
            "label": _("Seats that cannot grow"),
            "value": words.number(stuck),
            "note": ngettext("at %(n)s partner", "at %(n)s partners", blocked) % {"n": blocked},
            "url": "?state=blocked",
            "tone": "bad",
        },
        {
            "label": _("Gates closing in 60 days"),
            "value": words.number(month),
            "note": _("unless somebody renews"),
            "url": "?state=watch",
        },
        {
            "label": _("Certificates ending"),
            "value": words.number(len(ending)),
            "note": _("in 60 days, of %(n)s people") % {"n": len({e.person_key for e in ending})},
        },
    ]


def _weeks(rows: list[PortfolioRow], on: dt.date) -> list[dict[str, Any]]:
    """Certificates that end per week, coloured by whether a gate closes with them."""
    closing = {
        (signal.partner_id, signal.due)
        for row in rows
        for signal in row.signals
        if signal.kind == "closing"
    }
    bad: Counter[int] = Counter()
    plain: Counter[int] = Counter()
    for row in rows:
        for expiry in row.expiring:
            week = (expiry.until - on).days // 7
            (bad if (row.pk, expiry.until) in closing else plain)[week] += 1
    return [
        {
            "label": date_format(on + dt.timedelta(days=7 * week), "j M"),
            "parts": [
                {"value": bad[week], "tone": "bad", "label": _("closes a gate")},
                {"value": plain[week], "tone": "brand", "label": _("no gate closes")},
            ],
        }
        for week in range(9)
    ]
