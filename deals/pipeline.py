"""What registrations add up to until they are won: two pipelines that never mix. What recurs is
counted in seats, a transaction in money at list price (glossary, "list_value").

What a renewal brings is on the renewals' own page.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.models import Registration
from programs.rules.periods import add_months
from web.templatetags.mainstay import money, number

Kind, State = Registration.Kind, Registration.State
RECURRING, TRANSACTIONS = "recurring", "transactions"
KINDS = {
    RECURRING: (Kind.ENGAGEMENT, Kind.EXPANSION, Kind.RENEGOTIATION),
    TRANSACTIONS: (Kind.TRANSACTIONAL,),
}
OPEN = (*Registration.WAITING, State.APPROVED)
RECENT = dt.timedelta(days=90)
SOON = dt.timedelta(days=14)
MONTHS = 7
MOST = 6
MOST_CARDS = 50


def of_kind(rows: QuerySet[Any], which: str, on: dt.date) -> list[Registration]:
    """Of the registrations those of one pipeline that are open, a draft, or were won or lost in the
    90 days up to the vendor's day ``on``; what is expected first first. One query."""
    recent = Q(state__in=(State.WON, State.LOST), closed_on__gte=on - RECENT)
    found = rows.filter(Q(state__in=(State.DRAFT, *OPEN)) | recent, kind__in=KINDS[which])
    return sorted(
        found.select_related("partner"),
        key=lambda row: (row.expected_on or dt.date.max, row.pk),
    )


def size(rows: Sequence[Registration], which: str) -> str:
    """What the registrations come to, in words: seats, or money by currency, never added up over
    currencies."""
    if which == RECURRING:
        seats = sum(row.seats or 0 for row in rows)
        return ngettext("%(n)s seat", "%(n)s seats", seats) % {"n": number(seats)}
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.list_value is not None:
            totals[row.currency] += row.list_value
    return " · ".join(money(totals[code], code) for code in sorted(totals)) or "–"


def columns(rows: Sequence[Registration], which: str) -> list[dict[str, Any]]:
    """The board: who waits for an answer, what is pursued, what was won and lost of late. A draft
    is its partner's; where there is none, it has no column."""
    titles = (
        (_("Drafts"), (State.DRAFT,)),
        (_("Waiting for an answer"), Registration.WAITING),
        (_("In pursuit"), (State.APPROVED,)),
        (_("Won in 90 days"), (State.WON,)),
        (_("Lost in 90 days"), (State.LOST,)),
    )
    found = []
    for title, states in titles:
        held = [row for row in rows if row.state in states]
        if held or State.DRAFT not in states:
            cards = [
                {"row": row, "size": size([row], which)} for row in held[:MOST_CARDS]
            ]  # fmt: skip
            found.append({"title": title, "cards": cards, "count": len(held),
                          "hidden": len(held) - len(cards), "size": size(held, which)})  # fmt: skip
    return found


def figures(rows: Sequence[Registration], which: str, on: dt.date) -> list[dict[str, Any]]:
    """The strip above the board."""
    opened = [row for row in rows if row.state in OPEN]
    month = [row for row in opened if row.expected_on and _month(row.expected_on) == _month(on)]
    late = [row for row in opened if row.expected_on is not None and row.expected_on < on]
    won = [row for row in rows if row.state == State.WON]
    lost = sum(row.state == State.LOST for row in rows)
    closed = len(won) + lost
    rate = _("%(won)s won, %(lost)s lost") % {"won": number(len(won)), "lost": number(lost)}
    return [
        {"label": _("Open"), "value": size(opened, which), "note": _count(opened)},
        {"label": _("Expected this month"), "value": size(month, which), "note": _count(month)},
        {
            "label": _("Past the day expected"),
            "value": number(len(late)),
            "note": size(late, which) if late else _("none is late"),
        },
        {
            "label": _("Won in 90 days"),
            "value": size(won, which),
            "note": rate if closed else _("nothing was closed"),
        },
    ]


def _count(rows: Sequence[Registration]) -> str:
    return ngettext("%(n)s registration", "%(n)s registrations", len(rows)) % {
        "n": number(len(rows))
    }


def _month(day: dt.date) -> tuple[int, int]:
    return day.year, day.month


def month_chart(
    rows: Sequence[Registration], which: str, currency: str, on: dt.date
) -> list[dict[str, Any]]:
    """What is open, by the month in which it is expected; what is late in the first. Transactions
    in ``currency`` only. Empty where nothing has a day."""
    first = on.replace(day=1)
    months = [add_months(first, n) for n in range(MONTHS)]
    totals: dict[tuple[dt.date, bool], Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.state not in OPEN or row.expected_on is None:
            continue
        month = max(row.expected_on, first).replace(day=1)
        totals[month, row.state == State.APPROVED] += _worth(row, which, currency)
    if not any(totals.values()):
        return []
    return [
        {
            "label": date_format(month, "M"),
            "parts": [
                {"value": totals[month, True], "tone": "brand", "label": _("in pursuit")},
                {"value": totals[month, False], "tone": "muted", "label": _("not answered yet")},
            ],
        }
        for month in months
    ]


def _worth(row: Registration, which: str, currency: str) -> Decimal:
    if which == RECURRING:
        return Decimal(row.seats or 0)
    return row.list_value if row.list_value and row.currency == currency else Decimal()


def ask_first(rows: Sequence[Registration], which: str, on: dt.date) -> list[dict[str, Any]]:
    """What is pursued and late, expected within two weeks, or without a day; the largest first."""
    found = [
        row for row in rows
        if row.state == State.APPROVED and (row.expected_on is None or row.expected_on <= on + SOON)
    ]  # fmt: skip
    found.sort(key=lambda row: (-(row.list_value or 0), -(row.seats or 0), row.pk))
    return [
        {"row": row, "size": size([row], which),
         "late": row.expected_on is not None and row.expected_on < on}
        for row in found[:MOST]
    ]  # fmt: skip
