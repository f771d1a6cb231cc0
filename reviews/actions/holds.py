"""Exceptions and sanctions: what a person decides about one partner's level."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from partners.actions import reinstate_partner, set_level, suspend_partner
from partners.actions.writing import fresh, held_partner, needs_reason, refused
from partners.models import Enrolment, Partner
from programs.models import Level, PartnerType
from programs.rules import add_months
from reviews.actions.benefits import settle
from reviews.models import Cure, LevelException, Sanction
from tenants import scope
from tenants.writing import action, record_event

Kind = Sanction.Kind


@action("levels.set")
def grant_exception(
    partner: Partner, *, level: Level, until: dt.date, on: dt.date, reason: str
) -> LevelException:
    """The partner keeps ``level``, which it holds, until it is judged again on ``until``.

    An open cure of the level ends, an earlier exception gives its place. Raises ``Refused``:
    ``reason_missing``, ``level_not_held``, ``span_reversed``.
    """
    reason = needs_reason(reason)
    partner = held_partner(partner)
    held = _held(partner, level, on)
    if until <= on:
        raise refused("span_reversed", _("The review day lies ahead."), pointer="until")
    own = {"partner": partner, "partner_type_id": level.partner_type_id, "axis": level.axis}
    open_ = LevelException.objects.filter(level=level, ended_on__isnull=True, **own)
    open_.update(ended_on=on)
    cures = Cure.objects.filter(enrolment=held, ended_on__isnull=True)
    cures.update(ended_on=on, ended_as=Cure.Ended.CHANGED)
    row = LevelException(
        level=level,
        since=on,
        until=until,
        reason=reason,
        granted_by_id=scope.current().person_id,
        **own,
    )
    row.save()
    record_event("exception.granted", row, data={**_words(level), "until": until, "reason": reason})
    return row


@action("levels.set")
def lift_exception(exception: LevelException, *, on: dt.date, reason: str) -> LevelException:
    """The level is judged again at the next review. Raises ``Refused``: ``wrong_state``,
    ``reason_missing``."""
    reason = needs_reason(reason)
    held_partner(exception.partner)
    row = fresh(exception)
    if row.ended_on is not None:
        raise refused("wrong_state", _("This exception is over."))
    row.ended_on = on
    row.save(update_fields=["ended_on"])
    record_event("exception.ended", row, data={**_words(row.level), "reason": reason})
    return row


@action("levels.set")
def impose_sanction(
    partner: Partner,
    *,
    kind: str,
    on: dt.date,
    reason: str,
    level: Level | None = None,
    months: int | None = None,
) -> Sanction:
    """Act against a partner from ``on``: for ``months``, or until it is lifted.

    ``demote`` sets ``level``, lower than what is held on its axis; with ``months`` nothing rises
    there meanwhile. ``lock_out`` stops every promotion, of the level's type where one is given.
    ``deauthorize`` suspends the partner (needs ``partners.suspend``). Raises ``Refused``:
    ``reason_missing``, ``level_missing``, ``level_not_lower``, ``months_missing``.
    """
    reason = needs_reason(reason)
    partner = held_partner(partner)
    if kind == Kind.LOCK_OUT and not months:
        raise refused("months_missing", _("Say for how many months."), pointer="months")
    until = add_months(on, months) if months else None
    if kind == Kind.DEMOTE:
        _demote(partner, level, on, reason)
        if until is not None:
            _sanctioned(partner, Kind.LOCK_OUT, level, on, until, reason)
            until = None
    elif kind == Kind.DEAUTHORIZE:
        suspend_partner(partner, on=on, reason=reason)
    row = _sanctioned(partner, kind, level, on, until, reason)
    settle([partner.pk], on=on)
    return row


@action("levels.set")
def lift_sanction(sanction: Sanction, *, on: dt.date, reason: str) -> Sanction:
    """End a sanction: benefits come back, promotions too, a suspended partner is reinstated.

    A lowered level stays. Raises ``Refused``: ``reason_missing``, ``wrong_state``.
    """
    reason = needs_reason(reason)
    partner = held_partner(sanction.partner)
    row = fresh(sanction)
    if row.lifted_on is not None or row.kind == Kind.DEMOTE:
        raise refused("wrong_state", _("There is nothing to lift any more."))
    row.lifted_on = on
    row.save(update_fields=["lifted_on"])
    if row.kind == Kind.DEAUTHORIZE and partner.status == Partner.Status.SUSPENDED:
        reinstate_partner(partner, on=on, reason=reason)
    record_event("sanction.lifted", row, data={"kind": row.kind, "reason": reason, "on": on})
    settle([partner.pk], on=on)
    return row


def _demote(partner: Partner, level: Level | None, on: dt.date, reason: str) -> None:
    if level is None:
        raise refused("level_missing", _("Say which level it falls to."), pointer="level")
    open_ = Enrolment.objects.filter(
        partner=partner,
        partner_type_id=level.partner_type_id,
        axis=level.axis,
        of_set=False,
        until__isnull=True,
    )
    held = open_.select_related("level", "partner_type").first()
    if held is None or held.level is None or held.level.rank <= level.rank:
        raise refused(
            "level_not_lower", _("The partner holds no level above that."), pointer="level"
        )
    cures = Cure.objects.filter(enrolment=held, ended_on__isnull=True)
    cures.update(ended_on=on, ended_as=Cure.Ended.CHANGED)
    set_level(partner, partner_type=held.partner_type, level=level, on=on, reason=reason)


def _sanctioned(
    partner: Partner,
    kind: str,
    level: Level | None,
    on: dt.date,
    until: dt.date | None,
    reason: str,
) -> Sanction:
    kinded: PartnerType | None = level.partner_type if level else None
    row = Sanction(
        partner=partner,
        kind=kind,
        partner_type=kinded,
        axis=level.axis if level else "",
        level=level,
        since=on,
        until=until,
        reason=reason,
        decided_by_id=scope.current().person_id,
    )
    row.save()
    data = {"kind": str(kind), "on": on, "until": until, "reason": reason}
    record_event("sanction.imposed", row, data={**data, **(_words(level) if level else {})})
    return row


def _held(partner: Partner, level: Level, on: dt.date) -> Enrolment:
    rows = Enrolment.objects.filter(partner=partner, level=level, until__isnull=True)
    held: Enrolment | None = rows.filter(since__lte=on).first()
    if held is None:
        raise refused("level_not_held", _("The partner does not hold this level."), pointer="level")
    return held


def _words(level: Level) -> dict[str, Any]:
    return {"type": level.partner_type.code, "axis": level.axis, "level": level.code}
