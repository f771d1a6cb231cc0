"""The checklist of onboarding, on the home of a partner and on the page that staff see of it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from partners.actions.onboarding import tick_step
from partners.models import Partner
from partners.pages import own_partner
from partners.rules.onboarding import Asked, checklists, opened
from programs.compiled import program_or_none
from tenants import scope
from tenants.capabilities import PARTNER_ROLES
from tenants.clock import today
from tenants.pages import page_for
from tenants.writing import NotAllowed, Refused
from web import clock


@page_for(*PARTNER_ROLES)
def onboarding(request: HttpRequest) -> HttpResponse:
    """The own partner's checklist, a piece of its home; opened as a page, the home itself."""
    if not request.headers.get("HX-Request"):
        return redirect("/")
    return _panel(request, own_partner())


@page_for("portfolio.read")
def onboarding_of(request: HttpRequest, ref: str) -> HttpResponse:
    """A partner's checklist, for the staff."""
    return _panel(request, _partner(ref))


@page_for("partners.read")
@require_POST
def onboarding_tick(request: HttpRequest, ref: str, type: str, code: str) -> HttpResponse:
    """A person says that a step is done."""
    partner = _partner(ref)
    refused = ""
    try:
        tick_step(partner, type=type, code=code, at=clock.now())
    except NotAllowed:
        raise
    except Refused as no:
        refused = no.detail
    if request.headers.get("HX-Request"):
        return _panel(request, partner, refused=refused)
    return redirect("/")


def _partner(ref: str) -> Partner:
    row = Partner.objects.with_public_id(ref).first()
    if row is None:
        raise Http404
    return row


def _panel(request: HttpRequest, partner: Partner, *, refused: str = "") -> HttpResponse:
    on = today()
    steps = checklists([partner.pk], on)[partner.pk]
    program = program_or_none(on)
    ours = scope.current().all_partners
    may = scope.current().can("attestations.decide" if ours else "profile.write")

    def shown(one: Asked) -> dict[str, Any]:
        mine = (one.step.who == "vendor") == ours
        return {
            "asked": one,
            "opens": ", ".join(opened(program.document, one)) if program else "",
            "may_tick": may and mine and one.open and one.ticked,
        }

    context = {
        "partner": partner,
        "steps": [shown(one) for one in steps],
        "done": sum(not one.open for one in steps),
        "staff": ours,
        "refused": refused,
    }
    return render(request, "partners/_onboarding.html", context)
