"""The fields of a form as its template draws them: label, help, options, errors, rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from programs.document.reading import path_text
from programs.editing import words
from programs.editing.references import (
    SELECTIONS,
    codes_of,
    keys_refer,
    options,
    section_of,
    value_options,
)
from programs.editing.shapes import Field, Shape
from programs.errors import Problem
from programs.forms.reading import (
    MOST_ROWS,
    SIMPLE,
    Data,
    default_variant,
    first,
    is_constant,
    is_simple_list,
    row_count,
    rows_in,
)
from programs.rules.base import Path

Choices = list[tuple[str, Any]]
_LONG = frozenset({"summary", "description", "note"})


@dataclass
class Input:
    """One field. ``widget`` names its template part; ``rows`` are a list's or mapping's."""

    name: str
    path: Path
    label: Any
    widget: str
    help: Any = ""
    value: str = ""
    values: tuple[str, ...] = ()
    options: Choices = field(default_factory=list)
    required: bool = False
    errors: list[str] = field(default_factory=list)
    inside: list[Input] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    row_count: int = 0
    kept: str = ""
    alternatives: Choices = field(default_factory=list)
    chosen: str = ""
    inline: bool = False

    @property
    def id(self) -> str:
        """An id that labels and errors can point to."""
        return "in-" + self.name.replace(".", "-")

    def everything(self) -> Iterator[Input]:
        """This input and all inside it."""
        yield self
        for one in self.inside:
            yield from one.everything()
        for row in self.rows:
            if row.key:
                yield row.key
            for one in row.inputs:
                yield from one.everything()


@dataclass
class Row:
    """One row of a list or a mapping: its key, where it has one, and its fields."""

    name: str
    number: int
    was: str
    inputs: list[Input]
    key: Input | None = None


@dataclass
class Errors:
    """What is wrong, at the field where it can be put right, else above the form."""

    above: list[Problem] = field(default_factory=list)

    @classmethod
    def place(cls, problems: Iterable[Problem], shown: Sequence[Input]) -> Errors:
        """Put each problem beside its field, or the nearest one around it."""
        known = [(path_text(one.path), one) for top in shown for one in top.everything()]
        rest = []
        for problem in problems:
            found = [(len(text), one) for text, one in known if _inside(problem.path, text)]
            if not found:
                rest.append(problem)
                continue
            nearest = max(found, key=lambda pair: pair[0])[1]
            nearest.errors.append(in_words(problem))
        return cls(rest)


def _inside(path: str, text: str) -> bool:
    return bool(text) and (path == text or path.startswith((f"{text}.", f"{text}[")))


def in_words(problem: Problem) -> str:
    """A problem as a sentence with its remedy."""
    text = problem.message[:1].upper() + problem.message[1:]
    return f"{text}. {problem.remedy}." if problem.remedy else f"{text}."


def inputs(
    fields: Sequence[Field], data: Data, name: str, path: Path, values: dict[str, Any]
) -> list[Input]:
    """The fields as inputs. ``path``: where their values stand; ``values``: the whole document,
    whose codes are offered where a field names one."""
    found = (
        _input(one, one.shape, data, f"{name}.{one.name}", (*path, one.name), values)
        for one in sorted(fields, key=_after_the_number)
    )
    return [one for one in found if one is not None]


def _after_the_number(one: Field) -> bool:
    """Of people the number comes first: most often it is what changes."""
    return one.model in SELECTIONS and one.name != "at_least"


def _input(
    one: Field, shape: Shape, data: Data, name: str, path: Path, values: dict[str, Any]
) -> Input | None:
    if shape.kind in ("tree", "other") or _only_trees(shape):
        return None
    made = Input(
        name, path, words.label(one.name, one.model), "text", words.help_of(one),
        value=first(data, name), required=one.required and not shape.optional,
    )  # fmt: skip
    _dress(made, one, shape, data, values)
    chooses = made.widget != "boxes" or made.options
    return made if chooses or one.model not in SELECTIONS else None  # no track has such a thing


def _only_trees(shape: Shape) -> bool:
    return shape.kind in ("list", "mapping") and shape.item.kind == "tree"


def _dress(made: Input, one: Field, shape: Shape, data: Data, values: dict[str, Any]) -> None:
    """Choose the widget by the shape, and fill it."""
    name = made.name
    if shape.kind == "flag":
        made.widget = "flag"
        if shape.optional:
            made.widget, made.options = "select", [("", "–"), ("1", _("Yes")), ("0", _("No"))]
    elif shape.kind == "choice":
        made.widget = "select"
        made.options = [(str(v), words.value_label(v, one)) for v in shape.options]
        if shape.optional or not (made.required or one.default is not None):
            made.options.insert(0, ("", "–"))
    elif shape.kind in SIMPLE:
        _simple(made, one, shape, values)
    elif shape.kind == "union":
        _union(made, one, shape, data, values)
    elif shape.kind == "model":
        made.widget = "group"
        made.chosen = first(data, f"{name}.as") if shape.optional else "0"
        if shape.optional:
            made.alternatives = [("", _("No")), ("0", _("Yes"))]
        if made.chosen == "0":
            made.inside = inputs(shape.fields, data, name, made.path, values)
    elif is_simple_list(shape):
        _listed(made, one, shape, data, values)
    else:
        _rows(made, one, shape, data, values)


def _simple(made: Input, one: Field, shape: Shape, values: dict[str, Any]) -> None:
    found = options(one, values)
    if found is not None:
        _choose(made, found)
    elif shape.kind in ("number", "whole"):
        made.widget = "number"
    elif shape.kind == "day":
        made.widget = "day"
    elif one.name in _LONG:
        made.widget = "long"
    if shape.kind == "code" and found is None and not made.help:
        made.help = _("Small letters, digits, dots, hyphens and underscores.")


def _choose(made: Input, known: list[tuple[str, str]]) -> None:
    """A select of what is known; what stands there already is not lost."""
    made.widget = "select"
    made.options = [("", "–"), *known]
    if made.value and made.value not in dict(known):
        made.options.append((made.value, made.value))


def _offer(made: list[Input], known: list[tuple[str, str]]) -> None:
    """Choose among what is known wherever words would be typed."""
    for one in made:
        if one.widget == "text":
            _choose(one, known)
        _offer(one.inside, known)


def _union(made: Input, one: Field, shape: Shape, data: Data, values: dict[str, Any]) -> None:
    """A chooser, and the fields of what is chosen."""
    variants = shape.variants
    made.widget = "union"
    made.alternatives = [(str(at), words.variant_label(v)) for at, v in enumerate(variants)]
    made.chosen = first(data, f"{made.name}.as") or default_variant(shape)
    if shape.optional and not default_variant(shape):
        made.alternatives.insert(0, ("", "–"))
    if made.chosen.isdigit() and int(made.chosen) < len(variants):
        variant = variants[int(made.chosen)]
        if not is_constant(variant):
            inner = _input(one, variant, data, f"{made.name}.v", made.path, values)
            if inner is not None:
                inner.help = ""
                inner.required = made.required
                made.inside = [inner]
                made.inline = variant.kind in SIMPLE or variant.kind == "flag"


def _listed(made: Input, one: Field, shape: Shape, data: Data, values: dict[str, Any]) -> None:
    """Boxes to tick where the words are known, else one a line."""
    held = [line.strip() for text in data.get(made.name, ()) for line in text.splitlines()]
    made.values = tuple(line for line in held if line)
    known = options(one, values)
    if shape.item.kind == "choice":
        known = [(str(v), str(words.value_label(v, one))) for v in shape.item.options]
    if known is None:
        made.widget, made.value = "lines", "\n".join(made.values)
        if not made.help:
            made.help = _("One a line.")
        return
    made.widget = "boxes"
    made.options = [*known, *((v, v) for v in made.values if v not in dict(known))]


def _rows(made: Input, one: Field, shape: Shape, data: Data, values: dict[str, Any]) -> None:
    made.widget = "rows"
    made.kept = first(data, f"{made.name}.kept")
    made.row_count = row_count(data, made.name)
    if first(data, f"{made.name}.full"):
        words_full = _("A form holds at most %(count)d rows. Add further ones in the YAML.")
        made.errors.append(words_full % {"count": MOST_ROWS})
    for place, number in enumerate(rows_in(data, made.name)):
        name = f"{made.name}.{number}"
        key = first(data, f"{name}.key")
        path = (*made.path, key if shape.kind == "mapping" else place)
        row = Row(name, place + 1, first(data, f"{name}.was"), [])
        if shape.kind == "mapping":
            row.key = _key(one, name, key, path, values)
        row.inputs = _row_inputs(one, shape.item, data, f"{name}.v", path, values)
        if known := value_options(one, key, values):
            _offer(row.inputs, known)
        if place:  # the first row has explained the columns
            for field_ in row.inputs:
                field_.help = ""
        made.rows.append(row)


def _row_inputs(
    one: Field, item: Shape, data: Data, name: str, path: Path, values: dict[str, Any]
) -> list[Input]:
    if item.kind == "model" and not item.optional:
        return inputs(item.fields, data, name, path, values)
    made = _input(one, item, data, name, path, values)
    if made is None:
        return []
    made.label, made.help = _("Value"), ""
    return [made]


def _key(one: Field, name: str, key: str, path: Path, values: dict[str, Any]) -> Input:
    section = section_of(one)
    made = Input(f"{name}.key", path, _("Code"), "text", value=key, required=True)
    if section and keys_refer(one):
        known = codes_of(section, values)
        made.widget, made.label = "select", words.singular(section)
        made.options = [("", "–"), *known]
        if key and key not in dict(known):
            made.options.append((key, key))
    return made
