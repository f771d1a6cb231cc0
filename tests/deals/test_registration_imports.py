"""Registrations from a file: drafts of the partner, by either side."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from deals import actions
from deals.models import Registration
from partners.models import Partner
from tenants import scope
from tenants.models import Event, ImportRow
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.deals.conftest import NOW, TODAY, acting, draft
from tests.factories import prepared
from tests.partners.importing import load, problems, stage, totals

FILE = (
    "id,policy,company,website,country,family,seats,value,expected by,customer,confirmed\n"
    "1,engagement,Cedar Clinic,https://www.cedar.example,gb,endpoint,30,,2026-06-30,k-1,\n"
    "2,transaction,Maple,maple.example,DE,endpoint,,2500.50,,,\n"
)


@pytest.fixture
def own(deals: SimpleNamespace) -> SimpleNamespace:
    deals.customer = make.CustomerFactory(partner=deals.partner, external_id="k-1")
    with prepared(deals.vendor):
        Partner.objects.filter(pk=deals.partner.pk).update(external_id="P1")
    return deals


def test_a_partner_loads_drafts_and_submits_one(own: SimpleNamespace) -> None:
    with acting(own.owner):
        assert totals(load("registrations", FILE)) == (2, 0, 0, 0)
        second, first = Registration.objects.all()
        assert (first.name, first.domains, first.country, first.seats, first.expected_on) == (
            "Cedar Clinic", ["cedar.example"], "GB", 30, dt.date(2026, 6, 30),
        )  # fmt: skip
        assert (first.customer_id, first.state, first.kind) == (
            own.customer.pk, "draft", "engagement",
        )  # fmt: skip
        assert (second.list_value, second.currency) == (Decimal("2500.50"), "EUR")
        assert Event.objects.filter(kind="registration.drafted").count() == 2
        assert actions.submit_registration(first, at=NOW, on=TODAY).state == "submitted"
        assert totals(stage("registrations", FILE)) == (0, 0, 2, 0)


def test_an_existing_id_changes_a_draft_and_nothing_that_is_submitted(
    own: SimpleNamespace,
) -> None:
    with acting(own.owner):
        load("registrations", FILE)
        row = Registration.objects.get(external_id="1")
        actions.submit_registration(row, at=NOW, on=TODAY)
        later = FILE.replace("Maple", "Maple Group").replace(",30,", ",31,")
        words = "This registration is submitted and stays as it is. Take the row out."
        assert problems(stage("registrations", later)) == [(2, "external_id", words)]
        load("registrations", FILE.replace("Maple", "Maple Group").replace("2500.50", ""))
        second = Registration.objects.get(external_id="2")
        assert (second.name, second.list_value) == ("Maple Group", Decimal("2500.50"))
        assert Registration.objects.count() == 2


def test_staff_load_for_the_partner_that_a_row_names(own: SimpleNamespace) -> None:
    text = "id,policy,company,family,partner\n1,engagement,Cedar,endpoint,P1\n"
    with acting(own.admin):
        load("registrations", text)
        job = stage("registrations", text.replace("Cedar", "Cedar Two"))
        found = [row.changes for row in ImportRow.objects.filter(job=job)]
        assert found == [{"name": [None, "Cedar Two"]}]
    with acting(own.owner):
        assert Registration.objects.get().partner_id == own.partner.pk
    with acting(own.stranger):
        assert Registration.objects.count() == 0


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("9,engagment,X,x.example,,endpoint,,,,,", "policy", "You cannot register this. "
         "Choose one of: engagement, transaction."),
        ("9,engagement,X,x.example,,endpont,,,,,", "families", "There is no product family "
         "“endpont”. Did you mean “endpoint”? Known: endpoint."),
        ("9,engagement,X,jo@gmail.com,,endpoint,,,,,", "domains", None),
        ("9,engagement,X,x.example,,endpoint,-3,,,,", "seats", None),
        ("9,engagement,X,x.example,,endpoint,,,,nope,", "customer", "Alder IT has no customer with "
         "the external id “nope”."),
    ],
)  # fmt: skip
def test_a_wrong_row_names_its_column_and_the_remedy(
    own: SimpleNamespace, row: str, column: str, words: str | None
) -> None:
    with acting(own.owner):
        found = problems(stage("registrations", f"{FILE}{row}\n"))
        assert [(number, name) for number, name, _words in found] == [(4, column)]
        assert words is None or found[0][2] == words
        assert Registration.objects.count() == 0


def test_who_may_not_import_loads_nothing(own: SimpleNamespace) -> None:
    with acting(own.cam), pytest.raises(NotAllowed):
        stage("registrations", FILE)


def test_an_external_id_is_one_registrations(own: SimpleNamespace) -> None:
    draft(own, own.owner, external_id="1")
    draft(own, own.stranger, external_id="1")
    with pytest.raises(Refused) as refused:
        draft(own, own.owner, external_id="1")
    assert refused.value.code == "external_id_taken"
    with scope.entered_vendor(own.vendor.pk):
        assert Registration.objects.count() == 2
