"""Who leaves a partner leaves all of it: one rule for a leaver, an import and a partner's exit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db.models import Q

from tenants import scope as scopes
from tenants.actions.clients import end_clients_of
from tenants.directory import vendor_by_id
from tenants.importing import update_many
from tenants.models import Invitation, Membership, Person, User
from tenants.writing import Happened, record_events

Leaving = Mapping[tuple[int, Person | None], dt.date]
"""(partner id, who leaves it, or ``None`` for everybody) -> the first day without access."""


def end_access(leaving: Leaving) -> None:
    """End the leavers' memberships of the partner, and withdraw open invitations to it: those sent
    to a leaver's addresses, and those that a leaver sent. Where everybody leaves, the API clients
    bound to the partner end as well.

    Part of the action that ends an employment or a partner, in its transaction and by its
    capability. Sessions need no row here: one that acts under a membership ends with it
    (``tenants.middleware.ScopeMiddleware``). A constant number of queries.
    """
    days = {
        (partner, person.pk if person else None): on for (partner, person), on in leaving.items()
    }
    _end_memberships(days)
    _withdraw_invitations(days, [person for _partner, person in leaving if person])
    _end_clients(days)


Days = Mapping[tuple[int, int | None], dt.date]


def _day(days: Days, partner_id: int | None, person_id: int | None) -> dt.date | None:
    own = days.get((partner_id or 0, person_id))
    return own if own is not None else days.get((partner_id or 0, None))


def _of_partners(days: Days) -> Q:
    return Q(partner_id__in={partner for partner, _person in days})


def _end_memberships(days: Days) -> None:
    held = Membership.objects.filter(_of_partners(days)).select_related("person")
    people = {person for _partner, person in days}
    if None not in people:
        held = held.filter(person_id__in=people)
    rows, left = [], []
    for member in held:
        until = _day(days, member.partner_id, member.person_id)
        if until is None or (member.until is not None and member.until <= until):
            continue
        last = max(until, member.since)
        rows.append({"id": member.pk, "until": last})
        data = {"person": member.person.ref, "role": member.role, "until": last}
        left.append(Happened(member.public_id, member.partner_id, data))
    update_many(Membership, rows, ["until"])
    record_events("membership.ended", "membership", left)


def _end_clients(days: Days) -> None:
    zone = vendor_by_id(scopes.current().vendor_id).zone
    for (partner_id, person_id), on in days.items():
        if person_id is None:
            end_clients_of([partner_id], dt.datetime.combine(on, dt.time(), zone))


def _withdraw_invitations(days: Days, people: Iterable[Person]) -> None:
    """An invitation mailed on Friday must not open the door on Monday."""
    addresses = _addresses(people)
    zone = vendor_by_id(scopes.current().vendor_id).zone
    rows, withdrawn = [], []
    unanswered = Invitation.objects.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)
    for sent in unanswered.filter(_of_partners(days)):
        meant = {sent.invited_by_id, *addresses.get(sent.email.lower(), ())}
        found = (_day(days, sent.partner_id, person) for person in meant)
        on = next((day for day in found if day is not None), None)
        if on is not None:
            midnight = dt.datetime.combine(on, dt.time(), zone)
            rows.append({"id": sent.pk, "withdrawn_at": max(midnight, sent.created_at)})
            withdrawn.append(Happened(sent.public_id, sent.partner_id, {}))
    update_many(Invitation, rows, ["withdrawn_at"])
    record_events("invitation.withdrawn", "invitation", withdrawn)


def _addresses(people: Iterable[Person]) -> dict[str, set[int]]:
    """Each address that a leaver is known or signs in by, and whose it is."""
    found: dict[str, set[int]] = {}
    by_user = {}
    for person in people:
        found.setdefault(person.email.lower(), set()).add(person.pk)
        if person.user_id is not None:
            by_user[person.user_id] = person.pk
    if by_user:
        logins = User.objects.filter(pk__in=by_user).values_list("pk", "email")
        for user_id, email in logins:
            found.setdefault(email.lower(), set()).add(by_user[user_id])
    return found
