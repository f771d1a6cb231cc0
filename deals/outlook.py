"""What renewals add up to: the figures above the list, and the months of the decisions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.models import Renewal
from deals.rules.renewals import Standing, standing
from deals.rules.values import NOTHING, Worth, worth_of
from programs.rules.periods import add_months
from web.templatetags.mainstay import money, number

MONTHS = 7
WEEKS = 13
MOST = 6


def worth_of_renewals(rows: Iterable[Renewal], on: dt.date) -> dict[int, Worth]:
    """What the customers of the renewals are worth, by customer: one query."""
    return worth_of({row.contract.customer_id for row in rows}, on)


def figures(
    rows: Sequence[Renewal], worth: Mapping[int, Worth], on: dt.date
) -> list[dict[str, Any]]:
    """The strip above the list, of open renewals on the vendor's day ``on``."""
    by_state: dict[Standing, list[Renewal]] = defaultdict(list)
    for row in rows:
        by_state[standing(row, on)].append(row)
    window = by_state[Standing.WINDOW]
    unplanned = sum(row.stage == Renewal.Stage.TO_PLAN for row in window)
    risky = [row for row in rows if row.at_risk]
    late = by_state[Standing.OVERDUE]
    return [
        {
            "label": _("In the window"),
            "value": number(len(window)),
            "note": _begun(len(window), unplanned),
            "url": _list("window"),
        },
        {
            "label": _("Per month, to be decided"),
            "value": amount(_sum(window, worth)),
            "note": _("by the program's prices")
            if _sum(window, worth).amount
            else _("the program has no prices"),
        },
        {
            "label": _("At risk"),
            "value": number(len(risky)),
            "note": _("%(amount)s per month") % {"amount": amount(_sum(risky, worth))}
            if risky and _sum(risky, worth).seats
            else "",
        },
        {
            "label": _("Overdue"),
            "value": number(len(late)),
            "note": _("ended without an outcome") if late else _("every end has its outcome"),
            "url": _list("overdue"),
        },
    ]


def _begun(count: int, not_begun: int) -> str:
    if not count:
        return _("nothing is decided soon")
    if not not_begun:
        return _("talks have begun with all")
    return ngettext("%(n)s not begun", "%(n)s not begun", not_begun) % {"n": number(not_begun)}


def first_to_lose(
    rows: Sequence[Renewal], worth: Mapping[int, Worth], on: dt.date
) -> list[dict[str, Any]]:
    """What is in its window, at risk or not begun: the most per month first."""
    urgent = [
        (worth.get(row.contract.customer_id, NOTHING), row)
        for row in rows
        if row.window_on <= on and (row.at_risk or row.stage == Renewal.Stage.TO_PLAN)
    ]
    urgent.sort(key=lambda one: (-one[0].amount, -one[0].seats, one[1].decision_on, one[1].pk))
    return [
        {"row": row, "amount": amount(found) if found.seats else ""} for found, row in urgent[:MOST]
    ]


def _list(state: str) -> str:
    return f"{reverse('deals:renewals')}?state={state}"


def _sum(rows: Iterable[Renewal], worth: Mapping[int, Worth]) -> Worth:
    """A customer with two contracts counts once."""
    customers = {row.contract.customer_id for row in rows}
    return sum((worth.get(one, NOTHING) for one in customers), NOTHING)


def amount(worth: Worth) -> str:
    """The money per month, or the seats where the program has no price for them."""
    if worth.amount:
        return money(worth.amount, worth.currency)
    return ngettext("%(n)s seat", "%(n)s seats", worth.seats) % {"n": number(worth.seats)}


def decisions_chart(
    rows: Sequence[Renewal], worth: Mapping[int, Worth], on: dt.date, *, weekly: bool
) -> dict[str, Any]:
    """What is decided when, by the week or month of the decision date; what is overdue in the
    first. In money per month where the program has prices, else in seats."""
    if weekly:
        first = on - dt.timedelta(days=on.weekday())
        starts = [first + dt.timedelta(weeks=n) for n in range(WEEKS)]
    else:
        first = on.replace(day=1)
        starts = [add_months(first, n) for n in range(MONTHS)]
    held: dict[dt.date, list[Renewal]] = {start: [] for start in starts}
    for row in rows:
        day = max(row.decision_on, first)
        start = day - dt.timedelta(days=day.weekday()) if weekly else day.replace(day=1)
        if start in held:
            held[start].append(row)
    currency = next((one.currency for one in worth.values() if one.amount), "")

    def value(some: Iterable[Renewal]) -> Decimal:
        found = _sum(some, worth)
        return found.amount if currency else Decimal(found.seats)

    columns = [
        {
            "label": date_format(start, "j M" if weekly else "M"),
            "parts": [
                {"value": value([row for row in held[start] if row.at_risk]), "tone": "bad",
                 "label": _("at risk")},
                {"value": value([row for row in held[start] if not row.at_risk]), "tone": "brand",
                 "label": _("other")},
            ],
        }
        for start in starts
    ]  # fmt: skip
    unit = _("in %(currency)s per month") % {"currency": currency} if currency else _("in seats")
    return {"columns": columns, "unit": unit, "weekly": weekly}
