"""Who may open a page: one decorator for all portal and CAM pages."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenants import scope as scopes
from tenants.capabilities import Role
from web.views import permission_denied

View = Callable[..., HttpResponse]


def page_for(*who: str) -> Callable[[View], View]:
    """Open the page to these roles, or to whoever holds one of these capabilities.

    Signed out: the sign-in page. Signed in without a membership here, or with another role: a page
    that says so and whom to ask (403).
    """
    roles = {name for name in who if name in Role.values}
    capabilities = [name for name in who if name not in Role.values]

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def open_page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            held: scopes.Scope | None = getattr(request, "scope", None)
            if held is None and not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if held is None:
                return render(request, "errors/no_access.html", status=403)
            if held.role not in roles and not any(held.can(name) for name in capabilities):
                return permission_denied(request)
            return view(request, *args, **kwargs)

        return open_page

    return decorate
