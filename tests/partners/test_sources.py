from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners import actions, rules, sources
from programs.gathering import facts_of
from programs.rules.facts import Held, MetricValue, Period
from tenants import scope
from tests import factories as make
from tests.partners.conftest import NOW, TODAY

KINDS = ("agreements", "attestations", "metrics", "held")


def test_facts_hold_what_partners_know(as_admin: SimpleNamespace) -> None:
    partner = as_admin.partner
    customer = make.CustomerFactory(partner=partner)
    make.AgreementFactory(partner=partner)
    make.AgreementFactory(partner=partner, kind="baa_customer", customer=customer)
    make.AttestationFactory(partner=partner, until=dt.date(2027, 1, 1))
    make.FactFactory(partner=partner, value=100, period=dt.date(2025, 12, 1))
    actions.record_fact(partner, metric="seats", period=TODAY, value=120, source="s", at=NOW)
    make.FactFactory(partner=partner, value=999, period=dt.date(2027, 1, 1))
    make.EnrolmentFactory(
        partner=partner, partner_type=as_admin.types["msp"], level=as_admin.levels["gold"]
    )
    facts = facts_of([partner.pk], TODAY, kinds=KINDS)[partner.pk]
    since = make.DAY
    assert facts.agreements == {
        "agreement": (Period(since),),
        "baa_customer": (Period(since, None, customer.ref),),
    }
    assert facts.attestations == {"business_plan": (Period(since, dt.date(2027, 1, 1)),)}
    assert facts.metrics["seats"] == MetricValue(Decimal("120.0000"), "s", TODAY)
    assert facts.held == {"msp": (Held("gold", since),)}


def test_facts_take_as_many_queries_for_many(as_admin: SimpleNamespace) -> None:
    def filled() -> int:
        partner = make.PartnerFactory(vendor=as_admin.vendor)
        make.AgreementFactory(partner=partner)
        make.FactFactory(partner=partner)
        make.AttestationFactory(partner=partner)
        make.EnrolmentFactory(partner=partner, partner_type=as_admin.types["msp"], level=None)
        return partner.pk

    def queries(ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as seen:
            facts_of(ids, TODAY, kinds=KINDS)
        return len(seen)

    ids = [filled() for _ in range(20)]
    assert queries(ids[:2]) == queries(ids)


def test_only_active_partners_are_planned_for(as_admin: SimpleNamespace) -> None:
    make.PartnerFactory(vendor=as_admin.vendor, status="suspended")
    make.PartnerFactory(vendor=as_admin.vendor, joined_on=dt.date(2026, 3, 2))
    found = sources.active_partners(TODAY)
    assert set(found) == {as_admin.partner.pk, as_admin.other.pk}


def test_a_suspended_partner_says_why(as_admin: SimpleNamespace) -> None:
    ids = [as_admin.partner.pk, as_admin.other.pk]
    actions.suspend_partner(as_admin.partner, on=TODAY, reason="Unpaid")
    found = rules.blocked_partners(ids)
    assert {pk: reason.code for pk, reason in found.items()} == {ids[0]: "partner_suspended"}
    assert found[ids[0]].detail == "Alder IT is suspended since 1 Mar 2026: Unpaid"


def test_a_leaver_works_there_until_the_day(as_admin: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_admin.partner, until=TODAY)
    before = TODAY - dt.timedelta(days=1)
    pk, person = as_admin.partner.pk, row.person_id
    assert [e.person_id for e in rules.employments_on([pk], before)[pk]] == [person]
    assert rules.employments_on([pk], TODAY)[pk] == []
    assert [e.until for e in rules.employments_on([pk], TODAY, past=True)[pk]] == [TODAY]
    assert rules.employers_on([person], before) == {person: {pk}}


def test_a_parents_people_see_the_companies_below(as_admin: SimpleNamespace) -> None:
    child = make.PartnerFactory(vendor=as_admin.vendor, parent=as_admin.partner)
    below = make.PartnerFactory(vendor=as_admin.vendor, parent=child)
    found = sources.descendants_of(as_admin.vendor.pk, as_admin.partner.pk)
    assert found == {child.pk, below.pk}


@pytest.mark.django_db
def test_descendants_stay_within_the_vendor() -> None:
    partner = make.PartnerFactory()
    with scope.enter(None):
        assert sources.descendants_of(partner.vendor_id, partner.pk) == frozenset()
