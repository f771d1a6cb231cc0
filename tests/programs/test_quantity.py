"""Numbers that a rule compares with: the same for everybody, or each partner's own."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from programs.document import ProgramError
from programs.rules import Case, Facts
from programs.rules.quantity import Quantity
from tests.programs.metric_world import DOCUMENT, ON, answer, person, tree, value

BY_GROUP = {"by_group": {"tier1": 300, "tier2": {"times": 0.5}}, "otherwise": 200}
AGREED = {"agreed": "arr_target", "from": 100, "to": 500}
PER_SEATS = {"per": "seats", "each": 1000, "at_least": 1, "at_most": 10}


def quantity(values: Any) -> Quantity:
    found = Quantity.model_validate(values)
    assert found.bind(DOCUMENT, ()) == []
    return found


def of(values: Any, facts: Facts) -> tuple[Decimal | None, str]:
    found, case = quantity(values), Case(facts, ON)
    number = found.value(case)
    return number, found.why(case) if number is None else ""


def seats(number: float) -> Facts:
    return Facts(metrics={"seats": value(number)})


@pytest.mark.parametrize(("country", "number"), [("US", 300), ("DE", 100), ("JP", 200)])
def test_by_group_is_by_the_partners_country(country: str, number: int) -> None:
    assert of(BY_GROUP, Facts(country=country)) == (number, "")


@pytest.mark.parametrize(
    ("values", "country", "why"),
    [
        (BY_GROUP, "", "the partner's country is not known"),
        ({"by_group": {"tier1": 3}}, "JP", "the program does not state this value for JP"),
        (
            {"by_group": {"tier1": "not_stated"}, "otherwise": 3}, "US",
            "the published program does not state this value",
        ),
        (
            {"by_group": {"tier1": {"times": 2}}, "otherwise": "not_stated"}, "US",
            "the published program does not state this value",
        ),
    ],
)  # fmt: skip
def test_by_group_is_unknown(values: Any, country: str, why: str) -> None:
    assert of(values, Facts(country=country)) == (None, why)


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [
        (None, (None, "the arr target has not been agreed with this partner")),
        (99, (None, "99 was agreed, which is not in the range of the agreed arr target (from 100 "
                    "to 500)")),
        (100, (100, "")),
        (500, (500, "")),
    ],
)  # fmt: skip
def test_agreed_value_lies_in_its_range(agreed: int | None, expected: Any) -> None:
    facts = Facts(agreed={} if agreed is None else {"arr_target": Decimal(agreed)})
    assert of(AGREED, facts) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(0, 1), (1, 1), (1000, 1), (1001, 2), (9999, 10), (50_000, 10)]
)
def test_per_counts_each_begun_thousand(number: int, expected: int) -> None:
    assert of(PER_SEATS, seats(number)) == (expected, "")


def test_per_is_as_unknown_as_its_metric() -> None:
    assert of(PER_SEATS, Facts()) == (None, "Managed seats: no value from statements")


@pytest.mark.parametrize(
    "values", [25, 2.5, "not_stated", BY_GROUP, AGREED, PER_SEATS, {"agreed": "x"}]
)
def test_quantity_is_written_as_it_was_read(values: Any) -> None:
    assert quantity(values).model_dump(mode="json", by_alias=True, exclude_defaults=True) == values


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (1200, "1,200"),
        ("not_stated", "a value that is not stated"),
        (BY_GROUP, "300 in tier1, 100 in tier2, otherwise 200"),
        (AGREED, "the agreed arr target (from 100 to 500)"),
        (PER_SEATS, "1 for each 1,000 Managed seats, at least 1, at most 10"),
    ],
)
def test_quantity_in_words(values: Any, words: str) -> None:
    assert quantity(values).words() == words


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        (25, (25, 25)),
        ("not_stated", (None, None)),
        (BY_GROUP, (100, 300)),
        (AGREED, (100, 500)),
        (PER_SEATS, (1, 10)),
        ({"per": "seats", "each": 10}, (None, None)),
    ],
)
def test_bounds_hold_for_every_partner(values: Any, bounds: tuple[int | None, int | None]) -> None:
    assert quantity(values).bounds() == bounds


@pytest.mark.parametrize(
    "values",
    [
        True,
        "12",
        {"by_group": {"tier1": {"times": 2}}},
        {"by_group": {}},
        {"agreed": "x", "from": 5, "to": 4},
        {"per": "seats", "each": 0},
        {"per": "seats", "each": 1, "at_least": 5, "at_most": 4},
        {"per": "seats", "each": 1, "agreed": "x"},
        {},
    ],
)
def test_what_is_no_quantity_is_refused(values: Any) -> None:
    with pytest.raises(ValidationError):
        Quantity.model_validate(values)


@pytest.mark.parametrize(
    ("need", "path"),
    [
        ({"by_group": {"nowhere": 3}}, "people.at_least.by_group.nowhere"),
        ({"per": "nothing", "each": 3}, "people.at_least.per"),
        (0, "people.at_least"),
        (1.5, "people.at_least"),
    ],
)
def test_quantity_that_leads_nowhere_names_its_path(need: Any, path: str) -> None:
    with pytest.raises(ProgramError) as caught:
        tree({"people": {"track": "deploy", "at_least": need}})
    assert caught.value.path == path


def test_people_needed_are_rounded_up() -> None:
    need = {"by_group": {"tier2": {"times": 0.5}}, "otherwise": 3}
    asked = {"people": {"track": "deploy", "at_least": need}}
    facts = Facts("p1", (person("ana", "deploy"),), country="DE")
    node = answer(asked, facts)
    assert (node.outcome, node.need, node.have) == ("fail", 2, 1)
    assert node.words == "people with Deploy: 1.5 in tier2, otherwise 3"
    assert node.missing == "1 more person with Deploy"
    assert answer(asked, replace(facts, country="")).unknown == (
        "the partner's country is not known",
    )


def test_metric_is_compared_with_each_partners_number() -> None:
    asked = {"metric": {"code": "seats", "at_least": BY_GROUP}}
    facts = replace(seats(150), country="DE")
    assert (answer(asked, facts).outcome, answer(asked, facts).need) == ("pass", 100)
    assert answer(asked, replace(facts, country="US")).missing == (
        "Managed seats: 150 more (150 now)"
    )
    assert answer(asked, replace(facts, country="")).outcome == "unknown"


def test_need_that_grows_with_seats_ends_when_the_seats_go_stale() -> None:
    asked = {"people": {"track": "deploy", "at_least": {"per": "seats", "each": 100}}}
    facts = Facts("p1", (person("ana", "deploy"),), {"seats": value(100)})
    node = answer(asked, facts)
    assert (node.outcome, node.until) == ("pass", ON.replace(year=2027, month=5))
