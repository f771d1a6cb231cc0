"""The vendor's engineers: how many hours each has, when they are away, and for whom they work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.models import CoSellRequest, Engineer, EngineerAway, EngineerBooking
from deals.rules.business_hours import working_days
from deals.rules.capacity import MOST_A_DAY, Week, away_days, spread, week_of, weeks_of
from deals.rules.registering import deals_on
from partners.actions.writing import changed, fresh, held_partner, refused, written
from partners.rules.relations import colleagues
from programs.compiled import program_on
from tenants.models import Person
from tenants.writing import Reason, Refused, action, record_event
from web.templatetags.mainstay import short_date


@action("cosell.manage")
def add_engineer(
    *, person: Person, hours_week: int, at: dt.datetime, on: dt.date, skills: Collection[str] = ()
) -> Engineer:
    """Let one of the vendor's people be booked. Raises ``Refused``: ``unknown_person``,
    ``engineer_already``, ``unknown_skill``, ``invalid``."""
    if not colleagues(on).filter(pk=person.pk).exists():
        raise refused("unknown_person", _("An engineer is one of your own people."),
                      pointer="person")  # fmt: skip
    if Engineer.objects.filter(person=person).exists():
        words = _("%(name)s is an engineer already.") % {"name": person.name}
        raise refused("engineer_already", words, pointer="person")
    row = Engineer(
        person=person, hours_week=_fits(hours_week), skills=_known(skills, on), created_at=at,
        updated_at=at,
    )  # fmt: skip
    written(row)
    record_event("engineer.added", row, data={"name": person.name})
    return row


@action("cosell.manage")
def change_engineer(
    row: Engineer, *, at: dt.datetime, on: dt.date, skills: Collection[str] | None = None,
    hours_week: int | None = None, active: bool | None = None,
) -> Engineer:  # fmt: skip
    """Other skills or hours, or no bookings any more; what is left out stays. Fewer hours than are
    booked in a week from today on are refused: ``booked``; ``unknown_skill``, ``invalid``."""
    row = _locked(row)
    values: dict[str, Any] = {"hours_week": hours_week, "active": active}
    if skills is not None:
        values["skills"] = _known(skills, on)
    if hours_week is not None:
        _refuse_over(row, _fits(hours_week), _away(row), on)
    found = changed(row, {name: value for name, value in values.items() if value is not None})
    if found:
        changed(row, {"updated_at": at})
        record_event("engineer.changed", row, data={"fields": sorted(found)})
    return row


@action("cosell.manage")
def note_away(
    row: Engineer, *, since: dt.date, until: dt.date, at: dt.datetime, note: str = ""
) -> EngineerAway:
    """The engineer is away from ``since`` until ``until``, both included. Refused where hours are
    booked that would no longer fit: ``booked`` names the week; ``span_reversed``."""
    row = _locked(row)
    if until < since:
        raise refused("span_reversed", _("The end lies before the start."), pointer="until")
    _refuse_over(row, row.hours_week, [*_away(row), (since, until)], since)
    away = EngineerAway(engineer=row, since=since, until=until, note=note.strip(), created_at=at)
    written(away)
    record_event("engineer.away", row, data={"from": since, "until": until})
    return away


@action("cosell.manage")
def drop_away(held: EngineerAway) -> None:
    """The engineer is there after all."""
    row = _locked(held.engineer)
    held = fresh(held)
    record_event("engineer.back", row, data={"from": held.since, "until": held.until})
    held.delete()


@action("cosell.manage")
def book_engineer(
    request: CoSellRequest, *, engineer: Engineer, since: dt.date, until: dt.date, hours: int,
    at: dt.datetime, on: dt.date,
) -> EngineerBooking:  # fmt: skip
    """Book ``hours`` of an engineer from ``since`` until ``until``, both included, shared out over
    the working days on which the engineer is there.

    In no week more than its capacity, time away included, whoever books at the same time: who
    finds no room reads how much is left and who else has it. Raises ``Refused``: ``no_room``,
    ``no_working_day``, ``too_many_a_day``, ``not_bookable``, ``over``, ``span_reversed``,
    ``due_in_the_past``, ``partner_exited``.
    """
    held_partner(request.partner)
    request = fresh(request)
    if request.state not in CoSellRequest.LIVE:
        raise refused("over", _("Accept the request first; what is over books nobody."))
    if until < since:
        raise refused("span_reversed", _("The end lies before the start."), pointer="until")
    if until < on:
        raise refused("due_in_the_past", _("The day lies in the past."), pointer="until")
    row = _locked(engineer)
    if not row.active:
        words = _("%(name)s is not booked any more.") % {"name": row.person.name}
        raise refused("not_bookable", words, pointer="engineer")
    weeks = _share(row, since, until, hours, on)
    short = _short(row, weeks)
    if short is not None:
        raise _no_room(row, short, weeks[short.on.isoformat()], (since, until, hours), on)
    booking = EngineerBooking(
        partner_id=request.partner_id, request=request, engineer=row, name=row.person.name,
        since=since, until=until, hours=hours, weeks=weeks, created_at=at,
    )  # fmt: skip
    written(booking)
    data = {"name": row.person.name, "from": since, "until": until, "hours": hours}
    record_event("co_sell.booked", request, data=data)
    return booking


@action("cosell.manage")
def release_booking(held: EngineerBooking, *, at: dt.datetime) -> EngineerBooking:
    """Give the hours back. ``Refused("released")`` where they were given back already."""
    held_partner(held.partner, living=False)
    held = fresh(held)
    if held.released_at is not None:
        raise refused("released", _("It is released already."))
    return _released(held, at)


def release_ahead(request: CoSellRequest, *, on: dt.date, at: dt.datetime) -> int:
    """Part of another action: give back what has not begun by the day ``on``; returns how many.

    Without the engineers' locks: what is given back falsifies nothing, and a partner sees none of
    them."""
    rows = EngineerBooking.objects.filter(request=request, released_at__isnull=True, since__gte=on)
    return len([_released(one, at) for one in rows.order_by("pk")])


def week_plan(
    engineers: Collection[Engineer], since: dt.date, until: dt.date
) -> dict[int, list[Week]]:
    """Per engineer (id) the weeks that the days touch, with what is booked and away; two queries"""
    ids = [row.pk for row in engineers]
    booked = EngineerBooking.objects.filter(
        engineer_id__in=ids, released_at__isnull=True, until__gte=min(weeks_of(since, since)),
        since__lte=until + dt.timedelta(days=7),
    )  # fmt: skip
    given = list(booked.values_list("engineer_id", "weeks"))
    gone = EngineerAway.objects.filter(engineer_id__in=ids, until__gte=min(weeks_of(since, since)))
    away = list(gone.values_list("engineer_id", "since", "until"))
    return {
        row.pk: [
            week_of(
                week, row.hours_week, away_days((a, b) for pk, a, b in away if pk == row.pk),
                [weeks for pk, weeks in given if pk == row.pk],
            )
            for week in weeks_of(since, until)
        ]
        for row in engineers
    }  # fmt: skip


def with_room(
    since: dt.date, until: dt.date, hours: int, on: dt.date
) -> list[tuple[Engineer, int]]:
    """Who has room for so many hours on these days, with the hours that are left to them then, the
    freest first."""
    rows = list(Engineer.objects.filter(active=True).select_related("person"))
    plans = week_plan(rows, since, until)
    found = []
    for row in rows:
        days = _days(row, since, until, on)
        if days and hours <= MOST_A_DAY * len(days):
            weeks = spread(hours, days)
            left = plans[row.pk]
            if all(week.left >= weeks.get(week.on.isoformat(), 0) for week in left):
                found.append((row, sum(week.left for week in left)))
    return sorted(found, key=lambda pair: (-pair[1], pair[0].person.name))


def _share(
    row: Engineer, since: dt.date, until: dt.date, hours: int, on: dt.date
) -> dict[str, int]:
    days = _days(row, since, until, on)
    said = {"name": row.person.name, "hours": MOST_A_DAY * len(days), "n": len(days)}
    if not days:
        words = _("%(name)s is away on all of these days, or they are no working days.") % said
        raise refused("no_working_day", words, pointer="since")
    if hours > MOST_A_DAY * len(days):
        words = ngettext(
            "On %(n)s working day at most %(hours)s hours can be booked.",
            "On %(n)s working days at most %(hours)s hours can be booked.",
            len(days),
        )
        raise refused("too_many_a_day", words % said, pointer="hours")
    return spread(hours, days)


def _days(row: Engineer, since: dt.date, until: dt.date, on: dt.date) -> list[dt.date]:
    """The working days of the span on which the engineer is there."""
    hours = deals_on(on).hours
    away = away_days(_away(row))
    days = working_days(since, until, weekdays=hours.weekdays, holidays=hours.holidays)
    return [day for day in days if day not in away]


def _away(row: Engineer) -> Sequence[tuple[dt.date, dt.date]]:
    return list(EngineerAway.objects.filter(engineer=row).values_list("since", "until"))


def _short(row: Engineer, weeks: dict[str, int]) -> Week | None:
    """The first week in which there is no room for what is asked of it."""
    days = [dt.date.fromisoformat(week) for week in weeks]
    plan = week_plan([row], min(days), max(days))[row.pk]
    return next((week for week in plan if week.left < weeks.get(week.on.isoformat(), 0)), None)


def _no_room(
    row: Engineer, week: Week, asked: int, span: tuple[dt.date, dt.date, int], on: dt.date
) -> Refused:
    said = {"name": row.person.name, "left": week.left, "all": week.capacity,
            "day": short_date(week.on)}  # fmt: skip
    detail = _("%(name)s has %(left)s of %(all)s hours left in the week of %(day)s.") % said
    free = [one for one in with_room(*span, on) if one[0].pk != row.pk]
    names = ", ".join(
        _("%(name)s (%(left)s hours left)") % {"name": one.person.name, "left": left}
        for one, left in free[:5]
    )
    fix = (
        _("There is room for it with: %(names)s.") % {"names": names}
        if names
        else _("Nobody has room for it on these days: choose others, or fewer hours.")
    )
    reason = Reason(
        "no_room", detail, fix=fix, need=str(asked), have=str(week.left), pointer="hours"
    )
    return Refused("no_room", detail, reasons=[reason])


def _refuse_over(
    row: Engineer, capacity: int, away: Iterable[tuple[dt.date, dt.date]], on: dt.date
) -> None:
    """Refuse what would leave booked hours of a week, from the day on, without room."""
    rows = EngineerBooking.objects.filter(engineer=row, released_at__isnull=True, until__gte=on)
    given = list(rows.values_list("weeks", flat=True))
    gone = away_days(away)
    first = min(weeks_of(on, on)).isoformat()
    for day in sorted({day for weeks in given for day in weeks if day >= first}):
        week = week_of(dt.date.fromisoformat(day), capacity, gone, given)
        if week.booked and week.booked + week.away > week.capacity:
            words = _("%(hours)s hours are booked in the week of %(day)s, and would not fit.")
            said = {"hours": week.booked, "day": short_date(week.on)}
            raise refused("booked", words % said, fix=_("Release or move the bookings first."))


def _released(held: EngineerBooking, at: dt.datetime) -> EngineerBooking:
    held.released_at = at
    written(held, only=["released_at"])
    data = {"name": held.name, "from": held.since, "until": held.until, "hours": held.hours}
    record_event("co_sell.released", held.request, data=data)
    return held


def _locked(row: Engineer) -> Engineer:
    """The engineer, held until the transaction ends, and read again."""
    found: Engineer | None = Engineer.objects.select_for_update().filter(pk=row.pk).first()
    if found is None:
        raise refused("not_found", _("This no longer exists."), pointer="engineer")
    return found


def _fits(hours: int) -> int:
    if not 1 <= hours <= 60:
        words = _("Between 1 and 60 hours a week.")
        raise refused("invalid", words, pointer="hours_week")
    return hours


def _known(skills: Collection[str], on: dt.date) -> list[str]:
    """The skills, each a track or a product family of the program."""
    document = program_on(on).document
    known = {*document.tracks, *document.families}
    unknown = [code for code in skills if code not in known]
    if unknown:
        words = _("The program has no track and no product family “%(code)s”.")
        raise refused("unknown_skill", words % {"code": unknown[0]}, pointer="skills")
    return sorted(set(skills))
