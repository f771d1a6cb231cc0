"""A gate may ask whatever a level may: computed metrics, agreed values, countries, levels held."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licensing.models import Authorization
from licensing.replay import replay
from licensing.rules import deployment_standing
from partners.models import AgreedValue, Partner, Record
from tenants import scope
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db

GATE = "general: {metric: {code: uptime, at_least: 99}}"
METRIC = "  uptime: {title: Uptime"
WON = "  won: {title: Won, records: opportunities, where: {status: won}, window: {months: 12}}\n"
SINCE = dt.date(2026, 1, 1)


def vendor_asking(asks: str) -> Any:
    program = w.PROGRAM.replace(GATE, f"general: {asks}").replace(METRIC, WON + METRIC)
    return w.new_vendor(program=program)


def won(partner: Partner, count: int) -> None:
    with make.prepared(partner.vendor):
        for number in range(count):
            Record.objects.create(
                partner=partner,
                kind="opportunities",
                on=w.TODAY - dt.timedelta(days=number),
                tags={"status": "won"},
                source="CRM",
                external_id=f"W{number}",
                recorded_at=w.NOON,
            )


def agree(partner: Partner, code: str, value: int) -> None:
    with make.prepared(partner.vendor):
        AgreedValue.objects.create(
            partner=partner,
            code=code,
            value=Decimal(value),
            since=SINCE,
            agreed_by="Ana",
            recorded_at=w.NOON,
        )


def decided(partner: Partner) -> tuple[bool, bool]:
    """Whether the gate allowed it, and whether the kept decision says the same once more."""
    answer = w.ask(w.new_customer(partner), "probe")
    with scope.entered_vendor(partner.vendor_id):
        rows = Authorization.objects.select_related("program_version")
        return not answer.reasons, replay(rows.get(pk=answer.authorization.pk)).same


@pytest.mark.parametrize(("count", "open_"), [(2, True), (1, False)])
def test_a_gate_counts_records(count: int, open_: bool) -> None:
    partner = w.new_partner(vendor_asking("{metric: {code: won, at_least: 2}}"))
    won(partner, count)
    assert decided(partner) == (open_, True)


@pytest.mark.parametrize(("value", "open_"), [(0, True), (3, False)])
def test_a_gate_knows_what_was_agreed(value: int, open_: bool) -> None:
    asks = "{metric: {code: seats, at_least: {agreed: floor}}}"
    partner = w.new_partner(vendor_asking(asks))
    agree(partner, "floor", value)
    assert decided(partner) == (open_, True)


@pytest.mark.parametrize(("country", "open_"), [("DE", True), ("FR", False)])
def test_a_gate_knows_the_country(country: str, open_: bool) -> None:
    partner = w.new_partner(vendor_asking("{country: {in: [DE]}}"), country=country)
    assert decided(partner) == (open_, True)


def test_a_gate_knows_the_level_held() -> None:
    vendor = vendor_asking("{held: {type: msp, level: registered}}")
    partner = w.new_partner(vendor)
    level = level_of(vendor)
    make.EnrolmentFactory(partner=partner, partner_type=level.partner_type, level=level)
    assert decided(partner) == (True, True)


def level_of(vendor: Any) -> Any:
    from programs.models import Level

    with scope.entered_vendor(vendor.pk):
        return Level.objects.select_related("partner_type").get(code="registered")


def test_what_gates_ask_takes_as_many_queries_for_two_partners_as_for_twenty() -> None:
    vendor = vendor_asking(
        "{all: [{metric: {code: won, at_least: 1}}, {country: {in: [DE]}}, "
        "{metric: {code: seats, at_least: {agreed: floor}}}]}"
    )
    counts = []
    for more in (2, 18):
        for _ in range(more):
            partner = w.new_partner(vendor, country="DE")
            won(partner, 1)
            agree(partner, "floor", 0)
        with scope.entered_vendor(vendor.pk):
            partners = list(Partner.objects.all())
            deployment_standing(partners, "probe", ["general"], on=w.TODAY)  # compiles statements
            with CaptureQueriesContext(connection) as captured:
                found = deployment_standing(partners, "probe", ["general"], on=w.TODAY)
            assert all(standing.open for standing in found.values())
        counts.append(len(captured))
    assert counts[0] == counts[1]
