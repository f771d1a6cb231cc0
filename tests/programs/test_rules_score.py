"""Scores: what counts, what caps, what closes, and what is left open while data is missing."""

from typing import Any

import pytest

from programs.document import ProgramError, load
from tests.programs.level_world import ON, TEXT, answer, measured, planned, tree

SEATS = {"metric": "seats", "points": 1, "each": 10, "cap": 30}
CSAT = {"metric": "csat", "points": 0.5}
PLAN = {"if": {"attestation": "plan"}, "points": 20}


def score(need: Any, *parts: Any, **more: Any) -> dict[str, Any]:
    return {"score": {"at_least": need, "parts": list(parts), **more}}


def points(values: Any, **metrics: int | None) -> tuple[Any, ...]:
    node = answer(values, planned(ON, **metrics))
    return node.outcome, node.have, node.have_at_most


@pytest.mark.parametrize(
    ("seats", "have"), [(9, 0), (10, 1), (19, 1), (299, 29), (300, 30), (5000, 30), (-40, 0)]
)
def test_points_for_each_full_unit_up_to_the_cap(seats: int, have: int) -> None:
    assert points(score(1, SEATS), seats=seats)[1] == have


def test_without_each_points_go_with_the_value() -> None:
    assert points(score(40, CSAT), csat=81) == ("pass", 40.5, None)


def test_parts_add_up() -> None:
    assert points(score(60, SEATS, PLAN, CSAT), seats=150, csat=50) == ("pass", 60, None)
    assert points(score(61, SEATS, PLAN, CSAT), seats=150, csat=50) == ("fail", 60, None)


@pytest.mark.parametrize(("need", "expected"), [(20, "pass"), (21, "unknown"), (51, "fail")])
def test_unknown_only_while_the_need_lies_in_the_interval(need: int, expected: str) -> None:
    """20 points for the plan; up to 30 for seats that nobody has reported."""
    assert points(score(need, SEATS, PLAN), seats=None) == (expected, 20, 50)


def test_without_a_cap_what_is_unknown_has_no_bound() -> None:
    node = answer(score(1000, CSAT), measured(csat=None))
    assert (node.outcome, node.have, node.have_at_most) == ("unknown", 0, None)
    assert node.unknown == ("Satisfaction: no value from s",)


def test_a_part_under_its_minimum_fails_the_score_however_many_points() -> None:
    parts = ({**SEATS, "minimum": 50}, PLAN)
    node = answer(score(20, *parts), planned(ON, seats=49))
    assert (node.outcome, node.missing) == ("fail", "Managed seats: at least 50 in any case")
    assert answer(score(20, *parts), planned(ON, seats=50)).outcome == "pass"


def test_a_minimum_that_is_not_known_is_unknown() -> None:
    node = answer(score(20, {**SEATS, "minimum": 50}, PLAN), planned(ON, seats=None))
    assert (node.outcome, node.have) == ("unknown", 20)


def test_a_closed_gate_fails_and_is_the_gap() -> None:
    gate = {"metric": {"code": "csat", "at_least": 80}}
    node = answer(score(20, PLAN, gate=gate), planned(ON, csat=70))
    assert (node.outcome, node.missing) == ("fail", "Satisfaction: 10 % more (70 % now)")
    assert answer(score(20, PLAN, gate=gate), planned(ON, csat=None)).outcome == "unknown"
    assert answer(score(21, PLAN, gate=gate), planned(ON, csat=None)).outcome == "fail"


BEST = {
    "score": {
        "at_least": 25,
        "best_of": [
            {"title": "By size", "parts": [{**SEATS, "minimum": 200}]},
            {"title": "By care", "parts": [PLAN, {"metric": "csat", "points": 0.1}]},
        ],
    }
}


def test_the_best_route_counts() -> None:
    node = answer(BEST, planned(ON, seats=300, csat=10))
    assert (node.outcome, node.have) == ("pass", 30)
    assert [(child.words, child.outcome, child.have) for child in node.children] == [
        ("By size", "pass", 30), ("By care", "fail", 21),
    ]  # fmt: skip


def test_a_route_under_its_minimum_leaves_the_others() -> None:
    assert points(BEST, seats=100, csat=50) == ("pass", 25, None)
    assert points(BEST, seats=100, csat=49)[0] == "fail"


def test_a_score_says_how_many_points_are_missing_and_which_parts_give_none() -> None:
    node = answer(score(60, SEATS, PLAN), measured(seats=100))
    assert node.missing == "50 more points (10 now)"
    assert [leaf.words for leaf in node.open_leaves()] == [
        "Business plan, not older than 12 months"
    ]


def test_a_score_of_which_all_parts_give_points_is_itself_the_gap() -> None:
    node = answer(score(60, SEATS), measured(seats=100))
    assert [leaf.kind for leaf in node.open_leaves()] == ["score"]


def test_a_score_ends_when_too_few_points_are_left() -> None:
    """The plan counts twelve months, the seats' report six."""
    facts = planned(ON, seats=100)
    assert str(answer(score(30, SEATS, PLAN), facts).until) == "2027-05-01"
    assert str(answer(score(20, PLAN), facts).until) == "2027-11-23"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"metric": "ours", "points": 1},
         ("vendor_metric", "score.parts[0].metric",
          "the metric 'ours' is about the vendor's own work")),
        ({"if": {"not": {"metric": {"code": "ours", "at_least": 1}}}, "points": 1},
         ("vendor_metric", "score.parts[0].if.not.metric.code",
          "the metric 'ours' is about the vendor's own work")),
        ({"metric": "seat", "points": 1},
         ("unknown_metric", "score.parts[0].metric", "there is no metric 'seat'")),
        ({"metric": "seats", "points": -1}, ("points", "score.parts[0].points",
                                             "points are 0 or more")),
        ({"metric": "seats", "points": 1, "each": 0},
         ("points", "score.parts[0].each", "each is more than 0")),
        ({"points": 1}, ("value", "score.parts[0]", "a part counts either a metric or an if")),
        ({"if": {"all": []}, "points": 1, "cap": 3},
         ("value", "score.parts[0]", "each, cap and minimum belong to a metric")),
    ],
)  # fmt: skip
def test_parts_that_cannot_count_are_refused(part: Any, expected: tuple[str, str, str]) -> None:
    with pytest.raises(ProgramError) as caught:
        tree(score(1, part))
    found = caught.value.problems[0]
    assert (found.code, found.path, found.message) == expected


def test_a_score_in_a_document_names_the_line_of_the_vendors_metric() -> None:
    entry = "{metric: {code: seats, at_least: 300}}"
    text = TEXT.replace(entry, "{score: {at_least: 1, parts: [{metric: ours, points: 1}]}}")
    with pytest.raises(ProgramError) as caught:
        load(text)
    line = text[: text.index("score:")].count("\n") + 1
    assert [(p.code, p.line) for p in caught.value.problems] == [("vendor_metric", line)]
