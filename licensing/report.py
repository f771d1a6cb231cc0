"""The exceptions report: where something runs or grows that the plain gate would not let pass.

For examiners and channel admins, as of any day. Seats carry no history, and neither does a
customer's class: those are today's; who counted, what was signed and which exception was in force
are the day's own.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licensing.models import Override
from licensing.panels import running_groups
from licensing.rules import ground_for
from licensing.rules.lapse_words import BADGES
from partners.models import Customer, Partner
from partners.words import quantity_words, unit_of, words_of_all
from programs.compiled import program_or_none
from programs.document import GENERAL
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.models import Event
from web.codes import words_of

LOOK_BACK = dt.timedelta(days=365)
"""How long a lowered class stays in the report."""
KINDS: dict[str, tuple[Any, str]] = {
    **BADGES,
    "override": (gettext_lazy("Override"), "warn"),
    "break_glass": (gettext_lazy("Broken glass"), "bad"),
    "unclassified": (gettext_lazy("Unclassified customer"), "warn"),
    "lowered": (gettext_lazy("Class lowered"), "muted"),
}


@dataclass(frozen=True)
class ExceptionRow:
    """One exception: its kind, where, how many seats rest on it, and why."""

    kind: str
    partner: str
    customer: str
    product: str
    seats: int | None
    since: dt.date | None
    until: dt.date | None
    why: str
    ref: str = ""
    unit: str = "seat"

    @property
    def runs(self) -> str:
        """What rests on it, in the product's unit: "138 seats"; empty where nothing is counted."""
        return "" if self.seats is None else quantity_words(self.seats, self.unit)

    @property
    def kind_words(self) -> str:
        return str(KINDS[self.kind][0])

    @property
    def tone(self) -> str:
        return KINDS[self.kind][1]


def exceptions_on(on: dt.date) -> list[ExceptionRow]:
    """Every exception of the vendor on the day, in the order of the kinds; constant queries."""
    rows = [*_lapsed(on), *_opened(on), *_unclassified(on), *_lowered(on)]
    order = list(KINDS)
    return sorted(rows, key=lambda row: (order.index(row.kind), row.partner, row.product))


def _lapsed(on: dt.date) -> Iterator[ExceptionRow]:
    program = program_or_none(on)
    if program is None or program.document.lapse is None:
        return
    partners = {p.pk: p for p in Partner.objects.exclude(status=Partner.Status.EXITED)}
    ground = ground_for(partners.values(), on)
    for (partner_id, code), groups in running_groups(list(partners)).items():
        for group in groups:
            if ground.is_open(partner_id, code, group.environments):
                continue
            held = ground.standing(partner_id, code, group.environments)
            if (found := held.verdict.standing) is None:
                continue
            special = [name for name in group.environments if name != GENERAL]
            yield ExceptionRow(
                kind=found.stage,
                partner=partners[partner_id].name,
                customer=words_of_all(special),
                product=held.verdict.product_title,
                seats=group.seats,
                since=found.since,
                until=found.next_on,
                why=held.stage_words,
                unit=unit_of(program.document, code),
            )


def _opened(on: dt.date) -> Iterator[ExceptionRow]:
    begin, end = _day(on)
    rows = Override.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gte=begin),
        decided_at__lt=end,
        ends_at__gte=begin,
        state__in=[Override.State.APPROVED, Override.State.ENDED],
    )
    zone, program = begin.tzinfo, program_or_none(on)
    for row in rows.select_related("partner", "customer", "product", "requested_by", "approver"):
        people = [person.name for person in (row.requested_by, row.approver) if person]
        assert row.decided_at and row.ends_at
        yield ExceptionRow(
            kind=row.kind,
            partner=row.partner.name,
            customer=row.customer.name if row.customer else "",
            product=row.product.name,
            seats=row.seats_used,
            since=row.decided_at.astimezone(zone).date(),
            until=(row.ended_at or row.ends_at).astimezone(zone).date(),
            why=" · ".join([row.reason, *people]),
            ref=row.ref,
            unit=unit_of(program.document, row.product.code) if program else "seat",
        )


def _unclassified(on: dt.date) -> Iterator[ExceptionRow]:
    program = program_or_none(on)
    if program is None:
        return
    rows = (
        Customer.objects.current(on)
        .filter(vertical__in=list(program.document.regulated_verticals))
        .filter(Q(environments=[]) | Q(environments=[GENERAL]))
        .exclude(partner__status=Partner.Status.EXITED)
    )
    for row in rows.select_related("partner"):
        yield ExceptionRow(
            "unclassified",
            row.partner.name,
            row.name,
            "",
            None,
            row.since,
            None,
            _("Regulated vertical: %(vertical)s") % {"vertical": words_of(row.vertical)},
        )


def _lowered(on: dt.date) -> Iterator[ExceptionRow]:
    begin, end = _day(on)
    events = Event.objects.filter(
        kind="customer.changed", data__has_key="evidence", at__gte=begin - LOOK_BACK, at__lt=end
    )
    found = list(events.order_by("-pk"))
    names = {
        row.public_id: row
        for row in Customer.objects.filter(
            public_id__in={event.subject_id for event in found}
        ).select_related("partner")
    }
    for event in found:
        row = names.get(event.subject_id)
        if row is None:
            continue
        before, after = event.data["changes"].get("environments", [[], []])
        words = {
            "before": words_of_all(before) or _("none"),
            "after": words_of_all(after) or _("none"),
            "evidence": event.data["evidence"],
        }
        yield ExceptionRow(
            "lowered",
            row.partner.name,
            row.name,
            "",
            None,
            event.at.astimezone(begin.tzinfo).date(),
            None,
            _("%(after)s instead of %(before)s: %(evidence)s") % words,
        )


def _day(on: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The instants at which the day begins and ends in the vendor's zone."""
    zone = zoneinfo.ZoneInfo(vendor_by_id(scope.current().vendor_id).time_zone)
    begin = dt.datetime.combine(on, dt.time(), zone)
    return begin, dt.datetime.combine(on + dt.timedelta(days=1), dt.time(), zone)
