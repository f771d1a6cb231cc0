"""Steps of onboarding that open levels and products: in the rules and in the plan. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from programs import document as documents
from programs.document import ProgramDocument
from programs.effects import effects
from programs.errors import ProgramError
from programs.rules import Facts, Held, evaluate_level, levels_met
from programs.rules.case import Case
from programs.rules.facts import Started, facts_from
from programs.rules.succession import as_named_by
from reviews.rules import Standing, axis_rules, decide
from tests.programs.test_effects import ON, facts
from tests.programs.world import small

MARCH = dt.date(2026, 3, 1)
CALL = {"title": "First call", "levels": ["silver"], "products": ["shield"]}


def opened(**steps: Any) -> ProgramDocument:
    values = documents.to_dict(small())
    values["types"]["msp"]["review"] = {"clock": "quarterly"}
    values["types"]["msp"]["onboarding"] = {
        "joined_from": "2026-02-01",
        "steps": steps or {"call": CALL},
    }
    return documents.document_from(values)


def joined(
    day: dt.date = MARCH, *done: str, revenue: int | None = 250, until: dt.date | None = None,
    held: str | None = "registered",
) -> Facts:  # fmt: skip
    started = {"msp": (Started(day, until, done),)}
    known = replace(facts(revenue, held=held), onboarding=started)
    rows = tuple(replace(row, from_=day) for row in known.held["msp"])
    return replace(known, held={"msp": rows})


def met(known: Facts) -> tuple[str, ...]:
    return levels_met(opened(), "msp", Case(known, ON))


@pytest.mark.parametrize(
    ("known", "level"),
    [
        (joined(), "registered"),  # gold as well: nobody goes round the step that opens silver
        (joined(MARCH, "call"), "gold"),
        (joined(MARCH, "other"), "registered"),
        (joined(dt.date(2026, 1, 31)), "gold"),  # joined before anybody was asked
        (joined(dt.date(2026, 2, 1)), "registered"),
    ],
)
def test_a_level_waits_for_the_step_that_opens_it(known: Facts, level: str) -> None:
    assert met(known) == (level,)


@pytest.mark.parametrize(
    ("revenue", "met"), [(250, "gold"), (30, "registered"), (None, "registered")]
)
def test_a_step_with_a_requirement_opens_when_it_is_met_and_unknown_opens_nothing(
    revenue: int | None, met: str
) -> None:
    asks = {"metric": {"code": "revenue", "at_least": 40}}
    document = opened(sales={"title": "First sales", "levels": ["silver"], "met": asks})
    found = levels_met(document, "msp", Case(joined(revenue=revenue), ON))
    assert found == (met,)


def test_the_partner_reads_which_step_opens_the_level() -> None:
    silver = evaluate_level(opened(), "msp", joined(), ON).tier("silver")
    assert silver.entry.outcome == "fail"
    assert [leaf.missing for leaf in silver.entry.open_leaves()] == [
        "opens when the step “First call” is done"
    ]


def outcomes(known: Facts, *held: str) -> list[tuple[str, str | None]]:
    rules = axis_rules(opened(), "msp", "tier")
    found = decide(rules, Case(known, ON), Standing(held=held))
    return [(one.kind, one.to) for one in found]


def test_a_review_does_not_promote_before_the_step_and_takes_no_level_away() -> None:
    assert outcomes(joined(), "registered") == [("keep", "registered")]
    assert outcomes(joined(MARCH, "call"), "registered") == [("promote", "gold")]
    assert outcomes(joined(revenue=120), "silver") == [("keep", "silver")]


def test_a_level_held_is_kept_on_the_partners_page_too() -> None:
    known = replace(joined(revenue=120), held={"msp": (Held("silver", MARCH),)})
    assert evaluate_level(opened(), "msp", known, ON).kept == "pass"


def planned(*known: Facts) -> list[tuple[Any, ...]]:
    every = dict(enumerate(known, start=1))
    old = documents.to_dict(opened())
    del old["types"]["msp"]["onboarding"]
    names = {pk: f"P{pk}" for pk in every}
    return [
        (e.kind, e.partner_id, e.before, e.after, e.waits)
        for e in effects(documents.document_from(old), opened(), every, names, ON)
    ]


def test_the_plan_names_whose_levels_and_gates_a_new_step_closes() -> None:
    assert planned(joined(), joined(MARCH, "call"), joined(dt.date(2026, 1, 1))) == [
        ("falls", 1, "gold", "registered", ("First call",)),
        ("closes", 1, "general", "general", ("First call",)),
    ]


def test_who_holds_the_level_loses_only_the_gate() -> None:
    held = replace(joined(revenue=120), held={"msp": (Held("silver", MARCH),)})
    assert [(kind, waits) for kind, _pk, _was, _now, waits in planned(held)] == [
        ("closes", ("First call",))
    ]


def test_a_step_opens_only_levels_that_there_are() -> None:
    with pytest.raises(ProgramError) as error:
        opened(call={"title": "First call", "levels": ["platinum"]})
    (problem,) = error.value.problems
    assert (problem.code, problem.path) == (
        "unknown_level", "types.msp.onboarding.steps.call.levels",
    )  # fmt: skip


def test_a_partner_whose_type_was_renamed_is_no_new_one() -> None:
    values = documents.to_dict(opened())
    values["types"]["provider"] = {**values["types"].pop("msp"), "was": "msp"}
    document = documents.document_from(values)
    before = joined(dt.date(2025, 1, 1), until=MARCH)
    known = replace(before, onboarding={**before.onboarding, "provider": (Started(MARCH),)})
    assert levels_met(document, "provider", Case(as_named_by(document, known), ON)) == ("gold",)


def test_facts_without_steps_keep_their_text() -> None:
    assert "onboarding" not in facts(1).to_dict()
    assert facts_from(joined().to_dict()) == joined()
