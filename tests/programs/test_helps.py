"""Every field of the program says what to write in it: one home for forms and JSON Schema."""

from __future__ import annotations

import pytest

from programs import document as documents
from programs.editing import words
from programs.editing.shapes import ROOT, Field, Shape, primitive
from programs.helps import HELPS
from programs.rules.trees import PRIMITIVES


def every_field(shape: Shape, seen: set[object]) -> list[Field]:
    """The fields of all models that a document can hold."""
    if shape.kind in ("list", "mapping"):
        return every_field(shape.item, seen)
    inside = list(shape.variants) if shape.kind == "union" else []
    if shape.kind == "tree":
        inside = [primitive(kind) for kind in PRIMITIVES]
    found: list[Field] = []
    if shape.kind == "model" and shape.type not in seen:
        seen.add(shape.type)
        found = list(shape.fields)
        inside = [field.shape for field in found]
    return found + [field for one in inside for field in every_field(one, seen)]


FIELDS = every_field(ROOT, set())


def test_every_field_says_what_to_write() -> None:
    silent = [f"{one.model}.{one.name}" for one in FIELDS if not words.help_of(one)]
    assert silent == []


def test_no_sentence_is_of_a_field_that_is_gone() -> None:
    names = {f"{one.model}.{one.name}" for one in FIELDS} | {f"*.{one.name}" for one in FIELDS}
    assert sorted(set(HELPS) - names) == []


@pytest.mark.parametrize("name", ["months", "fresh_months", "lockout_months", "max_months"])
def test_a_sentence_names_the_unit(name: str) -> None:
    said = [str(words.help_of(one)) for one in FIELDS if one.name == name]
    assert [one for one in said if "onths" not in one] == []


def test_the_schema_says_the_same_as_the_form() -> None:
    schema = documents.json_schema()
    level = schema["$defs"]["Level"]["properties"]
    (field,) = [one for one in FIELDS if (one.model, one.name) == ("Level", "lockout_months")]
    assert level["lockout_months"]["description"] == str(words.help_of(field))
    assert schema["properties"]["title"]["description"] == "As partners read it."
