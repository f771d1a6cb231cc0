"""A partner's profile, status, level and account manager."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from partners.actions.fields import changed_with_custom
from partners.actions.writing import by_staff, held_partner, needs_reason, refused, written
from partners.models import Agreement, Enrolment, Partner, PortfolioEntry
from partners.rules.onboarding import begins_below
from programs.compiled import declared, program_or_none
from programs.document.types import TIER
from programs.models import Level, PartnerType
from tenants.actions.leaving import end_access
from tenants.capabilities import STAFF_ROLES
from tenants.models import Membership, Person
from tenants.writing import NotAllowed, action, record_event
from web.templatetags.mainstay import short_date

_VENDORS_OWN = frozenset({"name", "legal_name", "external_id", "parent", "country"})
"""Fields that the vendor keeps: contracts, integrations and requirements go by them."""


@action("partners.write")
def add_partner(
    *,
    name: str,
    partner_type: PartnerType,
    joined_on: dt.date,
    external_id: str = "",
    legal_name: str = "",
    domain: str = "",
    country: str = "",
    city: str = "",
    level: Level | None = None,
    custom: Mapping[str, Any] | None = None,
) -> Partner:
    """Record a partner that the vendor signed without an application.

    ``level`` is the type's lowest where it is left out. Raises ``Refused``: ``external_id_taken``,
    ``level_of_another_type``, ``invalid``.
    """
    _refuse_level_of_another_type(level, partner_type)
    partner = Partner(
        name=name.strip(),
        legal_name=legal_name,
        external_id=external_id.strip(),
        domain=domain,
        country=country.upper(),
        city=city,
        joined_on=joined_on,
    )
    written(partner)
    record_event("partner.added", partner, data={"name": partner.name, "type": partner_type.code})
    first = level or lowest_level(partner_type, joined_on)
    enrolled(partner, partner_type, first, joined_on, _("Partner added"))
    return with_custom(partner, custom or {}, new=True)


def with_custom(partner: Partner, custom: Mapping[str, Any], *, new: bool = False) -> Partner:
    """Write values of custom fields of a partner that is locked, or made just now; ``new``: nothing
    required may be missing."""
    found = changed_with_custom(partner, {}, custom, new=new)
    if found:
        record_event("partner.changed", partner, data={"changes": found})
    return partner


def lowest_level(partner_type: PartnerType, on: dt.date) -> Level | None:
    """Where a partner of the type begins: the lowest level of the program in force on the day; none
    where a step of onboarding opens that."""
    if begins_below(program_or_none(on), partner_type.code, on):
        return None
    rows = declared(Level.objects.filter(partner_type=partner_type, axis=TIER), on)
    return rows.order_by("rank").first()


@action("profile.write")
def change_partner(
    partner: Partner,
    *,
    name: str | None = None,
    legal_name: str | None = None,
    external_id: str | None = None,
    parent: Partner | None = None,
    alone: bool = False,
    domain: str | None = None,
    country: str | None = None,
    city: str | None = None,
    service_scopes: Sequence[str] | None = None,
    verticals: Sequence[str] | None = None,
    custom: Mapping[str, Any] | None = None,
) -> Partner:
    """Change a partner's profile; what is left out stays.

    The partner's own people change where it is and what it does; its names, external id and
    parent are the vendor's. ``alone`` takes the parent away. ``custom`` are values of custom
    fields by code. Raises ``NotAllowed``; ``Refused``: ``external_id_taken``, ``invalid``,
    ``own_parent``.
    """
    partner = held_partner(partner)
    given: dict[str, Any] = {
        "name": name,
        "legal_name": legal_name,
        "external_id": external_id,
        "parent": parent,
        "domain": domain,
        "country": country.upper() if country is not None else None,
        "city": city,
        "service_scopes": list(service_scopes) if service_scopes is not None else None,
        "verticals": list(verticals) if verticals is not None else None,
    }
    values = {k: v for k, v in given.items() if v is not None}
    if alone:
        values["parent"] = None
    if not by_staff() and any(getattr(partner, k) != values[k] for k in _VENDORS_OWN & set(values)):
        raise NotAllowed("partners.write")
    if parent is not None:
        _refuse_circle(partner, parent)
    found = changed_with_custom(partner, values, custom)
    if found:
        record_event("partner.changed", partner, data={"changes": _by_ref(found)})
    return partner


def _refuse_circle(partner: Partner, parent: Partner) -> None:
    above: int | None = parent.pk
    while above is not None:
        if above == partner.pk:
            raise refused("own_parent", _("A company cannot stand above itself."), pointer="parent")
        above = Partner.objects.filter(pk=above).values_list("parent_id", flat=True).first()


def _by_ref(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {
        name: [v.ref if isinstance(v, Partner) else v for v in pair] for name, pair in found.items()
    }


@action("partners.suspend")
def suspend_partner(partner: Partner, *, on: dt.date, reason: str) -> Partner:
    """Nothing may be deployed by the partner until it is reinstated; shrinking stays allowed.

    Raises ``Refused``: ``reason_missing``, ``wrong_state``.
    """
    return _set_status(partner, Partner.Status.SUSPENDED, on, reason, "partner.suspended")


@action("partners.suspend")
def reinstate_partner(partner: Partner, *, on: dt.date, reason: str) -> Partner:
    """A suspended partner is active again.

    Raises ``Refused``: ``reason_missing``, ``wrong_state``.
    """
    return _set_status(partner, Partner.Status.ACTIVE, on, reason, "partner.reinstated")


@action("partners.suspend")
def exit_partner(partner: Partner, *, on: dt.date, reason: str) -> Partner:
    """The partner leaves the program on ``on``: types, agreements, manager and sign-ins end.

    People and customers stay recorded. There is no way back but a new application. Raises
    ``Refused``: ``reason_missing``, ``wrong_state``.
    """
    partner = _set_status(partner, Partner.Status.EXITED, on, reason, "partner.exited")
    for model in (Enrolment, Agreement, PortfolioEntry):
        open_ = Q(until__isnull=True) | Q(until__gt=on)
        for row in model.objects.filter(open_, partner=partner):
            row.until = max(on, row.since)
            row.save(update_fields=["until"])
    end_access({(partner.pk, None): on})
    return partner


def _set_status(
    partner: Partner, to: Partner.Status, on: dt.date, reason: str, kind: str
) -> Partner:
    reason = needs_reason(reason)
    partner = held_partner(partner, living=False)
    before = Partner.Status(partner.status)
    if to not in Partner.TRANSITIONS[before]:
        words = {"name": partner.name, "state": before.label.lower()}
        raise refused("wrong_state", _("%(name)s is %(state)s.") % words)
    partner.status, partner.status_since, partner.status_reason = to, on, reason
    written(partner, only=["status", "status_since", "status_reason"])
    record_event(kind, partner, data={"reason": reason, "on": on, "before": str(before)})
    return partner


@action("levels.set")
def set_level(
    partner: Partner,
    *,
    partner_type: PartnerType,
    level: Level | None,
    on: dt.date,
    reason: str,
) -> Enrolment:
    """From ``on`` the partner holds ``level`` in ``partner_type`` (``None``: a type without one).

    A type the partner is not enrolled in yet is opened. On a ladder the level takes the place of
    the one held there, a level of a set joins the others. Raises ``Refused``: ``reason_missing``,
    ``level_of_another_type``, ``same_level``, ``span_reversed``.
    """
    reason = needs_reason(reason)
    return placed(held_partner(partner), partner_type, level, on, reason)


def placed(
    partner: Partner, partner_type: PartnerType, level: Level | None, on: dt.date, reason: str
) -> Enrolment:
    """``set_level`` for a locked partner, as a part of another action."""
    _refuse_level_of_another_type(level, partner_type)
    axis = level.axis if level is not None else TIER
    rows = Enrolment.objects.filter(
        partner=partner, partner_type=partner_type, axis=axis, until__isnull=True
    )
    held = (rows.filter(level=level) if _of_set(partner_type, axis, on) else rows).first()
    if held is not None:
        _close(held, level, on)
    return enrolled(partner, partner_type, level, on, reason, held)


def _of_set(partner_type: PartnerType, axis: str, on: dt.date) -> bool:
    """Whether each level of the axis is held for itself, by the program in force on ``on``."""
    program = program_or_none(on) if axis != TIER else None
    found = program.document.types.get(partner_type.code) if program else None
    return found is not None and axis in found.axes and found.kind_of(axis) == "set"


def _refuse_level_of_another_type(level: Level | None, partner_type: PartnerType) -> None:
    if level is not None and level.partner_type_id != partner_type.pk:
        raise refused(
            "level_of_another_type",
            _("%(level)s is no tier of %(type)s.") % {"level": level, "type": partner_type},
            pointer="level",
        )


def _close(held: Enrolment, level: Level | None, on: dt.date) -> None:
    if held.level_id == (level.pk if level else None):
        raise refused("same_level", _("The partner holds this level already."), pointer="level")
    if on < held.since:
        raise refused(
            "span_reversed",
            _("The level held now began on %(day)s.") % {"day": short_date(held.since)},
            pointer="on",
        )
    held.until = on
    held.save(update_fields=["until"])


def enrolled(
    partner: Partner,
    partner_type: PartnerType,
    level: Level | None,
    on: dt.date,
    reason: str,
    held: Enrolment | None = None,
) -> Enrolment:
    """Open a type for a locked partner; ``held`` is the enrolment that it follows."""
    axis = level.axis if level is not None else held.axis if held is not None else TIER
    enrolment = Enrolment(
        partner=partner,
        partner_type=partner_type,
        axis=axis,
        of_set=_of_set(partner_type, axis, on),
        level=level,
        since=on,
        reason=reason,
    )
    written(enrolment)
    before = held.level.code if held is not None and held.level is not None else None
    record_event(
        "level.set",
        enrolment,
        data={
            "type": partner_type.code,
            **({"axis": axis} if axis != TIER else {}),
            "changes": {"level": [before, level.code if level else None]},
            "on": on,
            "reason": reason,
        },
    )
    return enrolment


@action("portfolio.assign")
def assign_portfolio(
    partner: Partner,
    *,
    person: Person,
    on: dt.date,
    kind: str = PortfolioEntry.Kind.MAIN,
) -> PortfolioEntry:
    """From ``on`` the person looks after the partner; the account manager before stays on record.

    Raises ``Refused``: ``not_staff``, ``already_assigned``, ``span_reversed``.
    """
    partner = held_partner(partner)
    if not Membership.objects.current(on).filter(person=person, role__in=STAFF_ROLES).exists():
        raise refused(
            "not_staff",
            _("%(name)s does not work for the vendor.") % {"name": person.name},
            pointer="person",
        )
    rows = PortfolioEntry.objects.filter(partner=partner, kind=kind, until__isnull=True)
    if rows.filter(person=person).exists():
        raise refused(
            "already_assigned",
            _("%(name)s looks after this partner already.") % {"name": person.name},
            pointer="person",
        )
    before = rows.first() if kind == PortfolioEntry.Kind.MAIN else None
    if before is not None:
        if on < before.since:
            raise refused(
                "span_reversed",
                _("The manager now began on %(day)s.") % {"day": short_date(before.since)},
                pointer="on",
            )
        before.until = on
        before.save(update_fields=["until"])
    entry = PortfolioEntry(partner=partner, person=person, kind=kind, since=on)
    written(entry)
    record_event(
        "portfolio.assigned",
        entry,
        data={
            "cam": person.ref,
            "kind": str(kind),
            "on": on,
            **({"before": before.person.ref} if before else {}),
        },
    )
    return entry
