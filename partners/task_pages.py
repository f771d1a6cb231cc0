"""Tasks as lists show them: with who does them, what they are about, and how late they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from partners.abouts import Named, named
from partners.models import Interaction, PortfolioEntry, Task
from tenants import scope
from tenants.clock import today
from web.tables import Blank, DayColumn, ListTable, PieceColumn, finding


@dataclass(frozen=True)
class TaskLine:
    """A task as somebody reads it on a day."""

    task: Task
    about: Named | None
    on: dt.date

    @property
    def overdue(self) -> bool:
        return self.task.state == Task.State.OPEN and self.task.due_on < self.on

    @property
    def who(self) -> str:
        """Who does it; the partner's name where anybody of it may."""
        return self.task.assignee.name if self.task.assignee else self.task.partner.name


def lines_of(tasks: Iterable[Task], on: dt.date) -> list[TaskLine]:
    """In the order given; the rows bring partner and assignee along."""
    rows = list(tasks)
    staff = scope.current().all_partners
    about = named((row.about for row in rows if row.about), staff=staff)
    return [TaskLine(row, about.get(row.about), on) for row in rows]


def mine() -> Q:
    """Open tasks that wait for who is reading: a colleague's own; at a partner, those of everybody
    there and one's own."""
    held = scope.current()
    if held.all_partners:
        return Q(state=Task.State.OPEN, for_partner=False, assignee_id=held.person_id)
    theirs = Q(assignee__isnull=True) | Q(assignee_id=held.person_id)
    return theirs & Q(state=Task.State.OPEN)


def waiting_for_me(request: HttpRequest) -> int:
    """What the navigation counts: a colleague's own that are due; all that a partner is asked."""
    held = scope.current_or_none()
    if held is None:
        return 0
    rows = Task.objects.filter(mine())
    return int((rows.filter(due_on__lte=today()) if held.all_partners else rows).count())


def in_my_portfolio(on: dt.date) -> Q:
    held = scope.current()
    entries = PortfolioEntry.objects.current(on).filter(person_id=held.person_id)
    return Q(partner_id__in=entries.values("partner_id"))


WHOSE = (
    ("given", gettext_lazy("Given by me")),
    ("portfolio", gettext_lazy("Of my portfolio")),
    ("all", gettext_lazy("All")),
)
STATES = (("late", gettext_lazy("Overdue")), *Task.State.choices[1:])


class TaskFilter(filters.FilterSet):
    """Open ones are shown unless another state is asked for."""

    q = filters.CharFilter(
        method="find",
        label=gettext_lazy("Find a task"),
        widget=finding(gettext_lazy("Find a task")),
    )
    whose = filters.ChoiceFilter(
        choices=WHOSE,
        method="keep",
        label=gettext_lazy("Whose"),
        empty_label=gettext_lazy("Mine"),
    )
    state = filters.ChoiceFilter(
        choices=STATES,
        method="keep",
        label=gettext_lazy("State"),
        empty_label=gettext_lazy("Open"),
    )

    class Meta:
        model = Task
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not scope.current().all_partners:
            del self.form.fields["whose"]

    def find(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(Q(title__icontains=value) | Q(partner__name__icontains=value))

    def keep(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        on, chosen = today(), self.form.cleaned_data
        rows = super().filter_queryset(queryset)
        return rows.filter(_of(chosen.get("whose") or "", on), _in(chosen.get("state") or "", on))


def _of(whose: str, on: dt.date) -> Q:
    held = scope.current()
    if not held.all_partners or whose == "all":
        return Q()
    if whose == "given":
        return Q(given_by_id=held.person_id)
    if whose == "portfolio":
        return in_my_portfolio(on)
    return Q(assignee_id=held.person_id)


def _in(state: str, on: dt.date) -> Q:
    if state == "late":
        return Q(state=Task.State.OPEN, due_on__lt=on)
    return Q(state=state or Task.State.OPEN)


class TaskTable(ListTable):
    noun = ngettext_lazy("%(n)s task", "%(n)s tasks", "n")
    caption = gettext_lazy("Tasks")
    blank = Blank(
        gettext_lazy("No open task"),
        gettext_lazy("What somebody asks you to do stands here until it is done."),
        icon="checkbox",
        kind="done",
    )

    title = PieceColumn("partners/_task_cell.html", verbose_name=gettext_lazy("Task"))
    partner = tables.Column(accessor="partner__name", verbose_name=gettext_lazy("Partner"))
    who = PieceColumn(
        "partners/_task_who_cell.html", verbose_name=gettext_lazy("Who"), orderable=False
    )
    due_on = DayColumn(verbose_name=gettext_lazy("Due"))
    state = PieceColumn("partners/_task_state_cell.html", verbose_name=gettext_lazy("State"))

    class Meta:
        order_by = ("due_on",)

    def __init__(self, *args: Any, on: dt.date, **kwargs: Any) -> None:
        self.today = on
        excluded = () if scope.current().all_partners else ("partner",)
        super().__init__(*args, exclude=excluded, **kwargs)


class LogFilter(filters.FilterSet):
    q = filters.CharFilter(
        field_name="summary",
        lookup_expr="icontains",
        label=gettext_lazy("Find words"),
        widget=finding(gettext_lazy("Find words")),
    )
    kind = filters.ChoiceFilter(
        choices=Interaction.Kind.choices,
        label=gettext_lazy("Kind"),
        empty_label=gettext_lazy("Any kind"),
    )

    class Meta:
        model = Interaction
        fields: list[str] = []


class LogTable(ListTable):
    noun = ngettext_lazy("%(n)s contact", "%(n)s contacts", "n")
    caption = gettext_lazy("Log of contacts")
    blank = Blank(
        gettext_lazy("Nothing noted yet"),
        gettext_lazy("Note calls, visits and e-mails, so that whoever follows you knows."),
        icon="message",
    )

    at = PieceColumn("partners/_log_when_cell.html", verbose_name=gettext_lazy("When"))
    summary = PieceColumn(
        "partners/_log_cell.html", verbose_name=gettext_lazy("What it was"), orderable=False
    )
    author = PieceColumn(
        "partners/_log_who_cell.html", verbose_name=gettext_lazy("Who"), orderable=False
    )

    class Meta:
        order_by = ("-at",)

    def __init__(self, *args: Any, writes: bool, **kwargs: Any) -> None:
        self.writes = writes
        super().__init__(*args, **kwargs)


def late_words(on: dt.date, due_on: dt.date) -> str:
    """ "3 days late", "today", "in 5 days" """
    from django.utils.translation import ngettext

    days = (due_on - on).days
    if days == 0:
        return _("today")
    if days < 0:
        return ngettext("%(n)s day late", "%(n)s days late", -days) % {"n": -days}
    return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}
