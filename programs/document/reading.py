"""YAML text into plain values, remembering the line of every key.

Own scalar rules instead of PyYAML's: `on`, `yes` and `no` stay words, a version `18.10` keeps its
zero, a wrong day is reported by the model with its path instead of a parser's traceback.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml
from django.utils.translation import gettext as _

from programs.errors import Problem, ProgramError

MAX_BYTES = 1_000_000
MAX_NESTING = 240  # of the YAML itself; requirement trees have their own, smaller bound
MAX_TREE_DEPTH = 40
MAX_PROBLEMS = 50  # a document with more is not read by anybody
QUOTED = ("'", '"', "|", ">")

Path = tuple[str | int, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "true": True, "True": True, "false": False, "False": False,
}  # fmt: skip
_TREE_KEYS = frozenset({"all", "any", "at_least"})


@dataclass(frozen=True)
class Source:
    """Plain values and the line (from 1) of every path in them."""

    value: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int | None:
        """The line of the path or of its nearest parent that the text contains."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def path_text(path: Path) -> str:
    """`types.msp.tiers.core.entry.all[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def read_yaml(text: str | bytes) -> Source:
    """Plain values of one YAML (or JSON) document; ProgramError names every line it refuses."""
    text = _decoded(text)
    try:
        _refuse_hostile(text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise ProgramError([_syntax_problem(error)]) from None
    if node is None:
        remedy = _("Begin with program, title and currency")
        raise ProgramError.one("empty", "", _("the document is empty"), remedy=remedy)
    reader = _Reader()
    value = reader.value(node, ())
    if reader.problems:
        raise ProgramError(reader.problems[:MAX_PROBLEMS])
    return Source(value, reader.lines)


def refuse_too_large(size: int) -> None:
    """ProgramError ``too_large`` for a document of more than ``MAX_BYTES`` bytes, however it came:
    a document of that size already takes seconds to read and check."""
    if size > MAX_BYTES:
        raise ProgramError.one(
            "too_large", "",
            _("the document has more than %(bytes)s bytes") % {"bytes": f"{MAX_BYTES:,}"},
            remedy=_("Split the program by partner type, or shorten its notes"),
        )  # fmt: skip


def _decoded(text: str | bytes) -> str:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    refuse_too_large(len(raw))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProgramError.one(
            "not_utf8",
            "",
            _("the text is not UTF-8"),
            line=line,
            remedy=_("Save the file as UTF-8"),
        ) from None


def _refuse_hostile(text: str) -> None:
    """Refuse anchors, aliases, tags and deep nesting before anything is built from them."""
    problems, depth = [], 0
    for event, path in _placed(yaml.parse(text, Loader=_LOADER)):
        line = event.start_mark.line + 1 if event.start_mark else 1
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            problems.append(_refused_alias(f"{sign}{anchor}", path, line))
        elif tag not in (None, "!"):
            words = _("the tag %(tag)s is not allowed") % {"tag": tag}
            problems.append(Problem("tag", path_text(path), words, line, _("Remove it")))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_NESTING:
            message = _("nested deeper than %(MAX_NESTING)s levels") % {"MAX_NESTING": MAX_NESTING}
            problems.append(
                Problem("too_nested", path_text(path[:8]), message, line, _("Flatten it"))
            )
            break
        if len(problems) >= MAX_PROBLEMS:
            break
    if problems:
        raise ProgramError(problems)


def _placed(events: Iterable[yaml.Event]) -> Iterator[tuple[yaml.Event, Path]]:
    """Each event with the path of the value that it begins."""
    path: list[str | int] = []  # the place inside each collection around
    awaits: list[bool | None] = []  # of each: whether a key comes next; None in a list
    for event in events:
        if isinstance(event, yaml.NodeEvent) and awaits and awaits[-1]:
            path[-1] = event.value if isinstance(event, yaml.ScalarEvent) else "?"
        yield event, tuple(path)
        if isinstance(event, yaml.CollectionStartEvent):
            in_list = isinstance(event, yaml.SequenceStartEvent)
            path.append(0 if in_list else "?")
            awaits.append(None if in_list else True)
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            path.pop()
            awaits.pop()
        if path and awaits[-1] is None:
            path[-1] = int(path[-1]) + 1
        elif path:
            awaits[-1] = not awaits[-1]


def _refused_alias(name: str, path: Path, line: int) -> Problem:
    words = _("%(name)s: anchors and aliases are not allowed") % {"name": name}
    remedy = _("Write the value out where it is needed")
    return Problem("alias", path_text(path), words, line, remedy)


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    message = getattr(error, "problem", None) or str(error).splitlines()[0]
    line = mark.line + 1 if mark else None
    return Problem(
        "yaml", "", _("this is not YAML: %(message)s") % {"message": message}, line,
        _("Check the indentation, the colons and the quotes of this line and the one above"),
    )  # fmt: skip


class _Reader:
    """Walks the nodes, keeping the lines and refusing duplicate keys and too deep trees."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if tree_depth(path) > MAX_TREE_DEPTH:
            self.problems.append(too_deep(path, node.start_mark.line + 1))
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._mapping(node, path)

    def _mapping(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse("key", path, _("a key must be a word"), line, _("Write key: value"))
                continue
            key = key_node.value
            here = (*path, key)
            if key in values:
                first = self.lines[here]
                self._refuse(
                    "duplicate_key", here,
                    _("%(key)s stands here twice (first in line %(first)s)")
                    % {"key": repr(key), "first": first},
                    line, _("Keep one of them"),
                )  # fmt: skip
                continue
            self.lines[here] = line
            values[key] = self.value(value_node, here)
        return values

    def _refuse(self, code: str, path: Path, message: str, line: int, remedy: str) -> None:
        self.problems.append(Problem(code, path_text(path), message, line, remedy))


def tree_depth(path: Path) -> int:
    """How many `all`, `any`, `at_least` stand around the value at this path."""
    return sum(
        1
        for at, part in enumerate(path)
        if part in _TREE_KEYS
        and at + 1 < len(path)
        and (isinstance(path[at + 1], int) or path[at + 1] == "of")
    )


def too_deep(path: Path, line: int | None) -> Problem:
    """The problem of a requirement tree that nests beyond the bound."""
    message = _("a requirement nests deeper than %(MAX_TREE_DEPTH)s levels") % {
        "MAX_TREE_DEPTH": MAX_TREE_DEPTH
    }
    return Problem("tree_too_deep", path_text(path), message, line, _("Flatten the tree"))


def _scalar(node: yaml.ScalarNode) -> Any:
    text = node.value
    if node.style in QUOTED:  # quoted or block text is always text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= 30 and _INTEGER.fullmatch(text):
        return int(text)
    if len(text) <= 30 and _NUMBER.fullmatch(text):
        return Decimal(text)
    return text
