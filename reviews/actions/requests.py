"""Levels that no review gives by itself: asked for, offered, bought, or given back."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from partners.actions.standing import placed
from partners.actions.writing import fresh, held_partner, needs_reason, refused
from partners.models import Enrolment, Partner
from programs.compiled import program_on
from programs.document.types import Level as LevelRule
from programs.document.types import Review
from programs.models import Level
from programs.rules import add_months
from reviews.actions.benefits import settle
from reviews.models import Cure, LevelRequest
from reviews.rules.ground import locked_out
from reviews.rules.opening import closed_by
from tenants import scope
from tenants.writing import NotAllowed, action, record_event

Kind, State = LevelRequest.Kind, LevelRequest.State


@action("levels.request")
def request_level(
    partner: Partner, *, level: Level, on: dt.date, at: dt.datetime, note: str = ""
) -> LevelRequest:
    """Ask for a level: to rise where the program leaves it to a person, or to go down.

    Raises ``Refused``: ``partner_exited``, ``unknown_level``, ``same_level``,
    ``promotion_automatic``, ``by_invitation``, ``locked_out``, ``onboarding_open``,
    ``request_open``.
    """
    partner = held_partner(partner)
    rule, _review = _rules(level, on)
    held = _held(partner, level)
    if held is not None and held.level is not None and held.level_id == level.pk:
        raise refused("same_level", _("The partner holds this level already."), pointer="level")
    down = held is not None and held.level is not None and held.level.rank > level.rank
    if down:
        return _asked(partner, level, Kind.DOWNGRADE, at, note)
    if rule.asked_for is None and "invitation" in rule.promotion:
        raise refused("by_invitation", _("This level is given by invitation."), pointer="level")
    if rule.asked_for is None:
        words = _("A review gives this level by itself once its requirements are met.")
        raise refused("promotion_automatic", words, pointer="level")
    _refuse_locked_out(partner, level, on)
    _refuse_unopened(partner, level, on)
    return _asked(partner, level, Kind(rule.asked_for), at, note)


@action("levels.set")
def invite_to_level(
    partner: Partner, *, level: Level, on: dt.date, at: dt.datetime, note: str = ""
) -> LevelRequest:
    """Offer the partner a level that is given by invitation; it accepts or declines.

    Raises ``Refused``: ``not_by_invitation``, ``unknown_level``, ``same_level``, ``locked_out``,
    ``request_open``.
    """
    partner = held_partner(partner)
    rule, _review = _rules(level, on)
    if "invitation" not in rule.promotion:
        raise refused("not_by_invitation", _("Nobody is invited to this level."), pointer="level")
    held = _held(partner, level)
    if held is not None and held.level_id == level.pk:
        raise refused("same_level", _("The partner holds this level already."), pointer="level")
    _refuse_locked_out(partner, level, on)
    return _asked(partner, level, Kind.INVITATION, at, note)


@action(None)
def decide_request(
    request: LevelRequest, *, accept: bool, on: dt.date, at: dt.datetime, reason: str = ""
) -> LevelRequest:
    """Answer a request (the vendor, ``levels.set``) or an invitation (the partner,
    ``levels.request``); the level changes on ``on``.

    A level that was given back is kept, with its benefits, for as long as the axis' cure lasts.
    Raises ``NotAllowed``; ``Refused``: ``wrong_state``, ``reason_missing`` for a no of the vendor,
    ``onboarding_open`` where a step opens the level that is not done.
    """
    _require(request.kind == Kind.INVITATION)
    partner = held_partner(request.partner)
    row = _open(request)
    if not accept and row.kind != Kind.INVITATION:
        reason = needs_reason(reason)
    row.reason = reason.strip() or (_("Declined") if not accept else "")
    row.state, row.decided_at = (State.ACCEPTED if accept else State.REFUSED), at
    row.decided_by_id = scope.current().person_id
    if accept:
        if row.kind != Kind.DOWNGRADE:
            _refuse_unopened(partner, row.level, on)
        row.effective_on = _effective_on(row, on)
        _change(partner, row)
    row.save()
    data = {**_told(row), "reason": row.reason, "on": row.effective_on}
    record_event(f"level_request.{row.state}", row, data=data)
    if accept:
        settle([partner.pk], on=on)
    return row


@action("levels.request")
def withdraw_request(request: LevelRequest, *, at: dt.datetime) -> LevelRequest:
    """Take a request back that nobody answered yet. Raises ``Refused``: ``wrong_state``."""
    held_partner(request.partner)
    row = _open(request)
    if row.kind == Kind.INVITATION:
        raise refused("wrong_state", _("An invitation is accepted or declined."))
    row.state, row.decided_at = State.WITHDRAWN, at
    row.decided_by_id = scope.current().person_id
    row.save()
    record_event("level_request.withdrawn", row, data=_told(row))
    return row


def _require(of_partner: bool) -> None:
    """The partner answers the vendor's invitation, the vendor the partner's request."""
    held = scope.current()
    capability = "levels.request" if of_partner else "levels.set"
    staff = held.all_partners and held.person_id is not None
    if not held.can(capability) or (of_partner and staff):
        raise NotAllowed(capability)


def _rules(level: Level, on: dt.date) -> tuple[LevelRule, Review | None]:
    found = program_on(on).document.types.get(level.partner_type.code)
    rule = found.levels_of(level.axis).get(level.code) if found else None
    if found is None or rule is None:
        raise refused("unknown_level", _("The program has no such level now."), pointer="level")
    return rule, found.review_of(level.axis)


def _held(partner: Partner, level: Level) -> Enrolment | None:
    """The open enrolment on the level's axis; of a set, the one of the level itself."""
    rows = Enrolment.objects.filter(
        partner=partner,
        partner_type_id=level.partner_type_id,
        axis=level.axis,
        until__isnull=True,
    ).select_related("level")
    found: Enrolment | None = rows.filter(of_set=False).first() or rows.filter(level=level).first()
    return found


def _refuse_locked_out(partner: Partner, level: Level, on: dt.date) -> None:
    until = locked_out([partner.pk], on, level.partner_type).get(partner.pk)
    if until is not None:
        words = _("No level of this partner rises before %(day)s.")
        raise refused("locked_out", words % {"day": until})


def _refuse_unopened(partner: Partner, level: Level, on: dt.date) -> None:
    rule, _review = _rules(level, on)
    titles = closed_by(program_on(on).document, rule, partner.pk, on)
    if titles:
        words = _("This level opens when these steps of the onboarding are done: %(steps)s.")
        raise refused("onboarding_open", words % {"steps": ", ".join(titles)}, pointer="level")


def _asked(partner: Partner, level: Level, kind: str, at: dt.datetime, note: str) -> LevelRequest:
    own = {"partner": partner, "partner_type": level.partner_type, "axis": level.axis}
    if LevelRequest.objects.filter(state=State.OPEN, **own).exists():
        raise refused("request_open", _("A request or invitation is open already."))
    row = LevelRequest(
        level=level,
        kind=kind,
        note=note.strip(),
        asked_at=at,
        asked_by_id=scope.current().person_id,
        **own,
    )
    row.save()
    record_event("level_request.opened", row, data=_told(row))
    return row


def _told(row: LevelRequest) -> dict[str, str]:
    """What every event of a request carries."""
    level = row.level
    return {"level": level.code, "type": level.partner_type.code, "kind": str(row.kind)}


def _open(request: LevelRequest) -> LevelRequest:
    row = fresh(request)
    if row.state != State.OPEN:
        raise refused("wrong_state", _("This was answered already."))
    return row


def _effective_on(row: LevelRequest, on: dt.date) -> dt.date:
    if row.kind != Kind.DOWNGRADE:
        return on
    _rule, review = _rules(row.level, on)
    return add_months(on, review.cure.months) if review and review.cure else on


def _change(partner: Partner, row: LevelRequest) -> None:
    held = _held(partner, row.level)
    if held is not None:
        cures = Cure.objects.filter(enrolment=held, ended_on__isnull=True)
        cures.update(ended_on=row.effective_on, ended_as=Cure.Ended.CHANGED)
    assert row.effective_on is not None
    reason = _("%(kind)s accepted") % {"kind": row.get_kind_display()}
    placed(partner, row.partner_type, row.level, row.effective_on, reason)
