"""What changed between two documents, in words."""

from programs.differences import diff
from programs.document import load
from tests.programs.test_document import SMALL, changed

NAMED = """
program: named
title: Named
currency: EUR
benefits: {own_seats: {title: Seats for yourselves, kind: nfr, unit: seats}}
types:
  msp:
    title: Managed
    tiers:
      base: {title: Basic, benefits: {own_seats: 5}}
      top: {title: Premier, entry: {agreement: in_force}}
"""


def words_of(new: str) -> list[tuple[str, str]]:
    return [(change.path, change.words) for change in diff(load(SMALL), load(new))]


def test_diff_of_the_same_program_is_empty() -> None:
    assert diff(load(SMALL), load(SMALL)) == []


def test_diff_tells_a_changed_requirement() -> None:
    assert words_of(changed("at_least: 250", "at_least: 300")) == [
        (
            "types.msp.tiers.premier.entry",
            "Type MSP, tier Premier, to come in: now asks Seats at least 300, "
            "no longer asks Seats at least 250",
        )
    ]


def test_diff_tells_a_removed_gate_and_a_new_track() -> None:
    text = changed("      clinical: {add: {attestation: plan}, addenda: baa}\n", "")
    text = text.replace("tracks:\n", "tracks:\n  support: {title: Support}\n")
    assert words_of(text) == [
        ("tracks.support", "Track Support is new"),
        (
            "products.edr.gates.clinical",
            "Product EDR, gate for the environment Clinical is removed",
        ),
    ]


def test_diff_tells_a_new_version_of_a_track() -> None:
    text = changed("2020-02-11}]", "2020-02-11}, {code: '19.0', released: 2022-05-02}]")
    assert words_of(text) == [
        (
            "tracks.deploy.versions.19.0",
            "Track Deploy, version 19.0 is new, released 2 May 2022",
        )
    ]


def test_diff_tells_a_changed_number_of_months() -> None:
    assert words_of(changed("    months: 24", "    months: 36")) == [
        ("tracks.deploy.months", "Track Deploy: “Valid for (months)” changes from 24 to 36")
    ]


def test_a_level_that_goes_is_told_by_its_name_and_with_what_follows_it() -> None:
    text = NAMED.replace("      top: {title: Premier, entry: {agreement: in_force}}\n", "")
    text += "mapping: {levels: {msp.top: msp.base}}\n"
    assert [change.words for change in diff(load(NAMED), load(text))] == [
        "Level Premier (Managed) is followed by Basic (Managed)",
        "Type Managed, tier Premier is removed",
    ]


def test_a_tier_with_a_new_code_is_the_same_tier() -> None:
    text = NAMED.replace(
        "top: {title: Premier, entry: {agreement: in_force}}",
        "peak: {title: Premier, was: top, entry: {agreement: in_force}}",
    )
    assert [change.words for change in diff(load(NAMED), load(text))] == [
        "Type Managed, tier Premier: “Code before” is now top"
    ]


def test_entries_of_one_name_are_told_apart_by_their_codes() -> None:
    text = NAMED.replace(
        "top: {title: Premier, entry: {agreement: in_force}}",
        "peak: {title: Premier, entry: {agreement: in_force}}",
    )
    assert [change.words for change in diff(load(NAMED), load(text))] == [
        "Type Managed, tier Premier (top) is removed",
        "Type Managed, tier Premier (peak) is new: it asks Partner agreement in force",
    ]


def test_what_a_tier_gives_is_told_by_the_name_of_the_benefit_and_in_its_unit() -> None:
    text = NAMED.replace("own_seats: 5", "own_seats: 8")
    assert [change.words for change in diff(load(NAMED), load(text))] == [
        "Type Managed, tier Basic, Benefits: Seats for yourselves changes from 5 seats to 8 seats"
    ]


def test_a_new_name_is_told_by_the_name_before() -> None:
    text = NAMED.replace("title: Basic", "title: Silver")
    assert [change.words for change in diff(load(NAMED), load(text))] == [
        "Type Managed, tier Basic is now called “Silver”"
    ]
