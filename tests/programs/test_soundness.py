"""Entry against retain, levels nobody reaches, and what the lint has to say."""

from typing import Any

import pytest

from programs import library
from programs.document import ProgramError, load
from programs.document.lint import lint
from programs.document.reading import read_yaml
from programs.rules.implies import Proofs, implies, impossible, refuted
from tests.programs.level_world import DOCUMENT, tree
from tests.programs.rule_world import DOCUMENT as RULES


def seats(least: Any) -> dict[str, Any]:
    return {"metric": {"code": "seats", "at_least": least}}


def people(least: Any, track: Any = "deploy", **more: Any) -> dict[str, Any]:
    return {"people": {"track": track, "at_least": least, **more}}


MANY = people(4, ["deploy", "manage"], of_them=[{"track": "manage", "at_least": 2}])
PLAN, AGREED = {"attestation": "plan"}, {"agreement": "in_force"}


@pytest.mark.parametrize(
    ("entry", "retain", "expected"),
    [
        (seats(100), seats(80), True),
        (seats(100), seats(100), True),
        (seats(100), seats(120), False),
        (seats(100), PLAN, False),
        (seats(100), {"all": []}, True),
        ({"all": []}, seats(1), False),
        ({"all": []}, seats(0), None),  # a count is never less; a balance might be
        ({"all": [seats(100), PLAN]}, {"all": [PLAN, seats(50)]}, True),
        ({"all": [seats(100), PLAN]}, {"any": [AGREED, seats(50)]}, True),
        ({"all": [seats(100), PLAN]}, {"any": [AGREED, people(1)]}, False),
        ({"any": [seats(100), PLAN]}, {"any": [PLAN, seats(50)]}, True),
        ({"any": [seats(100), PLAN]}, seats(50), None),
        ({"any": [seats(100), {"all": [seats(70), PLAN]}]}, seats(50), True),
        ({"metric": {"code": "csat", "at_most": 5}}, {"metric": {"code": "csat", "at_most": 9}},
         True),
        (people(3), people(2), True),
        (people(3), people(4), False),
        (people(3), people(3, ["deploy", "manage"]), True),
        (people(3, ["deploy", "manage"]), people(3), None),
        (MANY, people(2, "manage"), True),
        (MANY, people(3, "manage"), None),
        (MANY, people(3, ["deploy", "manage"], of_them=[{"track": "manage", "at_least": 1}]), True),
        (people(2), people("not_stated"), None),
        (seats("not_stated"), seats("not_stated"), None),
        ({"partner_for": 12}, {"partner_for": 6}, True),
        ({"partner_for": 6}, {"partner_for": 12}, False),
        ({"at_least": {"n": 2, "of": [PLAN, AGREED, seats(9)]}},
         {"at_least": {"n": 1, "of": [PLAN, AGREED, seats(5)]}}, True),
        ({"at_least": {"n": 1, "of": [PLAN, AGREED]}}, PLAN, None),
        ({"not": PLAN}, {"not": PLAN}, True),
        ({"not": PLAN}, PLAN, None),
    ],
)  # fmt: skip
def test_entry_implies_retain_proved_refuted_or_open(
    entry: Any, retain: Any, expected: bool | None
) -> None:
    assert implies(tree(entry, RULES), tree(retain, RULES), RULES) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"all": [seats(10), {"metric": {"code": "seats", "at_most": 9}}]}, True),
        ({"all": [seats(10), {"metric": {"code": "seats", "at_most": 10}}]}, False),
        ({"all": [{"day": {"from": "2027-01-01"}}, {"day": {"before": "2027-01-01"}}]}, True),
        ({"all": [{"country": {"group": "tier1"}}, {"country": {"in": ["FR"]}}]}, True),
        ({"score": {"at_least": 31, "parts": [{"metric": "seats", "points": 1, "cap": 30}]}}, True),
        ({"score": {"at_least": 30, "parts": [{"metric": "seats", "points": 1, "cap": 30}]}},
         False),
        ({"score": {"at_least": 99, "parts": [{"metric": "seats", "points": 1}]}}, False),
        (seats("not_stated"), False),
    ],
)  # fmt: skip
def test_what_nobody_can_ever_meet(values: Any, expected: bool) -> None:
    assert impossible(tree(values, DOCUMENT)) is expected


BASE = """\
program: sound
title: Sound
currency: EUR
metrics:
  seats: {title: Managed seats, unit: seats}
  revenue: {title: Revenue, unit: EUR}
  sold: {title: Seats sold in 12 months, unit: seats}
tracks:
  deploy: {title: Deploy}
  sell: {title: Sell, kind: sales}
types:
"""
SEATS = "{metric: {code: seats, at_least: 9}}"


def found(tiers: str, more: str = "") -> list[tuple[str, str]]:
    text = f"{BASE}  msp: {{title: MSP, tiers: {{{tiers}}}}}\n{more}"
    return [(f.code, f.path) for f in lint(load(text), read_yaml(text))]


def refusals(tiers: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(ProgramError) as caught:
        load(f"{BASE}  msp: {{title: MSP, tiers: {{{tiers}}}}}\n")
    return [(p.code, p.line, p.message) for p in caught.value.problems]


def nested(depth: int, first: int) -> dict[str, Any]:
    """Groups in groups, each of another kind than the one around it."""
    values = seats(first)
    for level in range(depth):
        values = {"all" if level % 2 else "any": [values, seats(first + level)]}
    return values


def test_deeply_nested_requirements_are_compared_in_few_looks() -> None:
    """Along every way to each pair it would be hundreds of thousands."""
    proofs = Proofs()
    assert not proofs.of([tree(nested(20, 100), RULES)], tree(nested(20, 1000), RULES))
    assert not proofs.spent(0)


def test_what_takes_too_many_looks_is_neither_proved_nor_refuted() -> None:
    asked = tree(seats(100), RULES)
    assert Proofs(most=2).of([asked], asked)
    assert not Proofs(most=1).of([asked], asked)
    assert refuted(asked, tree(seats(120), RULES), RULES, Proofs(most=2)) == []
    assert len(refuted(asked, tree(seats(120), RULES), RULES, Proofs(most=3))) == 1


def test_retain_above_entry_is_refused_with_what_is_too_much() -> None:
    tiers = f"core: {{entry: {SEATS}, retain: {{all: [{SEATS}, {{agreement: in_force}}]}}}}"
    assert refusals(tiers) == [
        ("retain_above_entry", 12,
         "whoever meets entry need not meet this: it asks Partner agreement in force"),
    ]  # fmt: skip


def test_a_level_that_everybody_passes_over_is_refused() -> None:
    weaker = "{metric: {code: seats, at_least: 5}}"
    assert refusals(f"low: {{entry: {SEATS}}}, high: {{entry: {weaker}}}") == [
        ("never_reached", 12, "nobody ever stands at Low: whoever meets it meets High, too"),
    ]


def test_a_higher_level_by_invitation_asks_what_it_likes() -> None:
    load(f"{BASE}  msp: {{tiers: {{low: {{entry: {SEATS}}}, high: {{promotion: invitation}}}}}}\n")


def test_a_level_nobody_can_meet_is_refused() -> None:
    both = f"{{all: [{SEATS}, {{metric: {{code: seats, at_most: 8}}}}]}}"
    assert [problem[0] for problem in refusals(f"core: {{entry: {both}}}")] == ["never_met"]


ONE = ("one_program", "types.msp")


@pytest.mark.parametrize(
    ("tiers", "more", "expected"),
    [
        ("core: {entry: {metric: {code: revenue, at_least: 9}}}", "",
         [ONE, ("tier_on_revenue", "types.msp.tiers.core.entry")]),
        ("core: {entry: {all: [{metric: {code: revenue, at_least: 9}}, "
         "{people: {track: deploy, at_least: 1}}]}}", "", [ONE]),
        ("core: {entry: {people: {track: sell, at_least: 1}}}", "",
         [ONE, ("tier_on_sales_certificates", "types.msp.tiers.core.entry")]),
        (f"a: {{benefits: {{off: 5}}}}, b: {{entry: {SEATS}, benefits: {{off: 9}}}}",
         "benefits: {off: {kind: discount}}\n", [ONE, ("tier_on_discount", "types.msp.tiers")]),
        ("core: {entry: {metric: {code: sold, at_least: 9}}}", "",
         [ONE, ("minimum_not_deployed", "types.msp.tiers.core.entry")]),
        ("core: {}", "products: {a: {price_month: 2.9, gates: {general: {}}}}\n",
         [ONE, ("price_without_lock", "products.a.price_month")]),
        ("core: {}", "products: {a: {price_month: 2.9, price_lock_months: 12, "
         "gates: {general: {}}}}\n", [ONE, ("price_without_lock", "products.a.price_month")]),
        ("core: {}", "products: {a: {price_month: 2.9, price_lock_months: 36, "
         "gates: {general: {}}}}\n", [ONE]),
        ("core: {entry: {people: {track: deploy, at_least: 1}}, benefits: {help: msp}}",
         "benefits: {help: {kind: support}}\nsupport: {standard: {s1: 60}, msp: {s1: 60}}\n",
         [ONE, ("support_not_faster", "types.msp.tiers.core.benefits.help")]),
        ("core: {entry: {people: {track: deploy, at_least: 1}}, benefits: {help: msp}}",
         "benefits: {help: {kind: support}}\nsupport: {standard: {s1: 60}, msp: {s1: 30}}\n",
         [ONE]),
        (f"core: {{entry: {{any: [{SEATS}, {{agreement: in_force}}]}}, retain: {SEATS}}}", "",
         [ONE, ("retain_not_proved", "types.msp.tiers.core.retain")]),
    ],
)  # fmt: skip
def test_warnings(tiers: str, more: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(found(tiers, more)) == sorted(expected)


def test_two_segments_with_the_same_rules_are_one_program() -> None:
    text = f"{BASE}  a: {{tiers: {{x: {{}}}}}}\n  b: {{tiers: {{x: {{}}}}}}\n"
    assert [(f.code, f.path, f.line) for f in lint(load(text), read_yaml(text))] == [
        ("same_as_another_type", "types.b", 13),
    ]


def test_the_demo_program_has_nothing_to_remark() -> None:
    assert lint(library.program("aurora")) == []
