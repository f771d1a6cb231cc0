"""Lists of customers and people, with the filters that page and API share."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners import rules
from partners.field_filters import CustomFilters
from partners.forms import VERTICALS
from partners.models import Customer, Employment, Partner, ServiceContract, ServiceScope
from partners.rules.sharing import reads_everything
from programs.compiled import program_or_none
from tenants import scope
from tenants.capabilities import Role
from tenants.clock import today
from web.codes import words_of
from web.tables import Blank, DayColumn, ListTable, PieceColumn, finding


def environment_choices(*_args: Any) -> list[tuple[str, str]]:
    program = program_or_none(today())
    codes = program.document.environments if program else ()
    return [(code, words_of(code)) for code in codes]


def vertical_choices(*_args: Any) -> list[tuple[str, str]]:
    codes = {*rules.regulated_verticals(today()), *VERTICALS}
    return [(code, words_of(code)) for code in sorted(codes)]


class CustomerFilter(CustomFilters):
    custom_subject = "customer"
    offered = True

    q = filters.CharFilter(
        field_name="name",
        lookup_expr="istartswith",
        label=_("Find a customer"),
        widget=finding(_("Find a customer")),
    )
    vertical = filters.ChoiceFilter(
        choices=vertical_choices, label=_("Vertical"), empty_label=_("Any vertical")
    )
    environment = filters.ChoiceFilter(
        choices=environment_choices,
        method="in_environment",
        label=_("Environment"),
        empty_label=_("Any environment"),
    )
    unclassified = filters.BooleanFilter(method="to_classify", label=_("To classify"), widget=None)

    class Meta:
        model = Customer
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.fields["unclassified"].widget = forms.CheckboxInput()

    def in_environment(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(environments__contains=[value])

    def to_classify(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(rules.unclassified(today())) if value else rows


class CustomerTable(ListTable):
    """The partner's customers, with what the gate reads of each."""

    noun = ngettext_lazy("%(n)s customer", "%(n)s customers", "n")
    caption = _("Customers")
    blank = Blank(
        _("No customers yet"),
        _("Add the companies whose systems you run: products are deployed at a customer."),
        icon="building",
    )

    name = PieceColumn("partners/_customer_cell.html", verbose_name=_("Customer"))
    vertical = PieceColumn("partners/_vertical_cell.html", verbose_name=_("Vertical"))
    environments = PieceColumn(
        "partners/_environments_cell.html", verbose_name=_("Environment"), orderable=False
    )
    since = DayColumn(verbose_name=_("Since"))

    class Meta:
        order_by = ("name",)

    def __init__(self, *args: Any, on: dt.date, **kwargs: Any) -> None:
        self.today = on
        self.regulated = rules.regulated_verticals(on)
        self.reads_everything = reads_everything()
        super().__init__(*args, **kwargs)


CONTRACT_STATES = (("running", _("Running")), ("over", _("Over")))


class ContractFilter(filters.FilterSet):
    """Of the partner's own list: it reads every field."""

    q = filters.CharFilter(
        field_name="customer__name",
        lookup_expr="istartswith",
        label=_("Find a customer"),
        widget=finding(_("Find a customer")),
    )
    service = filters.ChoiceFilter(
        choices=ServiceScope.choices,
        method="for_service",
        label=_("Service"),
        empty_label=_("Any service"),
    )
    state = filters.ChoiceFilter(
        choices=CONTRACT_STATES, method="in_state", label=_("State"), empty_label=_("Any state")
    )

    class Meta:
        model = ServiceContract
        fields: list[str] = []

    def for_service(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(scopes__contains=[value])

    def in_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        over = Q(until__isnull=False, until__lte=today())
        return rows.filter(over) if value == "over" else rows.exclude(over)


class ContractTable(ListTable):
    """What the partner agreed with its customers."""

    noun = ngettext_lazy("%(n)s contract", "%(n)s contracts", "n")
    caption = _("Service contracts")
    blank = Blank(
        _("No contracts yet"),
        _("Record what you agreed with a customer on the customer's page, or import a file."),
        icon="file-text",
    )

    customer = PieceColumn(
        "partners/_contract_cell.html", verbose_name=_("Customer"), order_by=("customer__name",)
    )
    since = DayColumn(verbose_name=_("Start"))
    end = PieceColumn(
        "partners/_contract_end_cell.html",
        verbose_name=_("End"),
        order_by=("terms__ends_on",),
        attrs={"td": {"class": "wide"}},
    )
    fee = PieceColumn("partners/_contract_fee_cell.html", verbose_name=_("Fee"), orderable=False)

    class Meta:
        order_by = ("customer",)

    def __init__(self, *args: Any, on: dt.date, **kwargs: Any) -> None:
        self.today = on
        super().__init__(*args, **kwargs)


def person_finder() -> filters.CharFilter:
    """Finds rows by a part of their person's name."""
    words = _("Find a person")
    return filters.CharFilter(
        field_name="person__name", lookup_expr="icontains", label=words, widget=finding(words)
    )


TEAM_STATES = (("current", _("On the team")), ("past", _("Left")))


class TeamFilter(filters.FilterSet):
    q = person_finder()
    state = filters.ChoiceFilter(
        choices=TEAM_STATES, method="in_state", label=_("State"), empty_label=_("Everybody")
    )

    class Meta:
        model = Employment
        fields: list[str] = []

    def in_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        gone = Q(until__isnull=False, until__lte=today())
        return rows.filter(gone) if value == "past" else rows.exclude(gone)


class TeamTable(ListTable):
    """People who work, or worked, for the partner."""

    noun = ngettext_lazy("%(n)s person", "%(n)s people", "n")
    caption = _("People")
    blank = Blank(
        _("Nobody yet"),
        _("Add your technicians: their certificates count for your level and your products."),
        icon="users",
    )

    person = PieceColumn(
        "partners/_employee_cell.html", verbose_name=_("Person"), order_by=("person__name",)
    )
    job_title = PieceColumn("partners/_job_cell.html", verbose_name=_("Job"))
    role = PieceColumn("partners/_role_cell.html", verbose_name=_("Signs in as"), orderable=False)
    since = DayColumn(verbose_name=_("Since"))
    until = PieceColumn("partners/_until_cell.html", verbose_name=_("Until"))
    verbs = PieceColumn(
        "partners/_employee_verbs.html",
        verbose_name=_("Change"),
        orderable=False,
        attrs={"td": {"class": "wide bare"}},
    )

    class Meta:
        order_by = ("person",)

    def __init__(self, *args: Any, on: dt.date, may_write: bool, **kwargs: Any) -> None:
        self.today = on
        excluded = () if may_write else ("verbs",)
        super().__init__(*args, exclude=excluded, **kwargs)


def partner_finder() -> filters.CharFilter:
    """Finds partners by a part of the name; shared with the lists of higher apps."""
    words = _("Find a partner")
    return filters.CharFilter(
        field_name="name", lookup_expr="icontains", label=words, widget=finding(words)
    )


def whose_filter() -> filters.ChoiceFilter:
    """An account manager's own partners, or all; the page applies it."""
    return filters.ChoiceFilter(
        choices=(("all", _("All partners")),),
        method="keep",
        label=_("Whose"),
        empty_label=_("My partners"),
    )


class OwnFirst:
    """Of a filter with ``whose``: only account managers have partners of their own, so nobody else
    is asked."""

    @property
    def form(self) -> forms.Form:
        form: forms.Form = super().form  # type: ignore[misc]
        if scope.current().role != Role.CAM:
            form.fields.pop("whose", None)
        return form


class MissingFilter(OwnFirst, filters.FilterSet):
    """``source`` is a finding of the rules, so it is applied to the rows, not in SQL."""

    q = partner_finder()
    source = filters.CharFilter(method="keep", label=_("Source"), widget=forms.Select)
    whose = whose_filter()

    class Meta:
        model = Partner
        fields: list[str] = []

    def keep(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows


class MissingTable(ListTable):
    """What nobody delivered, grouped by who supplies it."""

    noun = ngettext_lazy("%(n)s missing figure", "%(n)s missing figures", "n")
    caption = _("Missing figures")
    blank = Blank(
        _("Nothing is missing"),
        _("Every figure that the levels ask for was delivered, and none is too old."),
        icon="circle-check",
    )

    partner = PieceColumn("partners/_missing_partner_cell.html", verbose_name=_("Partner"))
    title = tables.Column(verbose_name=_("Figure"))
    source = tables.Column(verbose_name=_("Comes from"))
    since = DayColumn(verbose_name=_("Missing since"))
    waits = tables.Column(verbose_name=_("Asked by"), orderable=False)
