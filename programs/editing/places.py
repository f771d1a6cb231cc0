"""Places of the document in addresses and in words: ``types/msp/tiers/gold``."""

from __future__ import annotations

from typing import Any

from programs.editing.references import title_in
from programs.editing.shapes import ROOT, Field, Shape, shape_at
from programs.editing.words import label
from programs.rules.base import Path

BASICS = "basics"  # the plain fields of the document itself


def path_of(place: str) -> Path:
    """The path of an address; KeyError if no document can have such a place."""
    if place == BASICS:
        return ()
    path = tuple(place.strip("/").split("/"))
    shape_at(path)
    return path


def place_of(path: Path) -> str:
    """The address of a path."""
    return "/".join(map(str, path)) or BASICS


def at(values: Any, path: Path) -> Any:
    """The plain value at a path; None if nothing is there."""
    for part in path:
        if isinstance(values, dict):
            values = values.get(part)
        elif isinstance(values, list) and isinstance(part, int) and part < len(values):
            values = values[part]
        else:
            return None
    return values


def own_fields(shape: Shape, path: Path) -> list[Field]:
    """What the form of this place asks: no trees and no entries, which have pages of their own.

    A level's rank is its place in the list. At the root only what is no section of its own.
    """
    if path == ():
        return [field for field in shape.fields if _basic(field)]
    return [
        field
        for field in shape.fields
        if not field.shape.entries and field.shape.kind != "tree" and field.name not in _HIDDEN
    ]


_FIRST = ("types", "tracks", "metrics", "attestations", "products", "benefits", "support")
_HIDDEN = frozenset({"rank", "was"})


def _basic(field: Field) -> bool:
    return field.shape.kind not in ("model", "mapping")


def sections() -> list[str]:
    """The sections of the document, what people change most often first."""
    found = [field.name for field in ROOT.fields if not _basic(field)]
    return [BASICS, *_FIRST, *(name for name in found if name not in _FIRST)]


def trail(values: dict[str, Any], path: Path) -> list[tuple[str, str]]:
    """The places from the section down to here, each with its words: a breadcrumb."""
    if path == ():
        return [(BASICS, str(label(BASICS)))]
    found = []
    for end in range(1, len(path) + 1):
        found.append((place_of(path[:end]), word(values, path[:end])))
    return found


def word(values: dict[str, Any], path: Path) -> str:
    """What the last part of a path is called."""
    parent = shape_at(path[:-1])
    if parent.kind == "model":
        return str(label(str(path[-1]), parent.type.__name__))
    held = at(values, path[:-1])
    return title_in(held if isinstance(held, dict) else {}, str(path[-1]))


def place_in(values: dict[str, Any], text: str) -> tuple[str, str]:
    """The page on which the path of a problem is put right, and its words."""
    parts = text.replace("[", ".").replace("]", "").split(".") if text else []
    best: Path = ()
    for end in range(1, len(parts) + 1):
        path = tuple(parts[:end])
        try:
            shape = shape_at(path)
        except KeyError:
            break
        if end == 1 and _basic(ROOT.field(parts[0])):
            break
        if end == 1 or shape.entries or shape.kind in ("model", "tree"):
            best = path
        if shape.kind not in ("model", "mapping"):
            break
    return place_of(best), " › ".join(str(words) for _place, words in trail(values, best))
