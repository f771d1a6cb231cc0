"""The trial of a draft on all partners: it judges them as the plan does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from programs import document as documents
from programs.document import ProgramDocument
from programs.effects import effects
from programs.gathering import Decided
from programs.rules import Facts, Held, MetricValue
from programs.trial import AxisForAll, try_all

ON = dt.date(2026, 6, 1)
TEXT = """
program: small
title: Small Program
currency: EUR
metrics: {revenue: {title: Revenue, unit: EUR}}
types:
  msp:
    tiers:
      base: {title: Base}
      gold:
        title: Gold
        entry: {metric: {code: revenue, at_least: 200}}
        retain: {metric: {code: revenue, at_least: 150}}
    axes:
      badge:
        kind: set
        levels: {cloud: {title: Cloud, entry: {metric: {code: revenue, at_least: 90}}}}
"""
OLD = documents.load(TEXT)


def facts(revenue: int | None, *held: str) -> Facts:
    metrics = {} if revenue is None else {"revenue": MetricValue(Decimal(revenue), "books", ON)}
    since = dt.date(2024, 1, 1)
    spans = (Held(code, since, axis="badge" if code == "cloud" else "tier") for code in held)
    return Facts("x", metrics=metrics, held={"msp": tuple(spans)})


def tried(
    new: ProgramDocument, *known: Facts, decided: Decided | None = None
) -> tuple[AxisForAll, AxisForAll]:
    every = dict(enumerate(known))
    names = {pk: f"Partner {pk}" for pk in every}
    chunk = every, dict.fromkeys(every, decided) if decided else {}
    tiers, badges = try_all(OLD, new, [chunk], names, ON)
    return tiers, badges


def counted(axis: AxisForAll, code: str) -> tuple[int, int, int]:
    counts = axis.after[code]
    return counts.passed, counts.failed, counts.unknown


def test_who_holds_a_level_is_judged_by_what_it_asks_to_stay() -> None:
    tiers, _ = tried(OLD, facts(160, "gold"), facts(160, "base"), facts(None, "gold"))
    assert counted(tiers, "gold") == (1, 1, 1)
    assert tiers.movers == []
    assert tiers.matrix == {("gold", "gold"): 2, ("base", "base"): 1}


def test_a_stricter_retain_set_moves_those_who_hold_the_level_alone() -> None:
    new = documents.load(TEXT.replace("at_least: 150", "at_least: 170"))
    tiers, _ = tried(new, facts(160, "gold"), facts(160, "base"))
    assert [(one.name, one.before, one.after, one.up) for one in tiers.movers] == [
        ("Partner 0", "Gold", "Base", False)
    ]


def test_a_badge_that_is_lost_is_a_move_as_well() -> None:
    new = documents.load(TEXT.replace("at_least: 90", "at_least: 99"))
    _, badges = tried(new, facts(95, "base", "cloud"))
    assert [(one.before, one.after, one.up) for one in badges.movers] == [("Cloud", "", False)]


def test_a_cure_or_an_exception_keeps_the_level() -> None:
    new = documents.load(TEXT.replace("at_least: 150", "at_least: 170"))
    spared = Decided(spared=frozenset({("msp", "tier", "gold")}))
    tiers, _ = tried(new, facts(160, "gold"), decided=spared)
    assert (tiers.movers, counted(tiers, "gold")) == ([], (1, 0, 0))


def test_a_renamed_level_and_type_move_nobody() -> None:
    renamed = TEXT.replace("  msp:\n", "  mssp:\n    was: msp\n").replace(
        "      gold:\n        title: Gold", "      top:\n        was: gold\n        title: Top"
    )
    tiers, _ = tried(documents.load(renamed), facts(160, "gold"), facts(160, "base"))
    assert (tiers.partners, tiers.movers, tiers.matrix["gold", "top"]) == (2, [], 1)


def test_the_movers_are_those_of_the_plan() -> None:
    new = documents.load(TEXT.replace("at_least: 200", "at_least: 180"))
    known = [facts(revenue, level) for revenue in (80, 120, 185, 220) for level in ("base", "gold")]
    tiers, badges = tried(new, *known)
    planned = effects(
        OLD, new, dict(enumerate(known)), {pk: f"Partner {pk}" for pk in range(8)}, ON
    )
    assert sorted((one.name, one.after) for one in (*tiers.movers, *badges.movers)) == sorted(
        (one.partner, one.now) for one in planned
    )
    assert tiers.movers


def test_a_new_type_is_tried_on_everybody_by_entry() -> None:
    new = documents.load(TEXT + TEXT[TEXT.index("  msp:") :].replace("  msp:", "  var:"))
    found = try_all(OLD, new, [({1: replace(facts(160), held={})}, {})], {1: "A"}, ON)
    axis = found[2]
    assert (axis.enrolled, axis.partners, counted(axis, "gold")) == (False, 1, (0, 1, 0))
