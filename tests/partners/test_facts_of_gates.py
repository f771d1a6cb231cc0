"""What the gates of products ask to know, and what it means that nobody delivered any row."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from partners import actions
from partners.figures import uses_words
from partners.models import Record
from partners.rules.asked import Asked, Use, asked_facts, missing_facts
from programs.actions import publish_program
from programs.document import document_from
from programs.models import PartnerType
from tenants import scope
from tenants.writing import Refused
from tests import factories as make
from tests.partners.conftest import NOW, TODAY

PROGRAM = """
program: test
title: Test Program
currency: EUR
environments: [general, clinical]
metrics:
  devices: {title: Devices, unit: devices, source: monthly statements}
  cases: {title: Severe cases, source: help desk, records: cases, window: {months: 12}}
  losses:
    {title: Losses, source: billing, records: losses, window: {months: 12}, complete: true}
attestations: {soc: {title: Operations centre}}
tracks: {deploy: {function: deploy, months: 24}}
products:
  edr:
    title: Endpoint
    gates:
      general:
        any: [{metric: {code: devices, at_most: 250}}, {people: {track: deploy, at_least: 2}}]
      clinical: {all: [{metric: {code: devices, at_most: 100}}, {attestation: soc}]}
types:
  msp:
    title: MSP
    tiers:
      registered: {title: Registered}
      gold:
        title: Gold
        entry:
          all: [{metric: {code: cases, at_most: 3}}, {metric: {code: losses, at_most: 1}}]
"""


@pytest.fixture
def asking(world: SimpleNamespace) -> SimpleNamespace:
    """The first partner is an MSP, the other of no type."""
    with scope.entered_vendor(world.vendor.pk):
        publish_program(document_from(yaml.safe_load(PROGRAM)), at=NOW, effective_from=TODAY)
        kind = PartnerType.objects.get(code="msp")
        level = kind.levels.get(code="registered")
    make.EnrolmentFactory(partner=world.partner, partner_type=kind, level=level, since=TODAY)
    return world


def asked(world: SimpleNamespace) -> dict[str, Asked]:
    with scope.entered_vendor(world.vendor.pk):
        return {one.code: one for one in asked_facts([world.partner.pk], TODAY)[world.partner.pk]}


def missing(world: SimpleNamespace, *partners: Any) -> list[str]:
    with scope.entered_vendor(world.vendor.pk):
        return [one.code for one in missing_facts([p.pk for p in partners], TODAY)]


def test_what_a_gate_reads_is_asked_once_for_the_product(asking: SimpleNamespace) -> None:
    one = asked(asking)["devices"]
    assert (one.uses, one.owner) == ((Use("", "Endpoint", keep=False),), "monthly statements")
    assert uses_words(one.uses) == "Endpoint (to deploy it)"


def test_a_gates_figure_that_nobody_delivered_is_a_task_of_its_source(
    asking: SimpleNamespace,
) -> None:
    assert missing(asking, asking.partner, asking.other) == ["cases", "devices"]
    make.FactFactory(partner=asking.partner, metric="devices", value=20, period=TODAY)
    assert missing(asking, asking.partner) == ["cases"]


def test_without_any_row_a_count_is_unknown_and_a_complete_one_is_nought(
    asking: SimpleNamespace,
) -> None:
    found = asked(asking)
    assert (found["cases"].value, found["cases"].why) == (
        None,
        "Severe cases: no rows from help desk",
    )
    assert (found["losses"].value, found["losses"].why) == (Decimal(0), "")


def test_rows_of_a_sister_company_do_not_say_that_there_are_none(asking: SimpleNamespace) -> None:
    with make.prepared(asking.vendor):
        asking.other.parent = asking.partner
        asking.other.save()
    make.RecordFactory(partner=asking.other, kind="cases", on=TODAY)
    assert asked(asking)["cases"].value is None
    make.RecordFactory(partner=asking.partner, kind="cases", on=TODAY)
    assert asked(asking)["cases"].value == 1


def test_a_record_that_was_withdrawn_says_nothing(asking: SimpleNamespace) -> None:
    row: Record = make.RecordFactory(partner=asking.partner, kind="cases", on=TODAY)
    assert asked(asking)["cases"].value == 1
    with scope.entered_vendor(asking.vendor.pk):
        actions.withdraw_record(row, reason="Of another company")
    assert asked(asking)["cases"].value is None


def test_nobody_states_what_is_counted_from_rows(asking: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(asking.owner)), pytest.raises(Refused) as refused:
        actions.submit_attestation(
            asking.partner,
            code="cases",
            value=Decimal(1),
            evidence="Export",
            attested_by="Ada",
            since=TODAY,
            at=NOW,
        )
    assert refused.value.code == "computed_metric"
