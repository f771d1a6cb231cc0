"""Beat's work for account managers: keep their cases, remind of tasks."""

from __future__ import annotations

from celery import shared_task

from alerts.actions import note_sweep, raise_alerts, settle_alerts, tell_specialists
from partners.actions.handovers import complete_hand_overs
from partners.models import HandOver, Partner, Task
from programs.compiled import program_or_none
from scorecards.actions import settle_cases
from scorecards.handover_alerts import CHANGE
from scorecards.handover_alerts import TERMS as CONTACTS
from scorecards.rules.reasons import concerns
from scorecards.task_alerts import KIND, SECONDS, TERMS
from tenants.clock import today
from tenants.models import Vendor
from tenants.tasks import vendor_task
from web import clock


@shared_task(name="scorecards.tasks.task_reminders", ignore_result=True)
def task_reminders() -> int:
    """Remind of the tasks that are due today or were missed; returns how many."""
    return raise_alerts(TERMS, at=clock.now())


@shared_task(name="scorecards.tasks.contact_changes", ignore_result=True)
def contact_changes() -> int:
    """Tell of hand-overs, stand-ins and specialists, and specialists of what was raised before;
    returns how many alerts."""
    at = clock.now()
    tell_specialists(at=at)
    return raise_alerts(CONTACTS, at=at)


@shared_task(name="scorecards.tasks.cases_due", ignore_result=True)
def cases_due() -> int:
    """Have every vendor's cases brought in step with what holds; returns how many vendors."""
    vendors = list(Vendor.objects.order_by("pk").values_list("pk", flat=True))
    for vendor_id in vendors:
        bring_in_step.delay(vendor_id)
    note_sweep("cases", every_seconds=SECONDS, at=clock.now(), count=len(vendors))
    return len(vendors)


@vendor_task(name="scorecards.tasks.bring_in_step", ignore_result=True)
def bring_in_step(vendor_id: int) -> int:
    """Complete hand-overs whose day has come, and bring the vendor's cases in step; returns how
    many cases changed. What holds is found before any
    lock is taken: a later sweep corrects what has changed meanwhile."""
    on, at = today(), clock.now()
    complete_hand_overs(on=on, at=at)
    close_told()
    if program_or_none(on) is None:
        return 0
    partners = list(Partner.objects.exclude(status=Partner.Status.EXITED))
    return settle_cases(concerns(partners, at, on), at=at, on=on)


def close_told() -> None:
    """Close what was told of tasks that are settled and of hand-overs that were taken back."""
    gone = (
        (KIND, Task.objects.exclude(state=Task.State.OPEN)),
        (CHANGE, HandOver.objects.filter(state=HandOver.State.WITHDRAWN)),
    )
    for kind, rows in gone:
        settle_alerts(kind, rows.order_by().values("public_id"), rows.none().values("public_id"))
