"""Customers: the list, one customer, and the forms that change it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from partners import actions, rules
from partners.fields_shown import custom_facts
from partners.forms import AttestForm, CustomerForm, EndForm
from partners.models import Agreement, Customer
from partners.pages import form_page, own_partner
from partners.rules.sharing import reads_everything
from partners.tables import CustomerFilter, CustomerTable
from partners.timeline import timeline_page
from partners.words import country_name, words_of_all
from tenants import scope
from tenants.capabilities import PARTNER_ROLES
from tenants.clock import today
from tenants.pages import page_for
from web import clock
from web.codes import words_of
from web.lists import ListPage
from web.templatetags.mainstay import short_date


class CustomersPage(ListPage):
    table_class = CustomerTable
    filterset_class = CustomerFilter
    template_name = "partners/customers.html"

    def get_queryset(self) -> Any:
        return Customer.objects.current(today()).filter(partner=own_partner())

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = self.get_queryset().filter(rules.unclassified(today())).count()
        may_write = scope.current().can("customers.write")
        return super().get_context_data(waiting=waiting, may_write=may_write, **kwargs)


@page_for(*PARTNER_ROLES)
def customers(request: HttpRequest) -> HttpResponse:
    """The partner's customers."""
    return CustomersPage.as_view()(request)


def found(ref: str) -> Customer:
    """The customer by its public id, among those the scope sees; else 404."""
    row = Customer.objects.with_public_id(ref).select_related("partner", "account_manager").first()
    if row is None:
        raise Http404
    return row


@page_for(*PARTNER_ROLES)
def customer(request: HttpRequest, ref: str) -> HttpResponse:
    """One customer: what is recorded, what was signed, what happened."""
    row, on = found(ref), today()
    signed = list(Agreement.objects.filter(customer=row).order_by("-since"))
    kinds = rules.customer_addenda(on)
    context = {
        "customer": row,
        "today": on,
        "facts": _facts(row),
        "needs_class": _needs_class(row),
        "agreements": [
            {"row": one, "title": kinds.get(one.kind) or words_of(one.kind)} for one in signed
        ],
        "addenda": kinds,
        "timeline": timeline_page(
            request.GET,
            on=on,
            subjects=[one.public_id for one in (row, *signed, *row.service_contracts.all())],
        ),
        "may_write": scope.current().can("customers.write"),
    }
    return render(request, "partners/customer.html", context)


def _needs_class(row: Customer) -> str:
    """The class that the customer's regulated vertical asks for, where none is recorded."""
    waiting = Customer.objects.filter(pk=row.pk).filter(rules.unclassified(today())).exists()
    return words_of(rules.regulated_verticals(today())[row.vertical]) if waiting else ""


def _manager(row: Customer) -> str:
    return row.account_manager.name if row.account_manager else _("Your partner admins")


def _facts(row: Customer) -> list[dict[str, Any]]:
    return [
        {"label": _("Vertical"), "value": words_of(row.vertical) if row.vertical else "–"},
        {
            "label": _("Environment classes"),
            "value": words_of_all(row.environments) or _("not recorded"),
        },
        {"label": _("Country"), "value": country_name(row.country) or "–"},
        {"label": _("Account manager"), "value": _manager(row)},
        {"label": _("Your own id"), "value": row.external_id or "–"},
        *_real_name(row),
        {"label": _("Customer since"), "value": short_date(row.since)},
        *([{"label": _("Until"), "value": short_date(row.until)}] if row.until else []),
        *custom_facts(row),
    ]


def _real_name(row: Customer) -> list[dict[str, Any]]:
    if not row.private_name or not reads_everything():
        return []
    note = _("Only your own people. Everybody else reads the alias.")
    return [{"label": _("Real name"), "value": row.private_name, "note": note}]


@page_for("customers.write")
def customer_add(request: HttpRequest) -> HttpResponse:
    """Record a customer."""
    partner, on = own_partner(), today()
    form = CustomerForm(request.POST or None, on=on, partner=partner)
    form.ask_of(Customer(partner=partner))
    return form_page(
        request,
        form,
        lambda: actions.add_customer(partner, **form.cleaned_data),
        reverse("partners:customers"),
        heading=_("Add a customer"),
        subtitle=_("A company whose systems you run."),
        back=reverse("partners:customers"),
        back_label=_("Customers"),
        button=_("Add customer"),
    )


@page_for("customers.write")
def customer_change(request: HttpRequest, ref: str) -> HttpResponse:
    """Change what is recorded of a customer."""
    row, on = found(ref), today()
    form = CustomerForm(request.POST or None, on=on, partner=row.partner, held=row)
    form.ask_of(row)
    page = reverse("partners:customer", args=[row.ref])
    return form_page(
        request,
        form,
        lambda: actions.change_customer(row, on=on, **form.cleaned_data),
        page,
        heading=_("Change %(name)s") % {"name": row.name},
        note=_("You can add environment classes. Taking one away needs your account manager."),
        back=page,
        back_label=row.name,
        button=_("Save"),
    )


@page_for("customers.write")
def customer_end(request: HttpRequest, ref: str) -> HttpResponse:
    """The customer leaves."""
    row = found(ref)
    form = EndForm(request.POST or None, initial={"on": today()})
    return form_page(
        request,
        form,
        lambda: actions.end_customer(row, **form.cleaned_data),
        reverse("partners:customers"),
        heading=_("End %(name)s") % {"name": row.name},
        note=_("The customer leaves your list on that day; what was recorded stays."),
        back=reverse("partners:customer", args=[row.ref]),
        back_label=row.name,
        button=_("End customer"),
        tone="danger",
    )


@page_for("customers.write")
def customer_attest(request: HttpRequest, ref: str) -> HttpResponse:
    """Record what was signed with the customer."""
    row, on = found(ref), today()
    kinds = rules.customer_addenda(on)
    form = AttestForm(request.POST or None, request.FILES or None, kinds=kinds, on=on)
    page = reverse("partners:customer", args=[row.ref])
    return form_page(
        request,
        form,
        lambda: actions.attest_with_customer(row, at=clock.now(), **form.cleaned_data),
        page,
        heading=_("Record an agreement with %(name)s") % {"name": row.name},
        back=page,
        back_label=row.name,
        button=_("Record agreement"),
    )
