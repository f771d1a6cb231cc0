"""Where a person's work begins, by role."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from tenants.capabilities import PARTNER_ROLES
from tenants.scope import Scope


def landing_url(scope: Scope) -> str:
    """Portal home for partners, the administration for channel admins, else the portfolio.

    The two pages belong to the highest app, so they are found by name.
    """
    if scope.can("admin.use"):
        return reverse("admin:index")
    name = "scorecards:home" if scope.role in PARTNER_ROLES else "scorecards:portfolio"
    try:
        return reverse(name)
    except NoReverseMatch:  # scorecards serves both; without it the security page is home
        return reverse("security")
