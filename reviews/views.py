"""Levels and benefits of one partner, as the partner and its account manager see them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.models import Partner
from partners.pages import form_page, own_partner
from reviews import actions
from reviews.forms import AnswerForm, AskForm
from reviews.models import LevelRequest, ReviewOutcome
from reviews.panels import held_benefits, held_levels, open_requests, requestable, shown_tree
from reviews.words import leaf_words
from tenants import scope
from tenants.capabilities import PARTNER_ROLES
from tenants.clock import today
from tenants.pages import page_for
from web import clock


@page_for("reviews.read")
def levels(request: HttpRequest, ref: str) -> HttpResponse:
    """The levels held, cures and gaps, requests and invitations: a page, or a piece of one."""
    partner, on = _partner(ref), today()
    held = scope.current()
    may_ask = held.can("levels.request") and not held.all_partners
    context = {
        "partner": partner,
        "today": on,
        "held": held_levels(partner, on),
        "requests": open_requests(partner),
        "may_ask": may_ask and bool(requestable(partner, on)),
        "may_answer": may_ask,
        "staff": held.all_partners,
    }
    piece = bool(getattr(request, "htmx", False))
    name = "reviews/_levels.html" if piece else "reviews/levels.html"
    return render(request, name, context)


@page_for("levels.request")
def ask(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for a level that no review gives by itself, or give one back."""
    partner, on = _own(ref), today()
    form = AskForm(request.POST or None, levels=requestable(partner, on))
    back = reverse("reviews:levels", args=[partner.ref])
    return form_page(
        request,
        form,
        lambda: actions.request_level(partner, on=on, at=clock.now(), **form.cleaned_data),
        back,
        heading=_("Ask for a level"),
        subtitle=partner.name,
        note=_(
            "Levels that go by requirements are given by the review. A level that you give back is "
            "kept, with its benefits, for as long as a cure lasts."
        ),
        back=back,
        back_label=_("Levels"),
        button=_("Ask"),
    )


@page_for("levels.request")
def answer(request: HttpRequest, ref: str) -> HttpResponse:
    """Accept or decline an invitation."""
    found = _request(ref)
    if found.kind != LevelRequest.Kind.INVITATION or not found.is_open:
        raise Http404
    form = AnswerForm(request.POST or None)
    back = reverse("reviews:levels", args=[found.partner.ref])
    return form_page(
        request,
        form,
        lambda: actions.decide_request(
            found,
            accept=form.cleaned_data["answer"] == "accept",
            reason=form.cleaned_data["reason"],
            on=today(),
            at=clock.now(),
        ),
        back,
        heading=_("Invitation to %(level)s") % {"level": found.level.name},
        subtitle=found.partner_type.name,
        note=found.note,
        back=back,
        back_label=_("Levels"),
        button=_("Answer"),
    )


@page_for("levels.request")
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a request back."""
    found = _request(ref)
    if request.method == "POST":
        actions.withdraw_request(found, at=clock.now())
    return redirect("reviews:levels", ref=found.partner.ref)


@page_for("reviews.read")
def outcome(request: HttpRequest, ref: str) -> HttpResponse:
    """What one review said of one level, down to the records that counted."""
    rows = ReviewOutcome.objects.select_related("partner", "partner_type", "from_level", "to_level")
    found = rows.filter(applied_on__isnull=False).with_public_id(ref).first()
    if found is None:
        raise Http404
    context: dict[str, Any] = {
        "outcome": found,
        "partner": found.partner,
        "gap": [leaf_words(leaf) for leaf in found.gap],
        "requirements": shown_tree(found),
    }
    return render(request, "reviews/outcome.html", context)


@page_for(*PARTNER_ROLES)
def benefits(request: HttpRequest) -> HttpResponse:
    """What our levels give us, until when, and what we have used of it."""
    partner, on = own_partner(), today()
    context = {"partner": partner, "today": on, "benefits": held_benefits(partner, on)}
    return render(request, "reviews/benefits.html", context)


def _partner(ref: str) -> Partner:
    found: Partner | None = Partner.objects.with_public_id(ref).first()
    if found is None:
        raise Http404
    return found


def _own(ref: str) -> Partner:
    """The partner that the person asks for: its own, never on behalf of one."""
    partner = _partner(ref)
    if scope.current().all_partners:
        raise Http404
    return partner


def _request(ref: str) -> LevelRequest:
    rows = LevelRequest.objects.select_related("partner", "partner_type", "level")
    found: LevelRequest | None = rows.with_public_id(ref).first()
    if found is None or scope.current().all_partners:
        raise Http404
    return found
