"""Overrides by two people, broken glass within its limits, and what they never open."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from licensing import actions
from licensing.models import Override
from licensing.replay import replay
from programs.models import Product
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db

PROGRAM = w.PROGRAM + "gate: {break_glass: {hours: 24, per_quarter: 2, max_seats: 50}}\n"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor(program=PROGRAM))


@pytest.fixture
def customer(partner):
    return w.new_customer(partner)


def staff(partner, role=Role.CHANNEL_ADMIN):
    return make.PersonFactory(vendor=partner.vendor)


def request(partner, by, **values) -> Override:
    with make.enter_as(by, Role.CAM):
        product = Product.objects.get(code="edr")
        asked = {"reason": "exam on Friday", "days": 7, "at": w.NOON, **values}
        return actions.request_override(partner, product=product, **asked)


def approve(row, by, at=w.NOON) -> Override:
    with make.enter_as(by, Role.CHANNEL_ADMIN):
        return actions.approve_override(row, at=at)


def smash(partner, at=w.NOON, code="edr", **values) -> Override:
    with w.member(partner):
        product = Product.objects.get(code=code)
        asked = {"reason": "restore", **values}
        return actions.break_glass(partner, product=product, at=at, **asked)


def test_an_approved_override_opens_the_product_until_it_ends(partner, customer) -> None:
    row = request(partner, staff(partner))
    assert w.ask(customer).word == "deny"
    approve(row, staff(partner))
    decision = w.ask(customer, seats=40)
    verdict = decision.standing.verdict
    assert (decision.word, verdict.through, verdict.exceptions) == ("allow", "override", (row.ref,))
    late = w.NOON + dt.timedelta(days=7)
    assert w.ask(w.new_customer(partner), at=late).word == "deny"


def test_the_receipt_names_the_override_and_the_decision_replays(partner, customer) -> None:
    row = approve(request(partner, staff(partner)), staff(partner))
    kept = w.ask(customer).authorization
    with scope.entered_vendor(partner.vendor_id):
        from licensing.models import Authorization
        from tenants import keys

        payload = keys.verify(kept.receipt, keys.jwks(partner.vendor_id))
        assert payload["exceptions"] == [row.ref]
        found = Authorization.objects.select_related("program_version").get(pk=kept.pk)
        played = replay(found)
        assert (played.same, played.intact) == (True, True)


def test_nobody_approves_their_own_override(partner) -> None:
    author = staff(partner)
    row = request(partner, author)
    with pytest.raises(Refused) as refused:
        approve(row, author)
    assert refused.value.code == "own_request"


def test_the_database_too_refuses_an_override_approved_by_its_author(partner) -> None:
    row = request(partner, staff(partner))
    with pytest.raises(IntegrityError), make.prepared(partner.vendor), transaction.atomic():
        Override.objects.filter(pk=row.pk).update(
            state="approved", approver_id=row.requested_by_id, decided_at=w.NOON, ends_at=w.NOON
        )


def test_an_override_is_no_longer_than_the_program_allows(partner) -> None:
    with pytest.raises(Refused) as refused:
        request(partner, staff(partner), days=15)
    assert refused.value.code == "too_long"


def test_an_override_of_one_customer_opens_no_other(partner, customer) -> None:
    approve(request(partner, staff(partner), customer=customer), staff(partner))
    assert w.ask(customer).word == "allow"
    assert w.ask(w.new_customer(partner)).word == "deny"


def test_an_override_opens_neither_addendum_nor_status_nor_class(partner) -> None:
    approve(request(partner, staff(partner)), staff(partner))
    clinic = w.new_customer(partner, environments=["clinical"])
    assert "addendum_missing" in w.codes(w.ask(clinic))
    unclassified = w.new_customer(partner, vertical="healthcare")
    assert "classify_customer" in w.codes(w.ask(unclassified))
    with make.prepared(partner.vendor):
        type(partner).objects.filter(pk=partner.pk).update(status="suspended")
    assert "partner_suspended" in w.codes(w.ask(w.new_customer(partner)))


def test_a_partner_neither_asks_for_nor_approves_an_override(partner) -> None:
    row = request(partner, staff(partner))
    with w.member(partner), pytest.raises(NotAllowed):
        actions.approve_override(row, at=w.NOON)


def test_broken_glass_opens_at_once_for_its_hours(partner, customer) -> None:
    row = smash(partner)
    decision = w.ask(customer, seats=30)
    assert (decision.word, decision.standing.verdict.through) == ("allow", "break_glass")
    assert decision.cache_until == w.NOON + HOUR
    assert row.ends_at == w.NOON + 24 * HOUR
    assert w.ask(customer, seats=31, at=row.ends_at).word == "deny"


def test_broken_glass_admits_so_many_seats_in_all(partner, customer) -> None:
    smash(partner)
    assert w.ask(customer, seats=30).word == "allow"
    other = w.new_customer(partner)
    assert w.ask(other, seats=21).word == "deny"
    assert w.ask(other, seats=20).word == "allow"
    assert w.ask(w.new_customer(partner), seats=1).word == "deny"


def test_glass_is_broken_so_many_times_a_quarter(partner) -> None:
    smash(partner)
    smash(partner, at=w.NOON + 25 * HOUR)
    with pytest.raises(Refused) as refused:
        smash(partner, at=w.NOON + 50 * HOUR)
    assert refused.value.code == "break_glass_used_up"
    assert "1 Jan 2027" in refused.value.detail
    smash(partner, at=dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC))  # 1 January in Berlin


def test_glass_cannot_be_broken_twice_at_once_nor_without_a_reason(partner) -> None:
    smash(partner)
    with pytest.raises(Refused) as refused:
        smash(partner)
    assert refused.value.code == "break_glass_open"
    with pytest.raises(Refused) as refused:
        smash(partner, code="mdr", reason=" ")
    assert refused.value.code == "reason_missing"


def test_a_program_without_break_glass_refuses_it() -> None:
    partner = w.new_partner(w.new_vendor())
    with pytest.raises(Refused) as refused:
        smash(partner)
    assert refused.value.code == "break_glass_off"


def test_what_is_over_is_noted_as_ended_once(partner) -> None:
    row = smash(partner)
    with scope.entered_vendor(partner.vendor_id):
        assert actions.end_due_exceptions(at=row.ends_at - HOUR) == 0
        assert actions.end_due_exceptions(at=row.ends_at + HOUR) == 1
        assert actions.end_due_exceptions(at=row.ends_at + HOUR) == 0
        kinds = Event.objects.filter(subject_id=row.public_id).values_list("kind", flat=True)
        assert sorted(kinds) == ["glass.broken", "override.ended"]


def test_a_partner_ends_its_own_broken_glass_early_and_no_override(partner, customer) -> None:
    row = smash(partner)
    other = approve(request(partner, staff(partner)), staff(partner))
    with w.member(partner):
        actions.end_exception(row, at=w.NOON + HOUR)
        with pytest.raises(NotAllowed):
            actions.end_exception(other, at=w.NOON + HOUR)
