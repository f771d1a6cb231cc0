"""Deal policies: real programs' registrations with their answers, and the rules one by one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deals.rules.business_hours import due_at
from deals.rules.policies import (
    Asked,
    cool_off_until,
    eligible,
    extended_until,
    may_extend,
    policy_of,
    protected_until,
    pursuit_until,
    terms_of,
)
from programs import library
from programs.document import DealPolicy, ProgramDocument, document_from, load
from programs.document.reading import read_yaml
from tests.programs.test_deals_section import with_policy

FOLDER = Path(__file__).parent / "policies"
ROWS: list[dict[str, Any]] = read_yaml((FOLDER / "registrations.yaml").read_text()).value
FIXTURES = {
    "neuvector": "neuvector", "kaspersky-thailand": "kaspersky", "gumdrop": "gumdrop",
}  # fmt: skip
ON = dt.date(2026, 11, 23)
BERLIN = ZoneInfo("Europe/Berlin")
NEXT = dt.timedelta(days=1)


@cache
def program(code: str) -> ProgramDocument:
    if code in FIXTURES:
        return load((FOLDER / f"{FIXTURES[code]}.yaml").read_text())
    return library.program(code)


def policy_in(document: ProgramDocument, code: str) -> DealPolicy:
    assert document.deals is not None
    return document.deals.policies[code]


def day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def asked_of(row: dict[str, Any], document: ProgramDocument) -> Asked:
    value = row.get("value")
    return Asked(
        row.get("kind", "transactional"),
        types=row.get("types", ()),
        country=row.get("country", ""),
        seats=row.get("seats"),
        list_value=None if value is None else Decimal(value),
        currency=row.get("currency", document.currency),
        stated=row.get("stated", ()),
        incumbent=row.get("incumbent"),
        needs=row.get("needs"),
        live=row.get("live", 0),
        closed_on=day(row.get("closed")),
        touched_on=day(row.get("touched")),
        contract_since=day(row.get("contract")),
    )


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['program']}-{n}" for n, row in enumerate(ROWS)])
def test_a_registration_is_answered_as_the_program_says(row: dict[str, Any]) -> None:
    document = program(row["program"])
    policy = policy_in(document, row["policy"])
    found = eligible(policy, asked_of(row, document), document, dt.date.fromisoformat(row["on"]))
    assert [one.code for one in found] == row["answer"]
    assert all(one.detail and one.fix for one in found)
    if "until" in row:
        until = pursuit_until(policy, dt.date.fromisoformat(row["on"]))
        assert (until, until and extended_until(policy, until)) == (
            day(row["until"]), day(row.get("extended")),
        )  # fmt: skip
    if "due" in row:
        hours = program(row["program"]).deals.hours.model_dump()  # type: ignore[union-attr]
        at = dt.datetime(2026, 11, 23, 10, tzinfo=BERLIN)
        due = due_at(at, policy.answer.business_hours, **hours, zone=BERLIN)
        assert due == dt.datetime.fromisoformat(row["due"]).replace(tzinfo=BERLIN)


def test_every_published_policy_has_registrations_of_both_answers() -> None:
    for name in {row["program"] for row in ROWS} - {"aurora"}:
        answers = [bool(row["answer"]) for row in ROWS if row["program"] == name]
        assert set(answers) == {True, False}, name
    published = [name for name in library.names() if library.program(name).deals is not None]
    assert published == [
        "aurora", "borealis", "gitlab-channel-program", "sophos-partner-program",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code", "own", "others"),
    [
        ("gitlab-channel-program", "resale", "partner_sourced", "co_sell"),
        ("gitlab-channel-program", "renewal", "last_year", "list"),
        ("gumdrop", "registration", "deal", "half"),
        ("aurora", "renewal", "last", "non_incumbent"),
    ],
)
def test_the_others_have_a_price_class_of_their_own(
    name: str, code: str, own: str, others: str
) -> None:
    prices = policy_in(program(name), code).prices
    assert prices is not None
    assert (prices.own, prices.others) == (own, others)


def one(**changes: Any) -> tuple[DealPolicy, ProgramDocument]:
    document = document_from(with_policy(**changes))
    return policy_in(document, "one"), document


def said(asked: dict[str, Any], **changes: Any) -> list[tuple[str, str, str]]:
    policy, document = one(**changes)
    found = eligible(policy, Asked(policy.kind, **asked), document, ON)
    return [(reason.code, reason.detail, reason.fix) for reason in found]


def test_all_conditions_that_fail_are_named_with_the_way_out() -> None:
    found = said(
        {"types": ["msp"], "needs": False, "seats": 3, "live": 2, "closed_on": ON - NEXT,
         "incumbent": False, "touched_on": ON},
        only="incumbent", needs={"people": {"track": "deploy", "at_least": 2}},
        minimum={"seats": 1000}, states={"no_tender": "It is in no tender."}, quiet_months=1,
        per_account=2, cool_off_days=30,
    )  # fmt: skip
    assert found == [
        ("not_incumbent", "Only the partner that serves the customer can register this.",
         "Register a customer engagement instead."),
        ("needs", "It needs: 2 people with Deploy.",
         "Meet this first; what you have stands under your levels and certificates."),
        ("too_small", "It has to be at least 1,000 seats.", "Register it once it is larger."),
        ("unconfirmed", "Not confirmed: It is in no tender.", "Confirm it, if it is so."),
        ("vendor_in_touch", "The vendor’s own sales were in touch with them within the last month.",
         "Ask your account manager whether you work on it together."),
        ("account_full", "No further registration of this company is possible at the moment.",
         "Ask your account manager, or try again later."),
        ("cool_off", "Your last registration of this company ended on 22 Nov 2026.",
         "You can register it again from 22 Dec 2026 on."),
    ]  # fmt: skip


def test_one_of_several_bounds_is_enough() -> None:
    bounds = {"seats": 50, "list_value": 1500, "products": "edr"}
    assert said({"seats": 50}, minimum=bounds) == []
    assert said({"list_value": Decimal(1500), "currency": "EUR"}, minimum=bounds) == []
    assert said({"seats": 1, "products": ["edr"]}, minimum=bounds) == []
    small = {"seats": 49, "list_value": Decimal("1499.99"), "currency": "EUR"}
    policy, document = one(minimum=bounds)
    (found,) = eligible(policy, Asked("engagement", **small), document, ON)
    assert (found.code, found.need, found.have) == (
        "too_small", "50 seats, €1,500.00 at list price or EDR",
        "49 seats and €1,499.99 at list price",
    )  # fmt: skip
    assert [code for code, *_ in said({"seats": 49}, minimum=bounds)] == ["size_missing"]


def test_a_bound_by_country_needs_the_country() -> None:
    minimum = {"list_value": {"by_group": {"near": 100}, "otherwise": 500}}
    values = with_policy(minimum=minimum)
    document = document_from({**values, "country_groups": {"near": ["DE"]}})
    policy = policy_in(document, "one")
    found = {}
    for country in ("DE", "FR", ""):
        asked = Asked("engagement", country=country, list_value=Decimal(300), currency="EUR")
        found[country] = [reason.code for reason in eligible(policy, asked, document, ON)]
    assert found == {"DE": [], "FR": ["too_small"], "": ["size_unknown"]}
    kept = policy_of(terms_of(policy), document)
    near = Asked("engagement", country="DE", list_value=Decimal(99), currency="EUR")
    assert [reason.code for reason in eligible(kept, near, document, ON)] == ["too_small"]


def test_terms_outlive_the_program() -> None:
    """A registration keeps its policy, though the tracks that it asked for are gone."""
    policy, _document = one(needs={"people": {"track": "deploy", "at_least": 2}})
    terms = terms_of(policy)
    assert terms["answer"] == {"business_hours": 16, "missed": "escalate"}
    kept = policy_of(terms, program("borealis"))
    assert kept == policy.model_copy(update={"needs": None})


def test_a_pursuit_is_extended_as_often_as_the_policy_says() -> None:
    policy, _document = one(pursuit={"days": 90, "extend": {"days": 30, "times": 2}})
    until = pursuit_until(policy, ON)
    assert until == dt.date(2027, 2, 21)
    assert extended_until(policy, until) == dt.date(2027, 3, 23)
    assert [may_extend(policy, done) for done in (0, 1, 2)] == [True, True, False]
    never, _document = one(pursuit={"days": 90})
    assert (may_extend(never, 0), extended_until(never, until)) == (False, None)


def test_days_that_are_not_stated_are_for_whoever_approves() -> None:
    policy, _document = one(pursuit={"days": "not_stated", "extend": {"days": "not_stated"}})
    assert (pursuit_until(policy, ON), extended_until(policy, ON)) == (None, None)
    assert may_extend(policy, 0)
    renewal = policy_in(program("aurora"), "renewal")
    assert (pursuit_until(renewal, ON), protected_until(renewal, ON, None)) == (None, None)


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        (dt.date(2028, 11, 23), dt.date(2029, 2, 21)),  # 24 months and the tail of 90 days
        (dt.date(2029, 11, 23), dt.date(2029, 11, 23)),  # never beyond 36 months of the grant
        (dt.date(2036, 1, 1), dt.date(2029, 11, 23)),
        (None, dt.date(2029, 11, 23)),  # evergreen
        (dt.date(2026, 12, 1), dt.date(2027, 3, 1)),
        (dt.date(2026, 1, 1), ON),  # ended long before: protected for no day
    ],
)
def test_protection_runs_with_the_contract(ends: dt.date | None, until: dt.date) -> None:
    assert protected_until(policy_in(program("aurora"), "engagement"), ON, ends) == until


def test_the_same_partner_waits_before_it_registers_again() -> None:
    policy, document = one(cool_off_days=90)
    free = cool_off_until(policy, ON)
    assert free == dt.date(2027, 2, 21)
    asked = Asked("engagement", closed_on=ON)
    assert [len(eligible(policy, asked, document, on)) for on in (free - NEXT, free)] == [1, 0]
    assert cool_off_until(one()[0], ON) == ON
