"""Pages of the base: security overview, invitation, switching program or partner, no access."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def security(request: HttpRequest) -> HttpResponse:
    """What protects the login: links to password, second factor and sessions."""
    return render(request, "tenants/security.html")
