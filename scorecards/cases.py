"""Cases as the morning's list shows them: what each is about, the next step, the last contact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from alerts.models import Sweep
from partners.models import Interaction, Partner, PortfolioEntry, Task
from scorecards.models import Case, CaseReason
from scorecards.rules.reasons import signal_from
from scorecards.rules.signals import Signal
from scorecards.rules.todo import Todo, todo_for_staff
from tenants import scope


@dataclass(frozen=True)
class ReasonLine:
    """A reason in words; ``new`` since the day before the one it is read on."""

    signal: Signal
    row: CaseReason
    new: bool

    @property
    def todo(self) -> Todo:
        return todo_for_staff(self.signal)


@dataclass(frozen=True)
class CaseLine:
    """One case as it reads on a day."""

    case: Case
    on: dt.date
    reasons: tuple[ReasonLine, ...] = ()
    next_task: Task | None = None
    last_contact: Interaction | None = None

    @property
    def partner(self) -> Partner:
        found: Partner = self.case.partner
        return found

    @property
    def about(self) -> str:
        """The first reason, and how many more."""
        return self.reasons[0].todo.title if self.reasons else ""

    @property
    def more(self) -> int:
        return max(len(self.reasons) - 1, 0)

    @property
    def tone(self) -> str:
        return self.reasons[0].todo.tone if self.reasons else "brand"

    @property
    def snoozed(self) -> bool:
        return self.case.snoozed_until is not None and self.case.snoozed_until > self.on


def awake(on: dt.date) -> Q:
    """Cases that are not snoozed on the day."""
    return Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=on)


def open_cases(partners: QuerySet[Partner] | None = None) -> QuerySet[Case]:
    """Open cases with what holds, the most seats at stake first."""
    rows = Case.objects.filter(state=Case.State.OPEN).select_related("partner")
    if partners is not None:
        rows = rows.filter(partner__in=partners)
    holding = CaseReason.objects.filter(until__isnull=True)
    return rows.prefetch_related(Prefetch("reasons", holding)).order_by("-seats", "id")


def compared_at() -> dt.datetime | None:
    """When what holds was last compared with the cases: what came since is not among them yet."""
    found = Sweep.objects.filter(name="cases").values_list("last_at", flat=True)
    return found.first()


def case_lines(cases: Iterable[Case], on: dt.date) -> list[CaseLine]:
    """In the order given: two queries more, whatever their number."""
    rows = list(cases)
    ids = [case.partner_id for case in rows]
    steps, contacts = next_tasks(ids), last_contacts(ids, on)
    return [
        CaseLine(
            case,
            on,
            tuple(_worded(case, on)),
            steps.get(case.partner_id),
            contacts.get(case.partner_id),
        )
        for case in rows
    ]


def _worded(case: Case, on: dt.date) -> list[ReasonLine]:
    found = []
    for row in case.reasons.all():
        signal = signal_from(row.kind, row.partner_id, row.seats, row.due_on, row.data, on)
        new = row.since >= on - dt.timedelta(days=1)
        found.append((-signal.urgency, signal.days, ReasonLine(signal, row, new)))
    return [line for _urgency, _days, line in sorted(found, key=lambda one: one[:2])]


def next_tasks(partner_ids: Collection[int]) -> dict[int, Task]:
    """Per partner the open task that is due first: one query."""
    rows = (
        Task.objects.filter(partner_id__in=partner_ids, state=Task.State.OPEN)
        .select_related("assignee")
        .order_by("partner_id", "due_on", "pk")
        .distinct("partner_id")
    )
    return {row.partner_id: row for row in rows}


def last_contacts(partner_ids: Collection[int], on: dt.date) -> dict[int, Interaction]:
    """Per partner the last contact, of those that the reader looks after or oversees: at most two
    queries."""
    held = scope.current()
    if not held.can("interactions.read"):
        return {}
    rows = Interaction.objects.filter(partner_id__in=partner_ids)
    if held.role == "cam":
        mine = PortfolioEntry.objects.current(on).filter(person_id=held.person_id)
        rows = rows.filter(partner_id__in=mine.values("partner_id"))
    rows = rows.order_by("partner_id", "-at", "-pk").distinct("partner_id")
    return {row.partner_id: row for row in rows}
