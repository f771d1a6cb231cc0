"""What leaves the log as a file; that it left is an event itself."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tenants import scope as scopes
from tenants.directory import vendor_by_id
from tenants.event_words import EventInWords, in_words
from tenants.importing.writing import write_csv
from tenants.models import Event
from tenants.writing import Reason, Refused, action, record_event

EXPORTED_AT_MOST = 20_000
_BATCH = 1_000


@action("audit.read")
def export_events(rows: QuerySet[Event], *, filters: Mapping[str, str]) -> str:
    """The events as CSV in the order given, instants ISO 8601 in the vendor's zone.

    ``filters`` is what narrowed them, for the record of the export; it may name a person, so it is
    kept where it can be erased. Raises ``Refused`` (too_many) above ``EXPORTED_AT_MOST`` rows.
    """
    held = list(rows[: EXPORTED_AT_MOST + 1])
    if len(held) > EXPORTED_AT_MOST:
        detail = _("More than %(n)s events match.") % {"n": f"{EXPORTED_AT_MOST:,}"}
        fix = _("Choose fewer days, a partner or a kind.")
        raise Refused("too_many", reasons=[Reason("too_many", detail, fix)])
    vendor = vendor_by_id(scopes.current().vendor_id)
    record_event(
        "events.exported", vendor, data={"rows": len(held)}, private={"filters": dict(filters)}
    )
    header = [_("When"), _("What"), _("About"), _("Partner"), _("Who"), _("Details"), _("Event")]
    return write_csv(header, _lines(held, vendor.zone))


def _lines(events: list[Event], zone: zoneinfo.ZoneInfo) -> Iterator[list[Any]]:
    for start in range(0, len(events), _BATCH):
        for one in in_words(events[start : start + _BATCH]):
            at = one.at.astimezone(zone).isoformat(timespec="seconds")
            yield [at, one.title, one.about, one.partner, one.who, _details(one), one.ref]


def _details(event: EventInWords) -> str:
    if event.erased:
        return _("The personal part of this event was erased.")
    return "; ".join(
        f"{line.label}: {line.old} → {line.new}" if line.old else f"{line.label}: {line.new}"
        for line in event.lines
    )
