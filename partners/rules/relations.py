"""Who looks after a partner, and what follows from it for the log of contacts and for tasks."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q, QuerySet

from partners.models import Employment, Interaction, Partner, PortfolioEntry, Task
from tenants import scope
from tenants.capabilities import STAFF_ROLES, Role
from tenants.models import Membership, Person
from web.statements import Keys

CORRECTABLE = dt.timedelta(hours=24)
"""For so long its author corrects an entry of the log; later it is only added to."""
OVERSEES = frozenset({Role.CHANNEL_ADMIN, Role.INTEGRATION, Role.SYSTEM})


def looked_after(partner_ids: Collection[int], on: dt.date) -> frozenset[int]:
    """Which of these partners the person acting looks after on the vendor's day ``on``, as account
    manager, stand-in or specialist: one query."""
    held = scope.current()
    if held.person_id is None:
        return frozenset()
    mine = PortfolioEntry.objects.current(on).filter(
        person_id=held.person_id, partner_id__in=list(partner_ids)
    )
    return frozenset(mine.values_list("partner_id", flat=True))


def tends(partner: Partner, on: dt.date) -> bool:
    """Whether who acts looks after the partner, or oversees all portfolios; never a partner."""
    held = scope.current()
    if not held.all_partners:
        return False
    return held.role in OVERSEES or bool(looked_after([partner.pk], on))


def beside_managers(on: dt.date) -> QuerySet[PortfolioEntry]:
    """Specialists and stand-ins of the day and to come, with person and partner."""
    rows = PortfolioEntry.objects.exclude(kind=PortfolioEntry.Kind.MAIN).standing()
    lasting = rows.filter(Q(until__isnull=True) | Q(until__gt=on))
    found: QuerySet[PortfolioEntry] = lasting.select_related("person", "partner")
    return found.order_by("since", "partner__name", "pk")


def may_end(entry: PortfolioEntry, managed: Collection[int]) -> bool:
    """Whether who acts may end this assignment: who oversees portfolios any, the account manager
    of the partners ``managed`` (ids) a stand-in's."""
    if scope.current().role in OVERSEES:
        return True
    return entry.kind == PortfolioEntry.Kind.STAND_IN and entry.partner_id in managed


def managed_by(on: dt.date) -> frozenset[int]:
    """The partners (ids) whose account manager the person acting is on the day, stand-ins and
    specialists left out."""
    mine = PortfolioEntry.objects.current(on).filter(
        person_id=scope.current().person_id, kind=PortfolioEntry.Kind.MAIN
    )
    return frozenset(mine.values_list("partner_id", flat=True))


def uses_log(partner: Partner, on: dt.date, *, writes: bool = False) -> bool:
    """Whether who acts may read (or write) the log of the partner."""
    return scope.current().can("interactions.write" if writes else "interactions.read") and tends(
        partner, on
    )


def correctable(row: Interaction, at: dt.datetime) -> bool:
    """Whether who acts wrote the entry, less than a day before ``at``."""
    mine = row.author_id is not None and row.author_id == scope.current().person_id
    return mine and at < row.recorded_at + CORRECTABLE


def colleagues(on: dt.date) -> QuerySet[Person]:
    """The vendor's own people on the day, by name: each has access to every partner."""
    staff = Membership.objects.current(on).filter(role__in=STAFF_ROLES - {Role.EXAMINER})
    return Person.objects.filter(pk__in=staff.values("person_id")).order_by("name", "pk")


def people_of(partner: Partner, on: dt.date) -> QuerySet[Person]:
    """Who works or signs in for the partner on the day, by name."""
    employed = Employment.objects.current(on).filter(partner=partner)
    members = Membership.objects.current(on).filter(partner_id=partner.pk)
    return Person.objects.filter(
        Q(pk__in=employed.values("person_id")) | Q(pk__in=members.values("person_id"))
    ).order_by("name", "pk")


def people_by_email(
    partner_ids: Collection[int], emails: Collection[str], on: dt.date
) -> dict[tuple[int, str], list[Person]]:
    """Who of these addresses (lower case) works or signs in for which of the partners on the day,
    as ``people_of`` says for one; two queries."""
    found: dict[tuple[int, str], dict[int, Person]] = defaultdict(dict)
    if emails:
        for model in (Employment, Membership):
            theirs = model.objects.current(on).filter(
                partner_id__any=Keys(partner_ids), person__email__any=Keys(emails, "text")
            )
            for one in theirs.select_related("person"):
                found[one.partner_id, one.person.email][one.person_id] = one.person
    return {key: [*people.values()] for key, people in found.items()}


def may_settle(task: Task) -> bool:
    """Whether who acts may say that the task is done: its assignee, the partner's people for what
    the partner is to do, and whoever gives tasks."""
    held = scope.current()
    if task.state != Task.State.OPEN or not held.can("tasks.settle"):
        return False
    if not held.all_partners:
        return task.for_partner
    return held.can("tasks.write") or task.assignee_id == held.person_id
