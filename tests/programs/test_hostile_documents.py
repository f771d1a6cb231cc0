"""Texts that are too large, too deep, or would grow when read: refused at their place."""

import pytest

from programs.document import ProgramError, digest, document_from, load, to_dict
from programs.document.reading import MAX_BYTES, read_yaml
from tests.programs.test_document import SMALL, changed, refused


def test_a_document_that_is_too_large_is_refused_before_it_is_parsed() -> None:
    problem = refused("#" * (MAX_BYTES + 1))[0]
    assert problem.code == "too_large"


def test_text_in_another_encoding_names_its_line() -> None:
    problem = refused("program: small\ntitle: Größe\n".encode("latin-1"))[0]
    assert (problem.code, problem.line) == ("not_utf8", 2)


def test_alias_bomb_is_refused_at_each_line() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert [(p.code, p.line) for p in refused(bomb)] == [
        ("alias", 1), ("alias", 2), ("alias", 2), ("alias", 2), ("alias", 3), ("alias", 3),
    ]  # fmt: skip


def deep(levels: int) -> str:
    return "{all: [" * levels + "{agreement: in_force}" + "]}" * levels


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a:\n- x\n- {b: &t 1, c: 2}\n- [y, [*t]]\n", ["a[1].b", "a[2][1][0]"]),
        ("a: {}\nb: []\nc: &t [d]\n", ["c"]),
        ("? [k, {l: m}]\n: &t 1\nn: *t\n", ["?", "n"]),
    ],
)
def test_what_is_hostile_is_placed_wherever_it_stands(text: str, places: list[str]) -> None:
    with pytest.raises(ProgramError) as refused:
        read_yaml(text)
    assert [problem.path for problem in refused.value.problems] == places


def test_tree_of_forty_levels_is_read() -> None:
    text = changed("{add: {attestation: plan}, addenda: baa}", deep(40))
    assert digest(load(text)) != digest(load(SMALL))


def test_tree_deeper_than_forty_is_refused() -> None:
    text = changed("{add: {attestation: plan}, addenda: baa}", deep(41))
    assert [(p.code, p.line) for p in refused(text)] == [("tree_too_deep", 21)]


def test_stored_tree_deeper_than_forty_is_refused() -> None:
    values = to_dict(load(SMALL))
    tree: dict = {"agreement": "in_force"}
    for _ in range(2000):
        tree = {"all": [tree]}
    values["products"]["edr"]["gates"]["general"] = tree
    with pytest.raises(ProgramError) as caught:
        document_from(values)
    assert caught.value.code == "tree_too_deep"


def test_thousands_of_brackets_are_refused() -> None:
    assert [p.code for p in refused("a: " + "[" * 50_000)][-1] in {"too_nested", "yaml"}
