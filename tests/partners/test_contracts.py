from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from partners import actions
from partners.models import ContractTerms, Customer, ServiceContract
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.partners.conftest import NOW, TODAY

YEAR_ON = dt.date(2027, 3, 1)


def recorded(customer: Customer, **values: Any) -> ServiceContract:
    given: dict[str, Any] = {"scopes": ["security"], "since": TODAY, "months": 12, "at": NOW}
    return actions.record_contract(customer, **{**given, **values})


@pytest.fixture
def customer(as_owner: SimpleNamespace) -> Customer:
    return make.CustomerFactory(partner=as_owner.partner)


def refusal(**values: Any) -> str:
    with pytest.raises(Refused) as refused:
        recorded(**values)
    return refused.value.code


def test_a_contract_is_recorded_with_its_first_terms(customer: Customer) -> None:
    row = recorded(customer, fee=Decimal(900), currency="eur", duties=["restore", "deploy"])
    held = ServiceContract.objects.get(pk=row.pk)
    assert (held.until, held.terms.ends_on, held.terms.currency) == (YEAR_ON, YEAR_ON, "EUR")
    assert held.terms.duties == ["deploy", "restore"]


def test_an_event_of_a_contract_carries_no_value(customer: Customer) -> None:
    row = recorded(customer, fee=Decimal(900), currency="EUR")
    actions.change_contract(row, since=TODAY, at=NOW, fee=Decimal(950), notice_days=30)
    actions.end_contract(row, on=dt.date(2026, 6, 1))
    assert [(e.kind, e.data) for e in Event.objects.filter(kind__startswith="contract.")][::-1] == [
        ("contract.recorded", {"customer": customer.ref}),
        ("contract.changed", {"customer": customer.ref, "fields": ["end", "fee"]}),
        ("contract.ended", {"customer": customer.ref}),
    ]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"scopes": []}, "scopes_missing"),
        ({"scopes": ["catering"]}, "unknown_scope"),
        ({"ends_on": TODAY, "months": None}, "span_reversed"),
        ({"months": 0, "ends_on": YEAR_ON}, "months_out_of_range"),
        ({"months": None, "ends_on": YEAR_ON, "auto_renews": True}, "months_missing"),
        ({"months": 12, "notice_days": 731}, "notice_out_of_range"),
        ({"fee": Decimal(-1), "currency": "EUR"}, "fee_negative"),
        ({"fee": Decimal(1)}, "currency_missing"),
        ({"uptime": Decimal(101)}, "not_a_percentage"),
        ({"duties": ["cook"]}, "unknown_duty"),
        ({"promises": {"s9": {"response": 5}}}, "unknown_promise"),
        ({"promises": {"s1": {"response": 0}}}, "promise_out_of_range"),
        ({"promises": {"s1": {"response": 60, "restoration": 30}}}, "promise_reversed"),
    ],
)
def test_terms_that_cannot_stand_are_refused(
    customer: Customer, values: dict[str, Any], code: str
) -> None:
    assert refusal(customer=customer, **values) == code
    assert ServiceContract.objects.count() == 0


def test_two_contracts_of_one_service_do_not_overlap(customer: Customer) -> None:
    recorded(customer, scopes=["security", "cloud"])
    assert refusal(customer=customer, scopes=["cloud"], since=dt.date(2027, 2, 28)) == "overlapping"
    recorded(customer, scopes=["cloud"], since=YEAR_ON)
    recorded(customer, scopes=["end_user"])
    assert ServiceContract.objects.count() == 3


def test_the_database_refuses_the_overlap_itself(customer: Customer) -> None:
    recorded(customer)
    vendor = customer.vendor
    with pytest.raises(IntegrityError), transaction.atomic(), make.prepared(vendor):
        ServiceContract.objects.create(
            partner=customer.partner,
            customer=customer,
            scopes=["security"],
            since=dt.date(2026, 9, 1),
            recorded_at=NOW,
        )


def test_other_terms_begin_on_their_day_and_the_old_ones_stay(customer: Customer) -> None:
    row = recorded(customer, notice_days=30)
    actions.change_contract(row, since=YEAR_ON, at=NOW, months=24, ends_on=None)
    spans = [(t.since, t.until, t.ends_on) for t in ContractTerms.objects.order_by("since")]
    assert spans == [
        (TODAY, YEAR_ON, YEAR_ON),
        (YEAR_ON, None, dt.date(2029, 3, 1)),
    ]
    held = ServiceContract.objects.get(pk=row.pk)
    assert (held.until, held.terms.notice_days) == (dt.date(2029, 3, 1), 30)


@pytest.mark.parametrize(
    ("since", "code"),
    [(dt.date(2026, 2, 28), "terms_before"), (dt.date(2027, 3, 2), "terms_after")],
)
def test_terms_join_what_was_agreed(customer: Customer, since: dt.date, code: str) -> None:
    row = recorded(customer)
    with pytest.raises(Refused) as refused:
        actions.change_contract(row, since=since, at=NOW, notice_days=10)
    assert (refused.value.code, ContractTerms.objects.count()) == (code, 1)


def test_a_renewal_over_another_contract_is_refused(customer: Customer) -> None:
    row = recorded(customer)
    recorded(customer, since=YEAR_ON)
    with pytest.raises(Refused) as refused:
        actions.change_contract(row, since=TODAY, at=NOW, auto_renews=True)
    assert refused.value.code == "overlapping"


def test_a_contract_that_renews_by_itself_has_no_last_day(customer: Customer) -> None:
    assert recorded(customer, auto_renews=True).until is None


def test_an_ended_contract_is_neither_changed_nor_ended_again(customer: Customer) -> None:
    row = actions.end_contract(recorded(customer), on=dt.date(2026, 6, 1))
    for again in (
        lambda: actions.end_contract(row, on=dt.date(2026, 7, 1)),
        lambda: actions.change_contract(row, since=TODAY, at=NOW, notice_days=9),
    ):
        with pytest.raises(Refused) as refused:
            again()
        assert refused.value.code == "already_ended"
    recorded(customer, since=dt.date(2026, 6, 1))
    assert ServiceContract.objects.count() == 2


def test_a_customer_that_ended_gets_no_contract(customer: Customer) -> None:
    actions.end_customer(customer, on=TODAY)
    assert refusal(customer=customer) == "customer_ended"


def test_an_external_id_is_one_contracts(customer: Customer) -> None:
    recorded(customer, external_id="C-1")
    assert refusal(customer=customer, scopes=["cloud"], external_id="C-1") == "external_id_taken"


def test_staff_do_not_write_contracts(as_admin: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        recorded(make.CustomerFactory(partner=as_admin.partner))


def test_another_partners_customer_gets_no_contract(as_owner: SimpleNamespace) -> None:
    row = make.CustomerFactory(partner=as_owner.other)
    assert refusal(customer=row) == "unknown_partner"
    with scope.entered_vendor(as_owner.vendor.pk):
        assert ServiceContract.objects.count() == 0


def test_a_real_name_stands_in_no_event(as_owner: SimpleNamespace) -> None:
    row = actions.add_customer(
        as_owner.partner, name="Oak", private_name="Real Clinic", domain="real.example", since=TODAY
    )
    actions.change_customer(row, on=TODAY, private_name="Real Clinic Ltd", domain="other.example")
    said = [str(event.data) for event in Event.objects.all()]
    assert [words for words in said if "Real" in words or row.domain_digest in words] == []
    changed = Event.objects.get(kind="customer.changed").data
    assert changed == {"changes": {}, "hidden": ["domain_digest", "private_name"]}


def test_the_same_domain_has_the_same_digest(as_owner: SimpleNamespace) -> None:
    digests = {
        actions.add_customer(as_owner.partner, name="A", domain=given, since=TODAY).domain_digest
        for given in ("https://www.Real.example/path", "real.example", "REAL.EXAMPLE.")
    }
    assert len(digests) == 1 and len(digests.pop()) == 64
