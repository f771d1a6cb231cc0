"""The plan's effects against the slow way: everything explained, before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs import document as documents
from programs.differences import diff
from programs.document import GENERAL, ProgramDocument
from programs.document.reading import read_yaml
from programs.effects import Effect, effects
from programs.errors import ProgramError
from programs.gathering import Decided
from programs.rules import (
    AGREEMENT,
    Facts,
    Held,
    MetricValue,
    Period,
    evaluate_level,
    explain,
    gate_tree,
)
from tests.programs.world import TEXT, small

ON = dt.date(2026, 6, 1)
NAMES = {1: "Alder IT", 2: "Birch IT", 3: "Cedar IT"}


def facts(revenue: int | None, *, held: str | None = "registered") -> Facts:
    metrics = {} if revenue is None else {"revenue": MetricValue(Decimal(revenue), "books", ON)}
    spans = (Held(held, dt.date(2024, 1, 1)),) if held else ()
    signed = {AGREEMENT: (Period(dt.date(2024, 1, 1)),)}
    return Facts(partner="x", metrics=metrics, held={"msp": spans}, agreements=signed)


def edited(*steps: Any) -> ProgramDocument:
    """The small program after functions that change its values."""
    values = documents.to_dict(small())
    for step in steps:
        step(values)
    return documents.stored(values)  # levels may stand in any order here


def found(old: ProgramDocument, new: ProgramDocument, *known: Facts) -> list[tuple[Any, ...]]:
    every = dict(enumerate(known, start=1))
    named = {pk: NAMES[pk] for pk in every}
    return [
        (e.kind, e.partner_id, e.subject, e.before, e.after)
        for e in effects(old, new, every, named, ON)
    ]


def without(section: str, code: str) -> Any:
    return lambda values: values[section].pop(code)


def tier(code: str, asks: int) -> Any:
    def step(values: Any) -> None:
        tiers = values["types"]["msp"]["tiers"]
        tiers[code]["entry"] = {"metric": {"code": "revenue", "at_least": asks}}

    return step


def test_a_higher_bar_lowers_and_a_lower_one_lifts() -> None:
    assert found(small(), edited(tier("silver", 120)), facts(110)) == [
        ("falls", 1, "msp", "silver", "registered")
    ]
    assert found(small(), edited(tier("silver", 80)), facts(90)) == [
        ("rises", 1, "msp", "registered", "silver")
    ]


def test_a_type_taken_out_lets_its_partners_fall() -> None:
    assert found(small(), edited(without("types", "msp")), facts(110)) == [
        ("falls", 1, "msp", "silver", "")
    ]


def test_a_product_taken_out_closes() -> None:
    assert found(small(), edited(without("products", "shield")), facts(60), facts(10)) == [
        ("closes", 1, "shield", "general", "general")
    ]


def test_a_tier_put_in_below_moves_nobody_up() -> None:
    """Ranks count from the bottom: silver's rank of the old ladder is the new one's bronze."""

    def step(values: Any) -> None:
        tiers = values["types"]["msp"]["tiers"]
        asks = {"entry": {"metric": {"code": "revenue", "at_least": 40}}}
        order = {"registered": tiers["registered"], "starter": {}, "bronze": asks}
        silver = {"entry": {"metric": {"code": "revenue", "at_least": 500}}}
        order |= {"silver": silver, "gold": tiers["gold"]}
        values["types"]["msp"]["tiers"] = {
            code: {**held, "rank": rank} for rank, (code, held) in enumerate(order.items(), 1)
        }

    assert ("falls", 1, "msp", "silver", "bronze") in found(small(), edited(step), facts(110))


def test_a_class_with_its_first_own_gate_closes_only_for_those_who_miss_it() -> None:
    """Without a gate of its own the class was answered by the general one."""

    def step(values: Any) -> None:
        gate = {"add": {"metric": {"code": "revenue", "at_least": 90}}}
        values["products"]["shield"]["gates"]["clinical"] = gate

    assert found(small(), edited(step), facts(60), facts(95), facts(10)) == [
        ("closes", 1, "shield", "clinical", "clinical")
    ]


def test_a_class_taken_out_closes_its_gates() -> None:
    def step(values: Any) -> None:
        values["environments"] = ["general"]
        values["products"]["ward"]["gates"].pop("clinical")

    assert found(small(), edited(step), facts(160), facts(60)) == [
        ("closes", 1, "ward", "clinical", "clinical")
    ]


def test_nothing_known_neither_rises_nor_opens() -> None:
    lower = edited(tier("silver", 1), tier("gold", 2))
    assert found(small(), lower, facts(None), Facts(partner="y")) == []


def test_a_partner_that_left_the_type_does_not_fall() -> None:
    gone = Facts(
        metrics={"revenue": MetricValue(Decimal(110), "books", ON)},
        held={"msp": (Held("silver", dt.date(2024, 1, 1), dt.date(2025, 1, 1)),)},
    )
    assert found(small(), edited(tier("silver", 120)), gone) == []


def test_a_partner_without_a_level_yet_can_rise() -> None:
    assert found(small(), edited(tier("silver", 80)), facts(90, held=None)) == [
        ("rises", 1, "msp", "registered", "silver")
    ]


@pytest.mark.parametrize("kind", ["rises", "falls", "opens", "closes"])
def test_every_kind_has_words(kind: str) -> None:
    new = edited(tier("silver", 80 if kind == "rises" else 120))
    old = small()
    if kind in ("opens", "closes"):
        other = edited(without("products", "shield"))
        old, new = (other, small()) if kind == "opens" else (small(), other)
    (one,) = effects(old, new, {1: facts(90 if kind == "rises" else 110)}, {1: "Alder IT"}, ON)
    assert one.kind == kind
    assert (
        one.words
        == {
            "rises": "Alder IT meets Silver as Managed service provider, before: Registered",
            "falls": "Alder IT meets Registered as Managed service provider, before: Silver",
            "opens": "Shield (general) opens for Alder IT",
            "closes": "Shield (general) closes for Alder IT",
        }[kind]
    )


# The slow way: explain every tier and every gate under both documents and compare.


def met(document: ProgramDocument, known: Facts) -> str:
    if "msp" not in document.types:
        return ""
    return evaluate_level(document, "msp", known, ON).met or ""


def opened(document: ProgramDocument, product: str, environment: str, known: Facts) -> bool:
    try:
        tree = gate_tree(document, product, [environment], with_customer=False)
    except ProgramError:
        return False
    return tree is not None and explain(tree, known, ON).outcome == "pass"


def slowly(
    old: ProgramDocument, new: ProgramDocument, every: dict[int, Facts]
) -> Iterator[tuple[Any, ...]]:
    for pk, known in every.items():
        if "msp" in old.types and met(old, known) != met(new, known):  # else nobody is of it
            yield pk, "msp", met(old, known), met(new, known)
        for product in {*old.products, *new.products}:
            own = {GENERAL}
            for document in (old, new):
                own |= set(document.products[product].gates if product in document.products else ())
            for env in own:
                before, after = (opened(d, product, env, known) for d in (old, new))
                if before != after:
                    yield pk, product, env, "opens" if after else "closes"


def as_slow(effect: Effect) -> tuple[Any, ...]:
    last = effect.kind if effect.kind in ("opens", "closes") else effect.after
    return effect.partner_id, effect.subject, effect.before, last


amounts = st.integers(0, 30).map(lambda n: n * 10)


@st.composite
def programs(draw: Any) -> ProgramDocument:
    """The small program with other numbers, and perhaps with something missing."""
    values = documents.to_dict(documents.load(TEXT))

    def asks() -> dict[str, Any]:
        bound = draw(st.sampled_from(["at_least", "at_most"]))
        return {"metric": {"code": "revenue", bound: draw(amounts)}}

    for product in list(values["products"]):
        if draw(st.integers(0, 4)) == 0:
            del values["products"][product]
            continue
        gates = [*draw(st.sets(st.sampled_from(["general", "clinical"]), min_size=1))]
        values["products"][product]["gates"] = {gate: {"add": asks()} for gate in gates}
    for code in ("silver", "gold"):
        if draw(st.integers(0, 4)) == 0:
            del values["types"]["msp"]["tiers"][code]
        else:
            values["types"]["msp"]["tiers"][code]["entry"] = asks()
    if draw(st.integers(0, 9)) == 0:
        del values["types"]["msp"]
    return documents.stored(values)  # not every one of them makes sense


@settings(deadline=None)
@given(programs(), programs(), st.lists(st.none() | amounts, min_size=1, max_size=3))
def test_the_effects_are_exactly_what_changes(
    old: ProgramDocument, new: ProgramDocument, revenues: list[int | None]
) -> None:
    every = {pk: facts(revenue) for pk, revenue in enumerate(revenues, start=1)}
    names = {pk: NAMES[pk] for pk in every}
    quick = [as_slow(effect) for effect in effects(old, new, every, names, ON)]
    assert len(quick) == len(set(quick))
    assert set(quick) == set(slowly(old, new, every))


@settings(deadline=None)
@given(programs())
def test_a_document_has_no_effect_against_itself(document: ProgramDocument) -> None:
    again = documents.stored(read_yaml(documents.export_yaml(document)).value)
    assert diff(document, again) == []
    assert found(document, again, facts(110), facts(None)) == []


AXES = """
    axes:
      badge:
        kind: set
        levels:
          green: {entry: {metric: {code: revenue, at_least: 50}}}
          blue: {entry: {metric: {code: revenue, at_least: 150}}}
      commitment: {levels: {low: {}, high: {entry: {metric: {code: revenue, at_least: 90}}}}}
"""


def test_every_axis_has_effects_of_its_own() -> None:
    """Of a set each badge is won or lost for itself; a ladder gives one step."""
    old = small(TEXT.rstrip() + AXES)
    new = small(TEXT.rstrip() + AXES.replace("at_least: 50", "at_least: 130").replace("150", "110"))
    assert found(old, new, facts(120), facts(60), facts(None)) == [
        ("falls", 1, "msp", "green", ""),
        ("rises", 1, "msp", "", "blue"),
        ("falls", 2, "msp", "green", ""),
    ]
    stricter = small(TEXT.rstrip() + AXES.replace("at_least: 90", "at_least: 95"))
    assert found(old, stricter, facts(92), facts(95)) == [("falls", 1, "msp", "high", "low")]


def kept_by(retain: int) -> Any:
    def step(values: Any) -> None:
        silver = values["types"]["msp"]["tiers"]["silver"]
        silver["retain"] = {"metric": {"code": "revenue", "at_least": retain}}

    return step


def test_who_keeps_its_level_by_retain_does_not_fall() -> None:
    """Silver asks 100 to come in; 120 from now on. Who has 110 and holds it needs 90 to stay."""
    new = edited(tier("silver", 120), kept_by(90))
    assert found(small(), new, facts(110, held="silver")) == []
    assert found(small(), new, facts(110)) == [("falls", 1, "msp", "silver", "registered")]


def test_a_stricter_retain_alone_lets_its_holders_fall() -> None:
    old, new = edited(kept_by(60)), edited(kept_by(80))
    assert found(old, new, facts(70, held="silver"), facts(70)) == [
        ("falls", 1, "msp", "silver", "registered")
    ]


def test_a_level_given_by_hand_is_met_by_those_who_hold_it() -> None:
    def by_hand(values: Any) -> None:
        tiers = values["types"]["msp"]["tiers"]
        tiers["circle"] = {"rank": 9, "promotion": "invitation"}

    old, new = edited(by_hand), edited(by_hand, tier("silver", 120))
    assert found(old, new, facts(110, held="silver"), facts(110, held="circle")) == [
        ("falls", 1, "msp", "silver", "registered")
    ]


def test_data_that_is_missing_takes_no_held_level() -> None:
    assert found(small(), edited(tier("silver", 120)), facts(None, held="silver")) == []


def decided(old: ProgramDocument, new: ProgramDocument, known: Facts, about: Decided) -> list[str]:
    return [one.kind for one in effects(old, new, {1: known}, {1: "x"}, ON, None, {1: about})]


def test_what_was_decided_about_a_partner_goes_before_its_trees() -> None:
    stricter, easier = edited(tier("silver", 120)), edited(tier("silver", 80))
    spared = Decided(spared=frozenset({("msp", "tier", "silver")}))
    assert decided(small(), stricter, facts(110, held="silver"), spared) == []
    assert decided(small(), stricter, facts(110, held="silver"), Decided()) == ["falls"]
    for locked in ("msp", ""):
        about = Decided(locked=frozenset({locked}))
        assert decided(small(), easier, facts(90), about) == []
    assert decided(small(), easier, facts(90), Decided(locked=frozenset({"other"}))) == ["rises"]


def lapsed(revenue: int, lost_on: dt.date, level: str = "silver") -> Facts:
    """Held the level until the day, and stands on the tier below it since."""
    known = facts(revenue)
    spans = (
        Held(level, dt.date(2023, 1, 1), lost_on),
        Held("registered", lost_on),
    )
    return replace(known, held={"msp": spans})


def lockout(months: int) -> Any:
    def step(values: Any) -> None:
        values["types"]["msp"]["tiers"]["silver"]["lockout_months"] = months

    return step


def test_a_level_lost_by_falling_does_not_rise_while_it_is_locked_out() -> None:
    old, new = edited(lockout(6)), edited(lockout(6), tier("silver", 80))
    four_months, seven_months = dt.date(2026, 2, 1), dt.date(2025, 11, 1)
    assert found(old, new, lapsed(90, four_months)) == []
    assert found(old, new, lapsed(90, seven_months)) == [
        ("rises", 1, "msp", "registered", "silver")
    ]


def test_a_shorter_lock_out_lets_those_rise_whom_it_held_down() -> None:
    assert found(edited(lockout(6)), edited(lockout(3)), lapsed(110, dt.date(2026, 2, 1))) == [
        ("rises", 1, "msp", "registered", "silver")
    ]


def test_a_fall_says_for_how_long_the_way_back_is_closed() -> None:
    new = edited(lockout(12), tier("silver", 120))
    known = {1: facts(110, held="silver")}
    (fall,) = effects(edited(lockout(12)), new, known, {1: "Alder IT"}, ON)
    assert fall.lockout_months == 12
    assert fall.words.endswith("before: Silver; Silver stays closed for 12 months after the fall")
    (rise,) = effects(new, edited(lockout(12)), {1: facts(110)}, {1: "Alder IT"}, ON)
    assert (rise.kind, rise.closed) == ("rises", "")
