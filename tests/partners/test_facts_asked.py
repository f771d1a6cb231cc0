"""What a program asks to know of a partner, what is known, and what is missing: rule and pages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partners import actions
from partners.models import Attestation, Fact
from partners.rules.asked import Asked, Use, asked_facts, missing_facts
from programs.actions import publish_program
from programs.document import document_from
from programs.models import PartnerType
from tenants import scope
from tests import factories as make
from tests.partners.conftest import NOW, TODAY

PROGRAM = """
program: test
title: Test Program
currency: EUR
environments: [general, clinical]
metrics:
  seats: {title: Seats, unit: seats, source: monthly statements}
  sla:
    {title: Service levels kept, unit: "%", source: ticket export, supplied_by: partner,
     fresh_months: 6}
  won: {title: Customers won, source: partner portal}
  lost: {title: Customers lost, source: statements}
  net: {title: Net customers, derived: {difference: [won, lost]}}
  launched:
    {title: Launched opportunities, source: CRM, records: opportunities, where: {status: launched}}
  clinical_customers: {title: Clinical customers, source: customer list}
  nps: {title: Our own service, source: survey, about: vendor}
attestations: {business_plan: {title: Business plan, months: 12}}
tracks: {deploy: {function: deploy, months: 24}}
products: {edr: {gates: {general: {people: {track: deploy, at_least: 1}}}}}
types:
  msp:
    title: MSP
    tiers:
      registered: {title: Registered}
      gold:
        title: Gold
        entry:
          all:
            - metric: {code: sla, at_least: {agreed: sla_target}}
            - attestation: business_plan
            - any: [{metric: {code: net, at_least: 1}}, {metric: {code: launched, at_least: 1}}]
            - metric: {code: clinical_customers, at_least: 1}
        retain: {metric: {code: sla, at_least: {agreed: sla_target}}}
  reseller: {title: Reseller, tiers: {authorized: {entry: {metric: {code: seats, at_least: 1}}}}}
"""
START = dt.date(2025, 6, 1)
GOLD = Use("MSP", "Gold", keep=False)


@pytest.fixture
def asking(world: SimpleNamespace) -> SimpleNamespace:
    """The program of this file, the first partner an MSP, the other of no type."""
    with scope.entered_vendor(world.vendor.pk):
        publish_program(document_from(yaml.safe_load(PROGRAM)), at=NOW, effective_from=TODAY)
        world.msp = PartnerType.objects.get(code="msp")
        world.level = world.msp.levels.get(code="registered")
    enrol(world, world.partner)
    return world


def enrol(world: SimpleNamespace, partner: Any) -> None:
    make.EnrolmentFactory(partner=partner, partner_type=world.msp, level=world.level, since=START)


def asked(world: SimpleNamespace) -> dict[str, Asked]:
    with scope.entered_vendor(world.vendor.pk):
        return {one.code: one for one in asked_facts([world.partner.pk], TODAY)[world.partner.pk]}


def figure(partner: Any, metric: str, value: int, day: dt.date = TODAY, **values: Any) -> Fact:
    return make.FactFactory(partner=partner, metric=metric, value=value, period=day, **values)


def test_a_partner_without_any_fact_is_asked_for_all_of_them(asking: SimpleNamespace) -> None:
    found = asked(asking)
    assert set(found) == {
        "sla", "sla_target", "business_plan", "net", "won", "lost", "launched",
        "clinical_customers",
    }  # fmt: skip
    assert {one.known for one in found.values()} == {False}
    assert found["won"].uses == found["clinical_customers"].uses == (GOLD,)
    assert found["sla"].uses == (GOLD, Use("MSP", "Gold", keep=True))
    assert (found["sla"].owner, found["sla"].by_partner) == ("ticket export", True)
    assert (found["won"].owner, found["won"].by_partner) == ("partner portal", False)


def test_a_partner_of_no_type_is_asked_for_nothing(asking: SimpleNamespace) -> None:
    with scope.entered_vendor(asking.vendor.pk):
        assert asked_facts([asking.other.pk], TODAY) == {asking.other.pk: []}


def test_missing_facts_go_by_source_without_derived_figures_and_statements(
    asking: SimpleNamespace,
) -> None:
    figure(asking.partner, "lost", 2)
    with scope.entered_vendor(asking.vendor.pk):
        found = missing_facts([asking.partner.pk, asking.other.pk], TODAY)
    assert [(one.owner, one.code, one.since) for one in found] == [
        ("", "sla_target", TODAY),
        ("CRM", "launched", TODAY),
        ("customer list", "clinical_customers", TODAY),
        ("partner portal", "won", TODAY),
        ("ticket export", "sla", TODAY),
    ]


def test_a_value_grows_too_old_and_is_missing_from_that_day(asking: SimpleNamespace) -> None:
    figure(asking.partner, "sla", 95, dt.date(2025, 8, 1))
    one = asked(asking)["sla"]
    gone = dt.date(2026, 2, 1)
    assert (one.value, one.as_of, one.fresh_until, one.since) == (
        None,
        dt.date(2025, 8, 1),
        gone,
        gone,
    )
    figure(asking.partner, "sla", 96)
    one = asked(asking)["sla"]
    assert (one.value, one.as_of, one.fresh_until, one.since) == (
        Decimal(96),
        TODAY,
        dt.date(2026, 9, 1),
        None,
    )


def test_derived_and_counted_figures_are_known_by_their_inputs(asking: SimpleNamespace) -> None:
    figure(asking.partner, "won", 5)
    figure(asking.partner, "lost", 2)
    make.RecordFactory(partner=asking.partner, tags={"status": "launched"})
    make.RecordFactory(partner=asking.partner, tags={"status": "lost"})
    found = asked(asking)
    assert (found["net"].value, found["launched"].value) == (Decimal(3), Decimal(1))


def test_customers_of_a_class_are_counted_from_our_own_rows(asking: SimpleNamespace) -> None:
    figure(asking.partner, "clinical_customers", 40)
    assert asked(asking)["clinical_customers"].value == 40
    clinic = {"environments": ["general", "clinical"]}
    make.CustomerFactory(partner=asking.partner, **clinic)
    make.CustomerFactory(partner=asking.partner, until=dt.date(2026, 2, 1), **clinic)
    make.CustomerFactory(partner=asking.partner)
    one = asked(asking)["clinical_customers"]
    assert (one.value, one.source, one.as_of) == (Decimal(1), "customers", TODAY)


def test_an_attestation_is_known_while_it_counts(asking: SimpleNamespace) -> None:
    ended = dt.date(2026, 2, 1)
    make.AttestationFactory(partner=asking.partner, since=dt.date(2025, 2, 1))
    one = asked(asking)["business_plan"]
    assert (one.known, one.fresh_until, one.since) == (False, ended, ended)
    make.AttestationFactory(partner=asking.partner, since=TODAY, until=dt.date(2026, 5, 1))
    one = asked(asking)["business_plan"]
    assert (one.known, one.as_of, one.fresh_until) == (True, TODAY, dt.date(2026, 5, 1))


def test_what_is_missing_takes_as_many_queries_for_many(asking: SimpleNamespace) -> None:
    partners = [make.PartnerFactory(vendor=asking.vendor) for _ in range(20)]
    for partner in partners:
        enrol(asking, partner)
        figure(partner, "won", 1)
        make.RecordFactory(partner=partner)
        make.CustomerFactory(partner=partner)
        make.AgreedValueFactory(partner=partner)
    keys = [partner.pk for partner in partners]

    def queries(ids: list[int]) -> int:
        with scope.entered_vendor(asking.vendor.pk), CaptureQueriesContext(connection) as seen:
            assert len(missing_facts(ids, TODAY)) == 3 * len(ids)
        return len(seen)

    queries(keys)  # the program is compiled once
    assert queries(keys[:2]) == queries(keys)


@pytest.fixture
def at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def opened(world: SimpleNamespace, member: Any, path: str) -> str:
    answer = make.sign_in(Client(), member).get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_our_figures_show_value_day_source_and_what_asks(
    asking: SimpleNamespace, at_noon: None
) -> None:
    figure(asking.partner, "sla", 95, dt.date(2026, 2, 1), source="Ticket export")
    page = opened(asking, asking.owner, "/figures/")
    for words in (
        "95 %",
        "Ticket export",
        "1 Feb 2026",
        "1 Aug 2026",
        "Gold (to come in and to stay)",
    ):
        assert words in page
    assert "sla_target" not in page


def test_where_our_own_rows_win_the_imported_value_is_shown_beside(
    asking: SimpleNamespace, at_noon: None
) -> None:
    make.CustomerFactory(partner=asking.partner, environments=["clinical"])
    figure(asking.partner, "clinical_customers", 40, dt.date(2026, 2, 1), source="Survey")
    page = opened(asking, asking.owner, "/figures/")
    assert "Survey says 40 of 1 Feb 2026. Our own rows win." in page


def test_a_statement_goes_from_the_partner_to_the_account_manager_and_counts(
    asking: SimpleNamespace, at_noon: None
) -> None:
    owner = make.sign_in(Client(), asking.owner)
    assert "/figures/business_plan/submit/" in owner.get("/figures/").content.decode()
    given = {"evidence": "Plan 2026", "attested_by": "Ada", "since": "2026-02-15"}
    assert owner.post("/figures/business_plan/submit/", given).status_code == 302
    with scope.entered_vendor(asking.vendor.pk):
        row = Attestation.objects.get()
    assert (row.state, row.partner_id) == ("pending", asking.partner.pk)
    cam = make.sign_in(Client(), asking.cam)
    assert f"/attestations/{row.ref}/" in cam.get("/figures/missing/?whose=all").content.decode()
    answer = cam.post(f"/attestations/{row.ref}/", {"decision": "refuse", "reason": ""})
    assert answer.status_code == 422
    assert cam.post(f"/attestations/{row.ref}/", {"decision": "accept"}).status_code == 302
    assert asked(asking)["business_plan"].known


def test_a_figure_is_stated_with_its_value(asking: SimpleNamespace, at_noon: None) -> None:
    owner = make.sign_in(Client(), asking.owner)
    given = {"evidence": "Export", "attested_by": "Ada", "since": "2026-02-15"}
    assert owner.post("/figures/sla/submit/", given).status_code == 422
    assert owner.post("/figures/sla/submit/", given | {"value": "93.5"}).status_code == 302
    with scope.entered_vendor(asking.vendor.pk):
        actions.accept_attestation(Attestation.objects.get(), at=NOW)
    one = asked(asking)["sla"]
    assert (one.value, one.source) == (Decimal("93.5"), "attested")


@pytest.mark.parametrize("code", ["luck", "deploy", "%20", "launched", "net"])
def test_what_the_program_does_not_ask_is_not_submitted(
    asking: SimpleNamespace, at_noon: None, code: str
) -> None:
    answer = make.sign_in(Client(), asking.owner).get(f"/figures/{code}/submit/")
    assert answer.status_code == 404


def test_missing_data_is_filtered_by_source_and_leads_to_the_partner(
    asking: SimpleNamespace, at_noon: None
) -> None:
    page = opened(asking, asking.cam, "/figures/missing/?whose=all&source=CRM")
    assert ("Launched opportunities" in page, "Customers won" in page) == (True, False)
    assert f"/figures/of/{asking.partner.ref}/" in page
    assert "Launched opportunities" not in opened(asking, asking.cam, "/figures/missing/")
    empty = opened(asking, asking.cam, "/figures/missing/?whose=all&q=zzqq")
    assert "No match among" in empty and "among 0" not in empty


@pytest.mark.parametrize("path", ["/figures/missing/", "/figures/of/{ref}/", "/attestations/x/"])
def test_partners_do_not_see_the_staffs_pages(
    asking: SimpleNamespace, at_noon: None, path: str
) -> None:
    answer = make.sign_in(Client(), asking.owner).get(path.format(ref=asking.partner.ref))
    assert answer.status_code == 403


def test_a_foreign_partner_is_no_page(asking: SimpleNamespace, at_noon: None) -> None:
    foreign = make.PartnerFactory()
    assert make.sign_in(Client(), asking.cam).get(f"/figures/of/{foreign.ref}/").status_code == 404


def test_the_partners_to_do_names_what_it_supplies_itself(
    asking: SimpleNamespace, at_noon: None
) -> None:
    page = opened(asking, asking.owner, "/")
    assert "1 figure is missing" in page
    assert "Service levels kept." in page
    with scope.enter(make.scope_of(asking.owner)):
        actions.submit_attestation(
            asking.partner,
            code="sla",
            value=Decimal(95),
            evidence="Export",
            attested_by="Ada",
            since=TODAY,
            at=NOW,
        )
    assert "figure is missing" not in opened(asking, asking.owner, "/")


def test_staff_see_all_that_is_unknown_of_a_partner(asking: SimpleNamespace, at_noon: None) -> None:
    page = opened(asking, asking.cam, f"/portfolio/{asking.partner.ref}/")
    assert "6 figures are missing" in page
    assert f"/figures/of/{asking.partner.ref}/" in page
