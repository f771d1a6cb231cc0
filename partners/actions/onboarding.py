"""Steps of onboarding are done: by what is known, by a person, or set aside with a reason."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext as _

from partners.actions.writing import held_partner, held_partners, needs_reason, refused
from partners.models import OnboardingStep, Partner
from partners.rules.onboarding import Asked, checklists
from tenants import scope
from tenants.capabilities import Role
from tenants.clock import day_of
from tenants.directory import absolute_url, vendor_by_id
from tenants.messages import send_message
from tenants.models import Membership
from tenants.writing import NotAllowed, action, record_event, require

How = OnboardingStep.How


@action(None)
def tick_step(partner: Partner, *, type: str, code: str, at: dt.datetime) -> OnboardingStep:
    """Somebody says that a step is done which has no requirement of its own.

    The partner ticks its own steps (``profile.write``), the vendor's staff theirs
    (``attestations.decide``). Raises ``NotAllowed``; ``Refused``: ``no_such_step``, ``step_done``,
    ``step_not_ticked``.
    """
    partner = held_partner(partner)
    asked = _asked(partner, type, code, at)
    if not asked.ticked:
        raise refused("step_not_ticked", _("This step is done once its requirement is met."))
    ours = scope.current().all_partners
    require("attestations.decide" if ours else "profile.write")
    if (asked.step.who == "vendor") != ours:
        raise NotAllowed("attestations.decide" if not ours else "profile.write")
    return _done(partner, asked, How.TICKED, at)


@action("partners.write")
def waive_step(
    partner: Partner, *, type: str, code: str, at: dt.datetime, reason: str
) -> OnboardingStep:
    """Set a step aside, whatever it asks, for a reason. Raises ``Refused``: ``no_such_step``,
    ``step_done``, ``reason_missing``."""
    reason = needs_reason(reason)
    partner = held_partner(partner)
    return _done(partner, _asked(partner, type, code, at), How.WAIVED, at, reason=reason)


@action(None)
def record_met_steps(partner_ids: list[int], *, at: dt.datetime) -> int:
    """Record the steps whose requirement is met now, each once; returns how many.

    Work of the clock: called by the sweep, inside the vendor.
    """
    held = held_partners(partner_ids, living=False)
    on = day_of(at)
    made = 0
    for partner_id, steps in checklists(list(held), on).items():
        for one in steps:
            if one.met and one.done is None:
                _done(held[partner_id], one, How.MET, at)
                made += 1
    return made


def _asked(partner: Partner, type: str, code: str, at: dt.datetime) -> Asked:
    on = day_of(at)
    for one in checklists([partner.pk], on)[partner.pk]:
        if (one.type, one.code) == (type, code):
            if one.done is not None:
                raise refused("step_done", _("This step is done already."))
            return one
    raise refused("no_such_step", _("There is no such step."))


def _done(
    partner: Partner, asked: Asked, how: How, at: dt.datetime, *, reason: str = ""
) -> OnboardingStep:
    vendor = vendor_by_id(scope.current().vendor_id)
    row = OnboardingStep(
        partner=partner,
        partner_type_id=asked.type_id,
        code=asked.code,
        how=how,
        reason=reason,
        by_id=scope.current().person_id if how != How.MET else None,
        done_on=vendor.day_of(at),
        at=at,
    )
    row.save()
    record_event(
        "onboarding.step_done",
        row,
        data={
            "type": asked.type,
            "step": asked.code,
            "title": asked.step.title,
            "how": str(how),
            **({"reason": reason} if reason else {}),
        },
    )
    _tell(partner, asked, vendor.name)
    return row


def _tell(partner: Partner, asked: Asked, vendor_name: str) -> None:
    """The partner's admins, once: a step is done once."""
    current = Membership.objects.filter(
        Q(until__isnull=True), partner_id=partner.pk, role=Role.PARTNER_ADMIN
    )
    for membership in current.exclude(person__email="").select_related("person"):
        send_message(
            "onboarding_step",
            membership.person.email,
            {
                "vendor_name": vendor_name,
                "name": membership.person.name,
                "step": asked.step.title,
                "opens": bool(asked.step.products or asked.step.levels),
                "link": absolute_url(partner.vendor_id, "/"),
            },
            membership.person_id,
            partner.pk,
        )
