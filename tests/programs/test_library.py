"""The programs that ship: published ones with their fixture partners, and the two demo vendors."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from programs import library
from programs.rules import (
    Facts,
    MetricValue,
    Record,
    add_months,
    certificate_expiry,
    evaluate_level,
    explain,
    gate_tree,
)
from tests.programs.rule_world import certified

EXPECTED = library.expected()
AWS = library.program("aws-services-path")
AURORA = library.program("aurora")
ON = date(2026, 11, 23)


def outcomes(facts: Facts, name: str) -> tuple[str | None, dict[str, str]]:
    wanted = EXPECTED[name]
    day = date.fromisoformat(wanted["on"])
    result = evaluate_level(library.program(wanted["program"]), wanted["type"], facts, day)
    return result.met, {tier.tier: tier.entry.outcome for tier in result.tiers}


def gaps(facts: Facts, tier: str) -> list[str]:
    node = evaluate_level(AWS, "services", facts, ON).tier(tier).entry
    return [leaf.missing for leaf in node.open_leaves()]


@pytest.mark.parametrize("name", EXPECTED)
def test_fixture_partner_evaluates_as_expected(name: str) -> None:
    assert outcomes(library.partner(name), name) == (EXPECTED[name]["met"], EXPECTED[name]["tiers"])


@pytest.mark.parametrize(
    ("name", "tier", "missing"),
    [
        (
            "aws-select-one-short",
            "select",
            [
                "1 more person with a certificate of level accredited",
                "1 more person with AWS Technical Accreditation",
            ],
        ),
        (
            "aws-advanced-one-short",
            "advanced",
            ["1 more person with a certificate of level professional or specialty"],
        ),
        (
            "aws-premier-one-short",
            "premier",
            [
                "MSP designation is not attested",
                "DevOps competency is not attested",
                "CloudOps competency is not attested",
            ],
        ),
    ],
)
def test_aws_partner_that_fails_by_one_is_told_which(
    name: str, tier: str, missing: list[str]
) -> None:
    assert gaps(library.partner(name), tier) == missing


def test_aws_person_counts_in_three_requirements() -> None:
    node = evaluate_level(AWS, "services", library.partner("aws-select"), ON).tier("select").entry
    people = {child.id: {row.key for row in child.counted} for child in node.children if child.id}
    assert people == {
        "accredited": {"p01", "p02", "p03", "p04"},
        "foundational": {"p01", "p02"},
        "technical": {"p01", "p02"},
    }


@pytest.mark.parametrize("tier", ["select", "advanced", "premier"])
def test_aws_partner_that_meets_exactly_fails_without_any_one_person(tier: str) -> None:
    facts = library.partner(f"aws-{tier}")
    for person in facts.people:
        fewer = replace(facts, people=tuple(p for p in facts.people if p is not person))
        assert evaluate_level(AWS, "services", fewer, ON).tier(tier).entry.outcome == "fail"


def launched(facts: Facts) -> tuple[Record, ...]:
    """The opportunities that count: launched, and not too long ago."""
    return tuple(
        row
        for row in facts.records["opportunities"]
        if row.tags["status"] == "launched" and row.on > date(2025, 11, 23)
    )


def entry_with(facts: Facts, tier: str, rows: tuple[Record, ...]) -> str:
    changed = replace(facts, records={"opportunities": rows})
    return evaluate_level(AWS, "services", changed, ON).tier(tier).entry.outcome


@pytest.mark.parametrize("tier", ["select", "advanced", "premier"])
def test_aws_counts_and_sums_the_same_opportunities(tier: str) -> None:
    facts = library.partner(f"aws-{tier}")
    rows = launched(facts)
    first = rows[0]
    assert first.value is not None
    others = rows[1:]
    assert {
        "as they are": entry_with(facts, tier, rows),
        "one fewer, its money on another": entry_with(
            facts, tier, (replace(others[0], value=2 * first.value), *others[1:])
        ),
        "a cent less": entry_with(
            facts, tier, (replace(first, value=first.value - Decimal("0.01")), *others)
        ),
        "one not launched": entry_with(
            facts, tier, (replace(first, tags={"status": "committed"}), *others)
        ),
        "one launched too long ago": entry_with(
            facts, tier, (replace(first, on=date(2025, 11, 23)), *others)
        ),
        "one in euros": entry_with(facts, tier, (replace(first, currency="EUR"), *others)),
    } == {
        "as they are": "pass",
        "one fewer, its money on another": "fail",
        "a cent less": "fail",
        "one not launched": "fail",
        "one launched too long ago": "fail",
        "one in euros": "unknown",
    }


def test_aws_opportunities_are_refreshed_every_12_months() -> None:
    facts = library.partner("aws-select")
    last = max(row.on for row in launched(facts))
    outcomes = [
        evaluate_level(AWS, "services", facts, day).tier("select").entry.outcome
        for day in (ON, add_months(last, 12))
    ]
    assert outcomes == ["pass", "fail"]


def test_aws_without_a_list_of_opportunities_is_unknown() -> None:
    facts = replace(library.partner("aws-select"), records={})
    node = evaluate_level(AWS, "services", facts, ON).tier("select").entry
    assert (node.outcome, node.unknown) == (
        "unknown",
        (
            "Launched opportunities: no rows from APN Customer Engagements",
            "Estimated monthly revenue of the launched opportunities: no rows from "
            "APN Customer Engagements",
        ),
    )


def test_aws_review_without_an_end_is_unknown_since_its_validity_is_not_stated() -> None:
    facts = library.partner("aws-premier")
    endless = tuple(replace(p, until=None) for p in facts.attestations["executive_review"])
    facts = replace(facts, attestations={**facts.attestations, "executive_review": endless})
    node = evaluate_level(AWS, "services", facts, ON).tier("premier").entry
    assert (node.outcome, node.unknown) == (
        "unknown",
        ("Executive business review: the program does not state how long it counts",),
    )


@pytest.mark.parametrize(
    ("version", "passed", "expires"),
    [
        ("18.0", date(2020, 11, 3), date(2022, 2, 11)),
        ("18.5", date(2021, 7, 2), date(2023, 4, 21)),
    ],
)
def test_sophos_certificate_ends_with_its_course(version: str, passed: date, expires: date) -> None:
    sophos = library.program("sophos-partner-program")
    assert certificate_expiry(sophos, "firewall-engineer", version, passed) == expires


@pytest.mark.parametrize(
    ("expires", "warned"),
    [
        (date(2022, 2, 11), [date(2021, 12, 13), date(2022, 1, 12), date(2022, 2, 11)]),
        (date(2023, 4, 21), [date(2023, 2, 20), date(2023, 3, 22), date(2023, 4, 21)]),
    ],
)
def test_sophos_warning_days(expires: date, warned: list[date]) -> None:
    windows = library.program("sophos-partner-program").windows.certificate
    assert [date.fromordinal(expires.toordinal() - days) for days in windows] == warned


def test_sophos_tier_needs_a_number_that_nobody_published() -> None:
    node = evaluate_level(
        library.program("sophos-partner-program"),
        "partner",
        library.partner("sophos-gold-revenue"),
        date(2021, 7, 31),
    ).tier("gold")
    assert node.entry.unknown == ("the published program does not state this value",)


def test_aurora_has_seven_types() -> None:
    assert sorted(AURORA.types) == [
        "agent", "cloud", "msp", "mssp", "reseller", "var_to_msp", "vertical",
    ]  # fmt: skip


def test_borealis_is_a_contrast() -> None:
    borealis = library.program("borealis")
    tiers = {code: list(kind.tiers) for code, kind in borealis.types.items()}
    assert tiers == {
        "msp": ["bronze", "silver", "gold"],
        "reseller": ["bronze", "silver", "gold"],
    }
    shape = (borealis.currency, borealis.time_zone, len(borealis.tracks), len(borealis.products))
    assert shape == ("EUR", "Europe/Lisbon", 3, 2)


@pytest.mark.parametrize("name", ["aurora", "borealis"])
def test_demo_program_has_a_course_that_ends_soon(name: str) -> None:
    """Release days are set so that an old version lapses within the first warning window."""
    program = library.program(name)
    ends = [
        certificate_expiry(program, code, version.code, version.released)
        for code, track in program.tracks.items()
        if track.anchor == "course_release"
        for version in track.versions
    ]
    days = [(end - library.DEMO_REFERENCE_DAY).days for end in ends if end]
    assert [day for day in days if 0 < day <= 60] != []


@pytest.mark.parametrize("name", ["aurora", "borealis"])
def test_demo_program_offers_every_product_somewhere(name: str) -> None:
    program = library.program(name)
    assert [code for code, product in program.products.items() if not product.gates] == []


def test_unknown_program_names_those_that_ship() -> None:
    with pytest.raises(KeyError) as caught:
        library.text_of("../aurora")
    assert caught.value.args == (
        "no program '../aurora'; there are acronis-service-provider, aurora, aws-services-path, "
        "borealis, gitlab-channel-program, odoo-partnership, sophos-partner-program",
    )


def test_missing_metric_keeps_a_large_edr_partner_unknown_not_open() -> None:
    """The Aurora gate above 250 seats needs the seats: without them it stays shut, explained."""
    gate = gate_tree(AURORA, "edr", ["general"])
    assert gate is not None
    facts = Facts("p", (certified("ana", "endpoint-deploy"),))
    node = explain(gate, facts, ON)
    assert (node.outcome, node.unknown) == (
        "unknown",
        ("Managed seats: no value from monthly statements",),
    )
    small = replace(facts, metrics={"seats": MetricValue(Decimal(0))})
    assert explain(gate, small, ON).outcome == "pass"
