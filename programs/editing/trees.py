"""Requirement trees as plain values: add, wrap, change, move, remove, duplicate. Pure.

A node is addressed by its path below the tree's root (``("all", 0, "any", 1)``); a slot is a place
that holds nodes: a list, a single place, or one place for each key. Where slots are is read from
the models, so that a new kind of requirement can be edited as soon as it exists. Nothing here
judges the outcome: the document's own checks do, before anything is kept.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from programs.editing.places import at
from programs.editing.shapes import (
    Shape,
    holds_tree,
    kind_in,
    limit_of,
    primitive,
    variant_of,
)
from programs.rules.base import Path
from programs.rules.trees import PRIMITIVES, Tree

NOTHING: dict[str, Any] = {"all": []}
_TREE: TypeAdapter[Any] = TypeAdapter(Tree)


class Impossible(Exception):
    """The step does not fit the tree as it is now: the page was made of an older one."""


class Incomplete(Exception):
    """A value cannot be made up: a person has to say it in a form."""


@dataclass(frozen=True)
class Slot:
    """A place for nodes below a node. ``words``: its keys, without places in lists."""

    path: Path
    kind: Literal["list", "one", "map"]
    required: bool
    nodes: tuple[Path, ...]

    @property
    def full(self) -> bool:
        """Whether nothing can be added without taking something away."""
        return self.kind == "one" and bool(self.nodes)


def slots(node: Any, path: Path) -> list[Slot]:
    """The places below one node, in its model's order."""
    kind = kind_in(node)
    return list(_slots(primitive(kind), node, path, True)) if kind else []


def _slots(shape: Shape, value: Any, path: Path, required: bool) -> Iterator[Slot]:
    if shape.kind == "tree":
        held = (path,) if kind_in(value) else ()
        yield Slot(path, "one", required and not shape.optional, held)
    elif shape.kind == "union":
        yield from _slots(shape.variants[variant_of(shape, value)], value, path, required)
    elif shape.kind == "list" and shape.item.kind == "tree":
        nodes = tuple((*path, index) for index in range(len(value or ())))
        yield Slot(path, "list", required, nodes)
    elif shape.kind == "mapping" and shape.item.kind == "tree":
        yield Slot(path, "map", required, tuple((*path, key) for key in value or {}))
    elif shape.kind == "list" and isinstance(value, list):
        for index, one in enumerate(value):
            yield from _slots(shape.item, one, (*path, index), required)
    elif shape.kind == "mapping" and isinstance(value, dict):
        for key, one in value.items():
            yield from _slots(shape.item, one, (*path, key), required)
    elif shape.kind == "model" and isinstance(value, dict):
        for field in shape.fields:
            if holds_tree(field.shape):
                inner = value.get(field.name)
                if inner is not None or _direct(field.shape):
                    yield from _slots(field.shape, inner, (*path, field.name), field.required)


def _direct(shape: Shape) -> bool:
    """Whether trees stand right here: such a place is offered while it is empty, too."""
    return shape.kind == "tree" or (shape.kind in ("list", "mapping") and shape.item.kind == "tree")


def kinds() -> list[str]:
    """The palette: every kind of requirement there is."""
    return list(PRIMITIVES)


def blank(kind: str, child: Any = None) -> dict[str, Any]:
    """A requirement of this kind without anything of its own, around ``child`` if it can hold one.

    Raises ``Incomplete`` where a person has to choose something first.
    """
    for lists in (False, True):
        made = _made(primitive(kind), [NOTHING if child is None else child], lists)
        if _valid(made) and (child is None or any(slot.nodes for slot in slots(made, ()))):
            return dict(made)
    raise Incomplete(kind)


def _valid(made: Any) -> bool:
    try:
        _TREE.validate_python(made)
    except ValidationError:
        return False
    return True


def _made(shape: Shape, child: list[Any], lists: bool) -> Any:
    """The smallest value of a shape; the first tree in it is ``child``, others ask nothing.

    ``lists``: also the lists that may be left out, as long as the child has no place.
    """
    if shape.kind == "tree":
        return child.pop() if child else copy.deepcopy(NOTHING)
    if shape.kind == "model":
        return {
            field.name: _made(field.shape, child, lists)
            for field in shape.fields
            if field.required or (lists and child and _takes(field.shape))
        }
    if shape.kind == "list":
        return [_item(shape.item, child) if lists else _made(shape.item, child, lists)]
    if shape.kind in ("whole", "number"):
        return limit_of(shape.metadata, "ge") or 1
    if shape.kind == "union":
        return _made(shape.variants[0], child, lists)
    if shape.kind == "choice":
        return shape.options[0]
    raise Incomplete(shape.kind)


def _takes(shape: Shape) -> bool:
    return shape.kind == "list" and holds_tree(shape)


def _item(shape: Shape, child: list[Any]) -> Any:
    """One item of such a list, with the child in its first place for a tree."""
    made = _made(shape, child, True)
    if shape.kind == "model" and child:
        free = next((field for field in shape.fields if field.shape.kind == "tree"), None)
        if free is not None:
            made[free.name] = child.pop()
    return made


def wrappers() -> list[str]:
    """The kinds that can be put around a requirement without asking anything."""
    found = []
    for kind in PRIMITIVES:
        try:
            blank(kind, NOTHING)
        except Incomplete:
            continue
        found.append(kind)
    return found


def children(tree: Any, path: Path) -> list[Any]:
    """The requirements directly inside a node, in order."""
    return [at(tree, inner) for slot in slots(at(tree, path), path) for inner in slot.nodes]


# Steps. Each returns another tree, or None where nothing is left.


def placed(tree: Any, path: Path, node: Any) -> Any:
    """The tree with ``node`` at ``path``, in the place of what stood there."""
    if path == ():
        return node
    tree = copy.deepcopy(tree)
    holder = at(tree, path[:-1])
    try:
        holder[path[-1]] = node
    except (TypeError, IndexError, KeyError):
        raise Impossible from None
    return tree


def added(tree: Any, slot_path: Path, node: Any, key: str = "") -> Any:
    """The tree with one more node in a slot; what asks nothing there gives way to it.

    At the root a second requirement means both: a group is put around them.
    """
    if slot_path == ():
        return node if tree is None or tree == NOTHING else {"all": [tree, node]}
    slot = slot_at(tree, slot_path)
    if slot.kind == "one":
        return placed(tree, slot.path, node)
    if slot.kind == "map":
        if not key:
            raise Impossible
        return placed(tree, (*slot.path, key), node)
    held = [one for one in at(tree, slot.path) or [] if one != NOTHING]
    return placed(tree, slot.path, [*held, node])


def root_adds(tree: Any) -> bool:
    """Whether another requirement beside the whole tree has no place in it yet."""
    return not any(slot.kind == "list" for slot in slots(tree, ()))


def slot_at(tree: Any, path: Path) -> Slot:
    """The slot at a path; ``Impossible`` if there is none."""
    for owner in nodes(tree):
        for slot in slots(at(tree, owner), owner):
            if slot.path == path:
                return slot
    raise Impossible


def nodes(tree: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every node, a parent before what is inside."""
    pending = [path] if kind_in(at(tree, path)) else []
    while pending:
        here = pending.pop(0)
        yield here
        inside = [inner for slot in slots(at(tree, here), here) for inner in slot.nodes]
        pending = [*inside, *pending]


def wrapped(tree: Any, path: Path, kind: str) -> Any:
    """The tree with a group of this kind around a node. May raise ``Incomplete``."""
    return placed(tree, path, blank(kind, node_at(tree, path)))


def unwrapped(tree: Any, path: Path) -> Any:
    """The tree with a group replaced by what is inside it."""
    inside = [one for one in children(tree, path) if one != NOTHING]
    home = _home(tree, path)
    if home is not None and home.kind == "list" and inside:
        held = list(at(tree, home.path))
        place = int(path[-1])
        return placed(tree, home.path, [*held[:place], *inside, *held[place + 1 :]])
    if len(inside) != 1:
        raise Impossible
    return placed(tree, path, inside[0])


def changed(tree: Any, path: Path, kind: str) -> Any:
    """The tree with a node made another kind; a group keeps what is inside. May be incomplete."""
    old = node_at(tree, path)
    inside = children(tree, path)
    new = blank(kind, inside[0] if inside else NOTHING)
    for key in ("id", "title"):
        if key in old:
            new[key] = old[key]
    room = next((slot for slot in slots(new, ()) if slot.kind == "list"), None)
    if inside[1:]:
        if room is None:
            raise Impossible
        new = placed(new, room.path, inside)
    return placed(tree, path, new)


def removed(tree: Any, path: Path) -> Any:
    """The tree without a node; a group that cannot be empty goes with its last one."""
    if path == ():
        return None
    node_at(tree, path)
    home = _home(tree, path)
    owner = owner_of(tree, path)
    if home is None or owner is None:
        raise Impossible
    if home.kind == "list":
        held = list(at(tree, home.path))
        del held[int(path[-1])]
        if not held and kind_in(at(tree, owner)) != "all":
            return removed(tree, owner)
        return _within_reach(placed(tree, home.path, held), owner)
    if home.required and home.kind == "one":
        return removed(tree, owner)
    without = copy.deepcopy(tree)
    del at(without, path[:-1])[path[-1]]
    return without


def _within_reach(tree: Any, owner: Path) -> Any:
    """`2 of 2` becomes `1 of 1` when one of them goes."""
    choice = at(tree, (*owner, "at_least"))
    if isinstance(choice, dict) and isinstance(choice.get("of"), list):
        most = len(choice["of"])
        if isinstance(choice.get("n"), int) and choice["n"] > most:
            return placed(tree, (*owner, "at_least", "n"), most)
    return tree


def duplicated(tree: Any, path: Path) -> Any:
    """The tree with a copy after a node, without the node's own code."""
    home = _home(tree, path)
    if home is None or home.kind != "list":
        raise Impossible
    held = list(at(tree, home.path))
    twin = {key: value for key, value in node_at(tree, path).items() if key != "id"}
    held.insert(int(path[-1]) + 1, copy.deepcopy(twin))
    return placed(tree, home.path, held)


def moved(tree: Any, path: Path, step: str) -> tuple[Any, Path]:
    """The tree with a node one place ``up`` or ``down``, ``out`` of its group, or ``in``to the
    group before it; and where the node is then."""
    home = _home(tree, path)
    if home is None or home.kind != "list":
        raise Impossible
    place = int(path[-1])
    held = list(at(tree, home.path))
    if step in ("up", "down"):
        other = place + (1 if step == "down" else -1)
        if not 0 <= other < len(held):
            raise Impossible
        held[place], held[other] = held[other], held[place]
        return placed(tree, home.path, held), (*home.path, other)
    return _moved_in(tree, home, place) if step == "in" else _moved_out(tree, path, home)


def _moved_in(tree: Any, home: Slot, place: int) -> tuple[Any, Path]:
    if place == 0:
        raise Impossible
    before = (*home.path, place - 1)
    rooms = [slot for slot in slots(at(tree, before), before) if slot.kind == "list"]
    if not rooms:
        raise Impossible
    node = at(tree, (*home.path, place))
    without = list(at(tree, home.path))
    del without[place]
    found = added(placed(tree, home.path, without), rooms[0].path, node)
    return found, (*rooms[0].path, len(at(found, rooms[0].path)) - 1)


def _moved_out(tree: Any, path: Path, home: Slot) -> tuple[Any, Path]:
    owner = owner_of(tree, path)
    outer = _home(tree, owner) if owner else None
    if owner is None or outer is None or outer.kind != "list":
        raise Impossible
    node = node_at(tree, path)
    place = int(owner[-1])
    only = len(at(tree, home.path)) == 1
    if only:  # the group would be empty: it gives way
        return placed(tree, owner, node), owner
    found = removed(tree, path)
    held = list(at(found, outer.path))
    held.insert(place + 1, node)
    return placed(found, outer.path, held), (*outer.path, place + 1)


def node_at(tree: Any, path: Path) -> dict[str, Any]:
    """The node at a path; ``Impossible`` if there is none."""
    found = at(tree, path)
    if kind_in(found) is None:
        raise Impossible
    node: dict[str, Any] = found
    return node


def owner_of(tree: Any, path: Path) -> Path | None:
    """The node that holds the node at this path; None for the root."""
    for end in range(len(path) - 1, -1, -1):
        if kind_in(at(tree, path[:end])):
            return path[:end]
    return None


def _home(tree: Any, path: Path) -> Slot | None:
    """The slot in which a node stands; None for the root."""
    owner = owner_of(tree, path)
    if owner is None:
        return None
    for slot in slots(at(tree, owner), owner):
        if path in slot.nodes:
            return slot
    return None


def may_move(tree: Any, path: Path) -> list[str]:
    """The steps that fit a node now, of up, down, in, out."""
    found = []
    for step in ("up", "down", "in", "out"):
        try:
            moved(tree, path, step)
        except Impossible:
            continue
        found.append(step)
    return found
