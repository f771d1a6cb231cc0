"""The portfolio as a table, and its filters."""

from __future__ import annotations

import django_filters as filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.field_filters import CustomFilters
from partners.models import Enrolment, Partner
from partners.rules.onboarding import checklists
from partners.tables import OwnFirst, partner_finder, whose_filter
from programs.compiled import declared
from programs.models import Level
from programs.rules import add_months
from scorecards.rules.runway import by_month
from scorecards.rules.runways import MONTHS
from scorecards.runway import PortfolioLoss
from tenants.clock import today
from web.tables import Blank, DayColumn, ListTable, NumberColumn, PieceColumn

STATES = (
    ("blocked", _("Something is blocked")),
    ("watch", _("Something ends soon")),
    ("clear", _("All clear")),
    ("suspended", _("Suspended")),
)

STEPS = (("open", _("Steps open")), ("done", _("All done")))


def level_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Levels under their partner type: several types have a level of the same name."""
    found: dict[str, list[tuple[str, str]]] = {}
    rows = declared(Level.objects.all(), today()).select_related("partner_type")
    for level in rows.order_by("partner_type__name", "rank"):
        code = f"{level.partner_type.code}.{level.code}"
        found.setdefault(level.partner_type.name, []).append((code, level.name))
    return list(found.items())


class PortfolioFilter(OwnFirst, CustomFilters):
    """``state`` is a finding of the rules, so it is applied to the rows, not in SQL. The vendor's
    custom fields that are choices stand beside."""

    custom_subject = "partner"
    offered = True

    q = partner_finder()
    state = filters.ChoiceFilter(
        choices=STATES, method="keep", label=_("State"), empty_label=_("Any state")
    )
    level = filters.ChoiceFilter(
        choices=level_choices, method="at_level", label=_("Level"), empty_label=_("Any level")
    )
    onboarding = filters.ChoiceFilter(
        choices=STEPS,
        method="at_start",
        label=_("First steps"),
        empty_label=_("Any first steps"),
    )
    whose = whose_filter()

    class Meta:
        model = Partner
        fields: list[str] = []

    def keep(self, rows: QuerySet[Partner], name: str, value: str) -> QuerySet[Partner]:
        return rows

    def at_start(self, rows: QuerySet[Partner], name: str, value: str) -> QuerySet[Partner]:
        steps = checklists(list(rows.values_list("pk", flat=True)), today())
        opened = [pk for pk, asked in steps.items() if any(one.open for one in asked)]
        asked_of = [pk for pk, asked in steps.items() if asked and pk not in opened]
        return rows.filter(pk__in=opened if value == "open" else asked_of)

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


LOSSES = (
    ("gate", _("Gates")),
    ("level", _("Levels")),
    ("alone", _("Hangs on one person")),
)


def next_months() -> list[tuple[str, str]]:
    """The months of the runway: "2027-03" and "March 2027"."""
    on = today()
    return [
        (month.strftime("%Y-%m"), date_format(month, "F Y"))
        for month in by_month((), on, add_months(on, MONTHS))
    ]


class RunwayFilter(OwnFirst, filters.FilterSet):
    """``month`` and ``kind`` are findings of the rules, so they are applied to the rows."""

    q = partner_finder()
    month = filters.ChoiceFilter(
        choices=next_months, method="keep", label=_("Month"), empty_label=_("Any month")
    )
    kind = filters.ChoiceFilter(
        choices=LOSSES, method="keep", label=_("What"), empty_label=_("Any loss")
    )
    whose = whose_filter()

    class Meta:
        model = Partner
        fields: list[str] = []

    def keep(self, rows: QuerySet[Partner], name: str, value: str) -> QuerySet[Partner]:
        return rows

    def shows(self, row: PortfolioLoss) -> bool:
        """Whether the row fits the month and the kind chosen."""
        chosen = self.form.cleaned_data if self.form.is_valid() else {}
        month, kind = chosen.get("month"), chosen.get("kind")
        if month and row.day.strftime("%Y-%m") != month:
            return False
        return not kind or (row.alone if kind == "alone" else row.loss.asset.kind == kind)


class RunwayTable(ListTable):
    noun = ngettext_lazy("%(n)s loss", "%(n)s losses", "n")
    caption = _("What is lost if nobody acts")
    blank = Blank(
        _("Nothing is lost in the next 12 months"),
        _("Every gate and level that stands today stands until then."),
        icon="circle-check",
        kind="done",
    )

    day = DayColumn(verbose_name=_("Day"))
    name = PieceColumn("scorecards/_runway_partner_cell.html", verbose_name=_("Partner"))
    title = PieceColumn("scorecards/_runway_loss_cell.html", verbose_name=_("Is lost"))
    why = PieceColumn(
        "scorecards/_runway_why_cell.html", verbose_name=_("Because"), orderable=False
    )
    seats = NumberColumn(verbose_name=_("Seats at stake"), order_by="stake")
