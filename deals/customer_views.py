"""A piece for the customer's page: what is registered and protected there, and co-sell."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from deals.models import CoSellRequest
from deals.rules.co_sell import may_ask
from deals.rules.conflicts import running
from deals.rules.reading import registrations_read_by
from partners.models import Customer
from tenants import scope
from tenants.clock import today
from tenants.pages import page_for


@page_for("customers.read")
def at_customer(request: HttpRequest, customer: str) -> HttpResponse:
    """Registrations of the customer with until when each protects, open requests for co-sell, and
    one click to ask for it. Empty for who may read neither."""
    on, held = today(), scope.current()
    rows: Any = Customer.objects.select_related("partner")
    row = rows.with_public_id(customer).first()
    if row is None:
        raise Http404
    registrations: Any = ()
    if held.can("registrations.read"):
        registrations = list(registrations_read_by().filter(customer=row).order_by("-pk"))
        until = dict(
            running(on).filter(registration__in=registrations, ended="")
            .order_by("until").values_list("registration_id", "until")
        )  # fmt: skip
        for one in registrations:
            one.protected = until.get(one.pk)
    requests: Any = ()
    if held.can("cosell.read"):
        live = (CoSellRequest.State.ASKED, *CoSellRequest.LIVE)
        requests = CoSellRequest.objects.filter(customer=row, state__in=live)
    ended = row.until is not None and row.until <= on
    context = {
        "customer": row,
        "registrations": registrations,
        "requests": requests,
        "may_ask": not ended and may_ask(on),
    }
    return render(request, "deals/_at_customer.html", context)
