"""What stands in each place of the document, read from its models: the one source of the forms.

A new section, field or requirement needs nothing here: its model says what a form must ask.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic_core import PydanticUndefined

from programs.document import ProgramDocument
from programs.fields import CODE
from programs.rules.base import Path
from programs.rules.trees import PRIMITIVES

Kind = Literal[
    "text", "code", "number", "whole", "day", "flag", "choice", "list", "mapping", "model",
    "union", "tree", "other",
]  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """The kind of a value, and what it is made of. ``type`` is the bare Python type."""

    kind: Kind
    type: Any
    metadata: tuple[Any, ...] = ()
    optional: bool = False

    @property
    def item(self) -> Shape:
        """What a list or a mapping holds."""
        inner = get_args(self.type)
        return shape_of(inner[1] if self.kind == "mapping" else inner[0])

    @property
    def variants(self) -> tuple[Shape, ...]:
        """The alternatives of a union."""
        return tuple(shape_of(option) for option in get_args(self.type) if option is not _NONE)

    @property
    def options(self) -> tuple[Any, ...]:
        """The words that a choice admits."""
        return get_args(self.type)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of a model, in its order."""
        return _fields(self.type)

    @property
    def entries(self) -> bool:
        """Whether this is a mapping of codes to models: a list of entries, each with a page."""
        return self.kind == "mapping" and self.item.kind == "model"

    def field(self, name: str) -> Field:
        """The model's field of this key; KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


@dataclass(frozen=True)
class Field:
    """One key of a model: ``name`` as the document writes it, ``doc`` from its description."""

    name: str
    shape: Shape
    required: bool
    default: Any
    doc: str
    model: str


_NONE = type(None)
_ROOT = ProgramDocument


def shape_of(annotation: Any, metadata: tuple[Any, ...] = ()) -> Shape:
    """The shape of a type as a model writes it."""
    annotation = getattr(annotation, "__value__", annotation)  # a named alias
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return shape_of(inner, (*metadata, *more))
    if get_origin(annotation) in (Union, types.UnionType):
        return _union(annotation, metadata)
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        root = annotation.model_fields["root"]
        return shape_of(root.annotation, (*metadata, *root.metadata))
    return Shape(_kind(annotation, metadata), annotation, metadata)


def _union(annotation: Any, metadata: tuple[Any, ...]) -> Shape:
    options = [option for option in get_args(annotation) if option is not _NONE]
    optional = len(options) < len(get_args(annotation))
    if len(options) == 1:
        inner = shape_of(options[0], metadata)
    elif {_bare(option) for option in options} == set(PRIMITIVES.values()):
        inner = Shape("tree", annotation, metadata)
    else:
        inner = Shape("union", Union[tuple(options)], metadata)  # noqa: UP007
    return Shape(inner.kind, inner.type, inner.metadata, optional or inner.optional)


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _kind(bare: Any, metadata: tuple[Any, ...]) -> Kind:
    origin = get_origin(bare)
    if origin is Literal:
        return "choice"
    if origin in (tuple, list):
        return "list"
    if origin is dict:
        return "mapping"
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return "model"
    if bare is str:
        return "code" if pattern_of(metadata) == CODE else "text"
    simple: dict[Any, Kind] = {bool: "flag", int: "whole", Decimal: "number", date: "day"}
    return simple.get(bare, "other")


def limit_of(metadata: tuple[Any, ...], name: str) -> Any:
    """A bound such as ``ge``, ``max_length`` or ``pattern`` of a field; None if it has none."""
    for one in metadata:
        if (found := getattr(one, name, None)) is not None:
            return found
        inner = getattr(one, "metadata", None)
        if inner and (found := limit_of(tuple(inner), name)) is not None:
            return found
    return None


def pattern_of(metadata: tuple[Any, ...]) -> str | None:
    """The pattern that a text must match."""
    return limit_of(metadata, "pattern")


@cache
def _fields(model: type[BaseModel]) -> tuple[Field, ...]:
    return tuple(
        Field(
            name=info.alias or name,
            shape=shape_of(info.annotation, tuple(info.metadata)),
            required=info.is_required(),
            default=None if info.default is PydanticUndefined else info.default,
            doc=info.description or "",
            model=model.__name__,
        )
        for name, info in model.model_fields.items()
    )


ROOT = Shape("model", _ROOT)


def shape_at(path: Path) -> Shape:
    """The shape of a place in the document; KeyError if no document can have one there."""
    shape = ROOT
    for part in path:
        if shape.kind == "model":
            shape = shape.field(str(part)).shape
        elif shape.kind in ("mapping", "list"):
            shape = shape.item
        else:
            raise KeyError(part)
    return shape


def primitive(kind: str) -> Shape:
    """The shape of one kind of requirement; KeyError if there is none."""
    return Shape("model", PRIMITIVES[kind])


def kind_in(value: Any) -> str | None:
    """Which requirement a mapping is; None if it is none."""
    found = [key for key in PRIMITIVES if isinstance(value, dict) and key in value]
    return found[0] if len(found) == 1 else None


def fits(shape: Shape, value: Any) -> bool:
    """Whether a plain value could be of this shape: enough to tell a union's variants apart."""
    match shape.kind:
        case "choice":
            return value in shape.options and not isinstance(value, bool)
        case "flag":
            return isinstance(value, bool)
        case "whole" | "number":
            return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        case "text" | "code" | "day":
            return isinstance(value, str)
        case "list":
            return isinstance(value, list | tuple)
        case "mapping":
            return isinstance(value, dict)
        case "model":
            return isinstance(value, dict) and _has_keys(shape, value)
        case "tree":
            return kind_in(value) is not None
        case "union":
            return any(fits(variant, value) for variant in shape.variants)
    return False


def _has_keys(shape: Shape, value: dict[str, Any]) -> bool:
    known = {field.name for field in shape.fields}
    needed = {field.name for field in shape.fields if field.required}
    return set(value) <= known and needed <= set(value)


def variant_of(shape: Shape, value: Any) -> int:
    """The alternative that a value of a union takes; the first where none fits."""
    fitting = (at for at, variant in enumerate(shape.variants) if fits(variant, value))
    return next(fitting, 0)


def holds_tree(shape: Shape, depth: int = 6) -> bool:
    """Whether requirement trees can stand somewhere inside."""
    if shape.kind == "tree":
        return True
    if depth == 0:
        return False
    if shape.kind in ("list", "mapping"):
        return holds_tree(shape.item, depth - 1)
    if shape.kind == "union":
        return any(holds_tree(variant, depth - 1) for variant in shape.variants)
    if shape.kind == "model":
        return any(holds_tree(field.shape, depth - 1) for field in shape.fields)
    return False


def walk(shape: Shape, value: Any, path: Path = ()) -> Iterator[tuple[Path, Shape, Any]]:
    """Every place inside a plain value with its shape, the value itself first."""
    yield path, shape, value
    if shape.kind == "union":
        yield from walk(shape.variants[variant_of(shape, value)], value, path)
    elif shape.kind == "tree" and (kind := kind_in(value)):
        yield from walk(primitive(kind), value, path)
    elif shape.kind == "list":
        for at, one in enumerate([value] if isinstance(value, str) else value or ()):
            yield from walk(shape.item, one, (*path, at))
    elif shape.kind == "mapping" and isinstance(value, dict):
        for key, one in value.items():
            yield from walk(shape.item, one, (*path, key))
    elif shape.kind == "model" and isinstance(value, dict):
        for field in shape.fields:
            if field.name in value:
                yield from walk(field.shape, value[field.name], (*path, field.name))
