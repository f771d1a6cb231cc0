"""Programs that nobody here has seen load without a change of code: invented ones, each after a
published shape that none of those in the library has."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from programs.document import digest, export_yaml, load
from programs.document.lint import lint
from programs.rules import Facts, evaluate_level, facts_from

ON = date(2026, 11, 23)

POINTS = """
program: points
title: Points by the better of two routes
currency: USD
metrics:
  bookings:
    {title: Bookings, unit: USD, records: bookings, aggregate: sum, window: {year_from: "02-01"}}
  seats: {title: Managed seats, unit: seats}
  csat: {title: Satisfaction, unit: "%"}
tracks:
  deploy: {title: Deploy, months: 24}
types:
  partner:
    tiers:
      member: {}
      expert:
        entry:
          score:
            at_least: 100
            gate: {people: {track: deploy, at_least: 2}}
            best_of:
              - title: Resale
                parts:
                  - {metric: bookings, points: 1, each: 1000, cap: 90}
                  - {points: 20, if: {people: {track: deploy, at_least: 4}}}
              - title: Managed services
                parts:
                  - {metric: seats, points: 5, each: 10, cap: 80, minimum: 50}
                  - {metric: csat, points: 0.3}
"""
RANGES = """
program: ranges
title: Sets by country group, with ranges agreed
currency: EUR
country_groups: {large: [US, DE], small: [PT, PL]}
metrics:
  revenue: {title: Revenue, unit: EUR}
  customers: {title: Customers, unit: customers}
tracks:
  deploy: {title: Deploy}
types:
  partner:
    tiers:
      member: {}
      gold:
        entry:
          by_country:
            by_group:
              large:
                all:
                  - metric: {code: revenue, at_least: {agreed: target, from: 100000, to: 500000}}
                  - people: {track: deploy, at_least: {by_group: {large: 4}, otherwise: 2}}
              small:
                any:
                  - metric:
                      code: revenue
                      at_least: {by_group: {small: {times: 0.25}}, otherwise: 200000}
                  - metric: {code: customers, at_least: 30}
            otherwise: {metric: {code: customers, at_least: 60}}
"""
PLACES = """
program: places
title: Thresholds of a location, the company or a region
currency: USD
country_groups: {iberia: [ES, PT], dach: [DE, AT, CH]}
metrics:
  here: {title: Seats of the location, unit: seats, records: seats, aggregate: latest}
  region: {title: Seats of the region, unit: seats, records: seats, aggregate: latest, org: region}
  group: {title: Seats of the company, unit: seats, records: seats, aggregate: latest, org: family}
tracks:
  deploy: {title: Deploy}
types:
  partner:
    inherit: best_child
    tiers:
      member: {}
      gold:
        entry:
          all:
            - any:
                - metric: {code: here, at_least: 100}
                - metric: {code: region, at_least: 300}
                - metric: {code: group, at_least: 1000}
            - people: {track: deploy, org: region, at_least: 2}
"""
POOLS = """
program: pools
title: Quantities pooled over products, and rights by the day of acquisition
currency: USD
metrics:
  edr: {title: Endpoints, unit: seats}
  email: {title: Mailboxes, unit: seats}
  backup: {title: Gigabytes, unit: GB}
  pool:
    title: Pooled seats
    unit: seats
    derived: {sum: [edr, {metric: email, times: 0.5}, {metric: backup, times: 0.01}]}
  installed: {title: Devices installed, unit: devices}
  active: {title: Devices active, unit: devices}
tracks:
  deploy: {title: Deploy}
types:
  partner:
    tiers:
      member: {}
      volume: {entry: {metric: {code: pool, at_least: 1000}}}
    axes:
      rights:
        kind: set
        levels:
          oem:
            promotion: request
            entry:
              any:
                - all:
                    - held: {type: partner, level: member, acquired_before: 2024-11-03}
                    - metric: {code: installed, at_least: 100}
                - all:
                    - held: {type: partner, level: member, acquired_from: 2024-11-03, months: 12}
                    - metric: {code: active, at_least: 100}
"""


def partner(**values: Any) -> Facts:
    metrics = {code: {"value": value} for code, value in values.pop("metrics", {}).items()}
    deploy = values.pop("deploy", 0)
    people = [
        {"key": f"p{n}", "certificates": [{"track": "deploy", "from": "2026-01-01"}]}
        for n in range(deploy)
    ]
    return facts_from({"metrics": metrics, "people": people, **values})


def outcome(text: str, facts: Facts, level: str, axis: str = "tier") -> str:
    """The outcome of the level's entry set."""
    document = load(text)
    node = evaluate_level(document, "partner", facts, ON, axis).tier(level).entry
    return node.outcome


@pytest.mark.parametrize("text", [POINTS, RANGES, PLACES, POOLS])
def test_program_loads_is_not_refused_and_exports_to_itself(text: str) -> None:
    document = load(text)
    assert [found for found in lint(document) if found.level == "refusal"] == []
    assert digest(load(export_yaml(document))) == digest(document)


def sold(*amounts: tuple[str, int]) -> dict[str, Any]:
    return {"bookings": [{"on": on, "value": value, "currency": "USD"} for on, value in amounts]}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # 90 points of bookings and 20 for the fourth engineer
        (partner(deploy=4, records=sold(("2026-03-01", 95_000)), metrics={"seats": 0}), "pass"),
        # the same bookings before the fiscal year
        (
            partner(
                deploy=4, records=sold(("2026-01-31", 95_000)), metrics={"seats": 0, "csat": 0}
            ),
            "fail",
        ),
        # 80 of seats and 24 of satisfaction
        (partner(deploy=2, records=sold(), metrics={"seats": 160, "csat": 80}), "pass"),
        (partner(deploy=2, records=sold(), metrics={"seats": 160, "csat": 66}), "fail"),
        # under the minimum of its route, whatever the rest
        (partner(deploy=2, records=sold(), metrics={"seats": 49, "csat": 1000}), "fail"),
        # the gate is shut
        (partner(deploy=1, records=sold(), metrics={"seats": 160, "csat": 100}), "fail"),
        # what is not known could decide it
        (partner(deploy=2, records=sold(), metrics={"seats": 160}), "unknown"),
        # routes are not added up
        (
            partner(
                deploy=2, records=sold(("2026-03-01", 60_000)), metrics={"seats": 120, "csat": 50}
            ),
            "fail",
        ),
    ],
)
def test_points_by_the_better_route_behind_a_gate(facts: Facts, expected: str) -> None:
    assert outcome(POINTS, facts, "expert") == expected


@pytest.mark.parametrize(
    ("country", "values", "expected"),
    [
        (
            "US",
            {"metrics": {"revenue": 150_000}, "agreed": {"target": 150_000}, "deploy": 4},
            "pass",
        ),
        (
            "US",
            {"metrics": {"revenue": 149_999}, "agreed": {"target": 150_000}, "deploy": 4},
            "fail",
        ),
        (
            "US",
            {"metrics": {"revenue": 150_000}, "agreed": {"target": 150_000}, "deploy": 3},
            "fail",
        ),
        ("US", {"metrics": {"revenue": 150_000}, "deploy": 4}, "unknown"),
        (
            "US",
            {"metrics": {"revenue": 150_000}, "agreed": {"target": 90_000}, "deploy": 4},
            "unknown",
        ),
        ("PT", {"metrics": {"revenue": 50_000, "customers": 0}}, "pass"),
        ("PT", {"metrics": {"revenue": 49_999, "customers": 29}}, "fail"),
        ("PT", {"metrics": {"customers": 30}}, "pass"),
        ("BR", {"metrics": {"revenue": 900_000, "customers": 59}}, "fail"),
        ("BR", {"metrics": {"customers": 60}}, "pass"),
        ("", {"metrics": {"revenue": 900_000, "customers": 900}, "deploy": 9}, "unknown"),
    ],
)
def test_alternative_sets_by_country_group(
    country: str, values: dict[str, Any], expected: str
) -> None:
    assert outcome(RANGES, replace(partner(**values), country=country), "gold") == expected


FAMILY = [
    {"key": "porto", "country": "PT", "relation": "sibling"},
    {"key": "wien", "country": "AT", "relation": "sibling"},
]


def company(own: int, porto: int, wien: int, elsewhere: str = "porto") -> Facts:
    """A location in Madrid with one engineer; the second works in `elsewhere`."""
    rows = {"": own, "porto": porto, "wien": wien}
    records = [{"on": "2026-10-31", "value": v, "member": key} for key, v in rows.items()]
    engineer = [{"track": "deploy", "from": "2026-01-01"}]
    return facts_from(
        {
            "country": "ES",
            "family": FAMILY,
            "records": {"seats": records},
            "people": [
                {"key": "ana", "certificates": engineer},
                {"key": "rui", "certificates": engineer, "member": elsewhere},
            ],
        }
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (company(100, 0, 0), "pass"),
        (company(99, 200, 0), "fail"),
        (company(99, 201, 0), "pass"),
        (company(99, 0, 900), "fail"),
        (company(99, 1, 900), "pass"),
        (company(100, 0, 0, elsewhere="wien"), "fail"),
        (replace(company(99, 201, 0), country=""), "unknown"),
    ],
)
def test_thresholds_of_a_location_the_company_or_a_region(facts: Facts, expected: str) -> None:
    assert outcome(PLACES, facts, "gold") == expected


def test_a_company_counts_what_a_location_below_it_holds() -> None:
    values = company(0, 0, 0).to_dict()
    values["family"] = [{"key": "porto", "country": "PT", "relation": "child"}]
    values["held"] = {"partner": [{"tier": "gold", "from": "2026-01-01", "member": "porto"}]}
    found = evaluate_level(load(PLACES), "partner", facts_from(values), ON)
    assert (found.met, found.held, found.inherited) == ("member", None, ("gold",))


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"edr": 700, "email": 400, "backup": 10_000}, "pass"),
        ({"edr": 700, "email": 399, "backup": 10_000}, "fail"),
        ({"edr": 1000, "email": 0, "backup": 0}, "pass"),
        ({"edr": 1000, "email": 0}, "unknown"),
    ],
)
def test_quantities_are_pooled_over_products(metrics: dict[str, int], expected: str) -> None:
    assert outcome(POOLS, partner(metrics=metrics), "volume") == expected


@pytest.mark.parametrize(
    ("since", "metrics", "expected"),
    [
        ("2024-11-02", {"installed": 100, "active": 0}, "pass"),
        ("2024-11-03", {"installed": 100, "active": 0}, "fail"),
        ("2024-11-03", {"installed": 0, "active": 100}, "pass"),
        ("2024-11-02", {"installed": 0, "active": 100}, "fail"),
        ("2025-11-23", {"installed": 0, "active": 100}, "pass"),
        ("2025-11-24", {"installed": 0, "active": 100}, "fail"),
        ("2024-11-02", {"active": 100}, "unknown"),
    ],
)
def test_rights_go_by_the_day_of_acquisition(
    since: str, metrics: dict[str, int], expected: str
) -> None:
    facts = partner(metrics=metrics, held={"partner": [{"tier": "member", "from": since}]})
    assert outcome(POOLS, facts, "oem", "rights") == expected
