"""The days of registrations and co-sell for people's calendars: when a pursuit or a protection
ends, and when the work together begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.calendars import Entry
from deals.models import CoSellRequest, Protection
from deals.rules.reading import registrations_read_by
from tenants import scope


def registration_days(partner_ids: Collection[int], on: dt.date) -> Iterator[Entry]:
    """One entry per registration and day on which something that runs of it ends."""
    if not partner_ids or not scope.current().can("registrations.read"):
        return
    rows = Protection.objects.filter(
        partner_id__in=list(partner_ids), ended="", registration__in=registrations_read_by()
    ).select_related("registration", "partner")
    told: set[tuple[int, dt.date]] = set()
    for row in rows.order_by("until", "pk"):
        if (row.registration_id, row.until) in told:
            continue
        told.add((row.registration_id, row.until))
        words = {"name": row.registration.name, "partner": row.partner.name}
        pursued = row.phase == Protection.Phase.PURSUIT
        yield Entry(
            uid=f"{row.registration.ref}-{row.until:%Y%m%d}",
            day=row.until,
            title=_("The pursuit of %(name)s ends") % words
            if pursued
            else _("The protection at %(name)s ends") % words,
            text=_("Registered by %(partner)s. The first day on which nothing is protected.")
            % words,
            path=reverse("deals:registration", args=[row.registration.ref]),
        )


def co_sell_days(partner_ids: Collection[int], on: dt.date) -> Iterator[Entry]:
    """One entry per co-sell or co-delivery that is planned or under way, on its first day."""
    if not partner_ids or not scope.current().can("cosell.read"):
        return
    rows = CoSellRequest.objects.filter(
        partner_id__in=list(partner_ids),
        state__in=(CoSellRequest.State.PLANNED, CoSellRequest.State.UNDER_WAY),
        starts_on__isnull=False,
    )
    for row in rows.select_related("partner").order_by("starts_on", "pk"):
        words = {"kind": row.get_kind_display(), "name": row.name, "partner": row.partner.name}
        yield Entry(
            uid=f"{row.ref}-start",
            day=row.starts_on,
            title=_("%(kind)s at %(name)s begins") % words,
            text=_("With %(partner)s.") % words,
            path=reverse("deals:co_sell", args=[row.ref]),
        )
