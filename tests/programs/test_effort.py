"""Gaps in the order of their effort, and the cheapest of several ways."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from programs.rules import Case, Facts
from programs.rules.effort import Gap, ranked_gaps
from tests.programs.rule_world import DOCUMENT, ON, certified, team, tree

PLAN = {"attestation": "plan"}
SEATS = {"metric": {"code": "seats", "at_least": 100}}
CSAT = {"metric": {"code": "csat", "at_least": 80}}
DEPLOY = {"people": {"track": "deploy", "at_least": 1}}
MANAGE = {"people": {"track": "manage", "at_least": 3}}


def gaps(values: Any, facts: Facts) -> list[Gap]:
    return ranked_gaps(tree(values), Case(facts, ON), DOCUMENT)


def kinds(values: Any, facts: Facts) -> list[tuple[str, Decimal | None]]:
    return [(gap.effort, gap.amount) for gap in gaps(values, facts)]


def test_the_least_effort_comes_first() -> None:
    asks = {"all": [SEATS, MANAGE, DEPLOY, CSAT, PLAN, {"agreement": "in_force"}]}
    assert kinds(asks, team(certified("ann"), seats=80)) == [
        ("signature", None),
        ("attestation", None),
        ("missing", None),
        ("exams", Decimal(1)),
        ("exams", Decimal(3)),
        ("figure", Decimal("20.0")),
    ]


def test_the_nearest_figure_comes_before_the_farther() -> None:
    other = {"metric": {"code": "seats", "at_least": 400}}
    found = kinds({"all": [other, SEATS]}, team(seats=80))
    assert [amount for _, amount in found] == [Decimal("20.0"), Decimal("80.0")]


def test_of_alternatives_the_cheapest_is_shown() -> None:
    asks = {"any": [SEATS, {"all": [DEPLOY, PLAN]}]}
    assert [kind for kind, _ in kinds(asks, team(certified("ann"), seats=1))] == [
        "attestation",
        "exams",
    ]


def test_of_a_choice_only_what_is_still_missing_is_shown() -> None:
    asks = {"at_least": {"n": 2, "of": [SEATS, DEPLOY, MANAGE]}}
    facts = team(certified("ann", "deploy"), seats=80)
    assert kinds(asks, facts) == [("exams", Decimal(3))]


def test_what_passes_has_no_gap() -> None:
    assert gaps(DEPLOY, team(certified("ann", "deploy"))) == []


def test_a_gap_says_who_takes_the_exam() -> None:
    (gap,) = gaps(DEPLOY, team(certified("ann")))
    values = gap.to_dict()
    assert (values["effort"], values["exams"]["exams"][0]["person"]) == ("exams", "ann")
    assert values["requirement"]["missing"] == "1 more person with Deploy"
