"""Companies on screen, for the vendor's people: who serves each, who is protected there, what the
vendor's own sales do, and everything that touched it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from deals.matching import Company, accounts_named, find
from deals.models import Account, AccountCustomer, AccountKey, DirectDeal, Protection
from deals.registration_words import touch_lines
from deals.rules import keys
from deals.rules.conflicts import running
from deals.rules.ledger import touches_of
from deals.rules.reading import registrations_read_by
from partners.words import country_name
from tenants import scope
from tenants.clock import today
from tenants.pages import page_for
from web.codes import words_of
from web.lists import ListPage
from web.tables import Blank, ListTable, PieceColumn, finding

LINES = 50
"""Of the ledger, on an account's page; the administration has no more either."""


class AccountFilter(filters.FilterSet):
    q = filters.CharFilter(
        method="named",
        label=_("Find a company"),
        widget=finding(_("Name, domain or id")),
    )
    source = filters.ChoiceFilter(
        choices=Account.Source.choices, label=_("Known from"), empty_label=_("Known from anybody")
    )

    class Meta:
        model = Account
        fields: list[str] = []

    def named(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By id, domain, or a name that begins so or is alike."""
        found = {one.pk for one in accounts_named([value]).values()}
        found |= {one.account.pk for one in find(Company(name=value))}
        return rows.filter(Q(pk__in=found) | Q(name__istartswith=value))


class AccountTable(ListTable):
    noun = ngettext_lazy("%(n)s company", "%(n)s companies", "n")
    caption = _("Accounts")
    blank = Blank(
        _("No companies yet"),
        _("They come with what partners register, or from your CRM by import."),
        icon="building",
    )

    name = PieceColumn("deals/_account_cell.html", verbose_name=_("Company"), order_by=("name",))
    country = tables.Column(verbose_name=_("Country"))
    protected = PieceColumn(
        "deals/_account_protected_cell.html", verbose_name=_("Protected"), orderable=False
    )
    served = PieceColumn(
        "deals/_account_served_cell.html", verbose_name=_("Served by"), orderable=False
    )
    direct = PieceColumn(
        "deals/_account_direct_cell.html", verbose_name=_("Own sales"), orderable=False
    )

    class Meta:
        order_by = ("name",)

    def __init__(self, *args: Any, on: dt.date, **kwargs: Any) -> None:
        self.today = on
        super().__init__(*args, **kwargs)

    def fetch(self) -> None:
        """Also what happens at each company of the page: four queries for all."""
        super().fetch()
        shown = list(self.paginated_rows if getattr(self, "page", None) else self.rows)
        dress([row.record for row in shown], self.today)

    def render_country(self, value: str) -> str:
        return country_name(value)


def dress(rows: Sequence[Any], on: dt.date) -> None:
    """Give each account its ``domains``, the partners ``held`` that are protected there, those that
    serve it (``served``), and how many direct deals are open (``direct``)."""
    ids = [row.pk for row in rows]
    domains = _by_account(AccountKey.objects.filter(account_id__in=ids, kind="domain"))
    held = _by_account(running(on).filter(account_id__in=ids).select_related("partner"))
    served = _by_account(
        AccountCustomer.objects.filter(account_id__in=ids).select_related("partner")
    )
    direct = _by_account(DirectDeal.objects.filter(account_id__in=ids, state="open"))
    for row in rows:
        row.domains = [keys.shown(one.value) for one in domains[row.pk]]
        row.held = sorted({one.partner.name for one in held[row.pk]})
        row.served = sorted({one.partner.name for one in served[row.pk]})
        row.direct = len(direct[row.pk])


def _by_account(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.account_id].append(row)
    return found


class AccountsPage(ListPage):
    """Every real company that somebody works on, once."""

    table_class = AccountTable
    filterset_class = AccountFilter
    template_name = "deals/accounts.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return page_for("accounts.read")(super().get)(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        return Account.objects.filter(merged_into__isnull=True).defer("grams")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today()}


@page_for("accounts.read")
def account(request: HttpRequest, ref: str) -> HttpResponse:
    """One company. The address of one that was merged leads to the one kept."""
    on = today()
    rows: Any = Account.objects.select_related("parent", "merged_into").defer("grams")
    row: Account | None = rows.with_public_id(ref).first()
    if row is None:
        raise Http404
    if row.merged_into is not None:
        return redirect("deals:account", ref=row.merged_into.ref)
    told = AccountKey.objects.filter(account=row)
    held = running(on).filter(account=row).select_related("partner", "registration")
    serving = AccountCustomer.objects.filter(account=row).select_related("partner", "customer")
    context = {
        "account": row,
        "country": country_name(row.country) if row.country else "",
        "domains": [keys.shown(one.value) for one in told if one.kind == "domain"],
        "numbers": [keys.shown(one.value) for one in told if one.kind == "number"],
        "children": Account.objects.filter(parent=row, merged_into__isnull=True).defer("grams"),
        "held": [{"row": one, "what": _what(one)} for one in held.order_by("until", "pk")],
        "serving": serving.order_by("partner__name", "pk"),
        "registrations": registrations_read_by().filter(account=row).select_related("partner"),
        "direct": DirectDeal.objects.filter(account=row),
        "ledger": touch_lines(list(touches_of(row)[:LINES]), None),
        "may_write": scope.current().can("accounts.write"),
        "today": on,
    }
    return render(request, "deals/account.html", context)


def _what(held: Protection) -> str:
    """In words, what of the company is protected."""
    kind, _colon, code = held.scope.partition(":")
    return str(_("This opportunity")) if kind == "opportunity" else words_of(code)
