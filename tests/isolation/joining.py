"""Custom fields and their values: what partners read, and what is the staff's alone."""

from __future__ import annotations

from typing import Any

from partners.models import (
    Application,
    CheckRule,
    CustomField,
    InternalValues,
    OnboardingStep,
    VettingCheck,
)
from programs.models import PartnerType
from tests.isolation.owners import LONG_AGO, NOW, UNANNOUNCED, Owner, World


def defined(world: World, owner: Owner) -> None:
    """A field on each subject, and an internal one that no partner may know of."""
    mark, hidden = owner.canary, Owner(owner.vendor, UNANNOUNCED).canary
    for subject in CustomField.Subject.values:
        CustomField.objects.create(
            subject=subject, code="motto", label=f"{mark} motto", kind="text"
        )
    for subject in ("partner", "customer"):
        CustomField.objects.create(
            subject=subject, code="risk", label=f"{hidden} risk", kind="text", access="internal"
        )
    world.add(owner, CustomField.objects.filter(subject="customer", code="motto").get())
    rule = world.add(owner, CheckRule.objects.create(title=f"{hidden} check"))
    application = Application.objects.get()
    check = VettingCheck(
        application=application, rule=rule, outcome="done", remark=f"{hidden} remark", at=NOW
    )
    check.save()
    world.add(owner, check)


def filled(world: World, owner: Owner, partner: Any, customer: Any) -> None:
    """Values of the partner and of its customer."""
    hidden = Owner(owner.vendor, UNANNOUNCED).canary
    for row in (partner, customer):
        row.custom = {"motto": f"{owner.canary} says"}
        row.save()
    step = OnboardingStep(
        partner=partner, partner_type=PartnerType.objects.get(), code="start", how="waived",
        reason=f"{owner.canary} reason", done_on=LONG_AGO, at=NOW,
    )  # fmt: skip
    step.save()
    world.add(owner, step)
    values = {"risk": f"{hidden} risk"}
    InternalValues.objects.create(partner=partner, values=values)
    InternalValues.objects.create(partner=partner, customer=customer, values=values)
