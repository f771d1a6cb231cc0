"""A timeline speaks: each kind of event is a plain sentence, without a code in it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licensing.words import EVENT_WORDS
from partners import actions
from partners.actions.fields import define_field
from partners.event_kinds import WORDS
from partners.models import PortfolioEntry
from partners.sentences import Told, sentence_of
from partners.timeline import timeline_of
from programs.document import document_from
from reviews.words import EVENT_WORDS as REVIEW_WORDS
from tenants.event_words import WORDS as BASE_WORDS
from tests import factories as make
from tests.partners.conftest import NOW, PROGRAM, TODAY

SILENT = {
    "person.added": "its title says it all",
    "person.login_linked": "its title says it all",
    "invitation.withdrawn": "its title says it all",
    "takeout.asked": "its title says it all",
    "takeout.ready": "its title says it all",
    "takeout.failed": "its title says it all",
    "import.uploaded": "its title says it all",
    "import.cleared": "its title says it all",
}
VENDORS_OWN = tuple(
    f"{noun}."
    for noun in (
        "vendor",
        "program",
        "api_client",
        "events",
        "exceptions",
        "review",
        "signing_key",
        "customer_move",
        "partner_merge",
    )
)
"""These never concern one partner."""


def said(world: SimpleNamespace) -> list[str]:
    rows = timeline_of(on=TODAY, partner_id=world.partner.pk)
    return [row["text"] for row in rows]


def test_every_kind_of_event_of_a_partner_has_a_sentence() -> None:
    from partners.sentences import _sentences

    known = {
        kind
        for kind in {**WORDS, **BASE_WORDS, **EVENT_WORDS, **REVIEW_WORDS}
        if not kind.startswith(VENDORS_OWN)
    }
    assert known - set(_sentences) == set(SILENT)


def test_customers_are_told_in_words(as_admin: SimpleNamespace) -> None:
    row = actions.add_customer(
        as_admin.partner,
        name="Clinic",
        since=TODAY,
        vertical="home_office",
        environments=["clinical", "cloud"],
    )
    actions.change_customer(row, on=TODAY, environments=["general", "clinical", "cloud"])
    actions.end_customer(row, on=TODAY)
    assert said(as_admin) == [
        "Clinic is no longer managed from 1 Mar 2026 on.",
        "Environment classes: General, Clinical, Cloud instead of Clinical, Cloud.",
        "Clinic, Home office, from 1 Mar 2026. Environment classes: Clinical, Cloud.",
    ]


def test_custom_fields_are_told_by_label_and_choice(as_admin: SimpleNamespace) -> None:
    nights = [{"code": "nights", "label": "At night"}]
    define_field(
        subject="customer", code="window", label="Patch window", kind="choice", choices=nights
    )
    row = actions.add_customer(as_admin.partner, name="Clinic", since=TODAY)
    actions.change_customer(row, on=TODAY, custom={"window": "nights"})
    assert said(as_admin)[0] == "Patch window: At night."


def test_people_are_told_by_name(as_admin: SimpleNamespace) -> None:
    job = actions.add_person(as_admin.partner, name="Ana Ruiz", email="a@x.example", since=TODAY)
    actions.change_person(job, on=TODAY, job_title="Lead", email="b@x.example")
    actions.end_employment(job, on=TODAY + dt.timedelta(days=2))
    assert said(as_admin) == [
        "Ana Ruiz no longer works here from 3 Mar 2026 on.",
        "Ana Ruiz. Job: Lead. Changed: E-mail address.",
        "Ana Ruiz works here from 1 Mar 2026.",
    ]


def test_standing_is_told_with_its_reason(as_admin: SimpleNamespace) -> None:
    partner = as_admin.partner
    actions.set_level(
        partner,
        partner_type=as_admin.types["msp"],
        level=as_admin.levels["registered"],
        on=TODAY,
        reason="First year",
    )
    actions.assign_portfolio(
        partner, person=as_admin.cam.person, kind=PortfolioEntry.Kind.MAIN, on=TODAY
    )
    actions.suspend_partner(partner, on=TODAY, reason="Invoices unpaid.")
    assert said(as_admin) == [
        "On 1 Mar 2026: Invoices unpaid.",
        f"{as_admin.cam.person.name} is its account manager from 1 Mar 2026.",
        "MSP: Registered from 1 Mar 2026: First year.",
    ]


def test_papers_and_figures_are_told_by_title(as_admin: SimpleNamespace) -> None:
    partner = as_admin.partner
    customer = make.CustomerFactory(partner=partner, name="Clinic")
    actions.sign_agreement(
        partner,
        kind="baa_customer",
        customer=customer,
        signed_by="Bo",
        text_sha256="ab" * 32,
        since=TODAY,
        at=NOW,
    )
    for value in (40, 60):
        actions.record_fact(
            partner, metric="seats", period=TODAY, value=Decimal(value), source="crm", at=NOW
        )
    assert said(as_admin) == [
        "Seats: 60 instead of 40 as of 1 Mar 2026, from crm.",
        "Seats: 40 as of 1 Mar 2026, from crm.",
        "BAA with the customer: Clinic, in force from 1 Mar 2026.",
    ]


def test_a_decision_of_the_gate_is_told_without_codes() -> None:
    data = {
        "customer": "cus_1",
        "product": "edr",
        "environments": ["general", "ot"],
        "verb": "grow",
        "seats": [10, 1200],
        "reasons": ["people_missing", "classify_customer", "people_missing"],
    }
    told = Told(data, None, {}, {"cus_1": "Clinic"})
    assert sentence_of("authorization.denied", told) == (
        "EDR (OT) at Clinic: 1,200 seats instead of 10. Why: too few certified people, the "
        "customer's environment class is not recorded."
    )


def test_a_level_has_its_title_of_the_program() -> None:
    document = yaml.safe_load(PROGRAM)
    document["types"]["msp"]["tiers"]["gold"]["title"] = "Gold Partner"
    data = {"type": "msp", "changes": {"level": ["registered", "gold"]}, "on": "2026-03-01"}
    told = Told(data, document_from(document), {}, {})
    assert sentence_of("level.set", told) == (
        "MSP: Gold Partner instead of Registered from 1 Mar 2026."
    )


def test_every_reason_of_the_gate_has_words_for_the_timeline() -> None:
    from licensing.rules import CODES
    from licensing.words import WHY

    assert set(WHY) == set(CODES)


def test_a_timeline_asks_the_same_number_of_queries(as_admin: SimpleNamespace) -> None:
    asked = []
    for count in (2, 18):
        for number in range(count):
            customer = make.CustomerFactory(partner=as_admin.partner, name=f"C{count}-{number}")
            actions.add_person(
                as_admin.partner,
                name=f"P{number}",
                email=f"p{count}-{number}@x.example",
                since=TODAY,
            )
            actions.sign_agreement(
                as_admin.partner,
                kind="baa_customer",
                customer=customer,
                signed_by="Bo",
                text_sha256="ab" * 32,
                since=TODAY,
                at=NOW,
            )
        with CaptureQueriesContext(connection) as queries:
            timeline_of(on=TODAY, partner_id=as_admin.partner.pk)
        asked.append(len(queries))
    assert asked[0] == asked[1]
