"""Laws of requirement trees: Kleene's, monotony, unknowns, names, and proofs that hold."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from programs.differences import diff
from programs.document import digest, export_yaml, load
from programs.rules import (
    Case,
    Certificate,
    Facts,
    Held,
    MetricValue,
    Node,
    Period,
    Person,
    evaluate_level,
    explain,
    level_met,
    levels_met,
)
from programs.rules.implies import implies, impossible
from programs.rules.mentions import same
from tests.programs.level_world import DOCUMENT, ON, TEXT, tree

ORDER = {False: 0, None: 1, True: 2}
LAWS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])

DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))
NUMBERS = st.integers(0, 4)
QUANTITIES = NUMBERS | st.sampled_from([
    "not_stated", {"by_group": {"tier1": 1, "tier2": {"times": 2}}, "otherwise": 2},
    {"agreed": "target", "from": 0, "to": 9},
])  # fmt: skip
PERIODS = st.builds(
    lambda start, days: Period(start, None if days is None else start + timedelta(days=days)),
    DAYS, st.none() | st.integers(1, 700),
)  # fmt: skip
HELD = st.builds(
    lambda level, period: Held(level, period.from_, period.until),
    st.sampled_from(["registered", "silver", "gold"]), PERIODS,
)  # fmt: skip
PEOPLE = st.builds(
    lambda key, tracks, period: Person(
        key, key, tuple(Certificate(track, period.from_, period.until) for track in tracks)
    ),
    st.sampled_from("abcd"), st.sets(st.sampled_from(["deploy", "hipaa"])), PERIODS,
)  # fmt: skip
VALUES = st.builds(MetricValue, st.none() | NUMBERS.map(Decimal), st.just("s"), DAYS)
FACTS = st.builds(
    lambda people, metrics, plan, held, since, country, target: Facts(
        "p", tuple(people), metrics, {"plan": tuple(plan)}, {}, {"msp": tuple(held)},
        agreed={} if target is None else {"target": Decimal(target)},
        since=since, country=country,
    ),
    st.lists(PEOPLE, max_size=4, unique_by=lambda person: person.key),
    st.dictionaries(st.sampled_from(["seats", "csat"]), VALUES),
    st.lists(PERIODS, max_size=2), st.lists(HELD, max_size=2), st.none() | DAYS,
    st.sampled_from(["", "US", "PL", "FR"]), st.none() | NUMBERS,
)  # fmt: skip


def metric(code: str, side: str, need: Any) -> dict[str, Any]:
    return {"metric": {"code": code, side: need}}


CODES = st.sampled_from(["seats", "csat"])
UPWARD = (
    st.builds(lambda code, need: metric(code, "at_least", need), CODES, QUANTITIES)
    | st.builds(
        lambda track, n: {"people": {"track": track, "at_least": n}},
        st.sampled_from(["deploy", "hipaa", ["deploy", "hipaa"]]), st.integers(1, 3),
    )
    | st.just({"attestation": "plan"})
)  # fmt: skip
OTHERS = (
    st.builds(lambda code, need: metric(code, "at_most", need), CODES, QUANTITIES)
    | st.sampled_from([
        {"partner_for": 6}, {"day": {"from": "2026-01-01", "before": "2027-06-01"}},
        {"country": {"group": "tier1"}}, {"country": {"in": ["FR"]}},
        {"held": {"type": "msp", "level": "silver", "or_better": True, "months": 3}},
        {"held": {"type": "msp", "level": "gold", "acquired_before": "2026-06-01"}},
    ])
)  # fmt: skip


def groups(inner: Any) -> Any:
    lists = st.lists(inner, min_size=1, max_size=3)
    return (
        st.builds(lambda inside: {"all": inside}, lists)
        | st.builds(lambda inside: {"any": inside}, lists)
        | lists.flatmap(
            lambda inside: st.integers(1, len(inside)).map(
                lambda n: {"at_least": {"n": n, "of": inside}}
            )
        )
        | scores(inner)
    )


def scores(inner: Any) -> Any:
    parts = st.lists(
        st.builds(lambda tree, n: {"if": tree, "points": n}, inner, QUANTITIES)
        | st.builds(
            lambda code, n, cap, minimum: {
                "metric": code, "points": n,
                **({} if cap is None else {"cap": cap}),
                **({} if minimum is None else {"minimum": minimum}),
            },
            CODES, NUMBERS, st.none() | QUANTITIES, st.none() | NUMBERS,
        ),
        min_size=1, max_size=3,
    )  # fmt: skip
    counted = parts.map(lambda listed: {"parts": listed}) | st.lists(
        parts, min_size=1, max_size=2
    ).map(lambda ways: {"best_of": [{"title": "Way", "parts": way} for way in ways]})
    return st.builds(
        lambda need, gate, parts: {
            "score": {"at_least": need, **parts, **({"gate": gate} if gate else {})}
        },
        QUANTITIES, st.none() | inner, counted,
    )  # fmt: skip


def choices(inner: Any) -> Any:
    return (
        groups(inner)
        | inner.map(lambda tree: {"not": tree})
        | st.builds(
            lambda a, b: {"by_country": {"by_group": {"tier1": a}, "otherwise": b}}, inner, inner
        )
        | st.builds(
            lambda a, b, day: {
                "phased": {"asks": a, "until_then": b, "enforced": day.isoformat()}
            },
            inner, inner, DAYS,
        )
    )  # fmt: skip


MONOTONE = st.recursive(UPWARD, groups, max_leaves=6)
TREES = st.recursive(UPWARD | OTHERS, choices, max_leaves=6)


@LAWS
@given(TREES, FACTS, DAYS)
def test_holds_equals_explain_and_json_keeps_it(values: Any, facts: Facts, on: date) -> None:
    need = tree(values)
    node = explain(need, facts, on)
    assert node.truth is need.holds(Case(facts, on))
    assert Node.from_dict(node.to_dict()) == node


@LAWS
@given(TREES, FACTS, DAYS)
def test_an_outcome_comes_with_its_reason(values: Any, facts: Facts, on: date) -> None:
    node = explain(tree(values), facts, on)
    assert bool(node.missing) == (node.outcome == "fail")
    assert bool(node.unknown) == (node.outcome == "unknown")
    assert bool(node.open_leaves()) == (node.outcome != "pass")


@LAWS
@given(TREES, FACTS, DAYS)
def test_nothing_ends_earlier_than_announced(values: Any, facts: Facts, on: date) -> None:
    need = tree(values)
    node = explain(need, facts, on)
    if node.outcome == "pass":
        last = node.until or date(2040, 1, 1)
        days = {day for day in need.turns(Case(facts, on)) if on <= day < last} | {on}
        assert {need.holds(Case(facts, day)) for day in days} == {True}


@LAWS
@given(TREES, TREES, FACTS, DAYS)
def test_kleenes_laws(left: Any, right: Any, facts: Facts, on: date) -> None:
    def value(values: Any) -> bool | None:
        return tree(values).holds(Case(facts, on))

    a, b = value(left), value(right)
    assert value({"not": {"not": left}}) is a
    assert value({"all": [left, right]}) is min(a, b, key=ORDER.__getitem__)
    assert value({"any": [left, right]}) is max(a, b, key=ORDER.__getitem__)
    both = {"not": {"all": [left, right]}}
    assert value(both) is value({"any": [{"not": left}, {"not": right}]})
    assert value({"at_least": {"n": 2, "of": [left, right]}}) is value({"all": [left, right]})


@LAWS
@given(TREES, FACTS, DAYS, st.fixed_dictionaries({"seats": NUMBERS, "csat": NUMBERS}))
def test_unknown_never_decides(values: Any, facts: Facts, on: date, known: dict[str, int]) -> None:
    """What passes or fails without the metrics, the country and the day of joining does so
    whatever they turn out to be."""
    need = tree(values)
    blind = need.holds(Case(replace(facts, metrics={}, country="", since=None, agreed={}), on))
    if blind is not None:
        metrics = {code: MetricValue(Decimal(n), "s", on) for code, n in known.items()}
        for country in ("US", "PL", "FR"):
            seen = replace(facts, metrics=metrics, country=country, since=on, agreed={})
            assert need.holds(Case(seen, on)) is blind


@LAWS
@given(MONOTONE, FACTS, PEOPLE, NUMBERS)
def test_monotone_trees_stay_monotone(values: Any, facts: Facts, person: Person, more: int) -> None:
    """Another person, a better value or a newer plan never makes an outcome worse."""
    need = tree(values)
    better = replace(
        facts,
        people=(*facts.people, replace(person, key="new")),
        metrics={
            code: replace(held, value=None if held.value is None else held.value + more)
            for code, held in facts.metrics.items()
        },
        attestations={"plan": (*facts.attestations["plan"], Period(date(2024, 1, 1)))},
    )
    assert ORDER[need.holds(Case(better, ON))] >= ORDER[need.holds(Case(facts, ON))]


@LAWS
@given(TREES, TREES, FACTS, DAYS)
def test_what_is_proved_holds_for_everybody(left: Any, right: Any, facts: Facts, on: date) -> None:
    entry, retain = tree(left), tree(right)
    case = Case(facts, on)
    if implies(entry, retain, DOCUMENT) and entry.holds(case):
        assert retain.holds(case) is True
    if impossible(entry):
        assert entry.holds(case) is not True


@LAWS
@given(TREES)
def test_every_tree_implies_itself_unless_a_number_is_not_stated(values: Any) -> None:
    need = tree(values)
    assert (implies(need, need, DOCUMENT) is True) or "not_stated" in str(values)


@LAWS
@given(FACTS, DAYS)
def test_unknown_never_promotes_on_any_axis(facts: Facts, on: date) -> None:
    for axis in ("tier", "badge", "commitment"):
        result = evaluate_level(DOCUMENT, "msp", facts, on, axis)
        assert result.all_met == levels_met(DOCUMENT, "msp", Case(facts, on), axis)
        assert {result.tier(code).entry.outcome for code in result.all_met} <= {"pass"}
    blind = replace(facts, metrics={})
    assert level_met(DOCUMENT, "msp", blind, on) == "registered"


@LAWS
@given(TREES)
def test_export_changes_nothing(values: Any) -> None:
    assume(not impossible(tree(values)))  # refused as a level, whatever is exported
    document = with_entry(values)
    again = load(export_yaml(document))
    assert (diff(document, again), digest(again)) == ([], digest(document))


def with_entry(values: Any, rename: Callable[[str], str] = lambda text: text) -> Any:
    """The document with a badge that asks for the tree."""
    text = TEXT.replace(
        "          trained:", f"          asked: {{entry: {flow(values)}}}\n          trained:"
    )
    return load(rename(text))


def flow(values: Any) -> str:
    """Flow style YAML of plain values."""
    if isinstance(values, dict):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in values.items()) + "}"
    if isinstance(values, list):
        return "[" + ", ".join(map(flow, values)) + "]"
    return str(values).lower() if isinstance(values, bool) else str(values)


@LAWS
@given(TREES, FACTS, DAYS)
def test_renaming_codes_changes_no_outcome(values: Any, facts: Facts, on: date) -> None:
    assume(not impossible(tree(values)))

    def rename(text: str) -> str:
        return re.sub(r"\b(seats|csat|plan|deploy|hipaa)\b(?=[:,}\]])", r"\1-x", text)

    before, after = with_entry(values), with_entry(values, rename)
    other = Facts(
        facts.partner,
        tuple(
            replace(p, certificates=tuple(replace(c, track=f"{c.track}-x") for c in p.certificates))
            for p in facts.people
        ),
        {f"{code}-x": held for code, held in facts.metrics.items()},
        {"plan-x": facts.attestations["plan"]}, {}, facts.held,
        agreed=facts.agreed, since=facts.since, country=facts.country,
    )  # fmt: skip
    assert levels_met(before, "msp", Case(facts, on), "badge") == levels_met(
        after, "msp", Case(other, on), "badge"
    )


@LAWS
@given(TREES)
def test_the_same_tree_in_the_same_document_answers_alike(values: Any) -> None:
    again = load(export_yaml(DOCUMENT))
    assert same(tree(values), tree(values, again), DOCUMENT, again)
    other = load(TEXT.replace("fresh_months: 6", "fresh_months: 7"))
    assert same(tree(values), tree(values, other), DOCUMENT, other) is ("seats" not in str(values))
