"""The partner a portal page is about."""

from __future__ import annotations

from django.http import Http404

from partners.models import Partner
from tenants import scope
from tenants.models import Membership


def own_partner() -> Partner:
    """The partner that the signed-in person acts for; 404 for staff, who act for none."""
    held = scope.current()
    if held.membership_id is None or held.all_partners:
        raise Http404
    chosen = Membership.objects.filter(pk=held.membership_id).values("partner_id")
    return Partner.objects.get(pk__in=chosen)
