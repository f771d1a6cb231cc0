"""The log of contacts with a partner. Its events carry no partner: the log is the staff's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from partners.actions.tasks import give_task
from partners.actions.writing import changed, fresh, refused, written
from partners.models import Interaction, Partner
from partners.rules.relations import colleagues, correctable, people_of, uses_log
from tenants import scope
from tenants.models import Person
from tenants.rows import VendorRow, parse_public_id
from tenants.writing import Happened, NotAllowed, action, record_events

AHEAD = dt.timedelta(hours=1)
"""A contact may be noted so long before it ends."""


def staff_event(
    kind: str,
    row: VendorRow,
    partner: Partner,
    data: Mapping[str, Any] | None = None,
    private: Mapping[str, Any] | None = None,
) -> None:
    """Record what the partner never reads: an event of the vendor that names the partner."""
    said = {"partner": partner.ref, **(data or {})}
    person = scope.current().person_id if private is not None else None
    happened = Happened(row.public_id, None, said, private, person)
    record_events(kind, str(row._meta.model_name), [happened])


@action("interactions.write")
def record_interaction(
    partner: Partner,
    *,
    kind: str,
    summary: str,
    happened_at: dt.datetime,
    at: dt.datetime,
    on: dt.date,
    people: Iterable[str] = (),
    adds_to: Interaction | None = None,
    follow_up: Mapping[str, Any] | None = None,
) -> Interaction:
    """Note a contact at the instant ``happened_at``; ``people`` are public ids of those present.

    ``at`` and ``on`` are now, ``follow_up`` the arguments of ``give_task``. Raises ``NotAllowed``
    to who does not look after the partner, ``Refused``: ``in_the_future``, ``unknown_person``,
    ``invalid``, ``addition_elsewhere``.
    """
    _refuse_outsiders(partner, on)
    if happened_at > at + AHEAD:
        raise refused(
            "in_the_future",
            _("This lies ahead. Give a task for what is planned."),
            pointer="happened_at",
        )
    if adds_to is not None and adds_to.partner_id != partner.pk:
        raise refused("addition_elsewhere", _("This entry is another partner's."))
    row = Interaction(
        partner=partner,
        kind=kind,
        at=happened_at,
        people=_present(partner, people, on),
        summary=summary.strip(),
        author_id=scope.current().person_id,
        adds_to=adds_to,
        recorded_at=at,
    )
    _checked(row)
    written(row)
    said = {"kind": kind, "at": happened_at, **({"adds_to": adds_to.ref} if adds_to else {})}
    staff_event("interaction.recorded", row, partner, said, {"summary": row.summary})
    if follow_up:
        give_task(partner, at=at, on=on, **{"about": row.ref, **follow_up})
    return row


@action("interactions.write")
def correct_interaction(
    row: Interaction, *, at: dt.datetime, on: dt.date, **values: Any
) -> Interaction:
    """Correct an entry of one's own within a day: ``kind``, ``summary``, ``happened_at``,
    ``people``. What it said before stays in the event's erasable part.

    Raises ``Refused("not_correctable")`` besides those of ``record_interaction``.
    """
    _refuse_outsiders(row.partner, on)
    row = type(row).objects.select_for_update(of=("self",)).get(pk=fresh(row).pk)
    if not correctable(row, at):
        raise refused(
            "not_correctable",
            _("Only its author corrects an entry, within 24 hours."),
            fix=_("Add to it instead."),
        )
    if "people" in values:
        values["people"] = _present(row.partner, values["people"], on)
    if "happened_at" in values:
        values["at"] = values.pop("happened_at")
        if values["at"] > at + AHEAD:
            raise refused("in_the_future", _("This lies ahead."), pointer="happened_at")
    if "summary" in values:
        values["summary"] = values["summary"].strip()
    before = row.summary
    _checked(row, values)
    fields = changed(row, values)
    if fields:
        changed(row, {"corrected_at": at})
        staff_event(
            "interaction.corrected",
            row,
            row.partner,
            {"fields": sorted(fields)},
            {"summary": [before, row.summary]},
        )
    return row


def _refuse_outsiders(partner: Partner, on: dt.date) -> None:
    if not uses_log(partner, on, writes=True):
        raise NotAllowed("interactions.write")


def _checked(row: Interaction, values: Mapping[str, Any] | None = None) -> None:
    said = (values or {}).get("summary", row.summary)
    kind = (values or {}).get("kind", row.kind)
    if not said:
        raise refused("summary_missing", _("Write down what it was about."), pointer="summary")
    if kind not in Interaction.Kind.values:
        raise refused("unknown_kind", _("Choose what kind of contact it was."), pointer="kind")


def _present(partner: Partner, refs: Iterable[str], on: dt.date) -> list[str]:
    """The public ids in order, each once; of people of the partner or of the vendor."""
    wanted = list(dict.fromkeys(refs))
    ids = {ref: parse_public_id(Person, ref) for ref in wanted}
    known = _known(partner, on, [one for one in ids.values() if one is not None])
    if not known.issuperset(ids.values()):
        raise refused(
            "unknown_person",
            _("Somebody named here works neither for the partner nor for you."),
            pointer="people",
        )
    return wanted


def _known(partner: Partner, on: dt.date, ids: Collection[Any]) -> set[Any]:
    if not ids:
        return set()
    found: set[Any] = set()
    for rows in (people_of(partner, on), colleagues(on)):
        found |= set(rows.filter(public_id__in=ids).values_list("public_id", flat=True))
    return found
