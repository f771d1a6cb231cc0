"""Renewals as a list, with its filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from deals.models import Renewal
from deals.rules.renewals import STANDINGS, Standing, standing
from deals.rules.values import NOTHING, Worth, worth_of
from partners.models import ServiceScope
from tenants.clock import today
from web.tables import NUMBER, Blank, DayColumn, ListTable, PieceColumn, finding

STATES = (
    ("open", _("All open")),
    *((one.value, STANDINGS[one]) for one in (
        Standing.WINDOW, Standing.OVERDUE, Standing.DECIDED, Standing.PLANNING, Standing.SETTLED
    )),
)  # fmt: skip


def in_state(rows: QuerySet[Any], state: str, on: dt.date) -> QuerySet[Any]:
    """``rules.standing`` as a condition; ``open`` means every one without an outcome."""
    if state == Standing.SETTLED:
        return rows.exclude(outcome="")
    rows = rows.filter(outcome="")
    if state == Standing.OVERDUE:
        return rows.filter(term_end__lte=on)
    if state == Standing.DECIDED:
        return rows.filter(term_end__gt=on, decision_on__lt=on)
    if state == Standing.WINDOW:
        return rows.filter(term_end__gt=on, decision_on__gte=on, window_on__lte=on)
    if state == Standing.PLANNING:
        return rows.filter(window_on__gt=on, planning_on__lte=on)
    return rows


class RenewalFilter(filters.FilterSet):
    q = filters.CharFilter(
        method="named", label=_("Find a customer"), widget=finding(_("Find a customer"))
    )
    state = filters.ChoiceFilter(
        choices=STATES, method="at", label=_("State"), empty_label=_("Any state")
    )
    stage = filters.ChoiceFilter(
        choices=Renewal.Stage.choices, label=_("Stage"), empty_label=_("Any stage")
    )
    service = filters.ChoiceFilter(
        choices=ServiceScope.choices,
        method="for_service",
        label=_("Service"),
        empty_label=_("Any service"),
    )

    class Meta:
        model = Renewal
        fields: list[str] = []

    def named(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        customer = Q(contract__customer__name__istartswith=value)
        return rows.filter(customer | Q(partner__name__istartswith=value))

    def at(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return in_state(rows, value, today())

    def for_service(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(contract__scopes__contains=[value])


class RenewalTable(ListTable):
    noun = ngettext_lazy("%(n)s renewal", "%(n)s renewals", "n")
    caption = _("Renewals")
    blank = Blank(
        _("No renewals yet"),
        _("They come by themselves from service contracts, 180 days before the decision."),
        icon="calendar-event",
    )

    customer = PieceColumn(
        "deals/_customer_cell.html",
        verbose_name=_("Customer"),
        order_by=("contract__customer__name",),
    )
    partner = tables.Column(accessor="partner__name", verbose_name=_("Partner"))
    decision = DayColumn(
        accessor="decision_on", verbose_name=_("Decision by"), order_by=("decision_on",)
    )
    state = PieceColumn("deals/_state_cell.html", verbose_name=_("State"), orderable=False)
    worth = PieceColumn(
        "deals/_worth_cell.html", verbose_name=_("Per month"), orderable=False, attrs=NUMBER
    )
    step = PieceColumn("deals/_step_cell.html", verbose_name=_("Next step"), orderable=False)

    class Meta:
        order_by = ("decision",)

    def __init__(self, *args: Any, on: dt.date, staff: bool, **kwargs: Any) -> None:
        self.today, self.staff = on, staff
        if not staff:
            kwargs["exclude"] = ("partner",)
        super().__init__(*args, **kwargs)

    def fetch(self) -> None:
        """Also what each customer on the page is worth: one query for all."""
        super().fetch()
        shown = list(self.paginated_rows if getattr(self, "page", None) else self.rows)
        dress([row.record for row in shown], self.today)


def dress(rows: Collection[Any], on: dt.date) -> Mapping[int, Worth]:
    """Give each renewal its ``where`` (standing), the words of it and its ``worth`` on the day."""
    worth = worth_of({row.contract.customer_id for row in rows}, on)
    for row in rows:
        row.where = standing(row, on)
        row.where_words = row.get_outcome_display() if row.outcome else STANDINGS[row.where]
        row.worth = worth.get(row.contract.customer_id, NOTHING)
    return worth
