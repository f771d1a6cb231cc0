"""The portfolio as a table, and its filters."""

from __future__ import annotations

import django_filters as filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.models import Enrolment, Partner
from partners.tables import partner_finder, whose_filter
from programs.compiled import declared
from programs.models import Level
from tenants.clock import today
from web.tables import Blank, DayColumn, ListTable, NumberColumn, PieceColumn

STATES = (
    ("blocked", _("Something is blocked")),
    ("watch", _("Something ends soon")),
    ("clear", _("All clear")),
    ("suspended", _("Suspended")),
)


def level_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Levels under their partner type: several types have a level of the same name."""
    found: dict[str, list[tuple[str, str]]] = {}
    rows = declared(Level.objects.all(), today()).select_related("partner_type")
    for level in rows.order_by("partner_type__name", "rank"):
        code = f"{level.partner_type.code}.{level.code}"
        found.setdefault(level.partner_type.name, []).append((code, level.name))
    return list(found.items())


class PortfolioFilter(filters.FilterSet):
    """``state`` is a finding of the rules, so it is applied to the rows, not in SQL."""

    q = partner_finder()
    state = filters.ChoiceFilter(
        choices=STATES, method="keep", label=_("State"), empty_label=_("Any state")
    )
    level = filters.ChoiceFilter(
        choices=level_choices, method="at_level", label=_("Level"), empty_label=_("Any level")
    )
    whose = whose_filter()

    class Meta:
        model = Partner
        fields: list[str] = []

    def keep(self, rows: QuerySet[Partner], name: str, value: str) -> QuerySet[Partner]:
        return rows

    def at_level(self, rows: QuerySet[Partner], name: str, value: str) -> QuerySet[Partner]:
        kind, _dot, code = value.partition(".")
        held = Enrolment.objects.current(today()).filter(partner_type__code=kind, level__code=code)
        return rows.filter(pk__in=held.values("partner_id"))


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
