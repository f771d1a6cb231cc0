"""Levels on several axes: met, held and inherited; reviews, successors, benefits, countries."""

from datetime import date
from typing import Any

import pytest

from programs.differences import diff
from programs.document import (
    ProgramError,
    digest,
    document_from,
    export_yaml,
    json_schema,
    load,
    rebased,
    stored,
    to_dict,
)
from programs.rules import (
    Case,
    Certificate,
    Facts,
    Held,
    Person,
    evaluate_level,
    evaluate_program,
    level_met,
    levels_met,
)
from tests.programs.level_world import DOCUMENT, FAMILY, ON, TEXT, held, measured, planned

LONG_AGO = date(2024, 1, 1)


def team(**tracks: str) -> Facts:
    people = tuple(
        Person(key, key, tuple(Certificate(track, LONG_AGO) for track in held.split()))
        for key, held in tracks.items()
    )
    return Facts("p1", people, held={"msp": ()})


def changed(old: str, new: str) -> str:
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


def refused(text: str) -> list[tuple[str, str, str, str]]:
    with pytest.raises(ProgramError) as caught:
        load(text)
    return [(p.code, p.path, p.message, p.remedy) for p in caught.value.problems]


# Evaluation


def test_each_level_of_a_set_stands_for_itself() -> None:
    result = evaluate_level(DOCUMENT, "msp", team(a="hipaa deploy", b="deploy"), ON, "badge")
    assert (result.kind, result.met, result.next) == ("set", None, None)
    assert result.all_met == ("healthcare", "trained")
    alone = evaluate_level(DOCUMENT, "msp", team(a="hipaa deploy"), ON, "badge")
    assert alone.all_met == ("healthcare",)


def test_every_ladder_has_its_own_place() -> None:
    facts = planned(ON, seats=150)
    assert level_met(DOCUMENT, "msp", facts, ON) == "silver"
    assert level_met(DOCUMENT, "msp", facts, ON, "commitment") == "fixed"
    assert levels_met(DOCUMENT, "msp", Case(facts, ON), "commitment") == ("fixed",)


def test_a_level_held_on_one_axis_is_not_held_on_another() -> None:
    facts = held(Held("silver", LONG_AGO), Held("healthcare", LONG_AGO, axis="badge"))
    assert evaluate_level(DOCUMENT, "msp", facts, ON).held == "silver"
    assert evaluate_level(DOCUMENT, "msp", facts, ON, "badge").all_held == ("healthcare",)
    assert evaluate_level(DOCUMENT, "msp", facts, ON, "commitment").held is None


def test_the_best_child_hands_its_level_up() -> None:
    rows = (
        Held("registered", LONG_AGO),
        Held("silver", LONG_AGO, member="child"),
        Held("gold", LONG_AGO, date(2025, 1, 1), member="child"),
        Held("gold", LONG_AGO, member="parent"),
    )
    result = evaluate_level(DOCUMENT, "msp", held(*rows, family=FAMILY), ON)
    assert (result.held, result.inherited, result.effective) == (
        "registered", ("silver",), ("silver",),
    )  # fmt: skip
    assert result.next == "gold"


def test_from_parent_takes_the_level_above() -> None:
    document = load(changed("inherit: best_child", "inherit: from_parent"))
    rows = (Held("silver", LONG_AGO, member="child"), Held("gold", LONG_AGO, member="parent"))
    result = evaluate_level(document, "msp", held(*rows, family=FAMILY), ON)
    assert (result.held, result.effective) == (None, ("gold",))


def test_without_inherit_each_company_stands_for_itself() -> None:
    document = load(changed("    inherit: best_child\n", ""))
    facts = held(Held("gold", LONG_AGO, member="child"), family=FAMILY)
    assert evaluate_level(document, "msp", facts, ON).effective == ()


def test_badges_of_children_add_to_the_own() -> None:
    rows = (
        Held("trained", LONG_AGO, axis="badge"),
        Held("healthcare", LONG_AGO, axis="badge", member="other"),
    )
    result = evaluate_level(DOCUMENT, "msp", held(*rows, family=FAMILY), ON, "badge")
    assert result.effective == ("healthcare", "trained")


def test_a_program_is_evaluated_on_all_axes() -> None:
    axes = evaluate_program(DOCUMENT, planned(ON, seats=150), ON)["types"]["msp"]["axes"]
    assert {axis: found["met"] for axis, found in axes.items()} == {
        "badge": [], "commitment": "fixed",
    }  # fmt: skip


def test_grandfathering_by_the_day_a_level_was_won() -> None:
    """Who won silver before the change keeps gold's door open without the new number."""
    entry = (
        "{any: [{metric: {code: seats, at_least: 300}}, "
        "{held: {type: msp, level: silver, acquired_before: 2025-01-01}}]}"
    )
    document = load(changed("{metric: {code: seats, at_least: 300}}", entry))
    old, young = held(Held("silver", LONG_AGO)), held(Held("silver", date(2025, 1, 1)))
    assert level_met(document, "msp", old, ON) == "gold"
    assert level_met(document, "msp", young, ON) is not None
    assert level_met(document, "msp", young, ON) != "gold"


def test_an_axis_that_is_not_there_is_named() -> None:
    with pytest.raises(ProgramError) as caught:
        evaluate_level(DOCUMENT, "msp", measured(), ON, "colour")
    assert str(caught.value) == (
        "types.msp.axes: there is no axis 'colour'. Known: badge, commitment, tier"
    )


# The document


def test_a_review_of_its_own_or_the_types() -> None:
    tier, badge = DOCUMENT.review_of("msp", "tier"), DOCUMENT.review_of("msp", "badge")
    own = DOCUMENT.review_of("msp", "commitment")
    assert tier is not None
    assert own is not None
    assert (tier.clock, tier.cure and tier.cure.months, badge) == ("quarterly", 3, tier)
    assert (own.clock, own.day, own.down) == ("yearly", "03-31", "request")


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        ("{clock: weekly}", ("choice", "types.msp.review.clock")),
        ("{clock: yearly}", ("value", "types.msp.review")),
        ("{clock: monthly, day: 03-31}", ("value", "types.msp.review")),
        ("{clock: yearly, day: 31.3.}", ("code", "types.msp.review.day")),
        ("{clock: {from: 02-01}}", ("missing_key", "types.msp.review.clock.until")),
        ("{clock: quarterly, cure: 3}", ("mapping", "types.msp.review.cure")),
    ],
)
def test_a_review_that_says_nothing_is_refused(review: str, expected: tuple[str, str]) -> None:
    text = changed("{clock: quarterly, up: any_time, down: review, cure: {months: 3}}", review)
    assert [problem[:2] for problem in refused(text)] == [expected]


def test_a_window_is_a_clock() -> None:
    text = changed("clock: quarterly", "clock: {from: 02-01, until: 03-31}")
    document = load(text)
    assert to_dict(document)["types"]["msp"]["review"]["clock"] == {
        "from": "02-01", "until": "03-31",
    }  # fmt: skip
    assert digest(load(export_yaml(document))) == digest(document)


def test_all_sections_survive_export_and_storing() -> None:
    assert digest(load(export_yaml(DOCUMENT))) == digest(DOCUMENT)
    assert diff(DOCUMENT, load(export_yaml(DOCUMENT))) == []
    assert digest(document_from(to_dict(DOCUMENT))) == digest(DOCUMENT)


def test_levels_lead_to_their_successor() -> None:
    text = TEXT.replace("silver:\n", "bronze:\n        was: silver\n") + (
        "mapping: {levels: {msp.platinum: msp.gold}, tracks: {deploy-old: deploy}}\n"
    )
    document = load(text)
    assert [
        document.successor("levels", "msp.silver"),
        document.successor("levels", "msp.platinum"),
        document.successor("levels", "msp.gold"),
        document.successor("levels", "msp.never"),
        document.successor("tracks", "deploy-old"),
    ] == ["msp.bronze", "msp.gold", "msp.gold", None, "deploy"]


def test_a_retired_code_is_named_with_its_successor() -> None:
    text = changed("{people: {track: hipaa, at_least: 1}}", "{people: {track: hip, at_least: 1}}")
    assert refused(text + "mapping: {tracks: {hip: hipaa}}\n") == [
        ("unknown_track", "types.msp.axes.badge.levels.healthcare.entry.people.track",
         "the track 'hip' is retired", "Write 'hipaa' instead"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("tier2: [PL]", "tier2: [PL, GB]",
         ("twice", "country_groups.tier2[1]", "GB stands in the group 'tier1' as well",
          "Keep it in one group")),
        ("flex: {}", "gold: {}",
         ("twice", "types.msp.axes.commitment.levels.gold",
          "the level 'gold' stands twice in this type",
          "Give each level of a type its own code, on all axes")),
        ("{nfr: 10, ", "{nfr: many, ",
         ("benefit", "types.msp.tiers.silver.benefits.nfr", "a nfr is a number of seats",
          "Change the value, or the kind of the benefit 'nfr'")),
        ("support: msp}", "support: best}",
         ("unknown_support_plan", "types.msp.tiers.silver.benefits.support",
          "there is no support plan 'best'", "Known: msp, standard; or declare it under support")),
        ("{nfr: 10, ", "{seats: 10, ",
         ("unknown_benefit", "types.msp.tiers.silver.benefits.seats",
          "there is no benefit 'seats'", "Known: nfr, support; or declare it under benefits")),
        ("types:\n", "mapping: {tracks: {deploy: hipaa, a: b}}\ntypes:\n",
         ("still_declared", "mapping.tracks.deploy", "the track 'deploy' is still declared",
          "Remove it, or remove this")),
        ("      badge:\n", "      tier:\n",
         ("value", "types.msp.axes",
          "the axis tier stands under tiers; give this one another code", "")),
        ("tracks:\n",
         "products:\n  a: {requires: b, gates: {general: {}}}\n"
         "  b: {requires: a, gates: {general: {}}}\ntracks:\n",
         ("cycle", "products.a.requires", "needs itself, directly or through others",
          "Take one of them out of the circle")),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_remedy(
    old: str, new: str, expected: tuple[str, str, str, str]
) -> None:
    assert refused(changed(old, new))[0] == expected


def test_what_was_published_before_still_loads() -> None:
    values = to_dict(DOCUMENT)
    del values["benefits"], values["support"]
    values["types"]["msp"]["tiers"]["silver"]["retain"] = {
        "metric": {"code": "seats", "at_least": 500}
    }
    with pytest.raises(ProgramError):
        document_from(values)
    assert stored(values).types["msp"].tiers["silver"].benefits == {"nfr": 10, "support": "msp"}


def words(old: str, new: str) -> list[str]:
    return [change.words for change in diff(DOCUMENT, load(changed(old, new)))]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("at_least: 2}}}", "at_least: 3}}}",
         ["Type Service provider, axis Badge, level Trained, to come in: now asks 3 people with "
          "Deploy, no longer asks 2 people with Deploy"]),
        ("          flex: {}\n", "          flex: {}\n          half: {promotion: request}\n",
         ["Type Service provider, axis Commitment, level Fixed: “Place from the bottom” changes "
          "from 2 to 3",
          "Type Service provider, axis Commitment, level Half is new"]),
        ("cure: {months: 3}", "cure: {months: 6}",
         ["Type Service provider, Reviews, Time to put things right: “Months” changes "
          "from 3 to 6"]),
        ("title: Gold,", "title: Gold, promotion: [automatic, purchase],",
         ["Type Service provider, tier Gold: “How a partner comes in” changes from “By itself, "
          "once its requirements are met” to “By itself, once its requirements are met”, Bought"]),
        ("title: Gold,", "title: Gold, promotion: invitation, lockout_months: 12,",
         ["Type Service provider, tier Gold: “How a partner comes in” changes from “By itself, "
          "once its requirements are met” to “By invitation”",
          "Type Service provider, tier Gold: “Locked out for (months)” is now 12"]),
        ("tier2: [PL]", "tier2: [PL, CZ]",
         ["Program, Country groups: Tier2 changes from PL to PL, CZ"]),
        ("s1: 60", "s1: 30", ["Support plan MSP: “Severity 1 (minutes)” changes from 60 to 30"]),
        ("kind: nfr, unit: seats", "kind: nfr, unit: seats, cap: 50",
         ["Benefit Own-use seats: “At most” is now 50"]),
        ("types:\n", "publishing: {second_person: true}\ntypes:\n",
         ["Program, Publishing: “A second person approves each version” changes from no to yes"]),
        ("inherit: best_child", "inherit: from_parent",
         ["Type Service provider: “What the family counts” changes from “The best of the companies "
          "below it” to “From the company above it”"]),
    ],
)  # fmt: skip
def test_changes_are_told_in_words(old: str, new: str, expected: list[str]) -> None:
    assert words(old, new) == expected


def test_the_schema_knows_every_section_and_asks_for_no_rank() -> None:
    schema: dict[str, Any] = json_schema()
    assert {"benefits", "support", "mapping", "publishing", "country_groups"} <= set(
        schema["properties"]
    )
    assert schema["$defs"]["Level"].get("required", []) == []


def test_a_program_moved_to_another_day_moves_every_day_in_it() -> None:
    entry = (
        "{phased: {asks: {day: {from: 2026-01-01}}, announced: 2026-02-01, enforced: 2026-03-01, "
        "until_then: {held: {type: msp, level: silver, acquired_before: 2026-04-01}}}}"
    )
    document = load(changed("{metric: {code: seats, at_least: 300}}", entry))
    moved = to_dict(rebased(document, date(2026, 1, 1), date(2026, 1, 11)))
    assert moved["types"]["msp"]["tiers"]["gold"]["entry"] == {
        "phased": {
            "asks": {"day": {"from": "2026-01-11"}},
            "announced": "2026-02-11",
            "enforced": "2026-03-11",
            "until_then": {
                "held": {"type": "msp", "level": "silver", "acquired_before": "2026-04-11"}
            },
        }
    }
    assert moved["types"]["msp"]["axes"]["commitment"]["review"]["day"] == "03-31"
