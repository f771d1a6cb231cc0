"""Exceptions as pages: breaking the glass, one exception, the report, lowering a class."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from licensing import actions
from licensing.forms import BreakGlassForm, ClassDecisionForm, LowerForm, ReadDuplicateForm
from licensing.models import ClassChange, Override, Reservation
from licensing.report import KINDS, exceptions_on
from licensing.rules.merging import merge_outlook
from partners.models import Customer
from partners.pages import form_page, own_partner
from partners.words import quantity_words, unit_of, words_of_all
from programs.compiled import program_on
from programs.models import Product
from tenants import scope
from tenants.clock import day_of, today
from tenants.landing import landing_url
from tenants.pages import page_for
from tenants.writing import Refused
from web import clock
from web.templatetags.mainstay import short_date


@page_for("glass.break")
def break_glass(request: HttpRequest, code: str) -> HttpResponse:
    """Open a blocked product at once, at one customer (``?customer=``) or at all."""
    partner, on = own_partner(), today()
    product = Product.objects.filter(code=code).first()
    document = program_on(on).document
    rule = document.gate.break_glass
    if product is None or rule is None:
        raise Http404
    customer = _customer(request.GET.get("customer"))
    form = BreakGlassForm(request.POST or None)
    back = reverse("licensing:product", args=[code])
    if customer:
        back = reverse("licensing:seats", args=[code, customer.ref])

    def broken() -> None:
        actions.break_glass(
            partner, product=product, customer=customer, at=clock.now(), **form.cleaned_data
        )
        messages.success(request, _("The glass is broken: the gate is open to you now."))

    words = {
        "hours": rule.hours,
        "seats": quantity_words(rule.max_seats, unit_of(document, product.code)),
        "times": rule.per_quarter,
    }
    return form_page(
        request,
        form,
        broken,
        back,
        heading=_("Break the glass: %(product)s") % {"product": product.name},
        subtitle=customer.name if customer else _("At all your customers"),
        note=_(
            "For an emergency. It opens what the gate asks of people for %(hours)s hours and "
            "%(seats)s more, at most %(times)s times a quarter. Your account manager and the "
            "vendor read why in the morning."
        )
        % words,
        back=back,
        back_label=customer.name if customer else product.name,
        button=_("Break the glass now"),
        tone="danger",
    )


@page_for("authorizations.read")
def exception(request: HttpRequest, ref: str) -> HttpResponse:
    """One override or broken glass: why, who, until when; ending it early."""
    rows = Override.objects.select_related(
        "partner", "customer", "product", "requested_by", "approver"
    )
    found = rows.with_public_id(ref).first()
    if found is None:
        raise Http404
    held = scope.current()
    glass = found.kind == Override.Kind.BREAK_GLASS
    may_end = held.can("overrides.request") or (glass and held.can("glass.break"))
    at = clock.now()
    if request.method == "POST":
        try:
            actions.end_exception(found, at=at)
            messages.success(request, _("It is ended: the gate decides alone again."))
        except Refused as refused:
            messages.error(request, refused.detail)
        return redirect("licensing:exception", ref=ref)
    context = {
        "exception": found,
        "unit": unit_of(program_on(today()).document, found.product.code),
        "in_force": found.opens_at(at),
        "may_end": may_end and found.opens_at(at),
        "staff": held.all_partners,
        "back": reverse("licensing:exceptions" if held.all_partners else "licensing:list"),
        "zone": request.vendor.zone,  # type: ignore[attr-defined]
    }
    return render(request, "licensing/exception.html", context)


@page_for("exceptions.read")
def exceptions(request: HttpRequest) -> HttpResponse:
    """What runs or grows although the plain gate would not let it, on any day up to today."""
    on = _day(request.GET.get("on"))
    rows = exceptions_on(on)
    counted = {kind: sum(row.kind == kind for row in rows) for kind in KINDS}
    context = {
        "on": on,
        "today": today(),
        "rows": rows,
        "counts": [(KINDS[kind][0], KINDS[kind][1], n) for kind, n in counted.items() if n],
    }
    return render(request, "licensing/exceptions.html", context)


@page_for("exceptions.read")
@require_POST
def exceptions_export(request: HttpRequest) -> HttpResponse:
    """The report as CSV; that it was taken out is an event."""
    on = _day(request.GET.get("on"))
    text = actions.export_exceptions(on=on)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="exceptions-{on.isoformat()}.csv"'
    return answer


@page_for("customers.write")
def merge_customer(request: HttpRequest, customer: str) -> HttpResponse:
    """Say which other customer is the same company, read what will stand here, and merge."""
    kept = _customer(customer)
    if kept is None:
        raise Http404
    form = ReadDuplicateForm(request.POST or None, kept=kept)
    page = reverse("partners:customer", args=[kept.ref])
    shown: dict[str, Any] = {
        "heading": _("Merge a duplicate into %(name)s") % {"name": kept.name},
        "note": _(
            "The duplicate ends today. Its seats add up with those here; its classes, agreements, "
            "contracts and external id come here. Its further fields fill those that are empty "
            "here; where both are filled in, what stands here stays. There is no way back."
        ),
        "back": page,
        "back_label": kept.name,
        "button": _("Show what will stand here"),
    }
    duplicate = form.cleaned_data["duplicate"] if form.is_bound and form.is_valid() else None
    if duplicate is not None:
        chosen = {"duplicate": duplicate.pk, "read": duplicate.ref}
        shown["facts"] = merge_outlook(kept, duplicate, today())
        shown["facts_title"] = _("Afterwards")
        shown |= {"button": _("Merge"), "tone": "danger"}
        if form.cleaned_data["read"] != duplicate.ref:
            form = ReadDuplicateForm(initial=chosen, kept=kept)
            return render(request, "partners/form.html", {"form": form, **shown})

    def merged() -> None:
        actions.merge_customers(kept, duplicate=form.cleaned_data["duplicate"], at=clock.now())
        messages.success(request, _("Merged: all of it stands here now."))

    return form_page(request, form, merged, page, **shown)


@page_for("customers.write")
def lower_classes(request: HttpRequest, customer: str) -> HttpResponse:
    """Ask the vendor to take environment classes away from a customer, with evidence."""
    held = _customer(customer)
    if held is None:
        raise Http404
    form = LowerForm(request.POST or None, held=held.environments)
    page = reverse("partners:customer", args=[held.ref])

    def asked() -> None:
        actions.ask_to_lower(held, at=clock.now(), **form.cleaned_data)
        messages.success(request, _("The vendor looks at it. Until then the classes stay."))

    waiting = ClassChange.objects.filter(customer=held, state=ClassChange.State.REQUESTED).exists()
    return form_page(
        request,
        form,
        asked,
        page,
        heading=_("Take classes away: %(name)s") % {"name": held.name},
        note=_("The vendor is looking at a change of this customer.")
        if waiting
        else _("The stricter classes count until the vendor has approved this."),
        back=page,
        back_label=held.name,
        button=_("Ask the vendor"),
    )


@page_for("classes.decide")
def class_change(request: HttpRequest, ref: str) -> HttpResponse:
    """Approve or refuse that classes are taken away from a customer."""
    rows = ClassChange.objects.select_related("partner", "customer", "requested_by")
    row = rows.with_public_id(ref).first()
    if row is None:
        raise Http404
    form = ClassDecisionForm(request.POST or None)

    def decided() -> None:
        if form.cleaned_data["decision"] == "accept":
            actions.approve_lowering(row, at=clock.now())
        else:
            actions.refuse_lowering(row, reason=form.cleaned_data["reason"], at=clock.now())
        messages.success(request, _("Decided."))

    words = {
        "partner": row.partner.name,
        "who": row.requested_by.name if row.requested_by else row.partner.name,
        "day": short_date(day_of(row.requested_at)),
        "before": words_of_all(row.before) or _("none"),
        "after": words_of_all(row.environments) or _("none"),
        "evidence": row.evidence,
    }
    page = landing_url(scope.current())
    return form_page(
        request,
        form,
        decided,
        page,
        heading=_("Take classes away: %(name)s") % {"name": row.customer.name},
        note=_(
            "%(who)s asked on %(day)s. Classes now: %(before)s; afterwards: %(after)s. "
            "Evidence: %(evidence)s"
        )
        % words,
        back=page,
        back_label=_("Start"),
        button=_("Decide"),
    )


@page_for("authorizations.request")
@require_POST
def settle(request: HttpRequest, ref: str) -> HttpResponse:
    """Confirm or cancel (``verb``) seats that are reserved."""
    found = Reservation.objects.select_related("customer", "product").with_public_id(ref).first()
    if found is None:
        raise Http404
    verb: Any = actions.confirm if request.POST.get("verb") == "confirm" else actions.cancel
    try:
        verb(found, at=clock.now())
        messages.success(
            request,
            _("The seats run now.") if verb is actions.confirm else _("The seats are given back."),
        )
    except Refused as refused:
        messages.error(request, refused.detail)
    return redirect("licensing:seats", code=found.product.code, customer=found.customer.ref)


def _customer(ref: str | None) -> Customer | None:
    if not ref:
        return None
    found: Customer | None = Customer.objects.select_related("partner").with_public_id(ref).first()
    if found is None:
        raise Http404
    return found


def _day(text: str | None) -> dt.date:
    """A day up to today; today where the text is none."""
    try:
        return min(dt.date.fromisoformat(text or ""), today())
    except ValueError:
        return today()
