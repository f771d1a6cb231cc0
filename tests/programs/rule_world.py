"""The document, the people and the questions that the rule tests share."""

from datetime import date
from decimal import Decimal
from typing import Any

from programs.document import load
from programs.rules import (
    Certificate,
    Facts,
    MetricValue,
    Node,
    Person,
    Requirement,
    explain,
    holds,
    requirement,
)

DOCUMENT = load("""
program: rules
title: Rules
currency: EUR
environments: [general, clinical, cardholder, ot]
regulated_verticals: {healthcare: clinical}
metrics:
  seats: {title: Managed seats, unit: seats, source: statements}
  csat: {title: Satisfaction, unit: "%", source: survey, fresh_months: 6}
attestations:
  plan: {title: Business plan, months: 12}
  signed: {title: Signed letter}
  review: {title: Review, months: not_stated}
addenda:
  baa_vendor: {title: BAA with the vendor}
  baa_customer: {title: BAA with the customer, with: customer}
tracks:
  deploy: {title: Deploy, function: deploy, level: associate, scope: endpoint, months: 24}
  manage: {title: Manage, function: manage, level: professional, scope: endpoint, months: 24}
  respond: {title: Respond, function: respond, level: professional, scope: security, months: 24}
  hipaa: {title: HIPAA, kind: compliance, months: 12}
  seller: {title: Sell, kind: sales, function: sell}
  old: {title: Old, months: not_stated}
  firewall:
    months: 24
    anchor: course_release
    versions:
      - {code: "18.0", released: 2020-02-11}
      - {code: "18.5", kind: delta, of: "18.0", released: 2021-04-21}
products:
  edr:
    gates:
      general: {people: {track: deploy, at_least: 1}}
      clinical: {add: {people: {track: hipaa, at_least: 2}}, addenda: [baa_vendor, baa_customer]}
      cardholder: {add: {people: {track: manage, at_least: 1}}, addenda: baa_vendor}
  sense:
    gates:
      ot: {people: {track: respond, at_least: 1}}
types:
  msp:
    tiers:
      registered: {}
      core:
        entry:
          all:
            - metric: {code: seats, at_least: 25}
            - people: {track: deploy, at_least: 2}
        retain: {people: {track: deploy, at_least: 1}}
      premier: {entry: {metric: {code: seats, at_least: 250}}}
""")
ON = date(2026, 11, 23)


def tree(values: Any) -> Requirement:
    return requirement(values, DOCUMENT)


def certified(key: str, *tracks: str, until: date | None = date(2027, 6, 1)) -> Person:
    held = (
        Certificate(track, date(2025, 6, 1), until, number=f"{key}-{track}") for track in tracks
    )
    return Person(key, key.title(), tuple(held))


def team(*people: Person, **metrics: int) -> Facts:
    values = {code: MetricValue(Decimal(value), "statements") for code, value in metrics.items()}
    return Facts("p1", people, values)


def answer(values: Any, facts: Facts, on: date = ON, customer: str | None = None) -> Node:
    """The explanation, after checking that the fast answer is the same."""
    node = explain(tree(values), facts, on, customer=customer)
    assert holds(tree(values), facts, on, customer=customer) is node.truth
    return node
