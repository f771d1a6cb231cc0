"""A document with metrics of every kind, and short ways to write rows, people and families."""

from datetime import date
from decimal import Decimal
from typing import Any

from programs.document import ProgramDocument, document_from, load, to_dict
from programs.rules import (
    Certificate,
    Facts,
    Member,
    MetricValue,
    Node,
    Person,
    Record,
    Requirement,
    explain,
    holds,
    requirement,
)

ON = date(2026, 11, 23)

DOCUMENT = load("""
program: metrics
title: Metrics
currency: EUR
country_groups: {tier1: [US, GB], tier2: [DE, FR]}
metrics:
  seats: {title: Managed seats, unit: seats, source: statements, fresh_months: 6}
  spend: {title: Spend, unit: USD, source: books}
  launched:
    title: Launched
    source: crm
    records: opportunity
    where: {status: launched}
    window: {months: 12}
  everywhere: {title: All launched, records: opportunity, org: family}
  nearby: {title: Launched nearby, records: opportunity, org: country}
  in_region: {title: Launched in the region, records: opportunity, org: region}
  customers: {title: Customers, records: opportunity, aggregate: {distinct: customer}}
  running: {title: Running, source: billing, records: contract, aggregate: open}
  revenue:
    title: Revenue
    unit: EUR
    source: books
    records: invoice
    aggregate: sum
    window: {last: quarter}
  score: {title: Score, source: survey, records: answer, aggregate: avg, minimum: 3}
  middle: {title: Middle, source: survey, records: answer, aggregate: median}
  lowest: {title: Lowest, source: survey, records: answer, aggregate: min}
  highest: {title: Highest, source: survey, records: answer, aggregate: max}
  newest: {title: Newest, records: seats, aggregate: latest, org: family}
  growth:
    title: Growth
    unit: seats
    source: statements
    records: seats
    aggregate: change
    window: {months: 12}
  fiscal: {title: This fiscal year, records: invoice, aggregate: sum, window: {year_from: "04-01"}}
  lately: {title: Lately, source: crm, records: opportunity, fresh_months: 3}
  acquired: {title: Acquired, source: billing, records: contract, window: {months: 36}}
  retained:
    title: Retained
    source: billing
    records: contract
    aggregate: open
    window: {months: 36}
  retention: {title: Retention, derived: {ratio: [retained, acquired], percent: true, minimum: 3}}
  weighted: {title: Weighted, derived: {sum: [launched, {metric: running, times: 2}]}}
  growth_rate:
    title: Growth rate
    derived: {ratio: [growth, {difference: [seats, growth]}], percent: true}
  engineers_work: {title: Answers within the day, about: vendor}
tracks:
  deploy: {title: Deploy, function: deploy, months: 24}
  hipaa: {title: HIPAA, kind: compliance, months: 12}
  firewall:
    title: Firewall
    function: deploy
    versions:
      - {code: "17", released: 2024-01-01}
      - {code: "18", released: 2025-01-01}
      - {code: "18.5", kind: delta, of: "18", released: 2025-06-01}
      - {code: "19", released: 2026-01-01}
      - {code: "20", released: 2027-03-01}
types:
  msp: {tiers: {core: {}}}
""")


def changed(**sections: Any) -> ProgramDocument:
    """The document with these sections in place of its own."""
    return document_from(to_dict(DOCUMENT) | sections)


def tree(values: Any, document: ProgramDocument = DOCUMENT) -> Requirement:
    return requirement(values, document)


def answer(values: Any, facts: Facts, on: date = ON) -> Node:
    """The explanation, after checking that the fast answer is the same."""
    node = explain(tree(values), facts, on)
    assert holds(tree(values), facts, on) is node.truth
    return node


def metric(code: str, facts: Facts, on: date = ON) -> Any:
    """What a metric's evidence says the value is."""
    evidence = answer({"metric": {"code": code, "at_least": 1}}, facts, on).evidence
    assert evidence is not None
    return evidence


def row(on: str, value: float | None = None, **more: Any) -> Record:
    tags = {key: more.pop(key) for key in list(more) if key not in ("until", "currency", "member")}
    if "until" in more:
        more["until"] = date.fromisoformat(more["until"])
    number = None if value is None else Decimal(str(value))
    return Record(date.fromisoformat(on), number, tags=tags, source="rows", **more)


def rows(code: str, *found: Record, **more: Any) -> Facts:
    return Facts("p1", records={code: found}, **more)


def value(number: float, as_of: date | None = ON, **more: Any) -> MetricValue:
    return MetricValue(Decimal(str(number)), "statements", as_of, **more)


def person(key: str, *tracks: str, member: str = "", roles: tuple[str, ...] = ()) -> Person:
    """Certified in tracks, `firewall:18` in a version, from mid 2025 to mid 2027."""
    held = []
    for track in tracks:
        code, _, version = track.partition(":")
        held.append(Certificate(code, date(2025, 7, 1), date(2027, 6, 1), version or None))
    return Person(key, key.title(), tuple(held), roles=roles, member=member)


def family(*people: Person, country: str = "DE", **records: Any) -> Facts:
    """A German partner with a company below in France and one in the United States."""
    members = (
        Member("p1", country, "self"), Member("fr", "FR", "child"), Member("us", "US", "child"),
    )  # fmt: skip
    return Facts("p1", people, records=records, country=country, family=members)
