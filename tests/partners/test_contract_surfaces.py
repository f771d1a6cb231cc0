"""Contracts on their pages, in the API and in files: who reads what, and what is recorded of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from partners import actions
from partners.models import ContractTerms, ServiceContract
from partners.rules.sharing import FIELDS, shared_sums
from tenants import importing, scope
from tenants.models import Event, Membership
from tests import factories as make
from tests.api import api_of
from tests.partners.conftest import NOW, TODAY
from web.api import rates

CANARIES = ("987654.32", "77.125", "13.5", "2031-05-06", "6 May 2031", "Hidden Hospital", "K-77")


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    rates.forget()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def agreed(world: SimpleNamespace) -> SimpleNamespace:
    """A contract whose every value is a canary, with a pseudonymous customer."""
    with scope.enter(make.scope_of(world.owner)):
        world.customer = actions.add_customer(
            world.partner, name="Oak", private_name="Hidden Hospital", since=TODAY
        )
        world.contract = actions.record_contract(
            world.customer,
            scopes=["security"],
            since=TODAY,
            at=NOW,
            ends_on=dt.date(2031, 5, 6),
            fee=Decimal("987654.32"),
            currency="EUR",
            uptime=Decimal("77.125"),
            credit=Decimal("13.5"),
            external_id="K-77",
        )
    return world


def looked_after(world: SimpleNamespace) -> None:
    make.PortfolioEntryFactory(partner=world.partner, person=world.cam.person, since=TODAY)


def told(response: Any) -> list[str]:
    body = response.content.decode().replace(",", "")
    return [canary for canary in CANARIES if canary in body]


def of(world: SimpleNamespace, who: Membership) -> Any:
    client = make.sign_in(Client(), who)
    return client.get(reverse("partners:contracts_of", args=[world.partner.ref]))


def reads(world: SimpleNamespace) -> list[dict[str, Any]]:
    with scope.entered_vendor(world.vendor.pk):
        return [e.data for e in Event.objects.filter(kind="restricted.read")]


def test_the_account_manager_reads_what_is_shared(agreed: SimpleNamespace) -> None:
    looked_after(agreed)
    assert told(of(agreed, agreed.cam)) == ["77.125", "6 May 2031"]


def test_reading_is_an_event_once_per_day_and_customer(agreed: SimpleNamespace) -> None:
    looked_after(agreed)
    for _ in range(2):
        of(agreed, agreed.cam)
    expected = {
        "customer": agreed.customer.ref,
        "fields": ["end", "promise", "services"],
        "on": "2026-03-01",
    }
    assert reads(agreed) == [expected]
    with time_machine.travel(NOW + dt.timedelta(days=1), tick=False):
        of(agreed, agreed.cam)
    assert reads(agreed) == [{**expected, "on": "2026-03-02"}, expected]


def test_other_staff_read_nothing_and_leave_no_event(agreed: SimpleNamespace) -> None:
    for who in (agreed.cam, agreed.admin):
        response = of(agreed, who)
        assert (response.status_code, told(response)) == (200, [])
        assert "Not shared by the partner" in response.content.decode()
    assert reads(agreed) == []


def test_what_the_partner_closes_is_read_no_more(agreed: SimpleNamespace) -> None:
    looked_after(agreed)
    with scope.enter(make.scope_of(agreed.owner)):
        actions.choose_sharing(agreed.partner, "end", "partner")
        actions.choose_sharing(agreed.partner, "promise", "aggregate", customer=agreed.customer)
    assert told(of(agreed, agreed.cam)) == []


def test_what_the_partner_opens_is_read(agreed: SimpleNamespace) -> None:
    looked_after(agreed)
    with scope.enter(make.scope_of(agreed.owner)):
        for field in FIELDS:
            actions.choose_sharing(agreed.partner, field, "cam", customer=agreed.customer)
    assert told(of(agreed, agreed.cam)) == ["987654.32", "77.125", "13.5", "6 May 2031"]


def test_a_choice_for_one_customer_is_taken_back(agreed: SimpleNamespace) -> None:
    looked_after(agreed)
    with scope.enter(make.scope_of(agreed.owner)):
        actions.choose_sharing(agreed.partner, "end", "partner", customer=agreed.customer)
        actions.choose_sharing(agreed.partner, "end", "", customer=agreed.customer)
    assert "6 May 2031" in told(of(agreed, agreed.cam))


def test_no_staff_page_of_the_customer_tells_a_restricted_value(agreed: SimpleNamespace) -> None:
    looked_after(agreed)
    addresses = [
        "/admin/partners/servicecontract/",
        f"/admin/partners/servicecontract/{agreed.contract.ref}/change/",
        f"/admin/partners/customer/{agreed.customer.ref}/change/",
        "/admin/partners/customer/",
        reverse("scorecards:partner", args=[agreed.partner.ref]),
    ]
    client = make.sign_in(Client(), agreed.admin)
    answers = [client.get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert [told(answer) for answer in answers] == [[]] * 5


def test_no_event_and_no_client_of_the_vendor_tells_one(agreed: SimpleNamespace) -> None:
    api = api_of(agreed.vendor, "contracts.read", "customers.read", "events.read")
    answers = [
        api.get("/service-contracts"),
        api.get(f"/service-contracts/{agreed.contract.ref}"),
        api.get("/customers"),
        api.get("/events"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [told(answer) for answer in answers] == [[]] * 4
    assert answers[0].json()["data"][0]["terms"] is None


@pytest.mark.parametrize("query", ["external_id=K-77", "scope=security", "ends_on__gte=2031-05-06"])
def test_the_vendors_client_finds_nothing_by_what_it_may_not_read(
    agreed: SimpleNamespace, query: str
) -> None:
    own = api_of(agreed.vendor, "contracts.read", partner=agreed.partner)
    theirs = api_of(agreed.vendor, "contracts.read")
    found = [len(api.get(f"/service-contracts?{query}").json()["data"]) for api in (own, theirs)]
    assert found == [1, 0]


def test_fees_in_sums_need_five_customers(agreed: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(agreed.owner)):
        actions.choose_sharing(agreed.partner, "fee", "aggregate")
        sums = []
        for number in range(4):
            row = make.CustomerFactory(partner=agreed.partner, name=f"Customer {number}")
            actions.record_contract(
                row, scopes=["cloud"], since=TODAY, at=NOW, fee=Decimal(1200), currency="EUR",
                billing="yearly",
            )  # fmt: skip
            sums.append(shared_sums(agreed.partner.pk, TODAY))
    assert sums[:3] == [[], [], []]
    assert [(s.amount, s.customers) for s in sums[3]] == [(Decimal("988054.32"), 5)]


def test_the_partners_client_records_changes_and_ends(agreed: SimpleNamespace) -> None:
    api = api_of(agreed.vendor, "contracts.read", "contracts.write", partner=agreed.partner)
    made = api.post(
        "/service-contracts",
        {"customer": agreed.customer.ref, "scopes": ["cloud"], "months": 24, "fee": "100.50",
         "currency": "EUR", "promises": {"s1": {"response": 30}}},
        Idempotency_Key="one",
    )  # fmt: skip
    assert (made.status_code, made.json()["terms"]["ends_on"]) == (201, "2028-03-01")
    assert made.json()["terms"]["fee"] == "100.50"
    path = f"/service-contracts/{made.json()['id']}"
    stale = api.patch(path, {"since": "2026-03-01", "notice_days": 60}, If_Match='"old"')
    assert stale.status_code == 412
    etag = api.get(path)["ETag"]
    changed = api.patch(path, {"since": "2027-03-01", "notice_days": 60}, If_Match=etag)
    assert (changed.json()["terms"]["since"], changed.json()["terms"]["notice_days"]) == (
        "2027-03-01",
        60,
    )
    ended = api.post(f"{path}/end", {"on": "2026-12-31"}, Idempotency_Key="two")
    assert ended.json()["until"] == "2026-12-31"


def test_the_portal_records_and_shows_a_contract(agreed: SimpleNamespace) -> None:
    client = make.sign_in(Client(), agreed.owner)
    add = reverse("partners:contract_add", args=[agreed.customer.ref])
    given = {"scopes": ["cloud"], "since": "2026-03-01", "months": "12", "billing": "monthly",
             "fee": "500", "currency": "EUR", "response_s1": "30", "restoration_s1": "240",
             "auto_renews": "on", "notice_days": "90"}  # fmt: skip
    assert client.post(add, given).status_code == 302
    with scope.entered_vendor(agreed.vendor.pk):
        row = ServiceContract.objects.exclude(pk=agreed.contract.pk).get()
    page = client.get(reverse("partners:contract", args=[row.ref])).content.decode()
    assert "Decision by 1 Dec 2026." in page
    assert "Severity 1: first response 30 minutes, restoration 4 hours." in page
    assert "Only your own people." in page
    assert client.get(reverse("partners:contracts")).status_code == 200
    assert "Hidden Hospital" in client.get(reverse("partners:customers")).content.decode()
    assert client.post(add, given).status_code == 422


def test_the_partner_chooses_on_the_page(agreed: SimpleNamespace) -> None:
    client = make.sign_in(Client(), agreed.owner)
    given = dict.fromkeys(FIELDS, "partner")
    assert client.post(reverse("partners:sharing"), given).status_code == 302
    looked_after(agreed)
    assert told(of(agreed, agreed.cam)) == []


def test_a_reader_of_the_partner_writes_nothing(agreed: SimpleNamespace) -> None:
    client = make.sign_in(Client(), agreed.reader)
    assert client.get(reverse("partners:sharing")).status_code == 403


CSV = """external_id,customer,services,start,term,auto renewal,notice,fee,currency,response_s1
K-77,Oak,,,,,30,,,
K-78,Oak,cloud; end_user,2026-03-01,12,yes,90,100,EUR,30
K-79,Oak,cloud,2026-04-01,12,,,,,
K-80,Nobody,cloud,2026-04-01,12,,,,,
K-81,Oak,infrastructure,2026-04-01,0,,,,,
"""


def staged(world: SimpleNamespace, text: str) -> Any:
    return importing.stage_import(
        "contracts", data=text.encode(), file_name="c.csv", at=NOW, partner_id=world.partner.pk
    )


def test_a_file_names_each_wrong_row(agreed: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(agreed.owner)):
        job = staged(agreed, CSV)
        errors = [(row.number, row.errors[0]["column"]) for row in job.items.exclude(errors=[])]
    assert (job.creates, job.updates, job.failures) == (1, 1, 3)
    assert errors == [(4, "scopes"), (5, "customer"), (6, "months")]


def test_a_file_is_applied_and_changes_nothing_again(agreed: SimpleNamespace) -> None:
    text = "\n".join(CSV.splitlines()[:3])
    with scope.enter(make.scope_of(agreed.owner)):
        importing.apply_import(staged(agreed, text), at=NOW)
        assert ServiceContract.objects.get(external_id="K-78").terms.promises == {
            "s1": {"response": 30}
        }
        assert ServiceContract.objects.get(external_id="K-77").terms.notice_days == 30
        assert ContractTerms.objects.count() == 2
        assert staged(agreed, text).unchanged == 2


def test_staff_read_the_numbers_of_such_a_file_only(agreed: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(agreed.owner)):
        job = staged(agreed, CSV.replace("K-78,Oak", "K-78,Oak").replace("100", "987654.32"))
    client = make.sign_in(Client(), agreed.admin)
    page = client.get(f"/admin/tenants/importjob/{job.ref}/change/")
    assert (page.status_code, told(page)) == (200, [])
    assert client.get(f"/admin/tenants/importjob/{job.ref}/errors.csv").status_code == 404
    api = api_of(agreed.vendor, "imports.run")
    assert api.get(f"/imports/{job.ref}/rows").json()["data"] == []


def test_a_partners_client_chooses_who_can_see_what_and_takes_it_back(
    agreed: SimpleNamespace,
) -> None:
    api = api_of(agreed.vendor, "contracts.read", "contracts.write", partner=agreed.partner)
    given = {"partner": agreed.partner.ref, "field": "end", "share": "partner"}
    for_all = api.post("/sharing-choices", given).json()
    for_one = api.post("/sharing-choices", {**given, "customer": agreed.customer.ref}).json()
    assert (for_all["customer"], for_one["customer"]["id"]) == (None, agreed.customer.ref)
    assert api.delete(f"/sharing-choices/{for_one['id']}").status_code == 204
    assert api.delete(f"/sharing-choices/{for_all['id']}").status_code == 409
    left = api.get("/sharing-choices").json()["data"]
    assert [(one["field"], one["share"], one["customer"]) for one in left] == [
        ("end", "partner", None)
    ]


def test_the_vendors_client_chooses_nothing_for_a_partner(agreed: SimpleNamespace) -> None:
    api = api_of(agreed.vendor, "contracts.read", "contracts.write")
    given = {"partner": agreed.partner.ref, "field": "fee", "share": "cam"}
    answer = api.post("/sharing-choices", given)
    assert (answer.status_code, answer.json()["code"]) == (409, "partner_only")
    assert api.get("/sharing-choices").json()["data"] == []


def test_what_holds_anyway_is_no_choice(agreed: SimpleNamespace) -> None:
    api = api_of(agreed.vendor, "contracts.read", "contracts.write", partner=agreed.partner)
    given = {"partner": agreed.partner.ref, "field": "fee", "share": "partner"}
    answer = api.post("/sharing-choices", given)
    assert (answer.status_code, answer.json()["code"]) == (409, "default_holds")
