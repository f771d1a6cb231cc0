"""Tasks about a partner, for a colleague or for the partner itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from partners.abouts import belongs, only_staff_reads
from partners.actions.writing import changed, fresh, needs_reason, refused, written
from partners.models import Partner, Task
from partners.rules.relations import colleagues, may_settle, people_of
from tenants import scope
from tenants.models import Person
from tenants.writing import Happened, NotAllowed, action, record_events


@action("tasks.write")
def give_task(
    partner: Partner,
    *,
    title: str,
    due_on: dt.date,
    at: dt.datetime,
    on: dt.date,
    for_partner: bool = False,
    assignee: Person | None = None,
    detail: str = "",
    about: str = "",
) -> Task:
    """Ask a colleague or the partner (or one of its people) for something until ``due_on``.

    Raises ``Refused``: ``due_in_the_past``, ``assignee_missing``, ``unknown_assignee``,
    ``unknown_subject``, ``partner_exited``, ``invalid``.
    """
    if fresh(partner).status == Partner.Status.EXITED and for_partner:
        raise refused("partner_exited", _("%(name)s left the program.") % {"name": partner.name})
    if for_partner and only_staff_reads(about):
        about = ""  # even the id of an entry of the log would tell the partner that there is one
    task = Task(
        partner=partner,
        for_partner=for_partner,
        assignee=assignee,
        title=title.strip(),
        detail=detail.strip(),
        due_on=due_on,
        about=about,
        given_by_id=scope.current().person_id,
        given_at=at,
    )
    _refuse_past(due_on, on)
    _refuse_wrong(partner, for_partner, task.title, assignee, on)
    if about and not belongs(about, partner):
        raise refused(
            "unknown_subject", _("There is no such thing at this partner."), pointer="about"
        )
    written(task)
    _said("task.given", task, {"due_on": due_on})
    return task


@action("tasks.write")
def change_task(task: Task, *, on: dt.date, **values: Any) -> Task:
    """Another ``title``, ``detail``, ``due_on`` or assignee of an open task; who is to do it may
    change hands among colleagues or among the partner's people, not between the two.

    Raises ``Refused``: ``not_open`` besides those of ``give_task``.
    """
    task = _held(task)
    values = {n: v.strip() if isinstance(v, str) else v for n, v in values.items()}
    if values.get("due_on", task.due_on) != task.due_on:
        _refuse_past(values["due_on"], on)
    title, assignee = values.get("title", task.title), values.get("assignee", task.assignee)
    _refuse_wrong(task.partner, task.for_partner, title, assignee, on)
    found = changed(task, values)
    if found:
        _said("task.changed", task, {"fields": sorted(found)})
    return task


@action("tasks.settle")
def finish_task(task: Task, *, at: dt.datetime, remark: str = "") -> Task:
    """It is done. Raises ``NotAllowed`` to others than its assignee, the partner that is to do it
    and who gives tasks, ``Refused("not_open")`` where it is settled already."""
    task = _held(task)
    if not may_settle(task):
        raise NotAllowed("tasks.settle")
    return _settled(task, Task.State.DONE, remark.strip(), at)


@action("tasks.write")
def drop_task(task: Task, *, at: dt.datetime, remark: str) -> Task:
    """Nobody does it any more; ``remark`` says why. Raises ``Refused``: ``reason_missing``,
    ``not_open``."""
    remark = needs_reason(remark, pointer="remark")
    return _settled(_held(task), Task.State.DROPPED, remark, at)


def move_task(task: Task, to: Person) -> None:
    """Part of another action that holds the task's partner: a colleague takes it over."""
    changed(task, {"assignee_id": to.pk})
    _said("task.changed", task, {"fields": ["assignee"]})


def _settled(task: Task, state: str, remark: str, at: dt.datetime) -> Task:
    values = {"state": state, "remark": remark, "settled_at": at}
    changed(task, {**values, "settled_by_id": scope.current().person_id})
    _said(f"task.{state}", task, {"remark": remark} if remark else {})
    return task


def _held(task: Task) -> Task:
    """The open task, locked."""
    found: Task | None = Task.objects.select_for_update(of=("self",)).filter(pk=task.pk).first()
    if found is None:
        raise refused("not_found", _("This no longer exists."))
    if found.state != Task.State.OPEN:
        raise refused("not_open", _("This task is settled already."))
    return found


def _refuse_past(due_on: dt.date, on: dt.date) -> None:
    if due_on < on:
        raise refused("due_in_the_past", _("The day lies in the past."), pointer="due_on")


def _refuse_wrong(
    partner: Partner, for_partner: bool, title: str, assignee: Person | None, on: dt.date
) -> None:
    if not title:
        raise refused("title_missing", _("Say what is to be done."), pointer="title")
    if assignee is None and not for_partner:
        raise refused("assignee_missing", _("Choose who does it."), pointer="who")
    known = people_of(partner, on) if for_partner else colleagues(on)
    if assignee is not None and not known.filter(pk=assignee.pk).exists():
        words = (
            _("Whoever does it works for the partner.")
            if for_partner
            else _("Whoever does it works for you.")
        )
        raise refused("unknown_assignee", words, pointer="who")


def _said(kind: str, task: Task, data: dict[str, Any]) -> None:
    """The partner reads what it is asked to do; of a colleague's task it learns nothing."""
    who = task.assignee.ref if task.assignee else None
    said = {"title": task.title, **({"person": who} if who else {}), **data}
    partner_id = task.partner_id if task.for_partner else None
    if partner_id is None:
        said["partner"] = task.partner.ref
    record_events(kind, "task", [Happened(task.public_id, partner_id, said)])
