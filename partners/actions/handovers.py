"""Who looks after a partner changes hands: on a day, for a while, or beside for a service scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import gettext as _

from partners.actions.interactions import staff_event
from partners.actions.tasks import move_task
from partners.actions.writing import changed, held_partner, held_partners, refused, written
from partners.models import HandOver, Partner, PortfolioEntry, ServiceScope, Task
from partners.rules.relations import OVERSEES, colleagues, managed_by, may_end
from tenants import scope
from tenants.models import Person
from tenants.writing import NotAllowed, action, record_event


@action("portfolio.hand_over")
def plan_hand_over(
    partners: Mapping[int, str], *, to: Person, on: dt.date, at: dt.datetime, today: dt.date
) -> list[HandOver]:
    """From the day ``on``, ``to`` is the account manager of these partners (``{id: note}``).

    Open tasks of the one before move on that day (``complete_hand_overs``); the past stays as it
    was. All of them, or none: raises ``NotAllowed`` for a partner that is not one's own to give,
    ``Refused``: ``nothing_chosen``, ``day_passed``, ``not_staff``, ``no_manager``,
    ``already_assigned``, ``already_planned``.
    """
    if not partners:
        raise refused("nothing_chosen", _("Choose at least one partner."), pointer="partners")
    if on < today:
        raise refused("day_passed", _("The day lies in the past."), pointer="on")
    _refuse_stranger(to, today)
    held = held_partners(partners)
    rows = [
        _planned(partner, to, on, at, partners[partner.pk].strip())
        for partner in sorted(held.values(), key=lambda one: one.pk)
    ]
    if on == today:
        complete_hand_overs(on=on, at=at)
    return rows


def _planned(partner: Partner, to: Person, on: dt.date, at: dt.datetime, note: str) -> HandOver:
    mains = PortfolioEntry.objects.filter(partner=partner, kind=PortfolioEntry.Kind.MAIN)
    before = mains.filter(until__isnull=True).select_related("person").first()
    words = {"name": partner.name, "person": to.name}
    if before is None:
        raise refused("no_manager", _("%(name)s has no account manager to follow.") % words)
    held = scope.current()
    if held.role not in OVERSEES and before.person_id != held.person_id:
        raise NotAllowed("portfolio.hand_over")
    if before.person_id == to.pk:
        raise refused(
            "already_assigned", _("%(person)s looks after %(name)s already.") % words, pointer="to"
        )
    if before.since > on:
        raise refused("already_planned", _("%(name)s changes hands already.") % words)
    changed(before, {"until": on})
    entry = PortfolioEntry(partner=partner, person=to, kind=PortfolioEntry.Kind.MAIN, since=on)
    written(entry)
    row = HandOver(
        partner=partner, from_person=before.person, to_person=to, entry=entry, on=on, note=note,
        planned_at=at,
    )  # fmt: skip
    written(row)
    said = {"cam": to.ref, "kind": "main", "on": on, "before": before.person.ref}
    record_event("portfolio.assigned", entry, data=said)
    staff_event("hand_over.planned", row, partner, {"cam": to.ref, "on": on})
    return row


@action("portfolio.hand_over")
def withdraw_hand_over(row: HandOver, *, on: dt.date) -> HandOver:
    """Take it back before its day ``on`` has come: the one before stays.

    Raises ``NotAllowed`` to others than the one who gives the partner away and who oversees
    portfolios, ``Refused("not_planned")``.
    """
    held_partner(row.partner)
    row = HandOver.objects.select_related("partner", "from_person", "to_person", "entry").get(
        pk=row.pk
    )
    held = scope.current()
    if held.role not in OVERSEES and row.from_person_id != held.person_id:
        raise NotAllowed("portfolio.hand_over")
    if row.state != HandOver.State.PLANNED or row.on <= on:
        raise refused("not_planned", _("Only what still lies ahead can be taken back."))
    changed(row.entry, {"until": row.entry.since})
    before = PortfolioEntry.objects.filter(
        partner=row.partner, kind="main", person=row.from_person, until=row.on
    ).get()
    changed(before, {"until": None})
    changed(row, {"state": HandOver.State.WITHDRAWN})
    said = {"cam": row.from_person.ref, "kind": "main", "on": on, "before": row.to_person.ref}
    record_event("portfolio.assigned", before, data=said)
    staff_event("hand_over.withdrawn", row, row.partner, {"cam": row.to_person.ref, "on": row.on})
    return row


@action("portfolio.hand_over")
def complete_hand_overs(*, on: dt.date, at: dt.datetime) -> int:
    """Move the open tasks of those whose day has come; returns how many hand-overs were done."""
    rows = HandOver.objects.filter(state=HandOver.State.PLANNED, on__lte=on)
    due = list(rows.select_related("partner", "from_person", "to_person").order_by("pk"))
    held_partners({row.partner_id for row in due}, living=False)
    done = 0
    for row in HandOver.objects.filter(pk__in=[one.pk for one in due], state="planned"):
        tasks = Task.objects.select_for_update(of=("self",)).filter(
            partner_id=row.partner_id, for_partner=False, assignee_id=row.from_person_id,
            state=Task.State.OPEN,
        )  # fmt: skip
        moved = list(tasks.order_by("pk"))
        for task in moved:
            move_task(task, row.to_person)
        changed(row, {"state": HandOver.State.DONE, "done_at": at})
        staff_event("hand_over.done", row, row.partner, {"tasks": len(moved)})
        done += 1
    return done


@action("portfolio.hand_over")
def stand_in(
    partners: Mapping[int, str], *, person: Person, since: dt.date, until: dt.date, today: dt.date
) -> list[PortfolioEntry]:
    """While the account manager is away, over ``[since, until)``, ``person`` does all it does.

    Raises ``Refused``: ``nothing_chosen``, ``day_passed``, ``span_reversed``, ``not_staff``,
    ``already_assigned``; ``NotAllowed`` for a partner that is not one's own.
    """
    if not partners:
        raise refused("nothing_chosen", _("Choose at least one partner."), pointer="partners")
    if since < today:
        raise refused("day_passed", _("The day lies in the past."), pointer="on")
    if until <= since:
        raise refused("span_reversed", _("The end lies before the start."), pointer="until")
    _refuse_stranger(person, today)
    held, found = scope.current(), []
    for partner in sorted(held_partners(partners).values(), key=lambda one: one.pk):
        there = PortfolioEntry.objects.filter(partner=partner)
        own = there.current(since).filter(person_id=held.person_id, kind="main").exists()
        if held.role not in OVERSEES and not own:
            raise NotAllowed("portfolio.hand_over")
        if there.current(since).filter(person=person).exclude(kind="specialist").exists():
            raise refused(
                "already_assigned",
                _("%(person)s looks after %(name)s already.")
                % {"person": person.name, "name": partner.name},
                pointer="to",
            )
        entry = PortfolioEntry(
            partner=partner, person=person, kind=PortfolioEntry.Kind.STAND_IN, since=since,
            until=until,
        )  # fmt: skip
        written(entry)
        record_event(
            "portfolio.assigned",
            entry,
            data={"cam": person.ref, "kind": "stand_in", "on": since, "until": until},
        )
        found.append(entry)
    return found


@action("portfolio.assign")
def assign_specialist(
    partner: Partner, *, person: Person, scope_code: str, on: dt.date
) -> PortfolioEntry:
    """From ``on`` the person looks after one service scope of the partner, beside its account
    manager. Raises ``Refused``: ``unknown_scope``, ``not_staff``, ``already_assigned``."""
    partner = held_partner(partner)
    if scope_code not in ServiceScope.values:
        raise refused("unknown_scope", _("Choose a service."), pointer="scope")
    _refuse_stranger(person, on)
    kind = PortfolioEntry.Kind.SPECIALIST
    there = PortfolioEntry.objects.filter(partner=partner, kind=kind, until__isnull=True)
    if there.filter(person=person, scope=scope_code).exists():
        words = {"person": person.name, "name": partner.name}
        raise refused(
            "already_assigned", _("%(person)s looks after %(name)s already.") % words, pointer="to"
        )
    entry = PortfolioEntry(partner=partner, person=person, kind=kind, scope=scope_code, since=on)
    written(entry)
    said = {"cam": person.ref, "kind": str(kind), "scope": scope_code, "on": on}
    record_event("portfolio.assigned", entry, data=said)
    return entry


@action("portfolio.hand_over")
def end_assignment(entry: PortfolioEntry, *, on: dt.date) -> PortfolioEntry:
    """A specialist or a stand-in looks after the partner no longer from ``on``; a main account
    manager is followed by another.

    Raises ``NotAllowed`` to others than who oversees portfolios and, of a stand-in, the account
    manager; ``Refused``: ``main_manager``, ``already_ended``.
    """
    held_partner(entry.partner, living=False)
    entry = PortfolioEntry.objects.select_related("partner", "person").get(pk=entry.pk)
    if entry.kind == PortfolioEntry.Kind.MAIN:
        raise refused("main_manager", _("Hand the partner over to somebody else."))
    if not may_end(entry, managed_by(on)):
        raise NotAllowed("portfolio.hand_over")
    if entry.until is not None and entry.until <= on:
        raise refused("already_ended", _("This has ended already."))
    changed(entry, {"until": max(on, entry.since)})
    said = {"cam": entry.person.ref, "kind": str(entry.kind), "until": on}
    record_event("portfolio.ended", entry, data=said)
    return entry


def _refuse_stranger(person: Person, on: dt.date) -> None:
    if not colleagues(on).filter(pk=person.pk).exists():
        raise refused(
            "not_staff",
            _("%(name)s does not work for the vendor.") % {"name": person.name},
            pointer="to",
        )
