"""The portfolio as a table, and its filters."""

from __future__ import annotations

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.models import Partner
from programs.models import Level
from web.tables import Blank, DayColumn, ListTable, NumberColumn, PieceColumn

STATES = (
    ("blocked", _("Something is blocked")),
    ("watch", _("Something ends soon")),
    ("clear", _("All clear")),
    ("suspended", _("Suspended")),
)


def level_names(request: Any) -> QuerySet[Level]:
    return Level.objects.filter(retired_in__isnull=True).select_related("partner_type")


class PortfolioFilter(filters.FilterSet):
    """``state`` is a finding of the rules, so it is applied to the rows, not in SQL."""

    q = filters.CharFilter(
        field_name="name",
        lookup_expr="icontains",
        label=_("Find a partner"),
        widget=forms.TextInput(
            attrs={"type": "search", "data-find": "", "placeholder": _("Find a partner")}
        ),
    )
    state = filters.ChoiceFilter(
        choices=STATES, method="keep", label=_("State"), empty_label=_("Any state")
    )
    level = filters.ModelChoiceFilter(
        queryset=level_names, method="at_level", label=_("Level"), empty_label=_("Any level")
    )
    whose = filters.ChoiceFilter(
        choices=(("all", _("All partners")),),
        method="keep",
        label=_("Whose"),
        empty_label=_("My partners"),
    )

    class Meta:
        model = Partner
        fields: list[str] = []

    def keep(self, rows: QuerySet[Partner], name: str, value: str) -> QuerySet[Partner]:
        return rows

    def at_level(self, rows: QuerySet[Partner], name: str, value: Level) -> QuerySet[Partner]:
        return rows.filter(enrolments__level=value, enrolments__until__isnull=True)


class PortfolioTable(ListTable):
    noun = ngettext_lazy("%(n)s partner", "%(n)s partners", "n")
    caption = _("Partners")
    blank = Blank(
        _("No partners in your portfolio yet"),
        _("A channel admin assigns partners to you. Until then, look at all partners."),
        button_label=_("All partners"),
        button_url="?whose=all",
        icon="users-group",
    )

    name = PieceColumn("scorecards/_partner_cell.html", verbose_name=_("Partner"))
    level = tables.Column(accessor="level_name", verbose_name=_("Level"), order_by="level_rank")
    seats = NumberColumn(verbose_name=_("Seats"))
    blocked = PieceColumn(
        "scorecards/_blocked_cell.html", verbose_name=_("Blocked"), order_by="blocked_seats"
    )
    expiry = DayColumn(accessor="next_expiry", verbose_name=_("Next expiry"))
    people = NumberColumn(verbose_name=_("People"))
    top = PieceColumn(
        "scorecards/_signal_cell.html", verbose_name=_("Most urgent"), order_by="urgency"
    )
