"""The days on which people's certificates stop counting, for their calendars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from alerts.calendars import Entry
from certifications.rules import people_facts
from partners.models import Partner
from programs.compiled import program_or_none


def certificate_ends(partner_ids: Collection[int], on: dt.date) -> Iterator[Entry]:
    """One entry per certificate of somebody employed there, on the first day without it."""
    program = program_or_none(on)
    if program is None or not partner_ids:
        return
    names = dict(Partner.objects.filter(pk__in=list(partner_ids)).values_list("pk", "name"))
    for partner_id, people in people_facts(partner_ids, on).items():
        for person in {one.key: one for one in people}.values():  # once, in whatever roles
            for one in person.certificates:
                if one.until is None:
                    continue
                words = {
                    "name": person.name,
                    "track": program.document.title_of("tracks", one.track),
                    "partner": names.get(partner_id, ""),
                    "number": one.number,
                }
                yield Entry(
                    uid=f"{person.key}-{one.track}-{one.until:%Y%m%d}",
                    day=one.until,
                    title=_("%(name)s: “%(track)s” ends") % words,
                    text=_("Certificate %(number)s at %(partner)s counts up to the day before.")
                    % words,
                    path="/certifications/plan/",
                )
