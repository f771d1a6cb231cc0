"""Between a form's flat names and the document's plain values, by the shapes of the fields.

Names are built as the values are: ``f.metric.at_least``; a list's or mapping's rows are
``f.versions.0.v.code``, their number ``f.versions.rows``; ``.as`` chooses an alternative. What was
typed stays text until it is read, so that a page can show it again as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from programs.editing.shapes import Field, Shape, limit_of, variant_of

Data = dict[str, list[str]]
MOST_ROWS = 200  # of one list in one form: a longer one is left as it is
SIMPLE = frozenset({"text", "code", "number", "whole", "day", "choice"})
_INTEGER = re.compile(r"[-+]?\d{1,15}")
_NUMBER = re.compile(r"[-+]?\d{1,15}\.\d{1,6}")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")


def data_of(post: Any) -> Data:
    """A request's values as lists, the way ``flat_fields`` writes them."""
    return {name: post.getlist(name) for name in post}


def first(data: Data, name: str) -> str:
    """The one value of a name, without the space around it."""
    found = data.get(name) or [""]
    return found[0].strip()


def rows_in(data: Data, name: str) -> list[int]:
    """The rows of a list that were sent and not taken away, however many there are."""
    start = f"{name}."
    sent = {key[len(start) :].partition(".")[0] for key in data if key.startswith(start)}
    numbers = sorted(int(one) for one in sent if one.isascii() and one.isdigit() and len(one) < 10)
    return [row for row in numbers if not first(data, f"{name}.{row}.gone")]


def rows_changed(data: Data, step: str, name: str) -> Data:
    """The form with one row more (``add``) or without one (``remove``, named ``list.row``).

    A form that is full says so (``.full``) instead of taking another row.
    """
    if step == "remove":
        return {**data, f"{name}.gone": ["1"]}
    if len(rows_in(data, name)) >= MOST_ROWS:
        return {**data, f"{name}.full": ["1"]}
    number = max([row_count(data, name), *(row + 1 for row in rows_in(data, name))])
    return {**data, f"{name}.rows": [str(number + 1)], f"{name}.{number}.was": [""]}


def row_count(data: Data, name: str) -> int:
    """How many rows a form has had, those taken away included; 0 for what no page sends."""
    count = first(data, f"{name}.rows")
    return int(count) if count.isascii() and count.isdigit() and len(count) < 10 else 0


# From plain values to names.


def flat_fields(fields: Sequence[Field], value: Mapping[str, Any], name: str) -> Data:
    """What the form of these fields shows for a value; defaults where it says nothing."""
    data: Data = {}
    for field in fields:
        held = value.get(field.name, plain(field.default))
        _flat(field.shape, held, f"{name}.{field.name}", data)
    return data


def plain(default: Any) -> Any:
    """A default as the document writes it."""
    if isinstance(default, BaseModel):
        return default.model_dump(mode="json", by_alias=True, exclude_none=True)
    return list(default) if isinstance(default, tuple) else default


def _flat(shape: Shape, value: Any, name: str, data: Data) -> None:
    if value is None:
        return
    if shape.kind == "flag":
        data[name] = ["1" if value else "0"]
    elif shape.kind in SIMPLE:
        data[name] = [_shown(value)]
    elif shape.kind == "union":
        chosen = variant_of(shape, value)
        data[f"{name}.as"] = [str(chosen)]
        _flat(shape.variants[chosen], value, f"{name}.v", data)
    elif shape.kind == "model" and isinstance(value, Mapping):
        data[f"{name}.as"] = ["0"]
        data.update(flat_fields(shape.fields, value, name))
    elif is_simple_list(shape):
        data[name] = [value] if isinstance(value, str) else [_shown(one) for one in value]
    elif shape.kind in ("list", "mapping"):
        _flat_rows(shape, value, name, data)


def _flat_rows(shape: Shape, value: Any, name: str, data: Data) -> None:
    if shape.kind == "mapping":
        pairs = list(value.items())
    else:
        pairs = list(enumerate([value] if isinstance(value, str) else value))
    if len(pairs) > MOST_ROWS:
        data[f"{name}.kept"] = [str(len(pairs))]
        return
    data[f"{name}.rows"] = [str(len(pairs))]
    for row, (key, one) in enumerate(pairs):
        data[f"{name}.{row}.was"] = [str(key)]
        if shape.kind == "mapping":
            data[f"{name}.{row}.key"] = [str(key)]
        _flat(shape.item, one, f"{name}.{row}.v", data)


def _shown(value: Any) -> str:
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def is_simple_list(shape: Shape) -> bool:
    """A list of words or numbers: one field, not rows."""
    return shape.kind == "list" and shape.item.kind in SIMPLE


# From names to plain values.


def read_fields(
    fields: Sequence[Field], data: Data, name: str, before: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of these fields; None where nothing was written. Trees stay as in ``before``."""
    found = {}
    for field in fields:
        held = before.get(field.name)
        value = _read(field.shape, data, f"{name}.{field.name}", held)
        if value is None and plain(field.default):
            value = _emptied(field)
        found[field.name] = value
    return found


def _emptied(field: Field) -> Any:
    """A list that was cleared is empty, not the default; anything else falls back to it."""
    return [] if field.shape.kind == "list" else None


def _read(shape: Shape, data: Data, name: str, before: Any) -> Any:
    if shape.kind == "tree":
        if before is None and not shape.optional:
            return {"all": []}
        return before
    if shape.kind == "flag":
        said = first(data, name)
        return None if shape.optional and not said else said == "1"
    if shape.kind in SIMPLE:
        return _simple(shape, first(data, name))
    if shape.kind == "union":
        return _alternative(shape, data, name, before)
    if shape.kind == "model":
        return _model(shape, data, name, before)
    if is_simple_list(shape):
        typed = [line.strip() for one in data.get(name, ()) for line in one.splitlines()]
        return [_simple(shape.item, line) for line in typed if line] or None
    if shape.kind in ("list", "mapping"):
        return _rows(shape, data, name, before)
    return before


def _simple(shape: Shape, text: str) -> Any:
    """Numbers where they are numbers; else the text, which the models then refuse in words."""
    if not text:
        return None
    if shape.kind == "choice":
        return next((one for one in shape.options if str(one) == text), text)
    if shape.kind in ("whole", "number"):
        bare = text.replace(",", "") if _GROUPED.fullmatch(text) else text
        if _INTEGER.fullmatch(bare):
            return int(bare)
        return float(Decimal(bare)) if _NUMBER.fullmatch(bare) else text
    return text.replace("\r\n", "\n")


def _alternative(shape: Shape, data: Data, name: str, before: Any) -> Any:
    chosen = first(data, f"{name}.as") or default_variant(shape)
    variants = shape.variants
    if not (chosen.isascii() and chosen.isdigit() and int(chosen) < len(variants)):
        return None
    variant = variants[int(chosen)]
    if is_constant(variant):
        return variant.options[0]
    return _read(variant, data, f"{name}.v", before)


def is_constant(shape: Shape) -> bool:
    """A choice of one word: to choose it is to say it."""
    return shape.kind == "choice" and len(shape.options) == 1


def default_variant(shape: Shape) -> str:
    """What a union offers first: left empty, an optional one says nothing."""
    return "0" if shape.variants[0].kind in SIMPLE or not shape.optional else ""


def _model(shape: Shape, data: Data, name: str, before: Any) -> Any:
    if shape.optional and first(data, f"{name}.as") != "0":
        return None
    held = before if isinstance(before, Mapping) else {}
    values = read_fields(shape.fields, data, name, held)
    return {key: value for key, value in values.items() if value is not None}


def _rows(shape: Shape, data: Data, name: str, before: Any) -> Any:
    keyed = shape.kind == "mapping"
    if shape.item.kind == "tree":
        return _trees(shape, before)
    if first(data, f"{name}.kept"):
        return before
    found: list[tuple[str, Any]] = []
    for row in rows_in(data, name):
        held = _before(before, first(data, f"{name}.{row}.was"))
        value = _read(shape.item, data, f"{name}.{row}.v", held)
        key = first(data, f"{name}.{row}.key")
        if value is not None or key:
            found.append((key, value))
    if keyed:
        return dict(found) or None
    return [value for _key, value in found] or None


def _trees(shape: Shape, before: Any) -> Any:
    """The requirements that are there; a new list of them begins with what its model needs."""
    if before is not None or shape.optional:
        return before
    if shape.kind == "mapping":
        return {}
    return [{"all": []}] if limit_of(shape.metadata, "min_length") else []


def _before(before: Any, was: str) -> Any:
    if isinstance(before, Mapping):
        return before.get(was)
    if isinstance(before, list) and was.isdigit() and int(was) < len(before):
        return before[int(was)]
    return None
