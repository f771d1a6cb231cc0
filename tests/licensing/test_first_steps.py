"""The gate waits for a partner's first steps: denied with its own code, kept, replayed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from licensing.models import Authorization
from licensing.replay import replay
from partners.actions.onboarding import waive_step
from programs.models import PartnerType
from tenants import scope
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db
WITH_STEPS = (
    w.PROGRAM
    + f"""      # the checklist of the type
    onboarding:
      joined_from: {w.TODAY - dt.timedelta(days=30)}
      steps:
        call: {{title: First call, who: vendor, products: [edr]}}
"""
)


def started(partner: Any, days_ago: int) -> Any:
    """The partner joined its type so many days ago; then came a program with steps."""
    with make.prepared(partner.vendor):
        kind = PartnerType.objects.get()
    since = w.TODAY - dt.timedelta(days=days_ago)
    make.EnrolmentFactory(partner=partner, partner_type=kind, level=None, since=since)
    w.publish(partner.vendor, WITH_STEPS, w.TODAY)
    w.certify(partner, "endpoint")
    return w.new_customer(partner)


def played(row: Authorization) -> Any:
    with scope.entered_vendor(row.vendor_id):
        kept = Authorization.objects.select_related("program_version").get(pk=row.pk)
        return replay(kept)


def test_a_product_waits_for_the_step_that_opens_it() -> None:
    partner = w.new_partner(w.new_vendor())
    customer = started(partner, days_ago=10)
    denied = w.ask(customer, seats=5)
    assert w.codes(denied) == ["onboarding_open"]
    assert denied.reasons[0].who == "Channel account manager"
    with scope.entered_vendor(partner.vendor_id):
        waive_step(partner, type="msp", code="call", at=w.NOON, reason="known for years")
    allowed = w.ask(customer, seats=5)
    assert allowed.word == "allow"
    found = [played(decision.authorization) for decision in (denied, allowed)]
    assert [(one.same, one.intact, one.verdict.allowed) for one in found] == [
        (True, True, False),
        (True, True, True),
    ]


def test_who_joined_before_is_not_asked_and_keeps_its_inputs() -> None:
    partner = w.new_partner(w.new_vendor())
    customer = started(partner, days_ago=40)
    decision = w.ask(customer, seats=5)
    assert decision.word == "allow"
    assert "onboarding" not in decision.authorization.inputs
