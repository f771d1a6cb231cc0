"""What happens after something a gate rested on ended: grace, stages, tolerance, replacing."""

from __future__ import annotations

import datetime as dt

import pytest

from licensing.actions import authorize
from licensing.models import Authorization, Deployment
from licensing.replay import as_known_now, replay
from licensing.rules import ground_for
from partners.models import Agreement
from scorecards.rules.signals import running_groups, signals_of
from scorecards.rules.todo import todo_of
from tenants import scope
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db

LAPSE = """
lapse:
  expiry: {block_new_after: 14, block_growth_after: 60}
  departure: {block_new_after: 45, block_growth_after: 90, suspend_after: 180}
  revocation: {block_new_after: 0}
  program_change: {block_new_after: 90}
  agreement_end: {block_new_after: 30}
  growth_tolerance: {percent: 10, seats: 5}
"""
PROGRAM = w.PROGRAM + LAPSE


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def noon(text: str) -> dt.datetime:
    return dt.datetime.combine(day(text), dt.time(12), dt.UTC)


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor(program=PROGRAM))


@pytest.fixture
def customer(partner):
    return w.new_customer(partner)


def leave(held, on: dt.date) -> None:
    with make.prepared(held.person.vendor):
        held.person.employments.update(until=on)


def standing(decision) -> tuple[str, str, dt.date | None] | None:
    found = decision.standing.verdict.standing
    return found and (found.stage, found.cause, found.next_on)


def words_of(partner, decision) -> str:
    with w.member(partner):
        return decision.standing.stage_words


def test_after_an_expiry_new_customers_are_still_served_during_grace(partner, customer) -> None:
    w.certify(partner, "endpoint", until=day("2026-11-20"))
    decision = w.ask(customer)
    assert (decision.word, decision.standing.verdict.through) == ("allow", "grace")
    assert standing(decision) == ("grace", "expiry", day("2026-12-04"))
    assert not decision.standing.open


def test_a_departure_has_its_own_days_and_names_who_left(partner, customer) -> None:
    leave(w.certify(partner, "endpoint"), day("2026-11-20"))
    decision = w.ask(customer)
    assert standing(decision) == ("grace", "departure", day("2027-01-04"))
    assert words_of(partner, decision) == (
        "In grace until 4 Jan 2027 because Ana Ruiz left; from then on no new customers."
    )


def test_whoever_left_neither_counts_nor_is_kept_in_the_inputs(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    leave(held, day("2026-11-20"))
    kept = w.ask(customer).authorization
    assert kept.inputs["facts"]["people"] == []
    assert kept.inputs["lapses"]["edr"]["lost"] == [["departure", held.person.ref, ""]]
    assert "Ana Ruiz" not in str(kept.inputs)


def test_a_revocation_blocks_new_customers_at_once_and_running_ones_grow(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    w.ask(customer, seats=20)
    with make.prepared(partner.vendor):
        held.revoked_on, held.revoked_reason = w.TODAY, "wrong person"
        held.save()
    assert w.ask(w.new_customer(partner)).word == "deny"
    grown = w.ask(customer, seats=25)
    assert (grown.word, standing(grown)) == ("allow", ("block_new", "revocation", None))


def test_a_gate_that_never_stood_open_has_no_grace(partner, customer) -> None:
    decision = w.ask(customer)
    assert (decision.word, standing(decision)) == ("deny", None)


def test_grace_never_allows_what_was_not_allowed_before(partner, customer) -> None:
    """Above 250 seats two people are needed, and there was only ever one."""
    w.certify(partner, "endpoint", until=day("2026-11-20"))
    assert w.ask(customer, seats=300).word == "deny"
    assert w.ask(customer, seats=200).word == "allow"


def test_growth_stays_within_the_tolerance_of_the_day_of_the_lapse(partner, customer) -> None:
    w.certify(partner, "endpoint", until=day("2026-12-01"))
    w.ask(customer, seats=100)
    later = noon("2027-02-01")
    assert w.ask(customer, seats=110, at=later).word == "allow"
    denied = w.ask(customer, seats=111, at=later)
    assert (denied.word, denied.standing.verdict.growth_to) == ("deny", 110)
    assert "growth_above_tolerance" in w.codes(denied)


def test_a_suspended_product_keeps_its_seats(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    w.ask(customer, seats=100)
    leave(held, day("2026-12-01"))
    later = noon("2027-08-01")
    assert standing(w.ask(customer, seats=101, at=later)) == ("suspend", "departure", None)
    assert w.ask(customer, seats=90, at=later).word == "allow"
    with scope.entered_vendor(partner.vendor_id):
        assert Deployment.objects.get(customer=customer).seats == 90


def test_replacing_always_passes_and_the_receipt_says_why(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    w.ask(customer, seats=40)
    leave(held, w.TODAY)
    with make.prepared(partner.vendor):
        type(partner).objects.filter(pk=partner.pk).update(status="suspended")
    with w.member(partner):
        done = authorize(customer, "edr", "general", None, at=w.NOON, replaces=True)
    assert (done.word, done.authorization.verb, done.seats) == ("allow", "replace", 40)
    assert done.standing.verdict.through == "replace"


def test_an_ended_agreement_is_its_own_cause(partner, customer) -> None:
    w.certify(partner, "endpoint")
    with make.prepared(partner.vendor):
        Agreement.objects.filter(partner=partner).update(until=day("2026-11-10"))
    assert standing(w.ask(customer)) == ("grace", "agreement_end", day("2026-12-10"))


def test_a_stricter_program_closes_by_its_own_cause(partner, customer) -> None:
    w.certify(partner, "endpoint")
    stricter = PROGRAM.replace(
        "- people: {track: endpoint, at_least: 1}", "- people: {track: endpoint, at_least: 2}"
    )
    w.publish(partner.vendor, stricter, day("2026-11-22"), at=noon("2026-11-21"))
    decision = w.ask(customer)
    assert standing(decision) == ("grace", "program_change", day("2027-02-20"))
    assert "the program asks for something else now" in words_of(partner, decision)


def test_the_grace_of_a_renamed_track_counts_what_was_held_under_the_old_code(partner) -> None:
    held = w.certify(partner, "endpoint", until=day("2026-11-10"))
    renamed = PROGRAM.replace("  endpoint: {title", "  deploy: {was: endpoint, title").replace(
        "track: endpoint", "track: deploy"
    )
    w.publish(partner.vendor, renamed, day("2026-11-15"), at=noon("2026-11-14"))
    decision = w.ask(w.new_customer(partner))
    assert standing(decision) == ("grace", "expiry", day("2026-11-24"))
    assert decision.standing.verdict.standing.lost[0].key == held.person.ref


def test_a_product_is_in_no_later_stage_than_what_it_builds_on(partner, customer) -> None:
    w.certify(partner, "endpoint", until=day("2026-11-01"))
    for name in ("Ben", "Cem"):
        w.certify(partner, "sec", name=name)
    with make.prepared(partner.vendor):
        product = make_deployed(customer)
    assert product
    assert standing(w.ask(customer, "mdr")) == ("block_new", "expiry", day("2026-12-31"))
    assert w.ask(customer, "mdr").word == "deny"


def make_deployed(customer) -> Deployment:
    from programs.models import Product

    return Deployment.objects.create(
        partner=customer.partner,
        customer=customer,
        product=Product.objects.get(code="edr"),
        environments=["general"],
        seats=10,
        since=day("2026-03-01"),
    )


def test_the_answer_does_not_depend_on_who_asks(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    leave(held, day("2026-11-20"))
    asked = w.ask(customer, dry_run=True).standing.verdict.to_dict()
    with scope.entered_vendor(partner.vendor_id):
        ground = ground_for([partner], w.TODAY, customers=[customer])
        seen = ground.standing(partner.pk, "edr", ["general"], customer=customer, seats=10)
        assert seen.verdict.to_dict() == asked


def test_decisions_in_grace_replay_bit_by_bit(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    w.ask(customer, seats=40)
    leave(held, day("2026-11-20"))
    kept = [w.ask(customer, seats=50), w.ask(w.new_customer(partner), seats=300)]
    with scope.entered_vendor(partner.vendor_id):
        for decision in kept:
            row = Authorization.objects.select_related("program_version").get(
                pk=decision.authorization.pk
            )
            played = replay(row)
            assert (played.same, played.intact) == (True, True)
            assert as_known_now(row)[0].to_dict() == row.result


def test_what_runs_in_grace_is_a_signal_of_the_day_on_which_it_ends(partner, customer) -> None:
    w.certify(partner, "endpoint", until=day("2026-12-01"))
    w.ask(customer, seats=20)
    with scope.entered_vendor(partner.vendor_id):
        groups = running_groups([partner.pk])[partner.pk]
        found, said = {}, {}
        for on in (day("2026-12-02"), day("2026-12-15")):
            ground = ground_for([partner], on)
            signals = signals_of(ground, partner.pk, groups, {})
            found[on] = [(one.kind, one.in_grace, one.due) for one in signals if one.seats]
            said[on] = [todo_of(one).why for one in signals if one.seats]
    assert found == {
        day("2026-12-02"): [("closing", True, day("2026-12-15"))],
        day("2026-12-15"): [("blocked", False, day("2026-12-15"))],
    }
    assert "from then on no new customers" in said[day("2026-12-02")][0]


def test_a_replacement_is_found_again_by_what_is_known_now(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    w.ask(customer, seats=40)
    leave(held, w.TODAY)
    with w.member(partner):
        done = authorize(customer, "edr", "general", None, at=w.NOON, replaces=True)
    with scope.entered_vendor(partner.vendor_id):
        row = Authorization.objects.select_related("program_version").get(pk=done.authorization.pk)
        assert as_known_now(row)[0].to_dict() == row.result


def test_an_answer_is_not_relied_on_past_the_next_stage(partner, customer) -> None:
    w.certify(partner, "endpoint", until=day("2026-11-10"))
    late = dt.datetime(2026, 11, 23, 22, 40, tzinfo=dt.UTC)
    decision = w.ask(customer, at=late)
    assert decision.cache_until == dt.datetime(2026, 11, 23, 23, tzinfo=dt.UTC)


def test_a_program_without_stages_closes_at_once() -> None:
    partner = w.new_partner(w.new_vendor())
    w.certify(partner, "endpoint", until=day("2026-11-20"))
    decision = w.ask(w.new_customer(partner))
    assert (decision.word, standing(decision)) == ("deny", None)
    assert not {"lapses", "at_lapse"} & decision.authorization.inputs.keys()
