"""What an account manager reads in the morning: what is new, today's tasks, cases, decisions.

In a constant number of queries, whatever the portfolio's size.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from deals.models import Renewal
from deals.rules.reading import FIELD, renewals_read_by
from deals.rules.renewals import Standing
from deals.tables import in_state
from partners.actions import note_reads
from partners.models import Partner, Task
from partners.task_pages import lines_of, mine
from scorecards.cases import CaseLine, awake, case_lines, compared_at, open_cases
from scorecards.panels import task_todo
from scorecards.rules.todo import Todo, todo_for_staff
from scorecards.waiting import waiting
from tenants import scope

MOST = 6


def morning(partners: QuerySet[Partner], on: dt.date, at: dt.datetime) -> dict[str, Any]:
    """Everything above the list of partners, for those that are in view on the day (now:
    ``at``)."""
    cases = open_cases(partners).filter(awake(on))
    lines = case_lines(cases, on)
    news = _news(lines)
    return {
        "news": news[:MOST],
        "news_count": len(news),
        "opens_tasks": scope.current().can("tasks.settle"),
        "tasks": _tasks(partners, on) if scope.current().can("tasks.settle") else [],
        "waiting": waiting(partners, on, at),
        "cases": lines[:MOST],
        "may_give": scope.current().can("tasks.write"),
        "case_count": len(lines),
        "compared_at": compared_at(),
        "decisions": decisions(partners, on),
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


def decisions(partners: QuerySet[Partner], on: dt.date) -> list[Renewal]:
    """The open renewals whose window is open, as far as they are shared with the reader, by day of
    decision; reading them is recorded as reading a contract is."""
    rows = in_state(renewals_read_by(on), Standing.WINDOW, on).filter(partner__in=partners)
    shown = list(rows.order_by("decision_on", "pk")[:MOST])
    if shown:
        note_reads({one.contract.customer_id: {FIELD} for one in shown}, on=on)
    return shown
