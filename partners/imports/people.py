"""Import of people and their employment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import Field

from partners.actions.people import wrong_role
from partners.imports.resolving import Companies, planned
from partners.models import Employment, Partner
from tenants import scope
from tenants.actions.leaving import end_access
from tenants.importing import (
    Codes,
    Context,
    Day,
    Email,
    ImportSchema,
    Line,
    Planned,
    Row,
    insert_many,
    update_many,
)
from tenants.importing.kinds import Outcome
from tenants.models import Membership, Person
from tenants.writing import Happened, changes, record_events
from web.statements import Keys
from web.templatetags.mainstay import short_date


class PersonRow(ImportSchema):
    name: Line = Field(max_length=160)
    email: Email = ""
    job: Line = Field("", max_length=120)
    roles: Codes = []
    external_id: Line = Field("", max_length=120)
    since: Day | None = None
    until: Day | None = None
    partner: Line = Field("", max_length=120)

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("full name",),
        "email": ("e-mail", "mail"),
        "job": ("job title", "role", "position"),
        "external_id": ("id", "employee id"),
        "since": ("from", "start", "start date"),
        "until": ("end", "end date", "left on"),
    }


def key(values: PersonRow) -> Any:
    own = values.external_id or values.email
    return (values.partner, own) if own else None


JUDGED_BY = {
    Partner: "id = ANY(%(ids)s)",
    Employment: "partner_id = ANY(%(ids)s)",
    Membership: "partner_id = ANY(%(ids)s)",
    Person: "true",
}
"""What rows are planned on: see ``_Team``."""


class _Team:
    """Whom the rows may mean, looked up by what they name: as quick for a large team as for a
    small one, and five queries whatever the number of rows."""

    def __init__(self, rows: Sequence[Row], partner_ids: list[int]) -> None:
        external = {row.values.external_id for row in rows} - {""}
        emails = {row.values.email for row in rows} - {""}
        own = Keys(partner_ids)
        mailed = Person.objects.filter(email__any=Keys(emails, "text"))
        people = Keys(mailed.values_list("pk", flat=True))
        team = Employment.objects.filter(partner_id__any=own).select_related("person")
        team = team.order_by("since", "pk")  # the latest employment wins
        self.by_external: dict[Any, Employment] = {}
        self.by_email: dict[Any, Employment] = {}
        self.people: dict[Any, Person] = {}
        for row in team.filter(external_id__any=Keys(external, "text")):
            self.by_external[row.partner_id, row.external_id] = row
        for row in team.filter(person_id__any=people):
            self.people[row.partner_id, row.person.email] = row.person
            self.by_email[row.partner_id, row.person.email] = row
        members = Membership.objects.filter(partner_id__any=own, person_id__any=people)
        for member in members.select_related("person"):
            self.people.setdefault((member.partner_id, member.person.email), member.person)

    def held(self, partner: Partner, values: PersonRow) -> Employment | None:
        if values.external_id and (partner.pk, values.external_id) in self.by_external:
            return self.by_external[partner.pk, values.external_id]
        return self.by_email.get((partner.pk, values.email)) if values.email else None


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """Each row is a new person, a change, an end, or nothing."""
    companies = Companies(rows, context)
    team = _Team(rows, list(companies.by_id))

    def each(row: Row, partner: Partner) -> Planned:
        values = row.values
        held = team.held(partner, values)
        if held is None or _comes_back(values, held, context.on):
            return _new(row, partner, team, context.on)
        return _change(row, held, context.on)

    return planned(rows, companies, each)


def _comes_back(values: PersonRow, held: Employment, on: dt.date) -> bool:
    """Somebody who left begins again: a new employment of the same person."""
    if held.until is None or values.external_id:
        return False
    return (values.since or on) >= held.until


def _new(row: Row, partner: Partner, team: _Team, on: dt.date) -> Planned:
    values = row.values
    since = values.since or on
    if wrong := wrong_role(values.roles):
        return row.error("roles", wrong)
    if values.until is not None and values.until < since:
        return row.error("until", _("The end lies before the start."))
    shown = {
        "name": [None, values.name],
        "email": [None, values.email],
        "job_title": [None, values.job],
        "roles": [None, sorted(set(values.roles))],
        "external_id": [None, values.external_id],
        "since": [None, since],
        "until": [None, values.until],
    }
    known = team.people.get((partner.pk, values.email)) if values.email else None
    return Planned(
        row,
        Outcome.CREATE,
        {k: v for k, v in shown.items() if v[1]},
        extra=(partner, known, since),
    )


def _change(row: Row, held: Employment, on: dt.date) -> Planned:
    values, staff = row.values, scope.current().all_partners
    # A former employer neither changes who left nor learns what the next one wrote.
    own = ("name", "email") if staff or held.until is None or held.until > on else ()
    if values.since is not None and values.since != held.since:
        words = _("This person began on %(day)s; an import does not change that.")
        return row.error("since", words % {"day": short_date(held.since)})
    if held.until is not None:
        same = values.until in (None, held.until)
        words = _("This person left on %(day)s. Add them again under another external id.")
        if not same or values.until is None:
            return row.error("external_id", words % {"day": short_date(held.until)})
    if values.until is not None and values.until < held.since:
        return row.error("until", _("The end lies before the start."))
    if wrong := wrong_role(values.roles):
        return row.error("roles", wrong)
    moved = own and values.email and values.email != held.person.email
    if moved and held.person.user_id and not staff:
        return row.error("email", _("This person signs in with an address of their own."))
    wanted = values.given(*own, "external_id", "until")
    if "job" in values.model_fields_set:
        wanted["job_title"] = values.job
    if "roles" in values.model_fields_set:
        wanted["roles"] = sorted(set(values.roles))
    found = changes({name: _now(held, name, on) for name in wanted}, wanted)
    return Planned(row, Outcome.UPDATE if found else Outcome.UNCHANGED, found, target=held)


def _now(held: Employment, name: str, on: dt.date) -> Any:
    if name == "roles":
        return held.roles_on(on)
    return getattr(held.person if name in ("name", "email") else held, name)


def apply(todo: Sequence[Planned], context: Context) -> None:
    _create([one for one in todo if one.outcome == Outcome.CREATE])
    _update([one for one in todo if one.outcome == Outcome.UPDATE], context.on)


def _create(todo: list[Planned]) -> None:
    with scope.widen("new person"):
        fresh = [
            (one, Person(name=one.row.values.name, email=one.row.values.email))
            for one in todo
            if one.extra[1] is None
        ]
        insert_many([person for _one, person in fresh])
        made = {id(one): person for one, person in fresh}
        rows = [
            Employment(
                partner=one.extra[0],
                person=made.get(id(one)) or one.extra[1],
                job_title=one.row.values.job,
                roles=sorted(set(one.row.values.roles)),
                external_id=one.row.values.external_id,
                since=one.extra[2],
                until=one.row.values.until,
            )
            for one in todo
        ]
        insert_many(rows)
    began = [
        Happened(
            row.public_id,
            row.partner_id,
            {"person": row.person.ref, "since": row.since, "until": row.until, "import": True},
            private={"name": row.person.name, "email": row.person.email},
            private_person_id=row.person_id,
        )
        for row in rows
    ]
    record_events("employment.began", "employment", began)


def _update(todo: list[Planned], on: dt.date) -> None:
    people, jobs = [], []
    for one in todo:
        held: Employment = one.target
        new = {name: pair[1] for name, pair in one.changes.items()}
        if {"name", "email"} & set(new):
            person = held.person
            people.append(
                {
                    "id": person.pk,
                    "name": new.get("name", person.name),
                    "email": new.get("email", person.email),
                }
            )
        if "roles" in new:
            held.give_roles(new["roles"], on)
        dated = {"roles": held.roles, "earlier_roles": held.earlier_roles}
        fields = ("job_title", "external_id", "until")
        own = {n: new.get(n, getattr(held, n)) for n in fields}
        jobs.append({"id": held.pk, **own, **dated})
    update_many(Person, people, ["name", "email"])
    columns = ["job_title", "external_id", "until", "roles", "earlier_roles"]
    update_many(Employment, jobs, columns)
    _record_changes(todo, on)
    _end([one for one in todo if "until" in one.changes])


def _record_changes(todo: list[Planned], on: dt.date) -> None:
    personal = ("name", "email")
    happened = []
    for one in todo:
        held = one.target
        open_part = {k: v for k, v in one.changes.items() if k not in (*personal, "until")}
        closed = {k: v for k, v in one.changes.items() if k in personal}
        if not open_part and not closed:
            continue
        if "roles" in open_part:
            open_part["roles_since"] = [None, max(on, held.since)]
        data = {"person": held.person.ref, "changes": open_part, "personal": sorted(closed)}
        private = {"changes": closed} if closed else None
        happened.append(
            Happened(
                held.public_id,
                held.partner_id,
                data,
                private=private,
                private_person_id=held.person_id if closed else None,
            )
        )
    record_events("employment.changed", "employment", happened)


def _end(todo: list[Planned]) -> None:
    """Employment ends, and with it sign-in for that partner."""
    leaving = [(one, one.changes["until"][1]) for one in todo]
    happened = [
        Happened(
            one.target.public_id,
            one.target.partner_id,
            {"person": one.target.person.ref, "until": day},
        )
        for one, day in leaving
    ]
    record_events("employment.ended", "employment", happened)
    end_access({(one.target.partner_id, one.target.person): day for one, day in leaving})
