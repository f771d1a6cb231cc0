"""Who may deploy what, and every reason why not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from licensing.actions import authorize
from licensing.models import Authorization, Deployment
from licensing.panels import licence_rows
from licensing.rules import CODES
from programs import document as documents
from programs.actions import publish_program
from tenants import scope
from tenants.capabilities import Role
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor())


@pytest.fixture
def customer(partner):
    return w.new_customer(partner)


def seats_of(customer) -> dict[str, int]:
    with scope.entered_vendor(customer.vendor_id):
        rows = Deployment.objects.filter(customer=customer)
        return {row.product.code: row.seats for row in rows.select_related("product")}


def test_a_certified_partner_deploys(partner, customer) -> None:
    w.certify(partner, "endpoint")
    decision = w.ask(customer, seats=40)
    assert (decision.word, decision.reasons) == ("allow", [])
    assert seats_of(customer) == {"edr": 40}


def test_without_a_certified_person_the_gate_says_whom_it_needs(partner, customer) -> None:
    decision = w.ask(customer)
    (reason,) = decision.reasons
    assert decision.word == "deny"
    assert reason.code == "people_missing"
    assert reason.need == "1 person with Endpoint Deployment"
    assert reason.have == "0"
    assert reason.fix == "Certify 1 more person with Endpoint Deployment"
    assert seats_of(customer) == {}


def test_the_reason_names_who_counts_and_until_when(partner, customer) -> None:
    w.certify(partner, "endpoint")
    w.ask(customer)
    w.certify(partner, "sec")
    (reason,) = w.ask(customer, "mdr").reasons
    assert reason.detail == (
        "Managed Detection needs 2 people with Security Operations, "
        "you have 1: Ana Ruiz until 3 Mar 2027."
    )


def test_the_reason_names_whose_certificate_lapsed(partner, customer) -> None:
    w.certify(partner, "endpoint", name="Ben Okafor", until=dt.date(2026, 11, 12))
    (reason,) = w.ask(customer).reasons
    assert reason.detail == (
        "Endpoint Detection needs 1 person with Endpoint Deployment, you have 0. "
        "No longer valid: Ben Okafor until 12 Nov 2026."
    )


def test_a_leaver_no_longer_counts(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    with make.prepared(partner.vendor):
        held.person.employments.update(until=w.TODAY)
    assert w.codes(w.ask(customer)) == ["people_missing"]


def test_a_suspended_partner_deploys_nothing(partner, customer) -> None:
    w.certify(partner, "endpoint")
    with make.prepared(partner.vendor):
        partner.status = "suspended"
        partner.save()
    assert w.codes(w.ask(customer)) == ["partner_suspended"]


def test_an_exited_partner_deploys_nothing(partner, customer) -> None:
    w.certify(partner, "endpoint")
    with make.prepared(partner.vendor):
        partner.status = "exited"
        partner.save()
    assert w.codes(w.ask(customer)) == ["partner_exited"]


def test_without_an_agreement_in_force_nothing_is_deployed() -> None:
    partner = w.new_partner(w.new_vendor(), agreement=False)
    w.certify(partner, "endpoint")
    customer = w.new_customer(partner)
    assert w.codes(w.ask(customer)) == ["agreement_missing"]
    make.AgreementFactory(partner=partner, until=w.TODAY)
    assert w.codes(w.ask(customer)) == ["agreement_missing"]
    make.AgreementFactory(partner=partner, since=w.TODAY)
    assert w.codes(w.ask(customer)) == []


def test_an_ended_customer_gets_nothing_new(partner) -> None:
    w.certify(partner, "endpoint")
    customer = w.new_customer(partner, until=w.TODAY)
    assert w.codes(w.ask(customer)) == ["customer_ended"]


@pytest.mark.parametrize("recorded", [[], ["general"]])
def test_an_unclassified_customer_of_a_regulated_vertical_is_looked_at_first(
    partner, recorded
) -> None:
    w.certify(partner, "endpoint")
    customer = w.new_customer(partner, vertical="healthcare", environments=recorded)
    (reason,) = w.ask(customer).reasons
    assert (reason.code, reason.detail) == (
        "classify_customer",
        "The customer's vertical, Healthcare, is regulated, and no environment class is recorded. "
        "Say first whether its systems belong to the class Clinical.",
    )


def test_an_unclassified_customer_of_another_vertical_is_general(partner) -> None:
    w.certify(partner, "endpoint")
    customer = w.new_customer(partner, vertical="retail", environments=[])
    assert w.codes(w.ask(customer)) == []


def test_the_chain_needs_both_links(partner) -> None:
    for track in ("endpoint", "hipaa"):
        w.certify(partner, track)
    customer = w.new_customer(partner, environments=["clinical"])
    other = w.new_customer(partner, environments=["clinical"])

    def missing() -> list[str]:
        return [reason.pointer for reason in w.ask(customer).reasons]

    assert missing() == ["baa_vendor", "baa_customer"]
    w.sign(partner, "baa_vendor")
    assert missing() == ["baa_customer"]
    w.sign(partner, "baa_customer", customer=other)
    assert missing() == ["baa_customer"]
    w.sign(partner, "baa_customer", customer=customer)
    assert missing() == []


def test_the_caller_never_lowers_the_gate(partner) -> None:
    w.certify(partner, "endpoint")
    customer = w.new_customer(partner, environments=["cardholder"])
    decision = w.ask(customer, environment="general")
    assert decision.standing.environments == ("general", "cardholder")
    assert w.codes(decision) == ["people_missing"]
    assert decision.reasons[0].need == "1 person with PCI"


def test_the_class_asked_for_joins_the_recorded_ones(partner) -> None:
    for track in ("endpoint", "pci"):
        w.certify(partner, track)
    customer = w.new_customer(partner, environments=["cardholder"])
    assert w.codes(w.ask(customer)) == []
    decision = w.ask(customer, environment="clinical")
    assert decision.standing.environments == ("general", "cardholder", "clinical")
    assert w.codes(decision) == ["people_missing", "addendum_missing", "addendum_missing"]


def test_a_class_that_already_runs_stays_in_the_gate(partner, customer) -> None:
    w.certify(partner, "endpoint")
    held = w.certify(partner, "pci")
    assert w.codes(w.ask(customer, environment="cardholder", seats=5)) == []
    with make.prepared(partner.vendor):
        held.revoked_on, held.revoked_reason = w.TODAY, "wrong person"
        held.save()
    assert w.codes(w.ask(customer, environment="general", seats=6)) == ["people_missing"]


def test_a_product_for_other_classes_only_is_not_offered(partner, customer) -> None:
    w.certify(partner, "hipaa")
    assert w.codes(w.ask(customer, "ward")) == ["product_not_offered"]
    assert w.codes(w.ask(customer, "ward", "clinical")) == []


def test_a_recorded_class_that_the_program_lacks_closes(partner) -> None:
    w.certify(partner, "endpoint")
    customer = w.new_customer(partner, environments=["nuclear"])
    assert w.codes(w.ask(customer)) == ["unknown_environment"]


def test_a_product_that_builds_on_another_needs_it_there(partner, customer) -> None:
    for track in ("endpoint", "sec", "sec"):
        w.certify(partner, track)
    assert w.codes(w.ask(customer, "mdr")) == ["requires_product"]
    w.ask(customer, "edr")
    assert w.codes(w.ask(customer, "mdr")) == []


def test_a_product_is_never_open_longer_than_what_it_builds_on(partner, customer) -> None:
    w.certify(partner, "endpoint", until=w.LATER)
    for name in ("Bea", "Cai"):
        w.certify(partner, "sec", name=name, until=w.LATER.replace(year=2028))
    w.ask(customer, "edr")
    at_customer = w.ask(customer, "mdr", dry_run=True).standing
    with scope.entered_vendor(partner.vendor_id):
        (row,) = [r for r in licence_rows([partner], w.TODAY)[partner.pk] if r.code == "mdr"]
    assert (at_customer.opens_until, row.opens_until) == (w.LATER, w.LATER)
    assert at_customer.because == row.because == ["Endpoint Detection closes"]


def test_a_product_grows_nowhere_while_what_it_builds_on_is_blocked(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    for name in ("Bea", "Cai"):
        w.certify(partner, "sec", name=name)
    w.ask(customer, "edr")
    w.ask(customer, "mdr", seats=5)
    with make.prepared(partner.vendor):
        held.revoked_on, held.revoked_reason = w.TODAY, "wrong person"
        held.save()
    (reason,) = w.ask(customer, "mdr", seats=6).reasons
    assert (reason.code, reason.detail) == (
        "requires_product",
        "Managed Detection builds on Endpoint Detection, which is blocked as well.",
    )
    assert seats_of(customer) == {"edr": 10, "mdr": 5}


def test_an_unknown_fact_never_opens(partner, customer) -> None:
    (reason,) = w.ask(customer, "probe").reasons
    assert (reason.code, reason.pointer) == ("unknown_fact", "uptime")
    make.FactFactory(partner=partner, metric="uptime", value=99)
    assert w.codes(w.ask(customer, "probe")) == []


def test_a_value_too_low_and_a_missing_attestation_are_named(partner, customer) -> None:
    assert w.codes(w.ask(customer, "soc")) == ["attestation_missing", "metric_short"]


def test_a_requirement_of_any_other_kind_is_named() -> None:
    gate = "general: {metric: {code: uptime, at_least: 99}}"
    program = w.PROGRAM.replace(gate, "general: {day: {before: 2026-01-01}}")
    partner = w.new_partner(w.new_vendor(program=program))
    assert w.codes(w.ask(w.new_customer(partner), "probe")) == ["requirement_missing"]


def test_growth_is_judged_by_the_seats_it_leads_to(partner, customer) -> None:
    w.certify(partner, "endpoint")
    assert w.codes(w.ask(customer, seats=250)) == []
    (reason,) = w.ask(customer, seats=251).reasons
    assert (reason.code, reason.need) == ("people_missing", "2 people with Endpoint Deployment")
    assert reason.detail.startswith("Above 250 seats two people: Endpoint Detection needs 2 people")
    w.certify(partner, "endpoint", name="Bea")
    assert w.codes(w.ask(customer, seats=251)) == []


PRODUCING = ("test_first_steps.py", "test_lapse.py", "test_operators.py")


def test_every_code_is_produced_by_a_test() -> None:
    files = (Path(__file__), *(Path(__file__).parent / name for name in PRODUCING))
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [code for code in CODES if f'"{code}"' not in source] == []


def test_shrinking_is_allowed_while_blocked(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    w.ask(customer, seats=40)
    with make.prepared(partner.vendor):
        held.revoked_on, held.revoked_reason = w.TODAY, "wrong person"
        held.save()
        partner.status = "suspended"
        partner.save()
    assert w.codes(w.ask(customer, seats=41)) == ["partner_suspended", "people_missing"]
    decision = w.ask(customer, seats=15)
    assert (decision.word, decision.standing.open, decision.reasons) == ("allow", False, [])
    assert seats_of(customer) == {"edr": 15}
    assert w.ask(customer, seats=0).word == "allow"
    assert seats_of(customer) == {"edr": 0}


def test_a_denial_is_kept_and_changes_nothing_else(partner, customer) -> None:
    decision = w.ask(customer)
    with scope.entered_vendor(partner.vendor_id):
        kept = Authorization.objects.get()
        assert kept.pk == decision.authorization.pk
        assert (kept.decision, kept.verb, kept.seats) == ("deny", "deploy", 10)
        assert [r["code"] for r in kept.reasons] == ["people_missing"]
        assert Deployment.objects.count() == 0


def test_what_is_kept_names_nobody(partner, customer) -> None:
    w.certify(partner, "endpoint")
    w.ask(customer)
    w.certify(partner, "sec", name="Ana Ruiz")
    w.ask(customer, "mdr")
    with scope.entered_vendor(partner.vendor_id):
        for kept in Authorization.objects.all():
            assert "Ana" not in f"{kept.inputs}{kept.result}{kept.reasons}"


@pytest.mark.parametrize("seats", [-1, 1_000_001, 2.5, True, "10"])
def test_seats_are_a_whole_number_within_bounds(partner, customer, seats) -> None:
    w.certify(partner, "endpoint")
    with pytest.raises(Refused) as refused:
        w.ask(customer, seats=seats)
    assert (refused.value.code, refused.value.reasons[0].pointer) == ("invalid_seats", "seats")
    assert seats_of(customer) == {}


def test_nothing_cannot_be_removed_from_nothing(partner, customer) -> None:
    w.certify(partner, "endpoint")
    with pytest.raises(Refused) as refused:
        w.ask(customer, seats=0)
    assert refused.value.code == "invalid_seats"


@pytest.mark.parametrize(
    ("product", "environment", "code"),
    [("nope", "general", "unknown_product"), ("edr", "nope", "unknown_environment")],
)
def test_codes_that_the_program_lacks_are_refused(
    partner, customer, product, environment, code
) -> None:
    with pytest.raises(Refused) as refused:
        w.ask(customer, product, environment)
    assert refused.value.code == code


def test_a_product_of_a_version_to_come_is_unknown_to_partners(partner, customer) -> None:
    secret = "  secret: {title: Secret, gates: {general: {}}}\n"
    coming = w.PROGRAM.replace("  ward:\n", f"{secret}  ward:\n")
    with make.prepared(partner.vendor):
        publish_program(
            documents.load(coming), at=w.NOON, announced_on=w.LATER, effective_from=w.LATER
        )
    with w.member(partner), pytest.raises(Refused) as refused:
        authorize(customer, "secret", "general", 1, at=w.NOON, dry_run=True)
    assert refused.value.code == "unknown_product"


def test_a_customer_of_another_partner_is_not_found(partner, customer) -> None:
    other = w.new_partner(partner.vendor)
    with w.member(other), pytest.raises(Refused) as refused:
        authorize(customer, "edr", "general", 1, at=w.NOON)
    assert refused.value.code == "not_found"


def test_reading_roles_cannot_ask_for_a_grant(partner, customer) -> None:
    person = make.PersonFactory(vendor=partner.vendor)
    with make.enter_as(person, Role.EXAMINER), pytest.raises(NotAllowed):
        authorize(customer, "edr", "general", 1, at=w.NOON)
    assert seats_of(customer) == {}
