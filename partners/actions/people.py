"""People of a partner: who joins, who changes, who leaves. Certificates follow employment."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from partners.actions.writing import (
    by_staff,
    changed,
    fresh,
    held_partner,
    held_partners,
    needs_span,
    refused,
    written,
)
from partners.models import Employment, Partner
from tenants import scope
from tenants.actions.leaving import end_access
from tenants.models import Person
from tenants.writing import NotAllowed, action, changes, record_event
from web.templatetags.mainstay import short_date


@action("people.write")
def add_person(
    partner: Partner,
    *,
    name: str,
    since: dt.date,
    email: str = "",
    job_title: str = "",
    roles: Iterable[str] = (),
    external_id: str = "",
    until: dt.date | None = None,
) -> Employment:
    """Somebody works for the partner from ``since`` (vendor's day).

    Somebody known to this partner by the same e-mail address is the same person; an address known
    elsewhere tells this partner nothing. ``roles`` are codes that requirements ask for, held from
    ``since`` on. Raises ``Refused``: ``already_on_team``, ``overlapping_employment``,
    ``external_id_taken``, ``span_reversed``, ``partner_exited``, ``wrong_role``.
    """
    partner = held_partner(partner)
    needs_span(since, until)
    email = email.strip().lower()
    with scope.widen("new person"):
        person = _known(partner, email) or written(Person(name=name.strip(), email=email))
        refuse_overlap(partner, person, since, until)
        employment = Employment(
            partner=partner,
            person=person,
            since=since,
            until=until,
            job_title=job_title,
            roles=_roles(roles),
            external_id=external_id,
        )
        written(employment)
    record_event(
        "employment.began",
        employment,
        data={"person": person.ref, "since": since, "until": until, "job_title": job_title},
        private={"name": person.name, "email": person.email},
        private_person_id=person.pk,
    )
    return employment


def _known(partner: Partner, email: str) -> Person | None:
    """The person this partner already knows by the address, from work or from signing in."""
    if not email:
        return None
    return (
        Person.objects.filter(
            Q(employments__partner=partner) | Q(memberships__partner_id=partner.pk),
            email__iexact=email,
        )
        .order_by("pk")
        .first()
    )


def refuse_overlap(partner: Partner, person: Person, since: dt.date, until: dt.date | None) -> None:
    """``Refused`` where the person works for the partner already within ``[since, until)``."""
    held = Employment.objects.filter(partner=partner, person=person).filter(
        Q(until__isnull=True) | Q(until__gt=since)
    )
    if until is not None:
        held = held.filter(since__lt=until)
    row = held.first()
    if row is None:
        return
    if row.until is None:
        raise refused(
            "already_on_team",
            _("%(name)s is on the team since %(day)s.")
            % {"name": person.name, "day": short_date(row.since)},
            pointer="email",
        )
    raise refused(
        "overlapping_employment",
        _("%(name)s works there until %(day)s.")
        % {"name": person.name, "day": short_date(row.until)},
        pointer="since",
    )


@action("people.write")
def change_person(
    employment: Employment,
    *,
    on: dt.date,
    name: str | None = None,
    email: str | None = None,
    job_title: str | None = None,
    roles: Iterable[str] | None = None,
    external_id: str | None = None,
) -> Employment:
    """Correct somebody's name, address, job or external id; what is left out stays.

    ``roles`` are all that the person holds from the day ``on`` on (vendor's zone): those before it
    stay, and what was recorded for later days falls away. The roles of that day again change
    nothing.
    Raises ``Refused``: ``employment_ended`` (a former employer changes nothing any more),
    ``address_is_a_login`` (a partner never changes where somebody who signs in is written to),
    ``external_id_taken``, ``wrong_role``.
    """
    held_partner(employment.partner)
    employment = fresh(employment)
    if employment.until is not None and not by_staff():
        raise refused(
            "employment_ended",
            _("This person left on %(day)s.") % {"day": short_date(employment.until)},
        )
    given = {"job_title": job_title, "external_id": external_id}
    found = changed(employment, {k: v for k, v in given.items() if v is not None})
    if roles is not None:
        found |= _give_roles(employment, _roles(roles), on)
    person = employment.person
    own = {"name": name, "email": email.strip().lower() if email is not None else None}
    if person.user_id and not by_staff() and own["email"] not in (None, person.email):
        raise refused(
            "address_is_a_login",
            _("%(name)s signs in with an address of their own.") % {"name": person.name},
            who=person.name,
            pointer="email",
        )
    personal = changed(person, {k: v for k, v in own.items() if v is not None})
    if found or personal:
        record_event(
            "employment.changed",
            employment,
            data={"person": person.ref, "changes": found, "personal": sorted(personal)},
            private={"changes": personal} if personal else None,
            private_person_id=person.pk if personal else None,
        )
    return employment


def _give_roles(employment: Employment, roles: list[str], on: dt.date) -> dict[str, list[Any]]:
    found = changes({"roles": employment.roles_on(on)}, {"roles": roles})
    if found:
        employment.give_roles(roles, on)
        written(employment, only=["roles", "earlier_roles"])
        found["roles_since"] = [None, max(on, employment.since)]
    return found


def _roles(given: Iterable[str]) -> list[str]:
    """The roles once each, in order; ``Refused("wrong_role")`` for what is no code."""
    roles = sorted({role.strip() for role in given})
    wrong = wrong_role(roles)
    if wrong:
        raise refused("wrong_role", wrong, pointer="roles")
    return roles


def wrong_role(roles: Iterable[str]) -> str:
    """Why one of these is no role; empty where all are. Whether the program asks for it is not
    looked at: data comes before the rule that reads it."""
    for role in roles:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,59}", role):
            return _("“%(role)s” is no role. Write it like “support_engineer”.") % {"role": role}
    return ""


@action("people.write")
def end_employment(employment: Employment, *, on: dt.date) -> Employment:
    """The person works for the partner no longer from the day ``on`` (vendor's zone).

    Certificates stop counting for the partner on that day; sign-in for the partner, sessions that
    act for it and open invitations to it end (``tenants.actions.leaving``).
    Raises ``Refused``: ``already_ended``, ``ends_before_start``, ``own_employment``.
    """
    held_partner(employment.partner, living=False)
    return _ended(fresh(employment), on)


def _ended(employment: Employment, on: dt.date) -> Employment:
    person = employment.person
    if employment.until is not None and employment.until <= on:
        raise refused(
            "already_ended",
            _("%(name)s left on %(day)s.")
            % {"name": person.name, "day": short_date(employment.until)},
        )
    if on < employment.since:
        raise refused(
            "ends_before_start",
            _("%(name)s began on %(day)s.")
            % {"name": person.name, "day": short_date(employment.since)},
            pointer="on",
        )
    if scope.current().person_id == person.pk and not by_staff():
        raise refused(
            "own_employment",
            _("You cannot end your own employment."),
            fix=_("Ask another admin of your company."),
        )
    employment.until = on
    written(employment, only=["until"])
    end_access({(employment.partner_id, person): on})
    record_event("employment.ended", employment, data={"person": person.ref, "until": on})
    return employment


@action("people.write")
def move_person(
    employment: Employment, to: Partner, *, on: dt.date, job_title: str = ""
) -> Employment:
    """The person leaves one partner and joins another on the day ``on``; certificates go along.

    The vendor's side only: a partner that hires somebody adds a person of its own. Raises
    ``NotAllowed``; ``Refused("same_partner")``, and as ``end_employment`` and ``add_person`` do.
    """
    if not by_staff():
        raise NotAllowed("people.write")
    if to.pk == employment.partner_id:
        raise refused("same_partner", _("That is where the person works now."), pointer="to")
    held = held_partners([employment.partner_id, to.pk], living=False)
    target = held_partner(held[to.pk])
    employment = fresh(employment)
    if employment.until is None or employment.until > on:
        _ended(employment, on)
    refuse_overlap(target, employment.person, on, None)
    joined = Employment(
        partner=target,
        person=employment.person,
        since=on,
        job_title=job_title or employment.job_title,
    )
    written(joined)
    record_event(
        "employment.began",
        joined,
        data={"person": joined.person.ref, "since": on, "until": None, "moved": True},
    )
    return joined
