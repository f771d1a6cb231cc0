"""Where a person's work begins, by role."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from tenants.capabilities import PARTNER_ROLES
from tenants.scope import Scope


def landing_url(scope: Scope) -> str:
    """Portal home for partners, the administration for channel admins, the portfolio for those
    who have one, else the certificates.

    The pages belong to higher apps, so they are found by name.
    """
    if scope.can("admin.use"):
        return reverse("admin:index")
    if scope.role in PARTNER_ROLES:
        name = "scorecards:home"
    else:
        name = "scorecards:portfolio" if scope.can("portfolio.read") else "certifications:list"
    try:
        return reverse(name)
    except NoReverseMatch:  # an app left out; without them the security page is home
        return reverse("security")
