"""The list of cases, and its filters."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.tables import OwnFirst, whose_filter
from scorecards.case_words import KINDS
from scorecards.cases import awake
from scorecards.models import Case, CaseReason
from tenants.clock import today
from web.tables import Blank, ListTable, NumberColumn, PieceColumn, finding


class CaseFilter(OwnFirst, filters.FilterSet):
    q = filters.CharFilter(
        field_name="partner__name",
        lookup_expr="icontains",
        label=_("Find a partner"),
        widget=finding(_("Find a partner")),
    )
    kind = filters.ChoiceFilter(
        choices=list(KINDS.items()), method="about", label=_("About"), empty_label=_("Anything")
    )
    state = filters.ChoiceFilter(
        choices=(("snoozed", _("Snoozed")), ("all", _("Snoozed or not"))),
        method="keep",
        label=_("State"),
        empty_label=_("For today"),
    )
    whose = whose_filter()

    class Meta:
        model = Case
        fields: list[str] = []

    def keep(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows

    def about(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        holding = CaseReason.objects.filter(case_id=OuterRef("pk"), until__isnull=True, kind=value)
        return rows.filter(Exists(holding))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows, state = super().filter_queryset(queryset), self.form.cleaned_data.get("state")
        if state == "all":
            return rows
        on = today()
        return rows.filter(snoozed_until__gt=on) if state == "snoozed" else rows.filter(awake(on))


class CaseTable(ListTable):
    noun = ngettext_lazy("%(n)s case", "%(n)s cases", "n")
    caption = _("Cases")
    blank = Blank(
        _("No partner needs you"),
        _("A case opens when a gate closes, a certificate ends, a level is at risk or data is "
          "missing, and closes when that is over."),
        icon="circle-check",
        kind="done",
    )  # fmt: skip

    partner = PieceColumn("scorecards/_case_partner_cell.html", verbose_name=_("Partner"))
    about = PieceColumn(
        "scorecards/_case_about_cell.html", verbose_name=_("What it is about"), orderable=False
    )
    seats = NumberColumn(verbose_name=_("Seats at stake"))
    step = PieceColumn(
        "scorecards/_case_step_cell.html", verbose_name=_("Next step"), orderable=False
    )
    contact = PieceColumn(
        "scorecards/_case_contact_cell.html", verbose_name=_("Last contact"), orderable=False
    )
