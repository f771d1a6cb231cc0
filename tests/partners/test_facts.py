"""Figures, records, agreed values and attestations: what may be recorded, and what counts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from partners import actions
from partners.models import AgreedValue, Attestation, Fact, Record
from programs.compiled import program_on
from programs.gathering import facts_of
from programs.rules import explain, requirement
from programs.rules.facts import Member, MetricValue, Period
from programs.rules.facts import Record as Dated
from tenants import scope
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.partners.conftest import NOW, TODAY, events

State = Attestation.State
SAID = {"code": "business_plan", "evidence": "Plan of 2026", "attested_by": "Ada", "since": TODAY}
TOMORROW = TODAY + dt.timedelta(days=1)


def facts(world: SimpleNamespace, **kinds: Any) -> Any:
    return facts_of([world.partner.pk], TODAY, **kinds)[world.partner.pk]


def refusal(verb: Any, *args: Any, **values: Any) -> str:
    with pytest.raises(Refused) as refused:
        verb(*args, **values)
    return f"{refused.value.code} {refused.value.reasons[0].pointer}".strip()


def happened(world: SimpleNamespace, **values: Any) -> Record:
    given = {"kind": "opportunities", "on": TODAY, "source": "CRM", "at": NOW, **values}
    return actions.record_happening(world.partner, **given)


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({"metric": "luck"}, "unknown_metric metric"),
        ({"period": TOMORROW}, "day_ahead period"),
        ({"unit": "EUR"}, "wrong_unit unit"),
        ({"value": Decimal(10) ** 15}, "invalid value"),
        ({"source": "s" * 61}, "invalid source"),
    ],
)
def test_a_figure_that_does_not_fit_is_refused(
    as_admin: SimpleNamespace, values: dict[str, Any], answer: str
) -> None:
    given = {"metric": "seats", "period": TODAY, "value": Decimal(1), "source": "s", "at": NOW}
    assert refusal(actions.record_fact, as_admin.partner, **given | values) == answer
    assert (Fact.objects.count(), events()) == (0, [])


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({"kind": "Big Deals"}, "invalid kind"),
        ({"on": TOMORROW}, "day_ahead on"),
        ({"currency": "EURO", "value": Decimal(1)}, "wrong_currency currency"),
        ({"currency": "EUR"}, "value_missing value"),
        ({"until": TODAY - dt.timedelta(days=1)}, "span_reversed until"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(
    as_admin: SimpleNamespace, values: dict[str, Any], answer: str
) -> None:
    assert refusal(happened, as_admin, **values) == answer
    assert (Record.objects.count(), events()) == (0, [])


def test_a_record_is_found_again_by_its_external_id(as_admin: SimpleNamespace) -> None:
    first = happened(as_admin, external_id="O-1", value=Decimal("5"), currency="eur")
    again = happened(as_admin, external_id="O-1", value=Decimal("5.00"), currency="EUR")
    newer = happened(as_admin, external_id="O-1", value=Decimal("7"), currency="EUR")
    first.refresh_from_db()
    assert (again.pk, first.superseded_by_id, newer.superseded_by_id) == (first.pk, newer.pk, None)
    assert events() == ["record.recorded", "record.recorded"]


def test_a_withdrawn_record_counts_on_no_day(as_admin: SimpleNamespace) -> None:
    row = happened(as_admin, external_id="O-1", tags={"status": "launched"})
    assert facts(as_admin).records == {
        "opportunities": (Dated(TODAY, tags={"status": "launched"}, source="CRM"),)
    }
    actions.withdraw_record(row, reason="Entered twice")
    assert facts(as_admin).records == {}
    assert refusal(actions.withdraw_record, row, reason="Again") == "already_superseded"
    assert happened(as_admin, external_id="O-1").pk != row.pk


def test_after_a_figure_is_withdrawn_the_one_of_an_earlier_day_is_shown_and_counts(
    as_admin: SimpleNamespace,
) -> None:
    rule = requirement({"metric": {"code": "seats", "at_least": 11}}, program_on(TODAY).document)

    def explained() -> tuple[Any, ...]:
        node = explain(rule, facts(as_admin), TODAY)
        assert node.evidence is not None
        return node.outcome, node.have, node.evidence.as_of

    earlier = dt.date(2026, 1, 1)
    for day, value in ((earlier, 10), (TODAY, 12), (TODAY, 120)):
        last = actions.record_fact(
            as_admin.partner, metric="seats", period=day, value=Decimal(value), source="s", at=NOW
        )
    assert explained() == ("pass", 120, TODAY)
    actions.withdraw_fact(last, reason=" Of another partner ")
    assert explained() == ("fail", 10, earlier)
    assert (Fact.objects.count(), events()[-1]) == (3, "fact.withdrawn")
    assert refusal(actions.withdraw_fact, last, reason="Again") == "already_superseded"
    assert refusal(actions.withdraw_fact, last, reason=" ") == "reason_missing reason"
    first = Fact.objects.get(period=earlier)
    actions.withdraw_fact(first, reason="Too")
    assert explained()[1] == 0  # our own rows say that nothing runs


def test_former_values_are_records_under_the_metrics_own_code(as_admin: SimpleNamespace) -> None:
    for day, value in ((dt.date(2026, 1, 1), 10), (TODAY, 12)):
        actions.record_fact(
            as_admin.partner, metric="seats", period=day, value=Decimal(value), source="s", at=NOW
        )
    held = facts(as_admin, records=frozenset({"seats"})).records["seats"]
    assert [(row.on, row.value) for row in held] == [
        (dt.date(2026, 1, 1), Decimal(10)),
        (TODAY, Decimal(12)),
    ]
    assert facts(as_admin, records=frozenset({"other"})).records == {}


def test_an_agreed_value_ends_the_one_before(as_admin: SimpleNamespace) -> None:
    values = {"code": "arr_target", "agreed_by": "Ada", "at": NOW}
    first = actions.agree_value(
        as_admin.partner, value=Decimal(100), since=dt.date(2026, 1, 1), **values
    )
    second = actions.agree_value(as_admin.partner, value=Decimal(200), since=TODAY, **values)
    again = actions.agree_value(as_admin.partner, value=Decimal(200), since=TODAY, **values)
    first.refresh_from_db()
    assert (first.until, again.pk, AgreedValue.objects.count()) == (TODAY, second.pk, 2)
    assert facts(as_admin).agreed == {"arr_target": Decimal(200)}
    earlier = {"value": Decimal(1), "since": dt.date(2026, 2, 1), **values}
    assert refusal(actions.agree_value, as_admin.partner, **earlier) == "agreed_before since"


def test_an_agreed_value_that_was_wrong_counts_on_no_day_and_is_agreed_anew(
    as_admin: SimpleNamespace,
) -> None:
    values = {"code": "arr_target", "agreed_by": "Ada", "at": NOW, "since": TODAY}
    wrong = actions.agree_value(as_admin.partner, value=Decimal(2000), **values)
    assert refusal(actions.withdraw_value, wrong, reason=" ") == "reason_missing reason"
    actions.withdraw_value(wrong, reason="A zero too many")
    assert (facts(as_admin).agreed, events()[-1]) == ({}, "value.withdrawn")
    assert refusal(actions.withdraw_value, wrong, reason="Again") == "already_withdrawn"
    actions.agree_value(as_admin.partner, value=Decimal(200), **values)
    assert facts(as_admin).agreed == {"arr_target": Decimal(200)}
    assert AgreedValue.objects.count() == 2


def submitted(world: SimpleNamespace, **values: Any) -> Attestation:
    with scope.enter(make.scope_of(world.owner)):
        return actions.submit_attestation(world.partner, at=NOW, **SAID | values)


def test_a_submitted_attestation_counts_once_it_is_accepted(world: SimpleNamespace) -> None:
    row = submitted(world)
    with scope.enter(make.scope_of(world.cam)):
        assert facts(world).attestations == {}
        actions.accept_attestation(row, at=NOW)
        assert facts(world).attestations == {"business_plan": (Period(TODAY, dt.date(2027, 3, 1)),)}
        row.refresh_from_db()
        assert (row.state, row.decided_by_id) == (State.ACCEPTED, world.cam.person_id)
        assert events() == ["attestation.submitted", "attestation.accepted"]


def test_a_refused_attestation_says_why_and_another_may_follow(world: SimpleNamespace) -> None:
    row = submitted(world)
    with scope.enter(make.scope_of(world.cam)):
        assert refusal(actions.refuse_attestation, row, at=NOW, reason=" ") == (
            "reason_missing reason"
        )
        actions.refuse_attestation(row, at=NOW, reason="Last year's plan")
        assert facts(world).attestations == {}
    with scope.enter(make.scope_of(world.owner)):
        assert Attestation.objects.get().reason == "Last year's plan"
    assert submitted(world).pk != row.pk


@pytest.mark.parametrize("first", [State.ACCEPTED, State.REFUSED])
@pytest.mark.parametrize("second", [State.ACCEPTED, State.REFUSED])
def test_an_attestation_is_decided_once(
    world: SimpleNamespace, first: State, second: State
) -> None:
    def decide(state: State) -> Any:
        if state == State.ACCEPTED:
            return actions.accept_attestation(row, at=NOW)
        return actions.refuse_attestation(row, at=NOW, reason="No")

    row = submitted(world)
    with scope.enter(make.scope_of(world.admin)):
        decide(first)
        assert refusal(decide, second) == "already_decided"
        assert Attestation.objects.get().state == first


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({"code": "luck"}, "unknown_attestation code"),
        ({"code": "luck", "value": Decimal(1)}, "unknown_metric code"),
        ({"evidence": " "}, "evidence_missing evidence"),
        ({"since": TOMORROW}, "day_ahead since"),
        ({"link": "javascript:alert(1)"}, "invalid link"),
        ({"attested_by": ""}, "invalid attested_by"),
    ],
)
def test_a_statement_that_does_not_fit_is_refused(
    world: SimpleNamespace, values: dict[str, Any], answer: str
) -> None:
    assert refusal(submitted, world, **values) == answer
    with scope.enter(make.scope_of(world.admin)):
        assert (Attestation.objects.count(), events()) == (0, [])


def test_one_statement_of_a_kind_waits_at_a_time(world: SimpleNamespace) -> None:
    submitted(world)
    assert refusal(submitted, world) == "already_waiting code"


def test_a_partner_decides_and_records_nothing_itself(world: SimpleNamespace) -> None:
    row = submitted(world)
    with scope.enter(make.scope_of(world.owner)):
        for verb in (
            lambda: actions.accept_attestation(row, at=NOW),
            lambda: actions.record_attestation(world.partner, at=NOW, **SAID),
            lambda: happened(world),
        ):
            with pytest.raises(NotAllowed):
                verb()
    with scope.enter(make.scope_of(world.reader)), pytest.raises(NotAllowed):
        actions.submit_attestation(world.partner, at=NOW, **SAID | {"code": "x"})


def test_nothing_is_submitted_for_another_partner(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.stranger)):
        refused = refusal(actions.submit_attestation, world.partner, at=NOW, **SAID)
    assert refused == "unknown_partner partner"


def test_own_rows_win_over_imported_values_and_those_over_attested_ones(
    as_admin: SimpleNamespace,
) -> None:
    partner = as_admin.partner
    actions.record_attestation(partner, at=NOW, value=Decimal(90), **SAID | {"code": "seats"})
    assert facts(as_admin).metrics["seats"] == MetricValue(Decimal(90), "attested", TODAY)
    assert facts(as_admin).attestations == {}
    day = dt.date(2026, 2, 1)
    actions.record_fact(
        partner, metric="seats", period=day, value=Decimal(80), source="statement", at=NOW
    )
    assert facts(as_admin).metrics["seats"] == MetricValue(Decimal(80), "statement", day)


def test_a_family_stands_under_one_topmost_company(as_admin: SimpleNamespace) -> None:
    def company(parent: Any = None, **values: Any) -> Any:
        return make.PartnerFactory(vendor=as_admin.vendor, parent=parent, **values)

    top = company(country="US")
    middle, aunt = company(top), company(top, country="FR")
    child, gone = company(middle), company(middle, status="exited")
    known = facts_of([middle.pk, gone.pk, as_admin.partner.pk], TODAY, kinds=["organisation"])
    assert known[middle.pk].family == (
        Member(str(middle.pk), "DE", "self"),
        Member(str(top.pk), "US", "parent"),
        Member(str(aunt.pk), "FR", "sibling"),
        Member(str(child.pk), "DE", "child"),
    )
    alone = known[as_admin.partner.pk]
    assert (alone.family, alone.country, alone.since) == ((), "DE", make.DAY)


def test_an_accepted_statement_that_was_wrong_counts_on_no_day(as_admin: SimpleNamespace) -> None:
    row = actions.record_attestation(as_admin.partner, **SAID, at=NOW)
    assert facts(as_admin).attestations["business_plan"][0].covers(TODAY)
    assert refusal(actions.withdraw_attestation, row, at=NOW, reason="") == "reason_missing reason"
    actions.withdraw_attestation(row, at=NOW, reason="Of last year")
    assert not facts(as_admin).attestations["business_plan"][0].covers(TODAY)
    row.refresh_from_db()
    assert (row.withdrawn, row.state, row.reason) == (True, State.ACCEPTED, "Of last year")
    assert events()[-1] == "attestation.withdrawn"
    again = refusal(actions.withdraw_attestation, row, at=NOW, reason="Again")
    assert again == "already_withdrawn"


def test_an_attested_figure_that_was_wrong_counts_on_no_day(as_admin: SimpleNamespace) -> None:
    figure = SAID | {"code": "seats", "value": Decimal(70)}
    row = actions.record_attestation(as_admin.partner, **figure, at=NOW)
    assert facts(as_admin).metrics["seats"].value == 70
    actions.withdraw_attestation(row, at=NOW, reason="Counted twice")
    assert facts(as_admin).metrics["seats"].value == 0  # our own rows say that nothing runs


def test_what_waits_is_refused_not_withdrawn(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.owner)):
        row = actions.submit_attestation(world.partner, **SAID, at=NOW)
        with pytest.raises(NotAllowed):
            actions.withdraw_attestation(row, at=NOW, reason="Mine")
    with scope.enter(make.scope_of(world.admin)):
        again = refusal(actions.withdraw_attestation, row, at=NOW, reason="Early")
    assert again == "not_accepted"
