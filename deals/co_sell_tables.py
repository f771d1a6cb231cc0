"""Co-sell requests as a list, with their filters."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from deals.models import CoSellRequest
from web.tables import Blank, DayColumn, ListTable, PieceColumn, finding

State = CoSellRequest.State
OPEN = (State.ASKED, *CoSellRequest.LIVE)


class CoSellFilter(filters.FilterSet):
    q = filters.CharFilter(
        method="named", label=_("Find a company"), widget=finding(_("Find a company"))
    )
    state = filters.ChoiceFilter(
        choices=(("open", _("All open")), *State.choices), method="at", label=_("State"),
        empty_label=_("Any state"),
    )  # fmt: skip
    kind = filters.ChoiceFilter(
        choices=CoSellRequest.Kind.choices, label=_("Kind"), empty_label=_("Any kind")
    )

    class Meta:
        model = CoSellRequest
        fields: list[str] = []

    def named(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(Q(name__istartswith=value) | Q(partner__name__istartswith=value))

    def at(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(state__in=OPEN) if value == "open" else rows.filter(state=value)


class CoSellTable(ListTable):
    noun = ngettext_lazy("%(n)s request", "%(n)s requests", "n")
    caption = _("Co-sell")
    blank = Blank(
        _("No requests yet"),
        _("Asked with one click from the page of a renewal or a registration."),
        icon="heart-handshake",
    )

    name = PieceColumn("deals/_co_sell_cell.html", verbose_name=_("Company"), order_by=("name",))
    partner = tables.Column(accessor="partner__name", verbose_name=_("Partner"))
    kind = tables.Column(accessor="get_kind_display", verbose_name=_("Kind"), order_by=("kind",))
    state = PieceColumn(
        "deals/_co_sell_state_cell.html", verbose_name=_("State"), order_by=("state",)
    )
    needed = DayColumn(accessor="needed_on", verbose_name=_("Needed by"), order_by=("needed_on",))
    clock = PieceColumn("deals/_co_sell_clock_cell.html", verbose_name=_("Answer due"))
    booked = PieceColumn(
        "deals/_co_sell_booked_cell.html", verbose_name=_("Engineers"), orderable=False
    )

    def __init__(
        self, *args: Any, on: dt.date, at: dt.datetime, staff: bool, **kwargs: Any
    ) -> None:
        self.today, self.at, self.staff = on, at, staff
        if not staff:
            kwargs["exclude"] = ("partner",)
        super().__init__(*args, **kwargs)

    def order_clock(self, rows: QuerySet[Any], descending: bool) -> tuple[QuerySet[Any], bool]:
        """By the clock that the column shows; what waits for no answer stands last either way."""
        due = F("due").desc(nulls_last=True) if descending else F("due").asc(nulls_last=True)
        return rows.order_by(due, "-pk"), True


def by_clock(rows: QuerySet[Any]) -> QuerySet[Any]:
    """What waits for an answer first, by its clock; then what is needed soonest."""
    due = Case(When(state=State.ASKED, then=F("answer_due_at")), default=Value(None))
    over = Case(When(state__in=OPEN, then=Value(0)), default=Value(1))
    return rows.annotate(due=due, over=over).order_by(
        F("due").asc(nulls_last=True), "over", "needed_on", "-pk"
    )
