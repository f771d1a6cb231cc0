"""Service contracts: the partner's list and forms, who can see what, the account manager's page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from partners import actions
from partners.contract_forms import ContractForm, SharingForm
from partners.contracts_shown import contract_facts, decision_of, end_words, services_words
from partners.forms import EndForm
from partners.models import Partner, ServiceContract
from partners.pages import form_page, own_partner
from partners.rules.sharing import Sharing, reads_everything, shared_sums, sharing_of, withheld
from partners.tables import ContractFilter, ContractTable
from partners.views.customers import found as found_customer
from tenants import scope
from tenants.capabilities import PARTNER_ROLES
from tenants.clock import today
from tenants.pages import page_for
from web import clock
from web.lists import ListPage


class ContractsPage(ListPage):
    table_class = ContractTable
    filterset_class = ContractFilter
    template_name = "partners/contracts.html"

    def get_queryset(self) -> Any:
        rows = ServiceContract.objects.filter(partner=own_partner())
        return rows.select_related("customer", "terms")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_write = scope.current().can("contracts.write")
        return super().get_context_data(may_write=may_write, **kwargs)


@page_for(*PARTNER_ROLES)
def contracts(request: HttpRequest) -> HttpResponse:
    """The partner's contracts with its customers; to who looks through its eyes, what is shared."""
    if not reads_everything():
        return of_partner(request, own_partner().ref)
    return ContractsPage.as_view()(request)


def found(ref: str) -> ServiceContract:
    """The contract by its public id, among those the scope sees; else 404."""
    rows = ServiceContract.objects.with_public_id(ref)
    row = rows.select_related("partner", "customer", "terms").first()
    if row is None:
        raise Http404
    return row


@page_for(*PARTNER_ROLES)
def contract(request: HttpRequest, ref: str) -> HttpResponse:
    """One contract: what is agreed, who can see it, and what was agreed before."""
    row, on = found(ref), today()
    if not reads_everything():
        return of_partner(request, row.partner.ref)
    sharing = sharing_of([row.partner_id], on)
    context = {
        "contract": row,
        "title": services_words(row),
        "facts": contract_facts(row, sharing, on),
        "decision": decision_of(row, on),
        "today": on,
        "history": _history(row, on),
        "may_write": scope.current().can("contracts.write"),
    }
    return render(request, "partners/contract.html", context)


def _history(row: ServiceContract, on: dt.date) -> list[dict[str, Any]]:
    """All terms, the newest first, each as the contract would be under them."""
    lines = []
    for terms in row.history.order_by("-since", "-id"):
        row_then = ServiceContract(since=row.since, scopes=row.scopes, terms=terms)
        lines.append({"terms": terms, "words": end_words(row_then, max(on, terms.since))})
    return lines


@page_for(*PARTNER_ROLES)
def at_customer(request: HttpRequest, ref: str) -> HttpResponse:
    """The panel on a customer's page."""
    row, on = found_customer(ref), today()
    rows = list(row.service_contracts.select_related("terms", "customer"))
    sharing = sharing_of([row.partner_id], on)
    _note(rows, sharing, on)
    context = {
        "customer": row,
        "contracts": [
            {
                "row": one,
                "title": _shared(one, "services", services_words(one), sharing),
                "words": _shared(one, "end", end_words(one, on), sharing),
            }
            for one in rows
        ],
        "may_write": scope.current().can("contracts.write") and row.until is None,
    }
    return render(request, "partners/_contracts.html", context)


def _shared(row: ServiceContract, field: str, words: str, sharing: Sharing) -> str:
    """The words, or that the field is withheld from who is reading."""
    if sharing.reads(row.partner_id, row.customer_id, field):
        return words
    return withheld(sharing.share(row.partner_id, row.customer_id, field))


@page_for("contracts.write")
def contract_add(request: HttpRequest, ref: str) -> HttpResponse:
    """Record a contract with a customer."""
    customer, on = found_customer(ref), today()
    form = ContractForm(request.POST or None, on=on)
    page = reverse("partners:customer", args=[customer.ref])
    return form_page(
        request,
        form,
        lambda: actions.record_contract(customer, at=clock.now(), **form.cleaned_data),
        page,
        heading=_("Record a contract with %(name)s") % {"name": customer.name},
        note=_("What you agreed with your customer. Your vendor reads only what you share."),
        back=page,
        back_label=customer.name,
        button=_("Record contract"),
    )


@page_for("contracts.write")
def contract_change(request: HttpRequest, ref: str) -> HttpResponse:
    """Agree other terms, or correct the latest."""
    row = found(ref)
    form = ContractForm(request.POST or None, on=today(), held=row)
    page = reverse("partners:contract", args=[row.ref])
    return form_page(
        request,
        form,
        lambda: actions.change_contract(row, at=clock.now(), **form.cleaned_data),
        page,
        heading=_("Change the terms with %(name)s") % {"name": row.customer.name},
        note=_("What was agreed before stays in the contract's history."),
        back=page,
        back_label=services_words(row),
        button=_("Save"),
    )


@page_for("contracts.write")
def contract_end(request: HttpRequest, ref: str) -> HttpResponse:
    """The contract ends early."""
    row = found(ref)
    form = EndForm(request.POST or None, initial={"on": today()})
    page = reverse("partners:contract", args=[row.ref])
    return form_page(
        request,
        form,
        lambda: actions.end_contract(row, **form.cleaned_data),
        page,
        heading=_("End the contract with %(name)s") % {"name": row.customer.name},
        note=_("The customer stays on your list until you end it as well."),
        back=page,
        back_label=services_words(row),
        button=_("End contract"),
        tone="danger",
    )


@page_for("contracts.write")
def sharing(request: HttpRequest, ref: str = "") -> HttpResponse:
    """Who can see what: of all customers, or of one."""
    customer = found_customer(ref) if ref else None
    partner = own_partner()
    held = sharing_of([partner.pk], today())
    key = customer.pk if customer else None
    form = SharingForm(request.POST or None, sharing=held, partner_id=partner.pk, customer_id=key)
    back = reverse("partners:customer", args=[ref]) if customer else reverse("partners:contracts")

    def choose() -> None:
        actions.choose_all_sharing(partner, form.cleaned_data, customer=customer)

    name = customer.name if customer else ""
    return form_page(
        request,
        form,
        choose,
        back,
        heading=_("Who can see %(name)s") % {"name": name} if name else _("Who can see this"),
        subtitle=_("What of your service contracts your vendor's people may read."),
        note=_(
            "Your account manager's reading is recorded once per day and customer. Sums are shown "
            "over five customers or more. Nobody of your vendor who sells directly reads any of it."
        ),
        back=back,
        back_label=name or _("Contracts"),
        button=_("Save"),
    )


@page_for("contracts.read")
def of_partner(request: HttpRequest, ref: str) -> HttpResponse:
    """What a partner shares of its contracts with whoever looks after it; reading is recorded."""
    partner = Partner.objects.with_public_id(ref).first()
    if partner is None:
        raise Http404
    on = today()
    held = sharing_of([partner.pk], on)
    everything = (
        ServiceContract.objects.filter(partner=partner)
        .select_related("customer", "terms")
        .order_by("customer__name", "customer_id", "-since", "-pk")
    )
    page = Paginator(everything, PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    _note(rows, held, on)
    context = {
        "partner": partner,
        "looked_after": held.everything or partner.pk in held.looked_after,
        "contracts": [{"row": row, "facts": contract_facts(row, held, on)} for row in rows],
        "sums": shared_sums(partner.pk, on) if scope.current().can("shared.read") else [],
        "page": page,
        "as_partner": scope.current().viewer is not None,
        "today": on,
    }
    return render(request, "partners/contracts_of.html", context)


PAGE = 50


def _note(rows: list[ServiceContract], held: Sharing, on: dt.date) -> None:
    if reads_everything():
        return
    read = {row.customer_id: held.readable(row.partner_id, row.customer_id) for row in rows}
    read = {key: fields for key, fields in read.items() if fields}
    if read:
        with scope.as_oneself():
            actions.note_reads(read, on=on)
