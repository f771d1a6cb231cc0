"""Whoever holds a level that the program took out moves to the one that follows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from partners.models import Enrolment
from programs.compiled import Program, program_or_none
from programs.document.types import TIER
from programs.locks import lock_partners, lock_program
from programs.models import Level, PartnerType
from programs.usage import heir
from reviews.actions.benefits import settle
from reviews.models import Cure, Grant, LevelException, LevelRequest, Sanction
from reviews.rules.ground import CHUNK
from tenants import scope
from tenants.importing.writing import insert_many
from tenants.writing import Happened, action, record_events


@dataclass(frozen=True)
class Succession:
    """One place on an axis that the program took out, and the one that follows it."""

    old_type: PartnerType
    old_axis: str
    old: Level | None
    new_type: PartnerType
    axis: str
    new: Level | None
    of_set: bool


@action("reviews.run")
def follow_levels(*, on: dt.date) -> int:
    """Move every partner that holds a level, or is of a type, which the version in force on ``on``
    (vendor's day) took out to what its mapping names, from the version's first day. Returns how
    many were moved: each once, since it holds a level of the version then.

    An open cure, exception or request goes along. Who holds the level that follows, or a higher one
    of its ladder, keeps that one.
    """
    program = program_or_none(on)
    if program is None or next(_successions(program, on), None) is None:
        return 0
    lock_program(scope.current().vendor_id)
    count = 0
    for one in list(_successions(program, on)):
        rows = _standing(one, on).order_by("partner_id")
        held = list(rows.values_list("pk", "partner_id"))
        for start in range(0, len(held), CHUNK):
            chunk = held[start : start + CHUNK]
            partner_ids = [partner_id for _pk, partner_id in chunk]
            lock_partners(partner_ids)
            _follow(program, one, [pk for pk, _partner_id in chunk])
            _rename_sources(one, partner_ids)
            settle(partner_ids, on=on)
        count += len(held)
    return count


def _successions(program: Program, on: dt.date) -> Iterator[Succession]:
    """What somebody holds on the day and the program has not, with what follows it."""
    document = program.document
    types = {kind.code: kind for kind in PartnerType.objects.all()}
    levels = {row.pk: row for row in Level.objects.all()}
    by_code = {(row.partner_type_id, row.code): row for row in levels.values()}
    rows = Enrolment.objects.filter(until__isnull=True, since__lte=on)
    held = rows.order_by("partner_type__code", "axis", "level_id").distinct()
    for code, axis, level_id in held.values_list("partner_type__code", "axis", "level_id"):
        old = levels.get(level_id) if level_id else None
        to, level_code = document.successor("types", code), None
        if old is not None:
            found = heir(document, "levels", f"{code}.{old.code}")
            to, level_code = found.split(".", 1) if found else (None, None)
        if to is None or (to, level_code) == (code, None):
            continue
        rule = document.types[to]
        new_axis = (rule.axis_of(level_code) if level_code else None) or TIER
        if (to, level_code, new_axis) == (code, old and old.code, axis):
            continue
        yield Succession(
            types[code], axis, old, types[to], new_axis,
            by_code[types[to].pk, level_code] if level_code else None,
            new_axis in rule.axes and rule.kind_of(new_axis) == "set",
        )  # fmt: skip


def _standing(one: Succession, on: dt.date) -> Any:
    return Enrolment.objects.filter(
        partner_type=one.old_type, axis=one.old_axis, level=one.old,
        until__isnull=True, since__lte=on,
    )  # fmt: skip


def _follow(program: Program, one: Succession, keys: Sequence[int]) -> None:
    """Move one chunk of enrolments of locked partners."""
    first_day = Value(program.effective_from)
    ended = Enrolment.objects.filter(pk__in=keys)
    ended.update(until=Greatest(F("since"), first_day))
    before = {row.partner_id: row for row in ended}
    staying = _staying(one, before)
    higher = {pk: row for pk, row in staying.items() if not _rises(one, row)}
    lower = [row.pk for pk, row in staying.items() if pk not in higher]
    Enrolment.objects.filter(pk__in=lower).update(until=Greatest(F("since"), first_day))
    opened = [
        Enrolment(
            partner_id=partner_id,
            partner_type=one.new_type,
            axis=one.axis,
            of_set=one.of_set,
            level=one.new,
            since=max(row.until, staying[partner_id].since if partner_id in staying else row.until),
            reason=_("Version %(number)d of the program") % {"number": program.number},
        )
        for partner_id, row in before.items()
        if partner_id not in higher
    ]
    insert_many(opened)
    now = {**higher, **{row.partner_id: row for row in opened}}
    _carry(one, before, now)
    happened = [
        Happened(row.public_id, partner_id, _told(one, before[partner_id]))
        for partner_id, row in now.items()
    ]
    record_events("level.mapped", "enrolment", happened, program_version=program.number)


def _staying(one: Succession, before: Mapping[int, Enrolment]) -> dict[int, Enrolment]:
    """What these partners hold already where they would move to."""
    rows = Enrolment.objects.filter(
        partner_id__in=list(before), partner_type=one.new_type, axis=one.axis, until__isnull=True
    ).select_related("level")
    if one.of_set:
        rows = rows.filter(level=one.new)
    return {row.partner_id: row for row in rows}


def _rises(one: Succession, held: Enrolment) -> bool:
    """Whether the level that follows stands above the one held."""
    if one.of_set or one.new is None:
        return False
    return held.level is None or held.level.rank < one.new.rank


def _carry(one: Succession, before: Mapping[int, Enrolment], now: Mapping[int, Enrolment]) -> None:
    """Let what holds the level up or down go along; where another level is kept it is over."""
    place = {"partner_type": one.new_type, "axis": one.axis, "level": one.new}
    if one.old_type != one.new_type:  # a lock-out is of the type, whatever level is held since
        Sanction.objects.filter(
            partner_id__in=list(before), partner_type=one.old_type, axis=one.old_axis
        ).update(partner_type=one.new_type)
    if one.old is None or one.new is None:
        return
    moved = {pk for pk, row in now.items() if row.level_id == one.new.pk}
    for cure in Cure.objects.filter(
        enrolment_id__in=[row.pk for row in before.values()], ended_on__isnull=True
    ):
        row = now[cure.partner_id]
        taken = Cure.objects.filter(enrolment=row, ended_on__isnull=True).exists()
        if cure.partner_id in moved and not taken:
            Cure.objects.filter(pk=cure.pk).update(enrolment=row, **place)
        else:
            end = before[cure.partner_id].until
            Cure.objects.filter(pk=cure.pk).update(ended_on=end, ended_as=Cure.Ended.CHANGED)
    own = {"partner_id__in": list(before), "level": one.old}
    excepted = LevelException.objects.filter(ended_on__isnull=True)
    busy = list(excepted.filter(level=one.new).values_list("partner_id", flat=True))
    excepted.filter(**own).exclude(partner_id__in=busy).update(**place)
    asked = LevelRequest.objects.filter(state=LevelRequest.State.OPEN)
    there = asked.filter(partner_type=one.new_type, axis=one.axis).exclude(level=one.old)
    busy = list(there.values_list("partner_id", flat=True))
    asked.filter(**own).exclude(partner_id__in=busy).update(**place)
    Sanction.objects.filter(partner_id__in=list(before), level=one.old).update(
        partner_type=one.new_type, axis=one.axis
    )


def _rename_sources(one: Succession, partner_ids: Sequence[int]) -> None:
    """Let benefits that both levels give alike be held on: else each would end and begin anew."""
    if one.old is None or one.new is None:
        return
    was = [one.old_type.code, one.old_axis, one.old.code]
    now = [one.new_type.code, one.axis, one.new.code]
    held = Grant.objects.filter(
        partner_id__in=list(partner_ids), until__isnull=True, sources__contains=[was]
    )
    for grant in held:
        grant.sources = [now if source == was else source for source in grant.sources]
    Grant.objects.bulk_update(held, ["sources"])


def _told(one: Succession, before: Enrolment) -> dict[str, Any]:
    codes = [one.old.code if one.old else None, one.new.code if one.new else None]
    return {
        "type": one.new_type.code,
        **({"axis": one.axis} if one.axis != TIER else {}),
        "changes": {"level": codes},
        "titles": [one.old.name if one.old else "", one.new.name if one.new else ""],
        "on": before.until,
    }
