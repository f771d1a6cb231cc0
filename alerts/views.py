"""The reader's list of notifications."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from alerts.actions import mark_all_read, mark_read
from alerts.models import Notification
from alerts.pages import NoticeLine, lines
from tenants import scope
from tenants.clock import today
from tenants.pages import page_for
from web import clock

PAGE = 50


@page_for("alerts.read")
def notifications(request: HttpRequest) -> HttpResponse:
    """Unread first, the most urgent on top; what a more urgent alert replaced is left out."""
    mine = Notification.objects.filter(
        person_id=scope.current().person_id, alert__superseded=False
    ).select_related("alert", "alert__person", "alert__partner")
    unread = list(mine.filter(read_at__isnull=True).order_by("alert__due_on", "-pk")[: PAGE + 1])
    read = list(mine.filter(read_at__isnull=False).order_by("-read_at", "-pk")[:PAGE])
    on = today()
    context: dict[str, Any] = {
        "unread": lines(unread[:PAGE], on),
        "read": lines(read, on),
        "more": len(unread) > PAGE,
        "today": on,
    }
    return render(request, "alerts/notifications.html", context)


@require_POST
@page_for("alerts.read")
def read_one(request: HttpRequest, ref: str) -> HttpResponse:
    """Mark one as read and go on to what it is about (``next`` = stay on the list)."""
    found = (
        Notification.objects.with_public_id(ref)
        .filter(person_id=scope.current().person_id)
        .select_related("alert")
        .first()
    )
    if found is None:
        raise Http404
    mark_read(found, at=clock.now())
    onward = NoticeLine.of(found, today()).url if "open" in request.POST else ""
    if onward and url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
        return redirect(onward)
    return redirect("alerts:notifications")


@require_POST
@page_for("alerts.read")
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    mark_all_read(at=clock.now())
    return redirect("alerts:notifications")
