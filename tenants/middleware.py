"""The portal's door: host says which vendor, session which login, membership the rest."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Protocol

from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from tenants import scope as scopes
from tenants import second_factor
from tenants.capabilities import STAFF_ROLES, Role
from tenants.directory import vendor_of_host
from tenants.models import Membership, Vendor
from tenants.writing import NotAllowed, Refused, ViewOnly
from web import clock

SESSION_HOST = "mainstay_host"
SESSION_MEMBERSHIP = "mainstay_membership"
_HOSTLESS = ("/healthz", "/static/", "/api/", "/.well-known/")

_SETTING_UP = ("/account/", "/security/", "/static/", "/brand.css")

GetResponse = Callable[[HttpRequest], HttpResponse]
VIEW_END = "/viewing/end/"
_VIEWER_MAY_POST = (VIEW_END, "/account/logout/")


class VendorMiddleware:
    """Set ``request.vendor`` from the host; an unknown host shows a page that names no vendor."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        request.scope = None  # type: ignore[attr-defined]
        request.membership = None  # type: ignore[attr-defined]
        host = request.get_host().rsplit(":", 1)[0].lower()
        request.vendor = vendor = vendor_of_host(host)  # type: ignore[attr-defined]
        if vendor is None and not request.path.startswith(_HOSTLESS):
            return render(request, "errors/unknown_host.html", status=404)
        # Nobody's scope may leak into this request from the thread's last one.
        with scopes.enter(None):
            response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class HostSessionMiddleware(SessionMiddleware):
    """A session belongs to the host it was begun on; carried elsewhere it does not exist.

    The login, its second factor and its messages are then those of an anonymous visitor, on
    account pages as well.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.session.session_key is None:
            return
        host = request.get_host()
        if request.session.get(SESSION_HOST, host) != host:
            request.session = self.SessionStore()


def bind_session_to_host(sender: Any, request: Any, **kwargs: Any) -> None:
    """Called at each sign-in, however it was done."""
    if request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME"):
        request.session[SESSION_HOST] = request.get_host()


user_logged_in.connect(bind_session_to_host, dispatch_uid="tenants.bind_session_to_host")


class ScopeMiddleware:
    """Enter the scope of the signed-in person's active membership on this vendor's host.

    A session acts under one membership, asked for at every request: when that ends, so does the
    session. Whoever misses the second step that the vendor asks for has no scope.

    The API has a door of its own (its token), so sessions mean nothing there.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.needs_second_factor = False
        if request.vendor is None or request.path.startswith("/api/v1/"):
            return self.get_response(request)
        scope = self._scope(request) if request.user.is_authenticated else None
        if scope is not None and viewing is not None:
            scope = viewing.through(request, scope) or scope
            request.role = scope.role
        request.scope = scope
        signed_in = request.user.is_authenticated
        # Pages, lists, forms and filters are in the vendor's time.
        with scopes.enter(scope), timezone.override(request.vendor.zone):
            response = self._answer(request, scope)
        if signed_in or request.user.is_authenticated:
            # Neither a proxy nor the browser of a shared desk keeps what one person saw.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def _answer(self, request: Any, scope: scopes.Scope | None) -> HttpResponse:
        if request.needs_second_factor and not request.path.startswith(_SETTING_UP):
            return _to_second_factor(request)
        if scope is None or scope.viewer is None or viewing is None:
            return self.get_response(request)
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        if not reads and request.path not in _VIEWER_MAY_POST:
            return render(
                request, "errors/refused.html", {"reasons": ViewOnly().reasons}, status=403
            )
        response = self.get_response(request)
        if reads:
            viewing.saw(request, scope, response)
        return response

    def process_exception(self, request: Any, exception: Exception) -> HttpResponse | None:
        """The portal's one translation of refusals; and pages that forgot to ask who is there."""
        if request.path.startswith("/api/"):
            return None
        if isinstance(exception, Refused):
            status = 403 if isinstance(exception, NotAllowed) else 422
            return render(
                request, "errors/refused.html", {"reasons": exception.reasons}, status=status
            )
        if isinstance(exception, scopes.NoScope) and getattr(request, "scope", None) is None:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return render(request, "errors/no_access.html", status=403)
        return None

    def _scope(self, request: Any) -> scopes.Scope | None:
        request.session.setdefault(SESSION_HOST, request.get_host())
        held = memberships_of(request.vendor, request.user.pk)
        chosen = request.session.get(SESSION_MEMBERSHIP)
        membership = next((one for one in held if one.pk == chosen), None)
        if chosen is not None and membership is None:
            logout(request)  # the membership that the session acted under has ended
            return None
        if membership is None and held:
            membership = held[0]
            request.session[SESSION_MEMBERSHIP] = membership.pk
        if membership is None:
            return None
        if second_factor.is_missing(request, membership.role):
            # Without a scope no page shows anything but how to set one up.
            request.needs_second_factor = True
            return None
        request.membership = membership
        return scope_of(
            membership,
            origin="admin" if request.path.startswith("/admin/") else "portal",
            request_id=request.request_id,
        )


def _to_second_factor(request: Any) -> HttpResponse:
    """To the page that sets up a second step; htmx is told to go there as a whole page."""
    address = reverse("second_factor")
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def memberships_of(vendor: Vendor, user_id: int) -> list[Membership]:
    """All memberships that the login holds today with this vendor."""
    with scopes.widen("session door", vendor_id=vendor.pk):
        return list(
            Membership.objects.current(vendor.day_of(clock.now()))
            .filter(person__user_id=user_id)
            .select_related("person")
        )


def scope_of(membership: Membership, *, origin: str, request_id: str = "") -> scopes.Scope:
    """What a membership lets its person touch."""
    staff = membership.role in STAFF_ROLES
    partners: scopes.Partners = "*" if staff else partner_set(membership)
    return scopes.Scope(
        vendor_id=membership.vendor_id,
        partners=partners,
        role=Role(membership.role),
        person_id=membership.person_id,
        person_ref=membership.person.ref,
        membership_id=membership.pk,
        origin=origin,
        request_id=request_id,
    )


def partner_set(membership: Membership) -> frozenset[int]:
    """The partner of the membership and, where it says so, the companies below it."""
    assert membership.partner_id is not None
    own = frozenset({membership.partner_id})
    if membership.with_descendants and descendants_of is not None:
        return own | descendants_of(membership.vendor_id, membership.partner_id)
    return own


class Viewing(Protocol):
    """What ``partners`` knows of somebody of the vendor who looks through a partner's eyes."""

    def through(self, request: Any, own: scopes.Scope) -> scopes.Scope | None:
        """The scope that the session looks through, where it does."""

    def saw(self, request: Any, scope: scopes.Scope, response: HttpResponse) -> None:
        """Record what was shown."""


viewing: Viewing | None = None
"""Registered by ``partners``."""
descendants_of: Callable[[int, int], frozenset[int]] | None = None
"""Registered by ``partners``, which knows the company tree."""
