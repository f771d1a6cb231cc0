"""Taking an environment class away: evidence, another person, and the stricter one until then."""

from __future__ import annotations

import pytest

from licensing import actions
from licensing.models import ClassChange
from licensing.report import exceptions_on
from partners.actions import change_customer
from partners.models import Customer
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor())


@pytest.fixture
def customer(partner):
    return w.new_customer(partner, environments=["cardholder", "clinical"])


def ask(customer, classes, evidence="audit of May") -> ClassChange:
    person = make.PersonFactory(vendor=customer.vendor)
    with make.enter_as(person, Role.PARTNER_ADMIN, customer.partner):
        return actions.ask_to_lower(customer, environments=classes, evidence=evidence, at=w.NOON)


def decide(change, verb=actions.approve_lowering, **values) -> ClassChange:
    with make.enter_as(make.PersonFactory(vendor=change.vendor), Role.CAM):
        return verb(change, at=w.NOON, **values)


def classes(customer) -> list[str]:
    with scope.entered_vendor(customer.vendor_id):
        return sorted(Customer.objects.get(pk=customer.pk).environments)


def test_the_stricter_class_counts_until_staff_approve(partner, customer) -> None:
    w.certify(partner, "endpoint")
    change = ask(customer, ["cardholder"])
    assert classes(customer) == ["cardholder", "clinical"]
    assert "addendum_missing" in w.codes(w.ask(customer))
    decide(change)
    assert classes(customer) == ["cardholder"]
    assert w.codes(w.ask(customer)) == ["people_missing"]


def test_a_refusal_leaves_the_classes_and_says_why(customer) -> None:
    change = ask(customer, [])
    decided = decide(change, actions.refuse_lowering, reason="the audit is of another site")
    assert (decided.state, classes(customer)) == ("refused", ["cardholder", "clinical"])


def test_a_class_recorded_meanwhile_stays(customer) -> None:
    change = ask(customer, ["clinical"])
    with make.enter_as(make.PersonFactory(vendor=customer.vendor), Role.CAM):
        change_customer(customer, on=w.TODAY, environments=["cardholder", "clinical", "general"])
    decide(change)
    assert classes(customer) == ["clinical", "general"]


def test_lowering_needs_evidence_and_another_person(customer) -> None:
    with pytest.raises(Refused) as refused:
        ask(customer, [], evidence=" ")
    assert refused.value.code == "reason_missing"
    change = ask(customer, [])
    with w.member(customer.partner), pytest.raises(NotAllowed):
        actions.approve_lowering(change, at=w.NOON)


def test_staff_who_asked_do_not_decide(customer) -> None:
    cam = make.PersonFactory(vendor=customer.vendor)
    with make.enter_as(cam, Role.CAM):
        given = {"environments": ["clinical"], "evidence": "audit of May", "at": w.NOON}
        change = actions.ask_to_lower(customer, **given)
        with pytest.raises(Refused) as refused:
            actions.approve_lowering(change, at=w.NOON)
    assert (refused.value.code, classes(customer)) == ("own_request", ["cardholder", "clinical"])
    decide(change)
    assert classes(customer) == ["clinical"]


def test_one_change_at_a_time_and_none_that_lowers_nothing(customer) -> None:
    with pytest.raises(Refused) as refused:
        ask(customer, ["cardholder", "clinical", "general"])
    assert refused.value.code == "not_lower"
    ask(customer, [])
    with pytest.raises(Refused) as refused:
        ask(customer, ["clinical"])
    assert refused.value.code == "request_open"


def test_the_report_shows_each_kind_and_its_export_is_an_event(partner, customer) -> None:
    decide(ask(customer, ["cardholder"]))
    w.new_customer(partner, vertical="healthcare", name="Clinic North")
    with make.enter_as(make.PersonFactory(vendor=partner.vendor), Role.EXAMINER):
        kinds = [(row.kind, row.customer) for row in exceptions_on(w.TODAY)]
        assert ("unclassified", "Clinic North") in kinds
        text = actions.export_exceptions(on=w.TODAY)
    assert "Clinic North" in text
    with scope.entered_vendor(partner.vendor_id):
        assert Event.objects.filter(kind="exceptions.exported").count() == 1


def test_the_report_shows_what_runs_in_grace() -> None:
    from tests.licensing.test_lapse import PROGRAM, day

    partner = w.new_partner(w.new_vendor(program=PROGRAM), name="Polar IT")
    customer = w.new_customer(partner)
    w.certify(partner, "endpoint", until=day("2026-11-30"))
    w.ask(customer, seats=25)
    with make.enter_as(make.PersonFactory(vendor=partner.vendor), Role.EXAMINER):
        assert exceptions_on(w.TODAY) == []
        (row,) = exceptions_on(day("2026-12-01"))
        assert (row.kind, row.partner, row.seats, row.until) == (
            "grace", "Polar IT", 25, day("2026-12-14"),
        )  # fmt: skip
