"""Metrics: computed from rows, derived from others, and what an answer rests on."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from programs.document import (
    ProgramError,
    canonical_json,
    digest,
    document_from,
    export_yaml,
    json_schema,
    load,
    to_dict,
)
from programs.document.metrics import record_codes
from programs.rules import Facts, Node, Record, explain, holds
from programs.rules.windows import MetricWindow
from tests.programs.metric_world import (
    DOCUMENT,
    ON,
    answer,
    changed,
    family,
    metric,
    row,
    rows,
    tree,
    value,
)

LAUNCHED = (
    row("2026-02-01", status="launched", customer="a"),
    row("2026-03-01", status="launched", customer="a"),
    row("2026-04-01", status="open", customer="b"),
    row("2025-11-24", status="launched", customer="c"),
    row("2025-11-23", status="launched", customer="d"),
    row("2026-11-24", status="launched", customer="e"),
)
SURVEY = rows("answer", *(row("2026-05-01", n) for n in (1, 2, 6)))
CONTRACTS = (
    row("2022-01-01"),
    row("2024-01-01"),
    row("2024-06-01", until="2026-11-23"),
    row("2025-01-01", until="2026-11-24"),
    row("2026-01-01"),
)


# Aggregates and windows


def test_rows_are_counted_by_tag_within_the_window() -> None:
    found = metric("launched", rows("opportunity", *LAUNCHED))
    assert (found.value, found.rows) == (3, 3)
    assert (found.since, found.through) == (date(2025, 11, 24), ON)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("score", 3), ("middle", 2), ("lowest", 1), ("highest", 6)],
)
def test_aggregate_of_values(code: str, expected: int) -> None:
    assert metric(code, SURVEY).value == expected


def test_distinct_counts_the_values_of_a_tag() -> None:
    assert metric("customers", rows("opportunity", *LAUNCHED)).value == 4  # e is of tomorrow


def test_open_counts_what_has_not_ended_on_the_day() -> None:
    assert metric("running", rows("contract", *CONTRACTS)).value == 4


def test_full_quarters_leave_out_the_running_one() -> None:
    invoices = rows(
        "invoice", row("2026-06-30", 1), row("2026-07-01", 10), row("2026-09-30", 100),
        row("2026-10-01", 1000),
    )  # fmt: skip
    assert metric("revenue", invoices).value == 110


def test_fiscal_year_begins_on_its_day() -> None:
    invoices = rows("invoice", row("2026-03-31", 1), row("2026-04-01", 10), row("2026-11-23", 100))
    assert metric("fiscal", invoices).value == 110
    assert metric("fiscal", invoices, date(2026, 3, 31)).value == 1


def test_change_compares_both_ends_of_the_window() -> None:
    history = rows("seats", row("2025-01-31", 90), row("2025-11-23", 100), row("2026-10-31", 130))
    assert metric("growth", history).value == 30


def test_latest_adds_the_newest_of_each_company() -> None:
    facts = family(seats=(
        row("2026-01-01", 10), row("2026-02-01", 20), row("2026-01-15", 5, member="fr"),
        row("2025-01-15", 500, member="fr"),
    ))  # fmt: skip
    assert metric("newest", facts).value == 25


@pytest.mark.parametrize(
    ("code", "expected"), [("everywhere", 4), ("nearby", 2), ("in_region", 3), ("customers", 0)]
)
def test_org_says_whose_rows_count(code: str, expected: int) -> None:
    """`customers` counts a tag of the partner's own rows; two are in Germany, one in France."""
    mine = (row("2026-01-01"), row("2026-02-01", member="de2"))
    others = (row("2026-01-01", member="fr"), row("2026-01-01", member="us"))
    facts = family(opportunity=(*mine, *others))
    facts = replace(
        facts, family=(*facts.family, replace(facts.family[1], key="de2", country="DE"))
    )
    assert metric(code, facts).value == expected


def test_country_not_known_is_unknown() -> None:
    facts = family(country="", opportunity=(row("2026-01-01"),))
    node = answer({"metric": {"code": "nearby", "at_least": 1}}, facts)
    assert node.unknown == ("Launched nearby: the country of a company of the family is not known",)


@pytest.mark.parametrize(
    ("window", "on", "bounds"),
    [
        ({"months": 12}, "2026-11-23", ("2025-11-24", "2026-11-23")),
        ({"months": 1}, "2026-03-31", ("2026-03-01", "2026-03-31")),
        ({"last": "month"}, "2026-11-23", ("2026-10-01", "2026-10-31")),
        ({"last": "quarter", "count": 2}, "2026-11-23", ("2026-04-01", "2026-09-30")),
        ({"last": "year"}, "2026-01-01", ("2025-01-01", "2025-12-31")),
        ({"last": "year", "year_from": "04-01"}, "2026-11-23", ("2025-04-01", "2026-03-31")),
        ({"last": "quarter", "year_from": "02-01"}, "2026-11-23", ("2026-08-01", "2026-10-31")),
        ({"year_from": "04-01"}, "2026-11-23", ("2026-04-01", "2026-11-23")),
        ({"year_from": "12-01"}, "2026-11-23", ("2025-12-01", "2026-11-23")),
    ],
)
def test_window_covers(window: dict[str, Any], on: str, bounds: tuple[str, str]) -> None:
    first, last = MetricWindow.model_validate(window).bounds(date.fromisoformat(on))
    assert (first.isoformat(), last.isoformat()) == bounds


# Unknown


@pytest.mark.parametrize(
    ("code", "facts", "why"),
    [
        ("launched", Facts(), "Launched: no rows from crm"),
        ("score", rows("answer"), "Score: 0 rows, at least 3 are needed"),
        ("middle", rows("answer"), "Middle: no rows from survey"),
        ("middle", rows("answer", row("2026-01-01")), "Middle: the row of 2026-01-01 has no value"),
        (
            "revenue",
            rows("invoice", row("2026-07-01", 5, currency="USD")),
            "Revenue: the row of 2026-07-01 is in USD, not EUR",
        ),
        (
            "growth",
            rows("seats", row("2026-01-01", 5)),
            "Growth: no value from statements of 2025-11-23 or before",
        ),
        (
            "lately",
            rows("opportunity", row("2026-08-23")),
            "Lately: the newest row from crm is of 2026-08-23, too old",
        ),
        (
            "retention",
            rows("contract", row("2026-01-01"), row("2026-01-01")),
            "Retention: 2 to divide by, at least 3 are needed",
        ),
        ("retention", Facts(), "Retained: no rows from billing"),
        (
            "growth_rate",
            replace(
                rows("seats", row("2025-01-01", 0), row("2026-01-01", 9)),
                metrics={"seats": value(9)},
            ),
            "Growth rate: nothing to divide by",
        ),
        (
            "spend",
            Facts(metrics={"spend": value(9, currency="EUR")}),
            "Spend: the value from statements is in EUR, not USD",
        ),
    ],
)  # fmt: skip
def test_unknown_says_why(code: str, facts: Facts, why: str) -> None:
    node = answer({"metric": {"code": code, "at_least": 0}}, facts)
    assert (node.outcome, node.unknown) == ("unknown", (why,))


def test_no_rows_at_all_is_a_known_zero() -> None:
    assert metric("launched", rows("opportunity")).value == 0
    assert metric("revenue", rows("invoice")).value == 0


# Derived


def test_retention_is_active_of_acquired_in_the_window() -> None:
    found = metric("retention", rows("contract", *CONTRACTS))
    assert found.value == 75  # of the 4 acquired in 36 months one ended
    assert [(part.code, part.value) for part in found.inputs] == [("retained", 3), ("acquired", 4)]


def test_sum_takes_multiples() -> None:
    facts = Facts(records={"opportunity": LAUNCHED, "contract": CONTRACTS})
    assert metric("weighted", facts).value == 3 + 2 * 4


def test_growth_rate_divides_by_the_value_before() -> None:
    history = rows("seats", row("2025-11-01", 100), row("2026-10-31", 130))
    facts = replace(history, metrics={"seats": value(130)})
    assert metric("growth_rate", facts).value == 30


def test_ratio_is_compared_exactly_and_shown_on_its_side() -> None:
    contracts = [row("2025-01-01") for _ in range(2)] + [row("2025-01-01", until="2026-01-01")]
    facts = rows("contract", *contracts)
    least = answer({"metric": {"code": "retention", "at_least": 66.6667}}, facts)
    assert (least.outcome, least.have) == ("fail", Decimal("66.6666"))
    most = answer({"metric": {"code": "retention", "at_most": 66.6666}}, facts)
    assert (most.outcome, most.have) == ("fail", Decimal("66.6667"))


# What it rests on, and until when


def test_evidence_names_the_newest_rows_of_many() -> None:
    many = [row(f"2026-{1 + n // 28:02}-{1 + n % 28:02}", status="launched") for n in range(60)]
    found = metric("launched", rows("opportunity", *many))
    assert (found.rows, len(found.counted), found.source) == (60, 20, "rows")
    assert found.as_of == found.counted[0].on == date(2026, 3, 4)
    assert found.counted[0].words == "status launched"


def test_evidence_of_a_supplied_value_is_its_source_and_day() -> None:
    found = metric("seats", Facts(metrics={"seats": value(25)}))
    assert (found.value, found.source, found.as_of, found.rows) == (25, "statements", ON, None)


def test_evidence_survives_json_except_what_the_facts_say() -> None:
    facts = replace(rows("contract", *CONTRACTS), metrics={"seats": value(25)})
    both = answer({"all": [{"metric": {"code": "retention", "at_least": 1}},
                           {"metric": {"code": "seats", "at_least": 1}}]}, facts)  # fmt: skip
    again = Node.from_dict(json.loads(json.dumps(both.to_dict())))
    assert again == both
    assert again.children[0].evidence == both.children[0].evidence
    assert again.children[1].evidence is None


@pytest.mark.parametrize(
    ("code", "need", "facts", "until"),
    [
        ("launched", 3, rows("opportunity", *LAUNCHED[:5]), "2026-11-24"),
        ("launched", 2, rows("opportunity", *LAUNCHED[:5]), "2027-02-01"),
        ("launched", 1, rows("opportunity", *LAUNCHED[:5]), "2027-03-01"),
        ("running", 4, rows("contract", *CONTRACTS), "2026-11-24"),
        ("revenue", 5, rows("invoice", row("2026-07-01", 5)), "2027-01-01"),
        ("fiscal", 5, rows("invoice", row("2026-07-01", 5)), "2027-04-01"),
        ("lately", 1, rows("opportunity", row("2026-11-01")), "2027-02-01"),
        ("retention", 75, rows("contract", *CONTRACTS), "2026-11-24"),
        ("customers", 1, rows("opportunity", *LAUNCHED[:5]), None),
    ],
)
def test_until_is_the_first_day_it_stops_passing(
    code: str, need: int, facts: Facts, until: str | None
) -> None:
    node = answer({"metric": {"code": code, "at_least": need}}, facts)
    assert node.outcome == "pass"
    assert node.until == (until and date.fromisoformat(until))


# The document


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    [
        ({"derived": {"sum": ["x", "nobody"]}}, "metrics.x.derived.sum[1]", "unknown_metric"),
        ({"derived": {"sum": ["x"]}}, "metrics.x.derived", "cycle"),
        ({"derived": {"ratio": ["y", "y"]}}, "metrics.x.derived", "cycle"),
        ({"window": {"months": 3}}, "metrics.x", "value"),
        ({"records": "r", "aggregate": "change"}, "metrics.x", "value"),
        ({"records": "r", "derived": {"sum": ["y"]}}, "metrics.x", "value"),
        ({"records": "r", "window": {"months": 3, "last": "month"}}, "metrics.x.window", "value"),
        ({"records": "r", "window": {}}, "metrics.x.window", "value"),
        ({"derived": {"ratio": ["y"]}}, "metrics.x.derived.ratio[1]", "missing_key"),
    ],
)
def test_metric_that_leads_nowhere_is_refused(rule: dict[str, Any], path: str, code: str) -> None:
    metrics = {"x": rule, "y": {"derived": {"sum": ["x"]}}}
    with pytest.raises(ProgramError) as caught:
        changed(metrics=metrics)
    assert (code, path) in [(problem.code, problem.path) for problem in caught.value.problems]


def test_record_of_a_day_to_come_does_not_count_yet() -> None:
    facts = Facts(records={"opportunity": (Record(date(2026, 11, 24)),)})
    assert metric("everywhere", facts).value == 0


def test_document_with_metrics_of_every_kind_survives_a_trip() -> None:
    assert digest(load(export_yaml(DOCUMENT))) == digest(DOCUMENT)
    assert digest(document_from(json.loads(canonical_json(DOCUMENT)))) == digest(DOCUMENT)
    jsonschema.validate(to_dict(DOCUMENT), json_schema())


def test_what_has_to_be_loaded_is_what_metrics_look_at() -> None:
    wanted = {"opportunity", "contract", "invoice", "answer", "seats"}
    assert record_codes(DOCUMENT) == wanted


# No row at all


COMPLETE = changed(
    metrics={
        "won": {"title": "Won", "source": "crm", "records": "opportunity", "complete": True},
        "group": {"title": "Group", "records": "opportunity", "org": "family", "complete": True},
        "mean": {"title": "Mean", "records": "answer", "aggregate": "avg", "complete": True},
        "open": {"title": "Open", "source": "crm", "records": "opportunity"},
        "all": {"title": "All", "records": "opportunity", "org": "family"},
    }
)


@pytest.mark.parametrize(
    ("code", "facts", "expected"),
    [
        ("won", Facts("p1"), 0),
        ("open", Facts("p1"), None),
        ("won", family(opportunity=(row("2026-05-01", member="fr"),)), 0),
        ("open", family(opportunity=(row("2026-05-01", member="fr"),)), None),
        ("all", family(opportunity=(row("2026-05-01", member="fr"),)), 1),
        ("group", family(), 0),
        ("mean", Facts("p1"), None),
    ],
)
def test_no_row_means_none_only_where_the_source_is_complete(
    code: str, facts: Facts, expected: int | None
) -> None:
    rule = tree({"metric": {"code": code, "at_least": 1}}, COMPLETE)
    node = explain(rule, facts, ON)
    assert node.evidence is not None
    assert node.evidence.value == expected
    assert holds(rule, facts, ON) is node.truth


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ({"complete": True}, "complete is about rows"),
        ({"records": "a", "complete": True, "fresh_months": 3}, "where no row means none"),
        ({"derived": {"sum": ["seats"]}, "supplied_by": "partner"}, "nobody supplies a derived"),
    ],
)
def test_a_metric_that_contradicts_itself_is_refused(metric: dict[str, Any], words: str) -> None:
    seats = to_dict(DOCUMENT)["metrics"]["seats"]
    with pytest.raises(ProgramError, match=words):
        document_from({"program": "p", "title": "P", "currency": "EUR", "types": {},
                       "metrics": {"seats": seats, "odd": metric}})  # fmt: skip
