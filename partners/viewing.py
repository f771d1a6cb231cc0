"""The middleware's half of looking through a partner's eyes (``tenants.middleware.Viewing``).

A session that does carries the public id of a ``PartnerView``. It is asked for at every request, so
that its end, the half hour and a partner that changed hands hold at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from partners.actions.viewing import end_view, note_page
from partners.models import PartnerView
from partners.rules.relations import looked_after
from tenants import scope
from tenants.capabilities import Role
from tenants.clock import today
from tenants.middleware import VIEW_END
from tenants.scope import Scope
from web import clock

SESSION_VIEW = "mainstay_view"
_NOT_THE_PARTNERS = ("/account/", "/security/", "/static/", "/brand.css", VIEW_END)
"""Pages of the viewer's own login: there is nothing of the partner on them."""


def through(request: Any, own: Scope) -> Scope | None:
    """The partner's scope, with a partner admin's pages and the viewer behind it; ``None`` where
    the session views nobody, or no longer."""
    ref = request.session.get(SESSION_VIEW)
    if ref is None:
        return None
    with scope.enter(own):
        row = PartnerView.objects.by_ref(ref)
        at = clock.now()
        mine = row is not None and row.person_id == own.person_id and row.ended_at is None
        holds = mine and row.ends_at > at and own.can("partners.view_as")
        if holds and row.partner_id in looked_after([row.partner_id], today()):
            request.partner_view = row
            return replace(
                own,
                partners=frozenset({row.partner_id}),
                role=Role.PARTNER_ADMIN,
                origin="portal",
                viewer=replace(own, request_id=""),
            )
        del request.session[SESSION_VIEW]
        if mine and own.can("partners.view_as"):
            end_view(row, at=at)
    return None


def saw(request: Any, held: Scope, response: HttpResponse) -> None:
    """Record the page, whole or a piece, in the partner's log before it is shown."""
    shown = response.status_code == 200 and not request.path.startswith(_NOT_THE_PARTNERS)
    if not shown or held.viewer is None:
        return
    with scope.as_oneself():
        note_page(request.partner_view, request.path)


def banner(request: HttpRequest) -> dict[str, Any]:
    """``viewing`` for the frame, while the session looks through a partner's eyes."""
    row = getattr(request, "partner_view", None)
    if row is None or request.scope is None or request.scope.viewer is None:  # type: ignore[attr-defined]
        return {}
    return {"viewing": {"row": row, "end_url": reverse("partners:view_end")}}
