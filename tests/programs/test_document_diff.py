"""What changed between two documents, in words."""

from programs.document import diff, load
from tests.programs.test_document import SMALL, changed


def words_of(new: str) -> list[tuple[str, str]]:
    return [(change.path, change.words) for change in diff(load(SMALL), load(new))]


def test_diff_of_the_same_program_is_empty() -> None:
    assert diff(load(SMALL), load(SMALL)) == []


def test_diff_tells_a_changed_requirement() -> None:
    assert words_of(changed("at_least: 250", "at_least: 300")) == [
        (
            "types.msp.tiers.premier.entry",
            "Type Msp, tier premier, entry: now asks Seats at least 300, "
            "no longer asks Seats at least 250",
        )
    ]


def test_diff_tells_a_removed_gate_and_a_new_track() -> None:
    text = changed("      clinical: {add: {attestation: plan}, addenda: baa}\n", "")
    text = text.replace("tracks:\n", "tracks:\n  support: {title: Support}\n")
    assert words_of(text) == [
        ("tracks.support", "Track Support is new"),
        ("products.edr.gates.clinical", "Product Edr, clinical environment: gate is removed"),
    ]


def test_diff_tells_a_new_version_of_a_track() -> None:
    text = changed("2020-02-11}]", "2020-02-11}, {code: '19.0', released: 2022-05-02}]")
    assert words_of(text) == [
        (
            "tracks.deploy.versions.19.0",
            "Track Deploy, versions: 19.0 is now released 2022-05-02, kind course",
        )
    ]


def test_diff_tells_a_changed_number_of_months() -> None:
    assert words_of(changed("    months: 24", "    months: 36")) == [
        ("tracks.deploy.months", "Track Deploy: months changes from 24 to 36")
    ]
