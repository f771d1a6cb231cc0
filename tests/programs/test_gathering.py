"""Facts of a set of partners put together from several sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import pytest

from programs import gathering
from programs.gathering import KINDS, Organisation, facts_of, providers, register_source
from programs.rules import Certificate, Held, MetricValue, Person, Record
from tenants import scope
from tenants.scope import Scope

ON = dt.date(2026, 11, 23)
OLD = dt.date(2026, 1, 1)


@pytest.fixture(autouse=True)
def no_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test registers itself."""
    monkeypatch.setattr(gathering, "_sources", {kind: [] for kind in KINDS})


def metrics(name: str, value: int | None, as_of: dt.date | None = ON) -> Any:
    number = None if value is None else Decimal(value)

    def source(ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
        return {pk: {"seats": MetricValue(number, name, as_of)} for pk in ids}

    source.__qualname__ = name
    return source


def seats() -> MetricValue:
    return facts_of([1], ON, kinds=["metrics"])[1].metrics["seats"]


def test_our_own_rows_win_over_imported_values() -> None:
    register_source("metrics", metrics("own", 5), precedence=10)
    register_source("metrics", metrics("import", 9))
    register_source("metrics", metrics("zero", 0), precedence=-10)
    assert seats() == MetricValue(Decimal(5), "own", ON)
    assert [entry.precedence for entry in providers("metrics")] == [10, 0, -10]


def test_a_source_without_a_value_gives_way() -> None:
    register_source("metrics", metrics("own", None), precedence=10)
    register_source("metrics", metrics("import", 9))
    assert seats().source == "import"


@pytest.mark.parametrize(
    ("months", "imported", "winner"),
    [(None, ON, "own"), (12, ON, "own"), (6, ON, "import"), (6, dt.date(2025, 12, 1), "own")],
)
def test_a_stale_value_gives_way_to_a_newer_one(
    months: int | None, imported: dt.date, winner: str
) -> None:
    register_source("metrics", metrics("own", 5, OLD), precedence=10, fresh_months=months)
    register_source("metrics", metrics("import", 9, imported))
    assert seats().source == winner


def test_a_source_registered_again_replaces_itself() -> None:
    source = metrics("own", 5)
    register_source("metrics", source)
    register_source("metrics", source, precedence=10)
    assert [entry.precedence for entry in providers("metrics")] == [10]


def test_records_are_asked_for_the_codes_wanted() -> None:
    asked: list[frozenset[str] | None] = []

    def source(
        ids: Collection[int], on: dt.date, codes: frozenset[str] | None
    ) -> Mapping[int, Any]:
        asked.append(codes)
        return {pk: {"opportunity": (Record(OLD),)} for pk in ids}

    register_source("records", source)
    wanted = frozenset({"opportunity"})
    assert facts_of([1], ON, records=wanted)[1].records == {"opportunity": (Record(OLD),)}
    facts_of([1], ON)
    assert asked == [wanted, None]


def _family() -> None:
    """1 and 2 are one family, 3 stands alone; each has a person, a level and a record."""

    def organisations(ids: Collection[int], on: dt.date) -> Mapping[int, Organisation]:
        known = {
            1: Organisation("DE", OLD, ((2, "FR", "child"),)),
            2: Organisation("FR", OLD, ((1, "DE", "parent"),)),
            3: Organisation("US", OLD),
        }
        return {pk: known[pk] for pk in ids}

    def people(ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
        held = {pk: (Certificate("deploy", OLD, number=f"C-{pk}"),) for pk in ids}
        return {pk: (Person(f"person{pk}", f"Name {pk}", held[pk]),) for pk in ids}

    def held(ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
        return {pk: {"msp": (Held(f"level{pk}", OLD),)} for pk in ids}

    def records(
        ids: Collection[int], on: dt.date, codes: frozenset[str] | None
    ) -> Mapping[int, Any]:
        return {pk: {"deal": (Record(OLD, Decimal(pk)),)} for pk in ids}

    register_source("organisation", organisations)
    register_source("people", people)
    register_source("held", held)
    register_source("records", records)
    register_source("metrics", metrics("own", 5))


def test_a_family_adds_its_rows_under_their_company() -> None:
    _family()
    facts = facts_of([1, 3], ON)
    one = facts[1]
    assert (one.country, one.since) == ("DE", OLD)
    assert [(m.key, m.country, m.relation) for m in one.family] == [
        ("1", "DE", "self"), ("2", "FR", "child"),
    ]  # fmt: skip
    assert [(p.key, p.member) for p in one.people] == [("person1", ""), ("person2", "2")]
    assert [(h.tier, h.member) for h in one.held["msp"]] == [("level1", ""), ("level2", "2")]
    assert [(r.value, r.member) for r in one.records["deal"]] == [(1, ""), (2, "2")]
    assert list(one.metrics) == ["seats"]
    assert (facts[3].family, len(facts[3].people)) == ((), 1)


def test_without_the_organisation_a_company_stands_alone() -> None:
    _family()
    facts = facts_of([1], ON, kinds=["people"])[1]
    assert ([p.key for p in facts.people], facts.country, facts.family) == (["person1"], "", ())


@pytest.mark.django_db
def test_people_of_a_company_one_may_not_see_have_neither_name_nor_number() -> None:
    _family()
    with scope.enter(Scope(vendor_id=1, partners=frozenset({1}))):
        facts = facts_of([1, 2], ON)
    assert [(p.key, p.name, p.certificates[0].number) for p in facts[1].people] == [
        ("person1", "Name 1", "C-1"), ("person2", "", ""),
    ]  # fmt: skip
    assert (facts[2].people, facts[2].metrics, facts[2].family) == ((), {}, ())


@pytest.mark.django_db
def test_staff_see_every_name() -> None:
    _family()
    with scope.enter(Scope(vendor_id=1, partners="*")):
        assert [p.name for p in facts_of([1], ON)[1].people] == ["Name 1", "Name 2"]
