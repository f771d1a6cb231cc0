"""The program document: what it refuses, with line, path and remedy, and what survives a trip."""

import json

import jsonschema
import pytest

from programs import library
from programs.document import (
    ProgramError,
    canonical_json,
    digest,
    document_from,
    export_yaml,
    json_schema,
    load,
    rebased,
    to_dict,
)
from programs.document_page import problem_table
from programs.errors import Problem

SMALL = """\
program: small
title: Small program
currency: EUR
environments: [general, clinical]
regulated_verticals: {healthcare: clinical}
metrics:
  seats: {unit: seats}
attestations:
  plan: {months: 12}
addenda:
  baa: {with: customer}
tracks:
  deploy:
    months: 24
    anchor: course_release
    versions: [{code: 18.0, released: 2020-02-11}]
products:
  edr:
    gates:
      general: {people: {track: deploy, at_least: 1}}
      clinical: {add: {attestation: plan}, addenda: baa}
types:
  msp:
    tiers:
      core: {entry: {metric: {code: seats, at_least: 25}}}
      premier: {entry: {metric: {code: seats, at_least: 250}}}
"""


def refused(text: str | bytes) -> list[Problem]:
    with pytest.raises(ProgramError) as caught:
        load(text)
    return list(caught.value.problems)


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) >= 1
    return SMALL.replace(old, new, 1)


def test_version_without_quotes_keeps_its_digits() -> None:
    document = load(changed("code: 18.0", "code: 18.10"))
    assert document.tracks["deploy"].versions[0].code == "18.10"


def test_words_like_on_and_no_stay_words() -> None:
    assert load(changed("title: Small program", "title: no")).title == "no"


def test_benefits_keep_their_types() -> None:
    text = changed("core: {", "core: {benefits: {seats: 1, mdf: true, share: 2.5, plan: 'on'}, ")
    text += (
        "benefits: {seats: {kind: nfr}, mdf: {kind: co_investment}, share: {kind: rebate}, "
        "plan: {kind: support}}\n"
    )
    document = load(text)
    benefits = to_dict(document)["types"]["msp"]["tiers"]["core"]["benefits"]
    assert benefits == {"seats": 1, "mdf": True, "share": 2.5, "plan": "on"}
    assert [type(value) for value in benefits.values()] == [int, bool, float, str]
    assert digest(document_from(to_dict(document))) == digest(document)


def test_tiers_rank_by_their_order() -> None:
    tiers = load(SMALL).types["msp"].tiers
    assert [(code, tier.rank) for code, tier in tiers.items()] == [("core", 1), ("premier", 2)]


def test_bare_gate_is_what_it_adds() -> None:
    wrapped = changed("general: {people:", "general: {add: {people:").replace(
        "at_least: 1}}", "at_least: 1}}}"
    )
    assert digest(load(wrapped)) == digest(load(SMALL))


@pytest.mark.parametrize("name", library.names())
def test_export_loads_to_the_same_digest(name: str) -> None:
    document = library.program(name)
    assert digest(load(export_yaml(document))) == digest(document)


@pytest.mark.parametrize("name", library.names())
def test_stored_json_in_any_key_order_is_the_same_program(name: str) -> None:
    document = library.program(name)
    stored = json.loads(canonical_json(document))  # sorted keys, as jsonb would reorder them
    again = document_from(stored)
    assert digest(again) == digest(document)
    assert [list(t.tiers) for c, t in sorted(again.types.items())] == [
        list(t.tiers) for c, t in sorted(document.types.items())
    ]


def test_key_order_changes_no_digest() -> None:
    reordered = changed("program: small\ntitle: Small program\n", "title: Small program\n") + (
        "program: small\n"
    )
    assert digest(load(reordered)) == digest(load(SMALL))


def test_written_default_changes_no_digest() -> None:
    written = changed("    months: 24\n", "    months: 24\n    kind: technical\n")
    assert digest(load(written)) == digest(load(SMALL))


def test_rebased_moves_every_release_day() -> None:
    document = load(SMALL)
    day = document.tracks["deploy"].versions[0].released
    moved = rebased(document, day, day.replace(day=21))
    assert moved.tracks["deploy"].versions[0].released == day.replace(day=21)


def test_json_schema_names_every_primitive() -> None:
    schema = json_schema()
    assert set(schema["$defs"]) >= {"All", "AnyOf", "AtLeast", "People", "Metric", "Attestation"}
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["program", "title", "currency"]


@pytest.mark.parametrize("name", library.names())
def test_json_schema_accepts_what_the_program_accepts(name: str) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert list(validator.iter_errors(to_dict(library.program(name)))) == []


def test_json_schema_refuses_an_unknown_key() -> None:
    values = {**to_dict(load(SMALL)), "track": {}}
    errors = jsonschema.Draft202012Validator(json_schema()).iter_errors(values)
    assert [error.validator for error in errors] == ["additionalProperties"]


# What is refused: (text, code, line, path, start of the message)
ONE_PROBLEM = {
    "broken yaml": ("program: small\ntitle: [a\n", "yaml", 3, "", "this is not YAML"),
    "tab": ("program: small\n\ttitle: a\n", "yaml", 2, "", "this is not YAML"),
    "empty": ("# nothing\n", "empty", None, "", "the document is empty"),
    "a list": ("- a\n", "mapping", 1, "", "a program document is keys and values"),
    "two documents": (SMALL + "---\na: b\n", "yaml", 27, "", "this is not YAML"),
    "unknown key": (
        changed("currency: EUR", "currency: EUR\ntrack: {}"),
        "unknown_key", 4, "track", "unknown key 'track'",
    ),
    "missing key": (
        changed("currency: EUR\n", ""), "missing_key", 1, "currency", "currency is missing",
    ),
    "duplicate key": (
        changed("  seats: {unit: seats}", "  seats: {unit: seats}\n  seats: {unit: seat}"),
        "duplicate_key", 8, "metrics.seats", "'seats' stands here twice (first in line 7)",
    ),
    "anchor": (
        changed("title: Small program", "title: &t Small program"),
        "alias", 2, "title", "&t: anchors and aliases are not allowed",
    ),
    "tag": (
        changed("title: Small program", "title: !!python/name:os.system x"),
        "tag", 2, "title", "the tag tag:yaml.org,2002:python/name:os.system is not allowed",
    ),
    "day that is none": (
        changed("2020-02-11", "2020-02-30"),
        "day", 16, "tracks.deploy.versions[0].released", "2020-02-30 is not a day",
    ),
    "day written otherwise": (
        changed("2020-02-11", "11.02.2020"),
        "day", 16, "tracks.deploy.versions[0].released", "11.02.2020 is not a day",
    ),
    "day as a number": (
        changed("2020-02-11", "20200211"),
        "day", 16, "tracks.deploy.versions[0].released", "20200211 is not a day",
    ),
    "unknown track": (
        changed("track: deploy", "track: deplov"),
        "unknown_track", 20, "products.edr.gates.general.people.track", "there is no track",
    ),
    "unknown level": (
        changed("track: deploy", "level: expert"),
        "unknown_level", 20, "products.edr.gates.general.people.level", "no track has the level",
    ),
    "unknown metric": (
        changed("{code: seats, at_least: 25}", "{code: seat, at_least: 25}"),
        "unknown_metric", 25, "types.msp.tiers.core.entry.metric.code", "there is no metric 'seat'",
    ),
    "unknown attestation": (
        changed("attestation: plan", "attestation: plans"),
        "unknown_attestation", 21, "products.edr.gates.clinical.add.attestation", "there is no att",
    ),
    "unknown environment": (
        changed("      clinical: {add", "      klinical: {add"),
        "unknown_environment", 21, "products.edr.gates.klinical", "there is no environment",
    ),
    "unknown environment of a vertical": (
        changed("healthcare: clinical", "healthcare: klinical"),
        "unknown_environment", 5, "regulated_verticals.healthcare", "there is no environment",
    ),
    "unknown addendum": (
        changed("addenda: baa", "addenda: bba"),
        "unknown_addendum", 21, "products.edr.gates.clinical.addenda", "there is no addendum 'bba'",
    ),
    "unknown prerequisite": (
        changed("    months: 24", "    months: 24\n    needs: core"),
        "unknown_track", 15, "tracks.deploy.needs", "there is no track 'core'",
    ),
    "prerequisite of itself": (
        changed("    months: 24", "    months: 24\n    needs: deploy"),
        "cycle", 15, "tracks.deploy.needs", "needs itself",
    ),
    "delta of nothing": (
        changed("{code: 18.0,", "{code: 18.0, kind: delta, of: 17.0,"),
        "unknown_version", 16, "tracks.deploy.versions[0].of", "there is no other version '17.0'",
    ),
    "course release without versions": (
        changed("    versions: [{code: 18.0, released: 2020-02-11}]\n", ""),
        "no_versions", 15, "tracks.deploy.anchor", "anchor course_release needs versions",
    ),
    "no criterion": (
        changed("{track: deploy, at_least: 1}", "{at_least: 1}"),
        "value", 20, "products.edr.gates.general.people", "name at least one of track",
    ),
    "count of a word": (
        changed("track: deploy, at_least: 1", "track: deploy, at_least: one"),
        "number", 20, "products.edr.gates.general.people.at_least", "'one' is not a number",
    ),
    "count of zero": (
        changed("track: deploy, at_least: 1", "track: deploy, at_least: 0"),
        "count", 20, "products.edr.gates.general.people.at_least", "a count is a whole number",
    ),
    "two primitives in one": (
        changed("{people: {track: deploy, at_least: 1}}", "{add: {agreement: in_force, all: []}}"),
        "requirement", 20, "products.edr.gates.general.add", "one requirement has one of these",
    ),
    "no primitive": (
        changed("{people: {track: deploy, at_least: 1}}", "{add: {persons: 2}}"),
        "requirement", 20, "products.edr.gates.general.add", "persons: not a requirement",
    ),
    "more than are listed": (
        changed("{attestation: plan}", "{at_least: {n: 2, of: [{attestation: plan}]}}"),
        "value", 21, "products.edr.gates.clinical.add.at_least", "n is 2, but only 1 are listed",
    ),
    "both bounds": (
        changed("at_least: 25}", "at_least: 25, at_most: 30}"),
        "value", 25, "types.msp.tiers.core.entry.metric", "give either at_least or at_most",
    ),
    "code with a blank": (
        changed("  edr:", "  my edr:"),
        "code", 18, "products.my edr", "'my edr' is not a valid code",
    ),
    "no gate": (
        changed("gates:\n      general: {people: {track: deploy, at_least: 1}}\n      "
                "clinical: {add: {attestation: plan}, addenda: baa}", "gates: {}"),
        "value", 19, "products.edr.gates", "a product without a gate is open to nobody",
    ),
    "same rank": (
        changed("core: {entry", "core: {rank: 2, entry"),
        "value", 24, "types.msp.tiers", "two tiers have the same rank",
    ),
    "text with a null character": (
        changed("title: Small program", 'title: "Small\\0program"'),
        "text", 2, "title", "the text has the character",
    ),
    "half a character": (
        changed("title: Small program", 'title: "Small\\ud800program"'),
        "yaml", 2, "", "this is not YAML",
    ),
    "text for a list": (
        changed("currency: EUR", "currency: EUR\nenvironments: general").replace(
            "environments: [general, clinical]\n", ""),
        "value", 4, "environments", "expected a list here",
    ),
    "windows out of order": (
        SMALL + "windows: {certificate: [30, 60]}\n",
        "value", 27, "windows.certificate", "write the days from the earliest warning down",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_PROBLEM)
def test_document_refuses(case: str) -> None:
    text, code, line, path, message = ONE_PROBLEM[case]
    problems = refused(text)
    assert [(p.code, p.line, p.path) for p in problems] == [(code, line, path)]
    assert problems[0].message[: len(message)] == message
    # What a section itself refuses ("value") says in its sentence what to write.
    assert problems[0].remedy or code == "value"


def test_a_word_near_a_known_one_is_suggested() -> None:
    (near,) = refused(SMALL + "benefits: {seats: {kind: nfrr}}\n")
    (far,) = refused(SMALL + "benefits: {seats: {kind: gift}}\n")
    assert (near.remedy, far.remedy) == ("Did you mean 'nfr'?", "Write one of these")


def test_the_upload_lets_a_path_go_on_in_the_next_line() -> None:
    table = problem_table([Problem("x", "types.msp.<b>", "unknown key", 3, "")])
    assert table is not None
    cells = [str(cell) for _label, cell in table["rows"][0]]
    assert cells == ["3", "types.<wbr>msp.<wbr>&lt;b&gt;", "Unknown key", "–"]


def test_unknown_key_suggests_the_right_one() -> None:
    problem = refused(changed("anchor: course_release", "ancor: course_release"))[0]
    assert str(problem) == (
        "line 15, tracks.deploy.ancor: unknown key 'ancor'. Did you mean 'anchor'?"
    )


def test_unknown_reference_names_the_known_ones() -> None:
    problem = refused(changed("track: deploy", "track: depoy"))[0]
    assert problem.remedy == "Known: deploy; or declare it under tracks"


def test_all_shape_errors_come_together() -> None:
    text = changed("2020-02-11", "2020-13-01").replace("months: 24", "months: two")
    text = text.replace("currency: EUR", "currency: euro")
    assert [(p.line, p.path) for p in refused(text)] == [
        (3, "currency"),
        (14, "tracks.deploy.months"),
        (16, "tracks.deploy.versions[0].released"),
    ]


def test_all_broken_references_come_together() -> None:
    text = changed("track: deploy", "track: a").replace("addenda: baa", "addenda: b")
    assert [(p.line, p.code) for p in refused(text)] == [
        (20, "unknown_track"),
        (21, "unknown_addendum"),
    ]
