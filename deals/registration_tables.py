"""Registrations as a list, with their filters: the partner's own, and the vendor's queue."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from deals.models import Registration
from web.tables import Blank, ListTable, PieceColumn, finding

WAITING = ("waiting", _("Waiting for an answer"))
LIVE = ("live", _("Approved or won"))


class RegistrationFilter(filters.FilterSet):
    q = filters.CharFilter(
        method="named", label=_("Find a company"), widget=finding(_("Find a company"))
    )
    state = filters.ChoiceFilter(
        choices=(WAITING, LIVE, *Registration.State.choices),
        method="at",
        label=_("State"),
        empty_label=_("Any state"),
    )
    kind = filters.ChoiceFilter(
        choices=Registration.Kind.choices, label=_("Kind"), empty_label=_("Any kind")
    )

    class Meta:
        model = Registration
        fields: list[str] = []

    def named(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(Q(name__istartswith=value) | Q(partner__name__istartswith=value))

    def at(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == WAITING[0]:
            return rows.filter(state__in=Registration.WAITING)
        if value == LIVE[0]:
            return rows.filter(state__in=Registration.LIVE)
        return rows.filter(state=value)


class RegistrationTable(ListTable):
    noun = ngettext_lazy("%(n)s registration", "%(n)s registrations", "n")
    caption = _("Registrations")
    blank = Blank(
        _("No registrations yet"),
        _("Register a company before you work for it: what you win is then protected."),
        icon="shield-check",
    )

    name = PieceColumn("deals/_company_cell.html", verbose_name=_("Company"), order_by=("name",))
    partner = tables.Column(accessor="partner__name", verbose_name=_("Partner"))
    kind = tables.Column(accessor="get_kind_display", verbose_name=_("Kind"), order_by=("kind",))
    state = PieceColumn(
        "deals/_registration_state_cell.html", verbose_name=_("State"), order_by=("state",)
    )
    clock = PieceColumn("deals/_clock_cell.html", verbose_name=_("Answer due"))
    protected = PieceColumn(
        "deals/_protected_cell.html", verbose_name=_("Protected until"), orderable=False
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


def queue(rows: QuerySet[Any]) -> QuerySet[Any]:
    """What waits for an answer first, by its clock; then the newest."""
    due = Case(When(state__in=Registration.WAITING, then=F("answer_due_at")), default=Value(None))
    return rows.annotate(due=due).order_by(F("due").asc(nulls_last=True), "-pk")
