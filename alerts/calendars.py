"""The days that a person's calendar shows. Apps register what they know; the feed asks here.

A source is asked inside the scope of the feed's membership, so it sees what that person may see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from partners.actions import note_reads
from partners.contracts_shown import shared_decisions
from partners.models import PortfolioEntry, ServiceContract
from partners.rules.contracts import next_decision, term_end
from tenants import scope

LOOK_BACK = dt.timedelta(days=31)
AHEAD = dt.timedelta(days=400)


@dataclass(frozen=True)
class Entry:
    """A whole day; ``uid`` stays while it is about the same thing, ``path`` leads there."""

    uid: str
    day: dt.date
    title: str
    text: str
    path: str


Source = Callable[[Collection[int], dt.date], Iterable[Entry]]
"""(partner ids, vendor's day) -> entries; which of them are near enough is decided here."""
_sources: list[Source] = []


def register_calendar(source: Source) -> None:
    """Add what an app knows to everybody's calendar; called in ``AppConfig.ready()``."""
    if source not in _sources:
        _sources.append(source)


def entries(on: dt.date) -> list[Entry]:
    """What the entered person's calendar shows, by day: from a month ago to a year ahead."""
    partners = _whose(on)
    found = [one for source in (contract_days, *_sources) for one in source(partners, on)]
    near = [one for one in found if on - LOOK_BACK <= one.day <= on + AHEAD]
    return sorted(near, key=lambda one: (one.day, one.title, one.uid))


def _whose(on: dt.date) -> frozenset[int]:
    """The own company's; of the vendor's staff whom they look after, not the whole world."""
    held = scope.current()
    if not held.all_partners:
        return held.partner_ids
    mine = PortfolioEntry.objects.current(on).filter(person_id=held.person_id)
    return frozenset(mine.values_list("partner_id", flat=True))


def contract_days(partner_ids: Collection[int], on: dt.date) -> Iterator[Entry]:
    """By when customers decide, and when the term ends. To the vendor's people only what partners
    share with them, within 90 days; handing it to their calendar is recorded as reading it."""
    held = scope.current()
    if held.all_partners:
        yield from _shared_days(partner_ids, on)
    elif held.can("contracts.read"):
        rows = ServiceContract.objects.current(on).filter(
            partner_id__in=list(partner_ids), ended=False, terms__isnull=False
        )
        for row in rows.select_related("terms", "customer"):
            if (day := next_decision(row.agreed, row.since, on)) is not None:
                yield from _days_of(row, day, on, f"/contracts/{row.ref}/")


def _shared_days(partner_ids: Collection[int], on: dt.date) -> Iterator[Entry]:
    found = shared_decisions(partner_ids, on)
    if found:
        note_reads({one.contract.customer_id: {"end"} for one in found}, on=on)
    for one in found:
        partner = one.contract.partner
        yield from _days_of(
            one.contract, one.day, on, f"/contracts/of/{partner.ref}/", partner.name
        )


def _days_of(
    row: ServiceContract, decided: dt.date, on: dt.date, path: str, partner: str = ""
) -> Iterator[Entry]:
    """The decision, and the end of the term where that is another day."""
    customer = f"{row.customer.name} ({partner})" if partner else row.customer.name
    yield Entry(
        uid=f"{row.ref}-{decided:%Y%m%d}",
        day=decided,
        title=_("%(customer)s decides on its contract") % {"customer": customer},
        text=_("The last day to give notice or to agree on another term."),
        path=path,
    )
    end = term_end(row.agreed, on)
    if end is not None and end > decided:
        yield Entry(
            uid=f"{row.ref}-end-{end:%Y%m%d}",
            day=end,
            title=_("The term of %(customer)s’s contract ends") % {"customer": customer},
            text=_("It renews by itself unless notice was given."),
            path=path,
        )


def as_calendar(
    found: Iterable[Entry], *, name: str, host: str, whole: Callable[[str], str]
) -> bytes:
    """The entries as an iCalendar file (RFC 5545); the same entries give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Mainstay//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval;value=duration", "PT6H")
    for one in found:
        event = Event()
        event.add("uid", f"{one.uid}@{host}")
        # What changed is a new day: the stamp is the day's own, so that nothing changes unread.
        event.add("dtstamp", dt.datetime.combine(one.day, dt.time(), dt.UTC))
        event.add("dtstart", one.day)
        event.add("dtend", one.day + dt.timedelta(days=1))
        event.add("summary", one.title)
        event.add("description", one.text)
        event.add("url", whole(one.path))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made
