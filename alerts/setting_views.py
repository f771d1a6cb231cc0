"""One's own mails and calendar, the link that ends mails, and the feed itself."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from alerts import calendars
from alerts.actions import choose_mails, feed_digest, make_feed, revoke_feed, stop_mails
from alerts.forms import MailForm
from alerts.kinds import registered_kinds
from alerts.models import CalendarFeed, MailChoice, MailSettings
from alerts.stopping import Stop, stop_of
from partners.models import Partner
from tenants import scope
from tenants.clock import today
from tenants.directory import absolute_url, primary_host
from tenants.middleware import scope_of
from tenants.models import Membership, Person, Vendor
from tenants.pages import page_for
from tenants.writing import Refused, ViewOnly
from web import clock
from web.api import rates

FEED_PER_MINUTE = 30
FEED_KEPT_SECONDS = 900


@page_for("alerts.read")
def mail_settings(request: HttpRequest) -> HttpResponse:
    """What I am told by mail, in which language, and my calendar's address: one's own, so not
    through a partner's eyes."""
    if scope.current().viewer is not None:
        raise ViewOnly
    form = MailForm(request.POST or None, held=_held())
    if request.method == "POST" and form.is_valid():
        try:
            choose_mails(language=form.cleaned_data["language"], choices=form.choices())
        except Refused as refused:
            for reason in refused.reasons:
                form.add_error(
                    reason.pointer if reason.pointer in form.fields else None, reason.detail
                )
        else:
            messages.success(request, _("Saved."))
            return redirect("alerts:settings")
    return _page(request, form)


@require_POST
@page_for("alerts.read")
def feed_make(request: HttpRequest) -> HttpResponse:
    """Give the calendar a new address, shown in this answer and never again."""
    made = make_feed(at=clock.now())
    address = absolute_url(scope.current().vendor_id, f"/calendar/{made.token}.ics")
    return _page(request, MailForm(held=_held()), address)


@require_POST
@page_for("alerts.read")
def feed_revoke(request: HttpRequest) -> HttpResponse:
    """End the calendar's address at once."""
    revoke_feed()
    messages.success(request, _("The address no longer works."))
    return redirect("alerts:settings")


def _held() -> MailSettings | None:
    """One's own settings, as somebody of the company that one acts for."""
    held = scope.current()
    acting = Membership.objects.filter(pk=held.membership_id).first()
    if acting is None:  # somebody of the vendor's looks through a partner's eyes
        return None
    found: MailSettings | None = MailSettings.objects.filter(
        person_id=held.person_id, partner_id=acting.partner_id
    ).first()
    return found


def _page(request: HttpRequest, form: MailForm, address: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "address": address,
        "feed": CalendarFeed.objects.filter(membership_id=scope.current().membership_id).first(),
    }
    status = 422 if form.errors else 200
    response = render(request, "alerts/settings.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt  # the signed link is the right; mail programs post without our cookie (RFC 8058)
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask (GET), and end such mails (POST). Without a sign-in, and for nothing else."""
    wanted = stop_of(token)
    vendor: Vendor | None = getattr(request, "vendor", None)
    if wanted is None or vendor is None or wanted.vendor != vendor.code:
        raise Http404
    if request.method == "POST":
        with scope.entered_vendor(vendor.pk, origin="public"):
            person = Person.objects.by_ref(wanted.person)
            if person is None:
                raise Http404
            partner = Partner.objects.by_ref(wanted.partner) if wanted.partner else None
            stop_mails(person.pk, partner.pk if partner else None, wanted.what)
    context = {"what": _what(wanted), "done": request.method == "POST"}
    return render(request, "alerts/stop.html", context)


def _what(wanted: Stop) -> str:
    if wanted.what == MailChoice.DIGEST:
        return _("the weekly digest")
    names = {kind.kind: str(kind.name) for kind in registered_kinds()}
    return names.get(wanted.what, wanted.what)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of whoever's address this is, as that membership sees it now."""
    vendor: Vendor | None = getattr(request, "vendor", None)
    if vendor is None:
        raise Http404
    asked = rates.count("calendar", feed_digest(token), FEED_PER_MINUTE)
    if asked.exceeded:
        return HttpResponse(status=429, headers={"Retry-After": str(asked.reset)})
    membership = _membership(vendor, token)
    if membership is None:
        raise Http404
    with scope.enter(scope_of(membership, origin="public")):
        body = _calendar(vendor, membership)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"private, max-age={FEED_KEPT_SECONDS}",
        "X-Robots-Tag": "noindex",
        "Content-Disposition": 'inline; filename="calendar.ics"',
    }
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)


def _membership(vendor: Vendor, token: str) -> Membership | None:
    """The membership of the feed, if it is held today."""
    with scope.widen("calendar feed", vendor_id=vendor.pk):
        found = CalendarFeed.objects.filter(token_digest=feed_digest(token)).first()
        if found is None:
            return None
        current = Membership.objects.current(vendor.day_of(clock.now()))
        held: Membership | None = (
            current.filter(pk=found.membership_id).select_related("person").first()
        )
        return held


def _calendar(vendor: Vendor, membership: Membership) -> bytes:
    host = primary_host(vendor.pk)
    of = Partner.objects.filter(pk=membership.partner_id).first()
    return calendars.as_calendar(
        calendars.entries(today()),
        name=f"{vendor.name} · {of.name}" if of else vendor.name,
        host=host or "mainstay.localhost",
        whole=lambda path: absolute_url(vendor.pk, path, host=host),
    )
