"""A document with several axes, country groups and benefits, and the questions asked of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from programs.document import ProgramDocument, load
from programs.rules import (
    Facts,
    Held,
    Member,
    MetricValue,
    Node,
    Period,
    Requirement,
    explain,
    holds,
)
from programs.rules import requirement as bound

ON = date(2026, 11, 23)
TEXT = """
program: levels
title: Levels
currency: EUR
country_groups: {tier1: [US, GB], tier2: [PL]}
metrics:
  seats: {title: Managed seats, unit: seats, fresh_months: 6}
  csat: {title: Satisfaction, unit: "%"}
  ours: {title: Our answers in time, unit: "%", about: vendor}
attestations:
  plan: {title: Business plan, months: 12}
tracks:
  deploy: {title: Deploy}
  hipaa: {title: HIPAA, kind: compliance}
benefits:
  nfr: {title: Own-use seats, kind: nfr, unit: seats}
  support: {title: Support, kind: support}
support:
  standard: {s1: 480, s2: 960}
  msp: {s1: 60, s2: 960}
types:
  msp:
    title: Service provider
    inherit: best_child
    review: {clock: quarterly, up: any_time, down: review, cure: {months: 3}}
    tiers:
      registered: {title: Registered}
      silver:
        title: Silver
        entry: {metric: {code: seats, at_least: 100}}
        retain: {metric: {code: seats, at_least: 80}}
        benefits: {nfr: 10, support: msp}
      gold: {title: Gold, entry: {metric: {code: seats, at_least: 300}}}
    axes:
      badge:
        kind: set
        levels:
          healthcare: {entry: {people: {track: hipaa, at_least: 1}}}
          trained: {entry: {people: {track: deploy, at_least: 2}}}
      commitment:
        review: {clock: yearly, day: 03-31, down: request}
        levels:
          flex: {}
          fixed: {entry: {attestation: plan}, promotion: purchase}
"""
DOCUMENT = load(TEXT)


def tree(values: Any, document: ProgramDocument = DOCUMENT) -> Requirement:
    return bound(values, document)


def answer(values: Any, facts: Facts, on: date = ON) -> Node:
    """The explanation, after checking that the fast answer is the same, and that JSON keeps it."""
    node = explain(tree(values), facts, on)
    assert holds(tree(values), facts, on) is node.truth
    assert Node.from_dict(node.to_dict()) == node
    return node


def measured(**metrics: int | None) -> Facts:
    values = {
        code: MetricValue(None if value is None else Decimal(value), "s", date(2026, 11, 1))
        for code, value in metrics.items()
    }
    return Facts("p1", metrics=values, held={"msp": ()})


def held(*rows: Held, **more: Any) -> Facts:
    return Facts("p1", held={"msp": rows}, **more)


FAMILY = (
    Member("child", "PL", "child"),
    Member("other", "PL", "child"),
    Member("parent", "US", "parent"),
)


def planned(start: date, **metrics: int | None) -> Facts:
    """Measured, and with a business plan attested on the day."""
    return replace(measured(**metrics), attestations={"plan": (Period(start),)})
