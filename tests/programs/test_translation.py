"""What the program's own code says of requirements, documents and remarks can be translated: with a
catalogue in which every text is Greek letters, no Latin word is left."""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import translation

from programs import document as documents
from programs.document.lint import lint
from programs.errors import ProgramError
from programs.rules import (
    Case,
    Certificate,
    Facts,
    MetricValue,
    Node,
    Period,
    Person,
    Record,
    gate_tree,
)
from programs.rules.base import walk

ROOT = Path(site.BASE_DIR) / "programs"
FILES = sorted([*(ROOT / "rules").glob("*.py"), *(ROOT / "document").glob("*.py"),
                ROOT / "fields.py"])  # fmt: skip
MARKS = {"_", "ngettext", "gettext_lazy"}
ON = date(2026, 6, 1)
LATIN = re.compile(r"[a-z]{2,}")
# Codes, titles and units without a Latin letter: whatever is left of those is ours.
TEXT = """
program: "1"
title: Ω
currency: EUR
environments: [general, "77"]
country_groups: {"5": [US, CA]}
metrics:
  "10": {title: Ψ, unit: Σ, source: Ξ}
  "11": {title: Φ, unit: EUR, source: Ξ, fresh_months: 3}
  "12": {title: Λ, source: Ξ, records: "90", aggregate: count, window: {months: 12}}
  "13": {title: Δ, source: Ξ, records: "91", aggregate: sum, window: {last: quarter, count: 2},
         org: region}
  "14": {title: Γ, derived: {ratio: ["10", "12"], percent: true, minimum: 5}}
attestations: {"20": {title: Π, months: 12}, "21": {title: Π, months: not_stated}}
addenda: {"30": {title: Θ}, "31": {title: Θ, with: customer}}
tracks:
  "40": {title: Α, months: 24, level: "1", function: sell, scope: "3", kind: sales,
         versions: [{code: "1", released: 2025-01-01}, {code: "2", released: 2026-01-01}]}
  "41": {title: Β, months: 24}
products:
  "60": {title: Κ, price_month: 3, gates: {general: {metric: {code: "10", at_least: 5}},
         "77": {add: {people: {track: "41", at_least: 1}}, addenda: ["30", "31"]}}}
types:
  "50":
    title: Τ
    tiers:
      "51": {title: Ι}
      "52": {title: Η, entry: ENTRY}
"""
TREES = [
    '{metric: {code: "10", at_least: 25}}',
    '{metric: {code: "11", at_most: {by_group: {"5": 3, }, otherwise: not_stated}}}',
    '{metric: {code: "10", at_least: {agreed: "9", from: 1, to: 5}}}',
    '{metric: {code: "10", at_least: {per: "12", each: 10, at_least: 1, at_most: 9}}}',
    '{metric: {code: "12", at_least: 2}}',
    '{metric: {code: "13", at_least: 2}}',
    '{metric: {code: "14", at_least: 2}}',
    '{people: {track: "40", versions: {latest: 1}, at_least: 3, of_them: '
    '[{level: "1", function: sell, scope: "3", at_least: 2}]}}',
    '{people: {track: ["40", "41"], versions: ["1"], org: family, at_least: 1}}',
    '{people: {all_of: [{track: "40"}, {track: "41"}], role: "7", org: country, at_least: 1}}',
    '{people: {disjoint: [{track: "40", at_least: 1}, {track: "41", org: region, at_least: 2}]}}',
    '{people: {track: "41", at_least: not_stated}}',
    '{all: [{attestation: "20"}, {attestation: "21"}, {addendum: "30"}, {agreement: in_force}]}',
    '{any: [{attestation: "20"}, {metric: {code: "10", at_least: 2}}]}',
    '{at_least: {n: 2, of: [{attestation: "20"}, {attestation: "21"}, {addendum: "30"}]}}',
    '{not: {metric: {code: "10", at_least: 2}}}',
    '{score: {at_least: 9, gate: {attestation: "20"}, parts: [{metric: "10", points: 2, each: 10, '
    'cap: 8, minimum: 5}, {points: 2, if: {attestation: "20"}}, {metric: "12", points: 1}]}}',
    '{score: {at_least: 9, best_of: [{title: Ο, parts: [{points: 2, if: {attestation: "20"}}]}, '
    '{title: Υ, parts: [{metric: "10", points: 1}]}]}}',
    '{held: {type: "50", level: "51", or_better: true, acquired_from: 2020-01-01, '
    "acquired_before: 2021-01-01, months: 6}}",
    "{partner_for: 12}",
    "{day: {from: 2027-01-01, before: 2028-01-01}}",
    "{day: {before: 2026-01-01}}",
    '{country: {group: "5"}}',
    "{country: {in: [FR, ES]}}",
    '{by_country: {by_group: {"5": {attestation: "20"}}, otherwise: {attestation: "21"}}}',
    '{phased: {asks: {attestation: "20"}, announced: 2026-01-01, enforced: 2027-01-01}}',
]


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """Each marked text of a file with its plural, or without one."""
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in MARKS:
            one, *more = call.args
            assert isinstance(one, ast.Constant), f"{path.name}:{call.lineno} is no constant"
            plural = more[0].value if more and isinstance(more[0], ast.Constant) else ""
            yield one.value, plural


def greek(text: str) -> str:
    """The text with its letters as Greek ones; placeholders stay."""
    parts = re.split(r"(%\([a-z_]+\)s|%%|\{[a-z_]*\})", text)
    return "".join(
        part if place % 2 else re.sub("[a-zA-Z]", "ξ", part) for place, part in enumerate(parts)
    )


def compiled(pairs: dict[str, str]) -> bytes:
    """A catalogue as gettext reads it (the format of msgfmt)."""
    pairs = {"": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; "
             "plural=(n != 1);\n", **pairs}  # fmt: skip
    ids = [key.encode() for key in sorted(pairs, key=str.encode)]
    said = [pairs[key.decode()].encode() for key in ids]
    tables, at = [], 28 + 16 * len(ids)
    for blobs in (ids, said):
        for blob in blobs:
            tables.append(struct.pack("<II", len(blob), at))
            at += len(blob) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(ids), 28, 28 + 8 * len(ids), 0, 0)
    return head + b"".join(tables) + b"\0".join([*ids, *said]) + b"\0"


@pytest.fixture
def in_greek(tmp_path: Path, settings: Any) -> Iterator[None]:
    pairs = {}
    for path in FILES:
        for one, plural in texts_of(path):
            if plural:
                pairs[f"{one}\0{plural}"] = f"{greek(one)}\0{greek(plural)}"
            else:
                pairs[one] = greek(one)
    place = tmp_path / "eo" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.mo").write_bytes(compiled(pairs))
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("eo", "Esperanto")]
    with translation.override("eo"):
        yield


def program(tree: str) -> documents.ProgramDocument:
    return documents.load(TEXT.replace("ENTRY", tree))


def cases() -> Iterator[Case]:
    held = (Certificate("40", date(2025, 1, 1), date(2026, 1, 1), "1"),)
    people = (Person("1", "Ω", held, roles=("7",)), Person("2", "Ω", (Certificate("41", ON),)))
    signed = {"20": (Period(date(2024, 1, 1)),), "21": (Period(date(2024, 1, 1)),)}
    metrics = {
        "10": MetricValue(Decimal(1), "Ξ", ON),
        "11": MetricValue(Decimal(1), "Ξ", date(2025, 1, 1)),
    }
    records = {"90": (Record(ON),), "91": (Record(date(2026, 2, 1), Decimal(3), currency="USD"),)}
    yield Case(Facts("1"), ON)
    yield Case(
        Facts("1", people, metrics, signed, records=records, country="US", since=date(2026, 1, 1),
              agreed={"9": Decimal(7)}), ON
    )  # fmt: skip
    yield Case(Facts("1", people, {**metrics, "10": MetricValue(None)}, country="DE"), ON)


def sentences(node: Node) -> Iterator[str]:
    """Everything in words that a node and those below it say."""
    yield from (node.words, node.missing, *node.unknown)
    for below in (*node.children, *filter(None, [node.coming])):
        yield from sentences(below)


def left_over(text: str) -> str:
    """The text without what no translation touches: words in quotes, keys, addresses."""
    return " ".join(LATIN.findall(re.sub(r"'[^']*'", "", text)))


@pytest.mark.parametrize("tree", TREES)
def test_no_english_word_is_left_in_a_requirement(tree: str, in_greek: None) -> None:
    entry = program(tree).types["50"].tiers["52"].entry
    assert entry is not None
    said = [below.words() for _, below in walk(entry)]
    said += [text for case in cases() for text in sentences(entry.explain(case))]
    assert [text for text in said if left_over(text)] == []
    assert any("ξ" in text for text in said)


def test_no_english_word_is_left_in_a_gate(in_greek: None) -> None:
    document = program(TREES[0])
    tree = gate_tree(document, "60", ["general", "77"])
    assert tree is not None
    said = [text for case in cases() for text in sentences(tree.explain(case))]
    assert [text for text in said if left_over(text)] == []


def test_a_document_speaks_every_language_however_it_was_bound(in_greek: None) -> None:
    entry = program(TREES[9]).types["50"].tiers["52"].entry
    assert entry is not None
    with translation.override("en"):
        assert entry.words().endswith("together in the role 7 in the group's companies of the "
                                      "country")  # fmt: skip


def test_no_english_word_is_left_in_a_remark(in_greek: None) -> None:
    remarks = [remark for tree in TREES for remark in lint(program(tree))]
    assert {one.code for one in remarks} >= {"price_without_lock", "one_program"}
    said = [text for one in remarks for text in (one.words, one.remedy)]
    assert [text for text in said if left_over(text)] == []


BROKEN = [
    ("title: Τ", "titel: Τ"),
    ('"51": {title: Ι}', '"51": 5'),
    ('track: "41", at_least: 1', 'track: "99", at_least: 1'),
    ("released: 2025-01-01", "released: 2025-13-01"),
    ("currency: EUR", "currency: EUR\ncurrency: EUR"),
    ("price_month: 3", "price_month: much"),
]


@pytest.mark.parametrize(("old", "new"), BROKEN)
def test_no_english_word_is_left_in_what_is_wrong_with_a_document(
    old: str, new: str, in_greek: None
) -> None:
    with pytest.raises(ProgramError) as error:
        documents.load(TEXT.replace("ENTRY", TREES[0]).replace(old, new))
    (problem,) = error.value.problems
    assert "ξ" in problem.message


PLAIN = re.compile(r"[a-z]{2,} [a-z]{2,}")
NOT_SAID = {"getattr", "compile", "RegexMatch"}


def unmarked(path: Path) -> Iterator[str]:
    """Texts of two words or more that are neither marked nor a docstring nor a pattern."""
    tree = ast.parse(path.read_text())
    spared: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            spared.update(ast.walk(node.value) if isinstance(node.value, ast.Constant) else ())
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in MARKS | NOT_SAID:
                spared.update(ast.walk(node))
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and node not in spared else None
        if isinstance(text, str) and PLAIN.search(text):
            yield f"{path.name}:{node.lineno} {text!r}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_sentence_is_left_unmarked(path: Path) -> None:
    assert list(unmarked(path)) == []
