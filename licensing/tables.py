"""Lists of what runs and of what was decided."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from licensing.models import Deployment
from web.tables import Blank, ListTable, NumberColumn, PieceColumn, finding


class DeploymentTable(ListTable):
    """One product at the partner's customers, with what the gate says of each."""

    noun = ngettext_lazy("%(n)s customer", "%(n)s customers", "n")
    caption = _("At your customers")
    blank = Blank(_("Nothing runs yet"), _("Choose a customer to deploy this product there."))

    customer = PieceColumn(
        "licensing/_customer_cell.html", verbose_name=_("Customer"), order_by=("customer__name",)
    )
    environments = PieceColumn(
        "licensing/_classes_cell.html", verbose_name=_("Environment"), orderable=False
    )
    seats = NumberColumn(verbose_name=_("In use"))
    gate = PieceColumn(
        "licensing/_gate_cell.html",
        verbose_name=_("Growth"),
        orderable=False,
        attrs={"td": {"class": "wide"}},
    )

    class Meta:
        sequence = ("customer", "environments", "seats", "gate")
        order_by = ("customer",)


class DeploymentFilter(django_filters.FilterSet):
    find = django_filters.CharFilter(
        field_name="customer__name",
        lookup_expr="icontains",
        label=_("Find a customer"),
        widget=finding(_("Find a customer")),
    )

    class Meta:
        model = Deployment
        fields: list[str] = []
