"""Facts are read as far as requirement trees ask for them, and nobody can tell the difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from programs import gathering, library
from programs.asking import asked_by, facts_for, level_trees
from programs.document import load
from programs.gathering import KINDS, Organisation, facts_of, register_source
from programs.rules import Case, Facts, Requirement, facts_from
from tenants import scope
from tests import factories as make
from tests.programs.rule_world import DOCUMENT, tree
from tests.programs.world import new_vendor

ON = dt.date(2026, 11, 23)
DAYS = [ON, dt.date(2027, 9, 1), dt.date(2030, 1, 1)]
ORGANISATION = ("country", "since", "family")
PROGRAMS = [pytest.param(library.program(name), id=name) for name in library.names()]


def partners() -> list[Facts]:
    """The library's example partners and those of its stories, each standing somewhere."""
    told = [story for name in library.with_stories() for story in library.stories(name)]
    known = [library.partner(name) for name in library.expected()]
    known += [facts_from(story["facts"]) for story in told if "facts" in story]
    return [replace(one, country="DE", since=dt.date(2020, 2, 3)) for one in known]


def limited(facts: Facts, asked: Collection[Requirement], document: Any) -> Facts:
    """What ``facts_for`` would have read of these facts."""
    kinds, codes = asked_by((one, document) for one in asked)
    empty = Facts(facts.partner)
    out = {
        field.name: getattr(empty, field.name)
        for field in fields(Facts)
        if field.name != "partner"
        and ("organisation" if field.name in ORGANISATION else field.name) not in kinds
    }
    rows = {code: held for code, held in facts.records.items() if code in codes}
    return replace(facts, **{"records": rows, **out})


@pytest.mark.parametrize("document", PROGRAMS)
def test_what_no_tree_asks_for_changes_no_answer(document: Any) -> None:
    known, trees = partners(), [one for _, one in document.trees()]
    assert known and trees
    for facts in known:
        for one in trees:
            less = limited(facts, [one], document)
            for day in DAYS:
                assert one.explain(Case(less, day)) == one.explain(Case(facts, day))


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"people": {"track": "deploy", "at_least": 1}}, {"people"}),
        ({"people": {"track": "deploy", "at_least": 1, "org": "family"}},
         {"people", "organisation"}),
        ({"metric": {"code": "seats", "at_least": 3}}, {"metrics"}),
        ({"attestation": "plan"}, {"attestations"}),
        ({"all": [{"agreement": "in_force"}, {"addendum": "baa_customer"}]}, {"agreements"}),
        ({"partner_for": 12}, {"organisation"}),
    ],
)  # fmt: skip
def test_a_tree_names_the_kinds_of_facts_it_looks_at(asked: Any, kinds: set[str]) -> None:
    assert asked_by([(tree(asked), DOCUMENT)]) == (kinds, frozenset())


def test_sources_that_nobody_asks_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "_sources", {kind: [] for kind in KINDS})
    read: list[str] = []

    def source(kind: str) -> Any:
        def found(ids: Collection[int], on: dt.date, *codes: Any) -> Mapping[int, Any]:
            read.append(kind)
            return {pk: Organisation("DE") for pk in ids} if kind == "organisation" else {}

        found.__qualname__ = kind
        return found

    for kind in KINDS:
        register_source(kind, source(kind))
    asked = tree({"people": {"track": "deploy", "at_least": 1}})
    assert facts_for([(asked, DOCUMENT)], [1], ON)[1] == Facts("1")
    assert read == ["people"]
    found = facts_for([(asked, DOCUMENT)], [1], ON, besides=["held", "organisation"])
    assert (found[1].country, set(read[1:])) == ("DE", {"organisation", "people", "held"})


RENAMED = """
program: figures
title: Figures
currency: EUR
metrics:
  turnover: {title: Turnover, unit: EUR}
  growth: {title: Growth, records: turnover, aggregate: sum, window: {months: 12}}
mapping: {metrics: {revenue: turnover}}
types: {msp: {title: MSP, tiers: {gold: {entry: {metric: {code: growth, at_least: 1}}}}}}
"""


@pytest.mark.django_db
def test_records_under_a_former_code_are_read_for_the_one_that_follows() -> None:
    vendor = new_vendor(text=RENAMED)
    partner = make.PartnerFactory(vendor=vendor)
    make.FactFactory(partner=partner, metric="revenue", period=ON, value=7)
    document = load(RENAMED)
    with scope.entered_vendor(vendor.pk):
        few = facts_for(level_trees(document), [partner.pk], ON)
        every = facts_of([partner.pk], ON)
    assert [row.value for row in few[partner.pk].records["turnover"]] == [7]
    assert few[partner.pk].records == every[partner.pk].records
