"""Begin and end looking through a partner's eyes, and the partner's list of when that was."""

from __future__ import annotations

import uuid
from collections import Counter

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from partners.actions.viewing import end_view, start_view
from partners.models import Partner, PartnerView
from partners.pages import own_partner
from partners.viewing import SESSION_VIEW
from tenants import scope
from tenants.capabilities import PARTNER_ROLES
from tenants.clock import today
from tenants.models import Event
from tenants.pages import page_for
from web import clock

SHOWN = 20


@require_POST
@page_for("partners.view_as")
def view_start(request: HttpRequest, ref: str) -> HttpResponse:
    """See the portal as the partner's admin does, from its home on."""
    partner = Partner.objects.with_public_id(ref).first()
    if partner is None:
        raise Http404
    row = start_view(partner, at=clock.now(), on=today())
    request.session[SESSION_VIEW] = row.ref
    return redirect("scorecards:home")


@require_POST
def view_end(request: HttpRequest) -> HttpResponse:
    """Back to one's own pages."""
    row, held = getattr(request, "partner_view", None), scope.current_or_none()
    request.session.pop(SESSION_VIEW, None)
    if row is None or held is None or held.viewer is None:
        return redirect("scorecards:home")
    with scope.as_oneself():
        end_view(row, at=clock.now())
    return redirect("scorecards:partner", row.partner.ref)


@page_for(*PARTNER_ROLES)
def views(request: HttpRequest) -> HttpResponse:
    """When somebody of the vendor looked through the partner's eyes: a page, or a piece of one."""
    partner = own_partner()
    rows = list(PartnerView.objects.filter(partner=partner).select_related("person")[:SHOWN])
    seen: Counter[uuid.UUID] = Counter(
        Event.objects.filter(
            subject_id__in=[row.public_id for row in rows], kind="view.page"
        ).values_list("subject_id", flat=True)
    )
    lines = [{"row": row, "pages": seen[row.public_id]} for row in rows]
    name = "partners/_views.html" if getattr(request, "htmx", False) else "partners/views.html"
    return render(request, name, {"lines": lines, "partner": partner})
