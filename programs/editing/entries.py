"""Sections and their entries as plain values: keep a form, add, rename, move, remove. Pure.

Every function takes the whole document's plain values and returns others; nothing is changed in
place. Whether the outcome is a document is judged by its models and checks, by the action.
"""

from __future__ import annotations

import copy
from typing import Any

from programs.editing.places import at
from programs.editing.references import codes_of, keys_refer, section_of
from programs.editing.shapes import ROOT, Shape, shape_at, walk
from programs.rules.base import Path

Values = dict[str, Any]


class Taken(Exception):
    """The code stands in this section already."""


class Gone(Exception):
    """What was to be changed is not there any more."""


def put(values: Values, path: Path, value: Any) -> Values:
    """The document with ``value`` at the path; None takes it away."""
    values = copy.deepcopy(values)
    holder: Any = values
    for part in path[:-1]:
        holder = holder.setdefault(part, {})
    if value is None:
        holder.pop(path[-1], None)
    else:
        holder[path[-1]] = value
    return values


def put_fields(values: Values, path: Path, fields: dict[str, Any]) -> Values:
    """The document with these fields of a place; None takes a field away, others stay. A section of
    its own of which nothing was said begins here. Raises ``Gone``."""
    entry = values if path == () else at(values, path)
    if entry is None and len(path) == 1:
        entry = {}
    if not isinstance(entry, dict):
        raise Gone
    kept = {key: value for key, value in {**entry, **fields}.items() if value is not None}
    return kept if path == () else put(values, path, kept)


def with_entry(values: Values, path: Path, code: str, fields: dict[str, Any]) -> Values:
    """The document with a new entry at the end of a section. Raises ``Taken``."""
    held = at(values, path) or {}
    if code in held:
        raise Taken
    kept = {key: value for key, value in fields.items() if value is not None}
    entry = {**starter(shape_at(path).item), **kept}
    return put(values, path, _ordered({**held, code: entry}))


def starter(shape: Shape) -> dict[str, Any]:
    """What a new entry must have that its form does not ask: at least one entry of its own."""
    found: dict[str, Any] = {}
    for field in shape.fields:
        if field.required and field.shape.entries:
            code, title = _FIRST.get(field.name, ("first", "First"))
            first = starter(field.shape.item)
            titled = any(inner.name == "title" for inner in field.shape.item.fields)
            found[field.name] = {code: {**first, **({"title": title} if titled else {})}}
    return found


_FIRST = {"tiers": ("registered", "Registered"), "gates": ("general", "General")}


def without_entry(values: Values, path: Path, code: str) -> Values:
    """The document without an entry. Raises ``Gone``."""
    held = dict(at(values, path) or {})
    if code not in held:
        raise Gone
    del held[code]
    return put(values, path, _ordered(held))


def moved_entry(values: Values, path: Path, code: str, step: int) -> Values:
    """The document with an entry one place up (-1) or down (1). Raises ``Gone``."""
    held = at(values, path) or {}
    codes = list(held)
    if code not in held:
        raise Gone
    place = codes.index(code)
    other = place + step
    if not 0 <= other < len(codes):
        return values
    codes[place], codes[other] = codes[other], codes[place]
    return put(values, path, _ordered({one: held[one] for one in codes}))


def renamed_entry(values: Values, path: Path, code: str, new: str, published: bool) -> Values:
    """The document with another code for an entry, everywhere it is named.

    ``published``: partners may hold the old code, so that the entry says what it ``was``. Raises
    ``Gone``, ``Taken``.
    """
    held = at(values, path) or {}
    if code not in held:
        raise Gone
    if new in held and new != code:
        raise Taken
    entry = dict(held[code])
    if any(field.name == "was" for field in shape_at(path).item.fields):
        if entry.get("was") == new:  # back to what it was
            del entry["was"]
        elif published and "was" not in entry:
            entry["was"] = code
    renewed = {(new if one == code else one): (entry if one == code else held[one]) for one in held}
    return renamed_references(put(values, path, renewed), path, code, new)


def renamed_references(values: Values, path: Path, code: str, new: str) -> Values:
    """The document in which every field that names an entry of this section has its new code."""
    values = copy.deepcopy(values)
    if len(path) == 1:
        for found, keyed in list(_references(values, str(path[0]))):
            _rename_in(values, found, keyed, code, new)
    elif path[0] == "types":
        _rename_levels(values, str(path[1]), code, new)
    return values


def _references(values: Values, section: str) -> list[tuple[Path, bool]]:
    """The places whose codes (True: whose keys) are of this section."""
    found = []
    for path, shape, value in walk(ROOT, values):
        if shape.kind != "model" or not isinstance(value, dict):
            continue
        for field in shape.fields:
            if field.name in value and section_of(field) == section:
                found.append(((*path, field.name), keys_refer(field)))
    return found


def _rename_in(values: Values, path: Path, keyed: bool, code: str, new: str) -> None:
    holder, last = at(values, path[:-1]), path[-1]
    value = holder[last] if isinstance(holder, dict) else None
    if keyed and isinstance(value, dict):
        holder[last] = {(new if key == code else key): one for key, one in value.items()}
    elif isinstance(value, dict):
        holder[last] = {key: new if one == code else one for key, one in value.items()}
    elif isinstance(value, list):
        holder[last] = [new if one == code else one for one in value]
    elif value == code:
        holder[last] = new


def _rename_levels(values: Values, kind: str, code: str, new: str) -> None:
    """Requirements that name a level say its type beside it."""
    for _path, shape, value in walk(ROOT, values):
        if shape.kind == "model" and isinstance(value, dict) and value.get("type") == kind:
            level = value.get("level")
            if level == code:
                value["level"] = new
            elif isinstance(level, list):
                value["level"] = [new if one == code else one for one in level]


def _ordered(entries: dict[str, Any]) -> dict[str, Any]:
    """The entries without ranks: their order says them again."""
    return {
        code: {key: value for key, value in entry.items() if key != "rank"}
        if isinstance(entry, dict)
        else entry
        for code, entry in entries.items()
    }


def followed(
    values: dict[str, Any], section: str, code: str, successor: str | None
) -> dict[str, Any]:
    """The document in which ``successor`` (None: nothing) stands for a code that it lacks. Raises
    ``Gone`` where it has no such successor."""
    if successor is not None and successor not in _codes_in(values, section):
        raise Gone
    mapping = values.get("mapping") or {}
    named = {**(mapping.get(section) or {}), code: successor}
    return {**values, "mapping": {**mapping, section: named}}


def _codes_in(values: Values, section: str) -> set[str]:
    """The codes of a section as a mapping names them: levels with their type."""
    if section != "levels":
        return {code for code, _title in codes_of(section, values)}
    found = set()
    for kind, one in (values.get("types") or {}).items():
        ladders = [one.get("tiers"), *(axis.get("levels") for axis in one.get("axes", {}).values())]
        found |= {f"{kind}.{code}" for ladder in ladders for code in ladder or {}}
    return found
