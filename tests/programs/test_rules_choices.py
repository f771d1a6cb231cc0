"""not, by_country and phased; day, country, partner_for and held."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from programs.document import ProgramError
from programs.rules import Facts, Held, Node
from tests.programs.level_world import FAMILY, ON, answer, held, measured, planned, tree

SEATS = {"metric": {"code": "seats", "at_least": 100}}
PLAN = {"attestation": "plan"}


def outcome(values: Any, facts: Facts, on: date = ON) -> tuple[Any, ...]:
    node = answer(values, facts, on)
    return node.outcome, node.missing, node.unknown, node.until


@pytest.mark.parametrize(("seats", "expected"), [(99, "pass"), (100, "fail"), (None, "unknown")])
def test_not_turns_round_and_leaves_unknown_unknown(seats: int | None, expected: str) -> None:
    assert answer({"not": SEATS}, measured(seats=seats)).outcome == expected


def test_not_says_what_must_not_hold() -> None:
    assert outcome({"not": SEATS}, measured(seats=120)) == (
        "fail", "This must not hold: Managed seats at least 100", (), None,
    )  # fmt: skip


def test_a_failing_not_is_itself_the_gap_to_show() -> None:
    node = answer({"not": SEATS}, measured(seats=120))
    assert [leaf.kind for leaf in node.open_leaves()] == ["not"]


def test_not_ends_on_the_day_the_inside_comes_true() -> None:
    """Nobody acts, and yet the partner will have been one for twelve months."""
    young = replace(measured(), since=date(2026, 3, 5))
    assert answer({"not": {"partner_for": 12}}, young).until == date(2027, 3, 5)


def test_not_of_an_attestation_that_begins_later_ends_then() -> None:
    assert answer({"not": PLAN}, planned(date(2026, 12, 24))).until == date(2026, 12, 24)


def test_partner_for_counts_from_the_day_it_joined() -> None:
    facts = replace(measured(), since=date(2026, 1, 31))
    before = outcome({"partner_for": 12}, facts, date(2027, 1, 30))
    assert before == ("fail", "Partner for 12 months on 2027-01-31", (), None)
    assert answer({"partner_for": 12}, facts, date(2027, 1, 31)).outcome == "pass"


def test_partner_for_is_unknown_without_the_day_it_joined() -> None:
    why = ("the day this partner joined is not known",)
    assert outcome({"partner_for": 1}, measured()) == ("unknown", "", why, None)


DAY = {"day": {"from": "2026-07-01", "before": "2027-01-01"}}


@pytest.mark.parametrize(
    ("on", "expected", "until"),
    [
        (date(2026, 6, 30), "fail", None),
        (date(2026, 7, 1), "pass", date(2027, 1, 1)),
        (date(2026, 12, 31), "pass", date(2027, 1, 1)),
        (date(2027, 1, 1), "fail", None),
    ],
)
def test_day_holds_in_its_days_and_names_the_end(
    on: date, expected: str, until: date | None
) -> None:
    node = answer(DAY, measured(), on)
    assert (node.outcome, node.until) == (expected, until)


@pytest.mark.parametrize(
    ("country", "expected"), [("US", "pass"), ("PL", "fail"), ("FR", "fail"), ("", "unknown")]
)
def test_country_by_group(country: str, expected: str) -> None:
    facts = replace(measured(), country=country)
    assert answer({"country": {"group": "tier1"}}, facts).outcome == expected


def test_country_by_code() -> None:
    facts = replace(measured(), country="FR")
    assert answer({"country": {"in": ["FR", "DE"]}}, facts).outcome == "pass"


BY_COUNTRY = {"by_country": {"by_group": {"tier1": SEATS}, "otherwise": PLAN}}


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("GB", ("pass", "Managed seats at least 100")),
        ("PL", ("fail", "Business plan, not older than 12 months")),
        ("", ("unknown", "by country (tier1: Managed seats at least 100 | elsewhere: Business plan,"
                         " not older than 12 months)")),
    ],
)  # fmt: skip
def test_by_country_asks_each_group_for_its_own(country: str, expected: tuple[str, str]) -> None:
    node = answer(BY_COUNTRY, replace(measured(seats=150), country=country))
    assert (node.outcome, node.words) == expected


def test_by_country_without_a_set_for_the_country_is_unknown() -> None:
    facts = replace(measured(seats=150), country="PL")
    node = answer({"by_country": {"by_group": {"tier1": SEATS}}}, facts)
    assert node.unknown == ("the program does not state what it asks in PL",)


PHASED = {
    "phased": {
        "asks": {"metric": {"code": "seats", "at_least": 200}},
        "until_then": SEATS,
        "announced": "2026-06-01",
        "measured_from": "2026-09-01",
        "enforced": "2027-03-31",
    }
}


def test_before_it_is_enforced_the_older_set_decides_and_the_coming_one_is_told() -> None:
    node = answer(PHASED, measured(seats=150))
    assert (node.outcome, node.words) == ("pass", "Managed seats at least 100")
    assert node.coming is not None
    assert (node.coming.outcome, node.coming.missing, node.coming_on) == (
        "fail", "Managed seats: 50 more (150 now)", date(2027, 3, 31),
    )  # fmt: skip


WRAPS: list[Any] = [
    {"all": [PHASED, PLAN]},
    {"any": [PHASED, PLAN]},
    {"at_least": {"n": 1, "of": [PHASED, PLAN]}},
    {"not": PHASED},
    {"score": {"at_least": 1, "gate": PHASED, "parts": [{"points": 1, "if": PHASED}]}},
]


@pytest.mark.parametrize("values", [PHASED, *WRAPS], ids=lambda values: next(iter(values)))
def test_nothing_tells_of_a_change_before_it_is_announced(values: Any) -> None:
    said = [str(answer(values, measured(seats=150), date(2026, *day)).to_dict())
            for day in ((5, 31), (6, 1))]  # fmt: skip
    assert ["200" in words or "2027-03-31" in words for words in said] == [False, True]


def test_from_that_day_on_the_new_set_decides() -> None:
    node = answer(PHASED, measured(seats=150), date(2027, 3, 31))
    assert (node.outcome, node.coming, node.coming_on) == ("fail", None, None)


def test_a_change_that_will_not_be_met_ends_the_pass() -> None:
    """Business plan until then; from the day on nobody here meets what is asked."""
    change = {"phased": {"asks": {"country": {"in": ["FR"]}}, "enforced": "2027-01-01"}}
    facts = replace(measured(), country="US")
    assert answer(change, facts).until == date(2027, 1, 1)
    assert answer(change, replace(facts, country="FR")).until is None


def test_days_of_a_change_go_in_order() -> None:
    with pytest.raises(ProgramError) as caught:
        tree({"phased": {**PHASED["phased"], "announced": "2028-01-01"}})
    assert caught.value.message == "the days go in order: announced, measured_from, enforced"


SILVER = Held("silver", date(2025, 3, 1), date(2026, 2, 1))
GOLD = Held("gold", date(2026, 2, 1))


def asked(**more: Any) -> dict[str, Any]:
    return {"held": {"type": "msp", "level": "silver", **more}}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "fail"),
        ({"or_better": True}, "pass"),
        ({"or_better": True, "acquired_before": "2025-03-02"}, "pass"),
        ({"or_better": True, "acquired_before": "2025-03-01"}, "fail"),
        ({"or_better": True, "acquired_from": "2025-03-01"}, "pass"),
        ({"or_better": True, "acquired_from": "2025-03-02"}, "fail"),
        ({"or_better": True, "months": 20}, "pass"),
        ({"or_better": True, "months": 21}, "fail"),
        ({"level": ["silver", "gold"], "months": 20}, "pass"),
        ({"level": "gold", "months": 12}, "fail"),
    ],
)
def test_held_counts_from_the_beginning_of_an_unbroken_time(
    more: dict[str, Any], expected: str
) -> None:
    assert answer(asked(**more), held(SILVER, GOLD)).outcome == expected


def test_held_after_a_gap_counts_anew() -> None:
    gap = replace(GOLD, from_=date(2026, 2, 2))
    node = answer(asked(or_better=True, acquired_before="2025-12-31"), held(SILVER, gap))
    assert node.missing == (
        "Silver or better as Service provider, won before 2025-12-31 (held since 2026-02-02)"
    )


def test_held_ends_with_the_level() -> None:
    ending = replace(GOLD, until=date(2027, 2, 1))
    assert answer(asked(or_better=True), held(ending)).until == date(2027, 2, 1)


def test_held_by_a_company_of_the_family_is_not_held() -> None:
    other = replace(GOLD, member="child")
    assert answer(asked(or_better=True), held(other, family=FAMILY)).outcome == "fail"


def test_a_badge_is_held_on_its_own_axis() -> None:
    badge = Held("healthcare", date(2026, 1, 1), axis="badge")
    wanted = {"held": {"type": "msp", "axis": "badge", "level": "healthcare"}}
    assert answer(wanted, held(badge, GOLD)).outcome == "pass"


def refusal(values: Any) -> tuple[str, str, str, str]:
    with pytest.raises(ProgramError) as caught:
        tree(values)
    found = caught.value.problems[0]
    return found.code, found.path, found.message, found.remedy


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            asked(level="platinum"),
            ("unknown_level", "held.level", "there is no level 'platinum'",
             "Known: registered, silver, gold, healthcare, trained, flex, fixed"),
        ),
        (
            asked(axis="badge"),
            ("unknown_level", "held.level", "there is no level 'silver'",
             "Known: healthcare, trained"),
        ),
        (
            asked(axis="colour"),
            ("unknown_axis", "held.axis", "the type 'msp' has no axis 'colour'",
             "Known: tier, badge, commitment"),
        ),
        (
            asked(level="healthcare", or_better=True),
            ("no_ladder", "held.or_better",
             "the axis 'badge' is a set: no level of it is better than another",
                 "Remove or_better"),
        ),
        (
            {"held": {"type": "var", "level": "gold"}},
            ("unknown_type", "held.type", "there is no type 'var'",
             "Known: msp; or declare it under types"),
        ),
        (
            {"country": {"group": "tier9"}},
            ("unknown_country_group", "country.group", "there is no country group 'tier9'",
             "Known: tier1, tier2; or declare it under country_groups"),
        ),
        (
            {"by_country": {"by_group": {"tier9": PLAN}}},
            ("unknown_country_group", "by_country.by_group.tier9",
             "there is no country group 'tier9'",
             "Known: tier1, tier2; or declare it under country_groups"),
        ),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_named_with_what_there_is(
    values: Any, expected: tuple[str, str, str, str]
) -> None:
    assert refusal(values) == expected


def test_nodes_of_before_keep_their_json() -> None:
    """Stored decisions are compared with it bit by bit."""
    keys = set(Node("all", "pass", "x").to_dict())
    assert keys == {
        "kind", "outcome", "words", "id", "subject", "need", "have", "unit", "missing", "unknown",
        "until", "counted", "lapsed", "children",
    }  # fmt: skip
