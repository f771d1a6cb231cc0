"""What holds for metrics of every kind, quantities, versions, roles and families."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from programs.document import document_from, to_dict
from programs.rules import (
    Certificate,
    Facts,
    Member,
    MetricValue,
    Node,
    Person,
    Record,
    explain,
    holds,
)
from tests.programs.metric_world import DOCUMENT, ON, tree

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
MEMBERS = st.sampled_from(["", "", "fr", "us"])
ENDS = st.none() | DAYS


@st.composite
def records(draw: st.DrawFn) -> Record:
    on = draw(DAYS)
    return Record(
        on,
        draw(st.none() | st.integers(0, 9).map(Decimal)),
        draw(st.none() | st.integers(1, 900).map(lambda days: on + timedelta(days))),
        draw(st.sampled_from(["", "", "EUR", "USD"])),
        draw(st.sampled_from([{}, {"status": "launched"}, {"customer": "a"}, {"customer": "b"}])),
        member=draw(MEMBERS),
    )


CERTIFICATES = st.builds(
    Certificate,
    st.sampled_from(["deploy", "hipaa", "firewall"]),
    DAYS,
    ENDS,
    st.sampled_from([None, "17", "18", "18.5", "19", "20"]),
)
PEOPLE = st.builds(
    lambda key, held, left, roles, member: Person(key, key, tuple(held), None, left, roles, member),
    st.sampled_from("abcd"),
    st.lists(CERTIFICATES, max_size=3),
    ENDS,
    st.sampled_from([(), ("lead",), ("lead", "seller")]),
    MEMBERS,
)
CODES = ("opportunity", "contract", "invoice", "answer", "seats")
ROWS = st.dictionaries(st.sampled_from(CODES), st.lists(records(), max_size=5).map(tuple))
VALUES = st.builds(
    MetricValue,
    st.none() | st.integers(0, 3000).map(Decimal),
    st.just("s"),
    st.none() | DAYS,
    st.sampled_from(["", "", "USD", "EUR"]),
)
FAMILY = (Member("p", "DE", "self"), Member("fr", "FR"), Member("us", "US"))
FACTS = st.builds(
    lambda people, values, rows, agreed, country, family: Facts(
        "p", tuple(people), values, records=rows, agreed=agreed, country=country, family=family
    ),
    st.lists(PEOPLE, max_size=6),
    st.dictionaries(st.sampled_from(["seats", "spend"]), VALUES),
    ROWS,
    st.dictionaries(st.just("target"), st.integers(0, 4).map(Decimal)),
    st.sampled_from(["", "DE", "US", "JP"]),
    st.sampled_from([(), FAMILY, (*FAMILY, Member("x", ""))]),
)
METRICS = sorted(set(DOCUMENT.metrics) - {"engineers_work"})
NEEDS: Any = st.sampled_from([
    1, 2, "not_stated",
    {"by_group": {"tier1": 1, "tier2": {"times": 0.5}}, "otherwise": 2},
    {"by_group": {"tier1": 1}},
    {"agreed": "target", "from": 1, "to": 3},
    {"per": "seats", "each": 1000, "at_most": 2},
])  # fmt: skip
METRIC_LEAVES = st.builds(
    lambda code, side, need: {"metric": {"code": code, side: need}},
    st.sampled_from(METRICS),
    st.sampled_from(["at_least", "at_most"]),
    NEEDS,
)
CRITERIA = st.sampled_from([
    {"track": "deploy"}, {"function": "deploy"}, {"role": "lead"},
    {"track": ["deploy", "hipaa"], "org": "family"}, {"track": "deploy", "org": "country"},
    {"role": "seller", "org": "region"}, {"track": "firewall", "versions": {"latest": 2}},
    {"track": "firewall", "versions": ["17", "18.5"], "role": "lead"},
])  # fmt: skip
SELECTIONS = st.builds(lambda who, need: {**who, "at_least": need}, CRITERIA, NEEDS)
PEOPLE_LEAVES = st.builds(
    lambda who, of_them, apart: {"people": {**who, "of_them": of_them, "disjoint": apart}},
    SELECTIONS,
    st.lists(SELECTIONS, max_size=2),
    st.just([]) | st.lists(SELECTIONS, min_size=2, max_size=3),
)
APART = st.lists(SELECTIONS, min_size=2, max_size=4).map(lambda s: {"people": {"disjoint": s}})
LEAVES: Any = METRIC_LEAVES | PEOPLE_LEAVES | APART
ORDER = {False: 0, None: 1, True: 2}
COUNTING = ("launched", "everywhere", "customers", "running", "acquired", "retained", "weighted")


@settings(max_examples=80, deadline=None)
@given(LEAVES, FACTS, DAYS)
def test_holds_equals_explain_which_says_why(values: Any, facts: Facts, on: date) -> None:
    asked = tree(values)
    node = explain(asked, facts, on)
    assert node.truth is holds(asked, facts, on)
    assert bool(node.missing) == (node.outcome == "fail")
    assert bool(node.unknown) == (node.outcome == "unknown")
    assert bool(node.open_leaves()) == (node.outcome != "pass")
    again = Node.from_dict(json.loads(json.dumps(node.to_dict())))
    assert again == node
    assert again.to_dict() == node.to_dict()


@settings(max_examples=60, deadline=None)
@given(LEAVES, FACTS, DAYS)
def test_passes_until_exactly_the_day_named(values: Any, facts: Facts, on: date) -> None:
    asked = tree(values)
    node = explain(asked, facts, on)
    if node.outcome == "pass":
        last = node.until or date(2035, 1, 1)
        rows = [row for found in facts.records.values() for row in found]
        near = {row.on for row in rows} | {row.until for row in rows if row.until}
        near |= {held.until for p in facts.people for held in p.certificates if held.until}
        days = {day + timedelta(n) for day in near for n in (0, 1, 365, 366)}
        days |= {on + timedelta(n) for n in (1, 40, 100, 400)} | {last - timedelta(1)}
        assert all(holds(asked, facts, day) for day in days if on <= day < last)
        assert node.until is None or holds(asked, facts, node.until) is not True


@settings(max_examples=50, deadline=None)
@given(PEOPLE_LEAVES | APART, FACTS, PEOPLE, DAYS)
def test_another_person_never_makes_it_worse(
    values: Any, facts: Facts, person: Person, on: date
) -> None:
    asked = tree(values)
    more = replace(facts, people=(*facts.people, replace(person, key="new")))
    assert ORDER[holds(asked, more, on)] >= ORDER[holds(asked, facts, on)]


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(COUNTING), st.integers(1, 4), FACTS, st.sampled_from(CODES), records(), DAYS)
def test_another_row_never_makes_a_count_worse(
    code: str, need: int, facts: Facts, kind: str, record: Record, on: date
) -> None:
    # At least none is met by "no rows", which a sister company's row turns into "nobody said".
    asked = tree({"metric": {"code": code, "at_least": need}})
    rows = {**facts.records, kind: (*facts.records.get(kind, ()), record)}
    before, after = holds(asked, facts, on), holds(asked, replace(facts, records=rows), on)
    assert before is not True or after is True
    rows_of_it = facts.records.get(kind, ())
    if any(one.member == record.member for one in rows_of_it):  # else it was unknown before
        assert ORDER[after] >= ORDER[before]


@settings(max_examples=60, deadline=None)
@given(LEAVES, FACTS, DAYS, st.sampled_from(["metrics", "records", "agreed", "country"]))
def test_what_is_not_known_never_turns_into_a_pass(
    values: Any, facts: Facts, on: date, what: str
) -> None:
    blind: Any = "" if what == "country" else {}
    asked = tree(values)
    with_less = holds(asked, replace(facts, **{what: blind}), on)
    assert with_less in (None, holds(asked, facts, on))


KEPT = ("title", "unit", "function")
RENAMED = {
    code: f"z_{code}" for code in (*DOCUMENT.metrics, *DOCUMENT.tracks, *CODES, "target", "lead")
}


def _renamed(value: Any) -> Any:
    """The same values with every code under another name, and titles kept."""
    if isinstance(value, dict):
        return {
            RENAMED.get(key, key): inner if key in KEPT else _renamed(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_renamed(inner) for inner in value]
    return RENAMED.get(value, value) if isinstance(value, str) else value


def _document() -> Any:
    values = to_dict(DOCUMENT)
    named = {key: values[key] for key in ("metrics", "tracks")}
    return document_from(values | _renamed(named))


OTHER = _document()


@settings(max_examples=50, deadline=None)
@given(LEAVES, FACTS, DAYS)
def test_renaming_codes_changes_no_outcome(values: Any, facts: Facts, on: date) -> None:
    def person(found: Person) -> Person:
        held = tuple(replace(c, track=RENAMED[c.track]) for c in found.certificates)
        return replace(found, certificates=held, roles=tuple(_renamed(list(found.roles))))

    other = replace(
        facts,
        people=tuple(map(person, facts.people)),
        metrics=_renamed(dict(facts.metrics)),
        records=_renamed(dict(facts.records)),
        agreed=_renamed(dict(facts.agreed)),
    )
    assert holds(tree(_renamed(values), OTHER), other, on) is holds(tree(values), facts, on)


def test_the_order_of_rows_changes_no_value() -> None:
    """Stored facts are sorted: a value may hang on their days and values alone."""
    same_day = (
        Record(ON, Decimal(5)),
        Record(ON, Decimal(7)),
        Record(date(2025, 1, 1), Decimal(1)),
    )
    asked = tree({"metric": {"code": "newest", "at_least": 7}})
    assert holds(asked, Facts(records={"seats": same_day}), ON) is True
    assert holds(asked, Facts(records={"seats": same_day[::-1]}), ON) is True
