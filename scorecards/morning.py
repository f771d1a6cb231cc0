"""What an account manager reads in the morning: what is new, today's tasks, cases, decisions.

In a constant number of queries, whatever the portfolio's size.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.actions import note_reads
from partners.contracts_shown import decision_of
from partners.models import Partner, ServiceContract, Task
from partners.rules.sharing import sharing_of
from partners.task_pages import lines_of, mine
from scorecards.cases import CaseLine, awake, case_lines, open_cases
from scorecards.panels import task_todo
from scorecards.rules.todo import Todo, todo_for_staff
from tenants import scope

MOST = 6
AHEAD = 90
"""Days before its decision date in which a contract is shown (glossary, "Decision date")."""


@dataclass(frozen=True)
class Decision:
    """A contract on which its partner and customer decide soon, as far as it is shared."""

    contract: ServiceContract
    day: dt.date


def morning(partners: QuerySet[Partner], on: dt.date) -> dict[str, Any]:
    """Everything above the list of partners, for those that are in view on the day."""
    cases = open_cases(partners).filter(awake(on))
    lines = case_lines(cases, on)
    news = _news(lines)
    return {
        "news": news[:MOST],
        "news_count": len(news),
        "tasks": _tasks(partners, on),
        "cases": lines[:MOST],
        "case_count": len(lines),
        "decisions": decisions(partners, on)[:MOST],
    }


def _news(lines: list[CaseLine]) -> list[Todo]:
    """Reasons since the day before, by seats at stake."""
    found = [
        (one.row.seats, line.partner, one) for line in lines for one in line.reasons if one.new
    ]
    return [
        todo_for_staff(
            one.signal, partner=partner.name, url=reverse("scorecards:partner", args=[partner.ref])
        )
        for _seats, partner, one in sorted(found, key=lambda item: -item[0])
    ]


def _tasks(partners: QuerySet[Partner], on: dt.date) -> list[Todo]:
    """One's own that are due, and what partners are late with."""
    late = Q(state=Task.State.OPEN, for_partner=True, due_on__lt=on, partner__in=partners)
    rows = Task.objects.filter(Q(mine(), due_on__lte=on) | late)
    rows = rows.select_related("partner", "assignee").order_by("due_on", "pk")
    return [
        task_todo(
            line,
            partner=_("%(partner)s is to do it") % {"partner": line.task.partner.name}
            if line.task.for_partner
            else line.task.partner.name,
        )
        for line in lines_of(rows[: 2 * MOST], on)
    ]


def decisions(partners: QuerySet[Partner], on: dt.date) -> list[Decision]:
    """Decision dates within 90 days, of the contracts whose end the partner shares with the reader;
    reading them is recorded as reading a contract is."""
    if not scope.current().can("shared.read"):
        return []
    ids = list(partners.values_list("pk", flat=True))
    sharing = sharing_of(ids, on)
    if not sharing.looked_after:
        return []
    rows = (
        ServiceContract.objects.current(on)
        .filter(partner_id__in=sharing.looked_after, ended=False)
        .select_related("terms", "customer", "partner")
    )
    last, found = on + dt.timedelta(days=AHEAD), []
    for row in rows:
        day = decision_of(row, on)
        if day is None or not on <= day <= last:
            continue
        if sharing.reads(row.partner_id, row.customer_id, "end"):
            found.append(Decision(row, day))
    found.sort(key=lambda one: (one.day, one.contract.pk))
    shown = found[:MOST]
    if shown:
        read = {one.contract.customer_id: frozenset({"end"}) for one in shown}
        note_reads(read, on=on)
    return shown
