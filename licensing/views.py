"""Licences: what the partner may deploy and why not, seats at customers, decisions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from licensing.actions import Decision, authorize
from licensing.forms import CustomerPick, SeatsForm
from licensing.models import Authorization, Deployment, Override, Reservation
from licensing.panels import (
    LicenceRow,
    badge_of,
    blocked_count,
    blocker,
    blockers_of,
    icon_of,
    licence_rows,
    passes,
)
from licensing.rules import DeploymentStanding, Ground, Verdict, ground_for, reasons_of
from licensing.tables import DeploymentFilter, DeploymentTable
from licensing.tree_view import sections_of
from partners.models import Customer, Partner
from partners.pages import own_partner
from partners.words import unit_of, unit_words
from programs.compiled import program_on
from programs.document import GENERAL
from tenants import scope
from tenants.capabilities import PARTNER_ROLES
from tenants.clock import today
from tenants.models import Person
from tenants.pages import page_for
from tenants.writing import Refused
from web import clock
from web.lists import ListPage


@page_for(*PARTNER_ROLES)
def licences(request: HttpRequest) -> HttpResponse:
    """Every product of the program: open, or why not and the way out."""
    partner, on = own_partner(), today()
    rows = licence_rows([partner], on, at=clock.now())[partner.pk]
    context = {
        "partner": partner,
        "today": on,
        "rows": rows,
        "open_count": sum(row.open for row in rows),
        "seats": sum(row.seats for row in rows),
        "needing": sum(row.needs_you for row in rows),
        "exceptions": exceptions_of(partner),
    }
    return render(request, "licensing/licences.html", context)


class ProductPage(ListPage):
    """One product: what its gate asks down to each certificate, and where it runs."""

    table_class = DeploymentTable
    filterset_class = DeploymentFilter
    template_name = "licensing/product.html"
    page_size = 15

    def get_queryset(self) -> Any:
        return Deployment.objects.filter(
            partner=self.partner, product__code=self.kwargs["code"], seats__gt=0
        ).select_related("customer", "product")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.partner, on = own_partner(), today()
        ground = ground_for([self.partner], on, at=clock.now())
        row = _own_row(ground, self.partner, self.kwargs["code"])
        context = super().get_context_data(**kwargs)
        table = context["table"]
        shown = [line.record for line in (table.paginated_rows if table.page else table.rows)]
        customers = [record.customer for record in shown]
        there = ground.at_customers(customers)
        for record in shown:
            record.standing = there.standing(
                self.partner.pk, row.code, (), customer=record.customer
            )
            record.badge = badge_of(record.standing)
        asked = [one.code for one in row.classes if one.seats] or [row.base.code]
        standing = ground.standing(self.partner.pk, row.code, asked)
        return {
            **context,
            "partner": self.partner,
            "today": on,
            "row": row,
            "sections": sections_of(standing.verdict, standing.names),
            "standing": standing,
            "picker": CustomerPick(customers=self._others(row.code, on)),
            "may_ask": scope.current().can("authorizations.request"),
            "may_break": _may_break(ground, row.base.standing),
            "exceptions": exceptions_of(self.partner, row.code),
        }

    def _others(self, code: str, on: dt.date) -> list[Customer]:
        """Customers where the product does not run yet."""
        running = Deployment.objects.filter(
            partner=self.partner, product__code=code, seats__gt=0
        ).values("customer_id")
        rows = Customer.objects.current(on).filter(partner=self.partner)
        return list(rows.exclude(pk__in=running).order_by("name")[:500])


@page_for(*PARTNER_ROLES)
def product(request: HttpRequest, code: str) -> HttpResponse:
    """The product's page; ``?customer=`` leads on to that customer's seats."""
    chosen = request.GET.get("customer")
    if chosen:
        return redirect("licensing:seats", code=code, customer=chosen)
    return ProductPage.as_view()(request, code=code)


@page_for("authorizations.request")
def seats(request: HttpRequest, code: str, customer: str) -> HttpResponse:
    """Change the seats at one customer: look at the gate's answer first, then ask for real."""
    held = _customer(customer)
    ground = ground_for([held.partner], today(), customers=[held], at=clock.now())
    standing = ground.standing(held.partner_id, code, (), customer=held)
    document = ground.program.document
    if code not in document.products and not standing.inputs.before:
        raise Http404
    form = SeatsForm(
        request.POST or None, document=document, held=standing.inputs, names=standing.names
    )
    preview, status = None, 200
    if request.method == "POST":
        try:
            if not form.is_valid():
                status = 422
            elif request.POST.get("intent") in ("apply", "reserve"):
                two_step = request.POST["intent"] == "reserve"
                decided = _ask(held, code, form, dry_run=False, two_step=two_step)
                assert decided.authorization is not None
                return redirect("licensing:authorization", ref=decided.authorization.ref)
            else:
                preview = _ask(held, code, form, dry_run=True)
        except Refused as refused:
            status = 422
            for reason in refused.reasons:
                known = reason.pointer if reason.pointer in form.fields else None
                form.add_error(known, reason.detail)
    context = {
        "customer": held,
        "standing": standing,
        "title": document.title_of("products", code),
        "icon": icon_of(document.products[code]) if code in document.products else "package",
        "code": code,
        "unit": unit_of(document, code),
        "form": form,
        "blockers": blockers_of(standing),
        "preview": preview,
        "preview_blockers": _preview_blockers(preview),
        "sections": sections_of(standing.verdict, standing.names),
        "special": [name for name in standing.environments if name != GENERAL],
        "badge": badge_of(standing),
        "may_break": _may_break(ground, standing),
        "exceptions": exceptions_of(held.partner, code, held),
        "reservation": Reservation.objects.filter(
            customer=held, product__code=code, state=Reservation.State.RESERVED
        ).first(),
    }
    return render(request, "licensing/seats.html", context, status=status)


@page_for("authorizations.read")
def at_customer(request: HttpRequest, customer: str) -> HttpResponse:
    """A piece for the customer's page: what runs there, whether it may grow, what else may."""
    held = _customer(customer)
    ground = ground_for([held.partner], today(), customers=[held], at=clock.now())
    document = ground.program.document
    running = ground.running.get(held.pk, {})
    lines: list[dict[str, Any]] = [
        {
            "code": code,
            "title": document.title_of("products", code),
            "icon": icon_of(product),
            "unit": unit_words(product.unit, running[code].seats if code in running else 0),
            "seats": running[code].seats if code in running else 0,
            "standing": (here := ground.standing(held.partner_id, code, (), customer=held)),
            "badge": badge_of(here),
            "may_break": running.get(code) and _may_break(ground, here),
        }
        for code, product in document.products.items()
    ]
    lines.sort(key=lambda line: -line["seats"])
    context = {
        "customer": held,
        "lines": lines,
        "staff": scope.current().all_partners,
        "may_lower": set(held.environments) - {GENERAL} and scope.current().can("customers.write"),
        "may_merge": held.until is None and scope.current().can("customers.write"),
    }
    return render(request, "licensing/_at_customer.html", context)


@page_for("authorizations.read")
def authorization(request: HttpRequest, ref: str) -> HttpResponse:
    """One decision: what was asked, what was answered and why, and the signed receipt."""
    found = (
        Authorization.objects.select_related(
            "customer", "product", "partner", "program_version", "vendor"
        )
        .with_public_id(ref)
        .first()
    )
    if found is None:
        raise Http404
    names = names_of(found)
    verdict = Verdict.from_dict(found.result)
    staff = scope.current().all_partners
    holder = found.partner.name if staff else ""
    reasons = [] if verdict.allowed else reasons_of(verdict, names, holder=holder)
    return render(
        request,
        "licensing/authorization.html",
        {
            "authorization": found,
            "verdict": verdict,
            "passed": PASSED[verdict.through] if verdict.through else "",
            "allowed": verdict.allowed,
            "blockers": [blocker(reason) for reason in reasons],
            "sections": sections_of(verdict, names),
            "special": [name for name in verdict.environments if name != GENERAL],
            "unit": unit_of(program_on(found.decided_on).document, verdict.product),
            "staff": staff,
        },
    )


PASSED: dict[str, Any] = {
    "grace": _("The gate was closed; the grace of a lapse let this pass."),
    "override": _("The gate was closed; an override let this pass."),
    "break_glass": _("The gate was closed; broken glass let this pass."),
    "replace": _("Replacing what runs passes whatever the gate says."),
    "transfer": _("What runs at a customer goes on when it changes its MSP."),
}


def names_of(decided: Authorization) -> dict[str, str]:
    """Names of the people in a stored decision that the reader may see, by key: one query."""
    keys = [person["key"] for person in decided.inputs["facts"]["people"]]
    ids = [key.removeprefix(f"{Person.prefix}_") for key in keys]
    people = Person.objects.filter(public_id__in=ids)
    return {person.ref: person.name for person in people}


def waiting(request: HttpRequest) -> int:
    """Products that run somewhere and could not grow there today, for the navigation."""
    held: scope.Scope | None = getattr(request, "scope", None)
    return blocked_count(held.partner_ids, today()) if held else 0


def _own_row(ground: Ground, partner: Partner, code: str) -> LicenceRow:
    rows = licence_rows([partner], ground.on, ground=ground)[partner.pk]
    found = next((row for row in rows if row.code == code), None)
    if found is None:
        raise Http404
    return found


def _customer(ref: str) -> Customer:
    found = Customer.objects.select_related("partner").with_public_id(ref).first()
    if found is None:
        raise Http404
    return found


def exceptions_of(
    partner: Partner, code: str = "", customer: Customer | None = None
) -> list[Override]:
    """Overrides and broken glass in force at the partner now, of one product or customer."""
    rows = Override.objects.filter(
        partner=partner, state=Override.State.APPROVED, ends_at__gt=clock.now()
    ).select_related("product", "customer")
    if code:
        rows = rows.filter(product__code=code)
    if customer is not None:
        rows = rows.filter(Q(customer=None) | Q(customer=customer))
    return list(rows)


def _may_break(ground: Ground, standing: DeploymentStanding) -> bool:
    """Whether to offer the glass: nothing lets the partner pass already, it is not broken, and
    what closes the gate is something that it opens."""
    known = ground.program.document.gate.break_glass is not None
    broken = any(one.product == standing.inputs.product for one in standing.inputs.opened)
    basics = [node for node in standing.verdict.tree.children if node.id is None]
    helps = all(node.truth or node.kind == "requires" for node in basics)
    wanted = known and helps and not broken and not passes(standing)
    return wanted and scope.current().can("glass.break")


def _ask(
    customer: Customer, code: str, form: SeatsForm, *, dry_run: bool, two_step: bool = False
) -> Decision:
    asked = form.cleaned_data
    operator = Person.objects.with_public_id(asked.get("operator") or "").first()
    return authorize(
        customer,
        code,
        asked["environment"],
        asked["seats"],
        at=clock.now(),
        dry_run=dry_run,
        operator=operator,
        two_step=two_step,
    )


def _preview_blockers(preview: Decision | None) -> list[dict[str, Any]]:
    return blockers_of(preview.standing, preview.reasons) if preview else []
