"""The days on which levels are reviewed, for people's calendars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from alerts.calendars import Entry
from partners.models import Enrolment
from programs.compiled import program_or_none
from reviews.rules import is_continuous, next_due


def review_days(partner_ids: Collection[int], on: dt.date) -> Iterator[Entry]:
    """The next review of each partner's levels, by partner type and axis. One query."""
    program = program_or_none(on)
    if program is None or not partner_ids:
        return
    rows = Enrolment.objects.current(on).filter(partner_id__in=list(partner_ids))
    seen = set()
    for row in rows.select_related("partner", "partner_type").order_by("pk"):
        found = program.document.types.get(row.partner_type.code)
        review = found.review_of(row.axis) if found else None
        if found is None or review is None or is_continuous(review):
            continue
        day = next_due(review, row.partner.joined_on, on)
        uid = f"{row.partner.ref}-{row.partner_type.code}-{row.axis}-{day:%Y%m%d}"
        if uid in seen:
            continue
        seen.add(uid)
        words = {
            "partner": row.partner.name,
            "axis": found.axis_title(row.axis),
            "type": row.partner_type.name,
        }
        yield Entry(
            uid=uid,
            day=day,
            title=_("Review: %(partner)s, %(axis)s") % words,
            text=_("%(type)s: what counts on this day decides.") % words,
            path=f"/levels/{row.partner.ref}/",
        )
